//! `docs/pane-type.schema.json` and the check agree: what is good for one is good for the other,
//! and each key with a wrong value is refused by both, by the check with the key's line.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Checked, check};
use crate::panetype::embedded;
use faults::{examples, faults};

#[path = "../../../../tests/schema/faults.rs"]
mod faults;

const SCHEMA: &str = include_str!("../../../../docs/pane-type.schema.json");
const DOCS: &str = include_str!("../../../../docs/pane-types.md");
const EVERY_KEY: &str = include_str!("testdata/valid/every-key.toml");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// As an editor sees it.
fn as_json(text: &str) -> Value {
    toml::from_str(text).unwrap()
}

/// The paths of all keys that the schema knows, `[[x]]` without numbers.
fn keys_of_schema(schema: &Value, path: &str, keys: &mut Vec<String>) {
    let schema = schema.get("items").unwrap_or(schema);
    for (key, below) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{path}/{key}");
        keys_of_schema(below, &path, keys);
        keys.push(path);
    }
}

/// Where the keys of tables stand in a document, as JSON pointers.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                into.push(at.clone());
                places(value, &at, into);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                places(item, &format!("{at}/{i}"), into);
            }
        }
        _ => {}
    }
}

/// A place's path without the numbers of lists.
fn path(place: &str) -> String {
    let parts = place.split('/').filter(|part| part.parse::<usize>().is_err());
    parts.collect::<Vec<_>>().join("/")
}

/// The places in [`EVERY_KEY`] whose keys the schema names, one for each; what users name
/// themselves (variables, what is merged) is left out.
fn every_place() -> Vec<String> {
    let mut keys = Vec::new();
    keys_of_schema(&schema(), "", &mut keys);
    let mut there = Vec::new();
    places(&as_json(EVERY_KEY), "", &mut there);
    keys.iter()
        .map(|key| {
            let place = there.iter().find(|place| path(place) == *key);
            place.unwrap_or_else(|| panic!("every-key.toml lacks {key}")).clone()
        })
        .collect()
}

/// The document with something else at this place.
fn with(place: &str, wrong: Value) -> Value {
    let mut document = as_json(EVERY_KEY);
    *document.pointer_mut(place).unwrap() = wrong;
    document
}

fn checked(document: &Value) -> (String, Checked) {
    let text = toml::to_string(document).unwrap();
    let checked = check(&text, "f");
    (text, checked)
}

/// The lines of what is an error.
fn lines(checked: &Checked) -> Vec<usize> {
    let errors = checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors
        .map(|diagnostic| diagnostic.to_string().split(':').nth(1).unwrap().parse().unwrap())
        .collect()
}

#[test]
fn the_schema_accepts_what_the_check_accepts() {
    let accepts = |what: &str, text: &str| {
        assert_eq!(faults(&schema(), &as_json(text)), [""; 0], "{what}");
    };
    for (name, text) in embedded::embedded_types() {
        accepts(&name, &text);
    }
    for example in examples(DOCS) {
        accepts("an example of the page", example);
    }
    let valid = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/panetype/testdata/valid");
    for entry in std::fs::read_dir(valid).unwrap().flatten() {
        accepts("a valid file", &std::fs::read_to_string(entry.path()).unwrap());
    }
}

#[test]
fn a_wrong_value_of_any_key_is_refused_with_its_line() {
    let places = every_place();
    assert!(places.len() > 90, "{}", places.len());
    for place in places {
        let at = as_json(EVERY_KEY).pointer(&place).unwrap().clone();
        // Of a type that nothing but these has, and easy to find in the text.
        let wrong = if at.is_i64() { json!("70007") } else { json!(70007) };
        let document = with(&place, wrong);
        let key = place.rsplit('/').next().unwrap();
        if key == "sha256" {
            // Any JSON has a hash.
            assert_eq!(checked(&document).1.diagnostics, [], "{place}");
            continue;
        }
        assert_ne!(faults(&schema(), &document), [""; 0], "{place}");
        let (text, checked) = checked(&document);
        let line = text.lines().position(|line| line.contains("70007")).unwrap() + 1;
        assert!(lines(&checked).contains(&line), "{place}: {:#?}", checked.diagnostics);
        let named = checked.diagnostics.iter().any(|diagnostic| {
            let diagnostic = diagnostic.to_string();
            diagnostic.starts_with(&format!("f:{line}:")) && diagnostic.contains(key)
        });
        assert!(named, "{place}: {:#?}", checked.diagnostics);
        if !at.is_array() || at[0].is_object() {
            continue;
        }
        // One wrong item of a list.
        let mut items = at.as_array().unwrap().clone();
        items.push(json!(70007));
        let document = with(&place, json!(items));
        assert_ne!(faults(&schema(), &document), [""; 0], "{place}");
        let (text, checked) = self::checked(&document);
        let line = text.lines().position(|line| line.contains("70007")).unwrap() + 1;
        assert!(lines(&checked).contains(&line), "{place}: {:#?}", checked.diagnostics);
    }
}

#[test]
fn a_key_that_must_be_there_is_missed_by_both() {
    let mut missed = 0;
    for place in every_place() {
        let (table, key) = place.rsplit_once('/').unwrap();
        let mut document = as_json(EVERY_KEY);
        let table: &mut Map<_, _> = document.pointer_mut(table).unwrap().as_object_mut().unwrap();
        table.remove(key);
        let refused = !faults(&schema(), &document).is_empty();
        let (text, checked) = checked(&document);
        // Some are needed only where others are there, which the schema leaves to the check.
        let depends = ["text", "help", "sha256", "random"].contains(&key)
            || place == "/tracker"
            // What is given for a toggle names it.
            || place == "/command/toggle"
            || place.starts_with("/generation");
        if !depends {
            assert_eq!(checked.pane_type.is_none(), refused, "{place}\n{:#?}", checked.diagnostics);
        }
        if refused {
            missed += 1;
            assert!(!lines(&checked).is_empty(), "{place}\n{text}");
        }
    }
    assert!(missed > 15, "{missed}");
}
