//! What a JSON schema finds wrong with a value, by those of its words that the schemas in `docs/`
//! use. For the tests of the crates that make them.

use regex::Regex;
use serde_json::{Value, json};

/// What is wrong with a value. A word that is not known here fails the test.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    below(schema, schema, value, "")
}

fn below(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let fits = |choice: &Value| below(root, choice, value, at).is_empty();
    let mut found = Vec::new();
    for (word, rule) in schema.as_object().into_iter().flatten() {
        let good = match word.as_str() {
            "$schema" | "title" | "description" | "default" | "definitions" | "format"
            | "components" => true,
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                let named = root.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
                found.extend(below(root, named, value, at));
                true
            }
            "type" => match rule {
                Value::Array(kinds) => kinds.iter().any(|kind| is(kind, value)),
                kind => is(kind, value),
            },
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "pattern" => {
                let regex = Regex::new(rule.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| regex.is_match(text))
            }
            "minLength" => value
                .as_str()
                .is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "minItems" => {
                value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap())
            }
            "maxItems" => {
                value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap())
            }
            "uniqueItems" => value.as_array().is_none_or(|items| {
                items.iter().enumerate().all(|(i, item)| !items[..i].contains(item))
            }),
            "anyOf" => rule.as_array().unwrap().iter().any(fits),
            "oneOf" => rule.as_array().unwrap().iter().filter(|one| fits(one)).count() == 1,
            "allOf" => rule.as_array().unwrap().iter().all(fits),
            "required" => {
                let mut needed = rule.as_array().unwrap().iter();
                value.as_object().is_none_or(|object| {
                    needed.all(|key| object.contains_key(key.as_str().unwrap()))
                })
            }
            "prefixItems" => {
                let items = value.as_array().into_iter().flatten();
                for (i, (rule, item)) in rule.as_array().unwrap().iter().zip(items).enumerate() {
                    found.extend(below(root, rule, item, &format!("{at}/{i}")));
                }
                true
            }
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(below(root, rule, item, &format!("{at}/{i}")));
                }
                true
            }
            "properties" | "propertyNames" | "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                for (key, value) in value.as_object().into_iter().flatten() {
                    let at = format!("{at}/{key}");
                    let own = known.and_then(|known| known.get(key));
                    match (word.as_str(), own) {
                        ("properties", Some(own)) => found.extend(below(root, own, value, &at)),
                        ("propertyNames", _) => {
                            found.extend(below(root, rule, &json!(key), &at));
                        }
                        ("additionalProperties", None) if rule == &json!(false) => {
                            found.push(format!("{at}: unknown"));
                        }
                        ("additionalProperties", None) => {
                            found.extend(below(root, rule, value, &at));
                        }
                        _ => {}
                    }
                }
                true
            }
            other => panic!("this test does not know {other:?}"),
        };
        if !good {
            found.push(format!("{at}: {word}"));
        }
    }
    found
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    }
}

/// The TOML examples of a page.
pub fn examples(page: &str) -> impl Iterator<Item = &str> {
    page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next())
}
