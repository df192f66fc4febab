//! `docs/pane-type.schema.json`, made of what the check asks for, of the types of `[[transcript]]`,
//! and of the comments in `testdata/valid/every-key.toml`. `cargo test write_docs -- --ignored`
//! writes it.
//!
//! It and the check agree: what is good for one is good for the other, and each key with a wrong
//! value is refused by both, by the check with the key's line.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Checked, check};
use crate::panetype::check::asked;
use crate::panetype::embedded;
use faults::{examples, faults};
use segno_config::reader::{Key, Limit, Wanted};
use segno_transcript::description::Transcript;

#[path = "../../../../tests/schema/faults.rs"]
mod faults;

const SCHEMA: &str = include_str!("../../../../docs/pane-type.schema.json");
const DOCS: &str = include_str!("../../../../docs/pane-types.md");
const EVERY_KEY: &str = include_str!("testdata/valid/every-key.toml");

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pane-type.schema.json");

/// The comment above the first of each key and heading.
fn comments() -> BTreeMap<String, String> {
    let (mut found, mut comment, mut table) = (BTreeMap::new(), String::new(), String::new());
    for line in EVERY_KEY.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment += text;
            continue;
        }
        let heading = line.strip_prefix('[').map(|name| name.trim_matches(['[', ']']).to_string());
        let key = line.split_once(" = ").map(|(key, _)| format!("{table}{key}"));
        if let Some(name) = &heading {
            table = format!("{name}.");
        }
        let text = std::mem::take(&mut comment);
        if let Some(path) = heading.or(key).filter(|_| !text.is_empty()) {
            found.insert(path, text.trim().to_string());
        }
    }
    found
}

/// The schema as the code has it.
fn generated() -> String {
    let settings = SchemaSettings::draft07();
    let mut generator = settings.into_generator();
    let transcript = generator.subschema_for::<Transcript>().to_value();
    let mut root = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Segno pane type",
        "description": "See docs/pane-types.md.",
        "type": "object",
        "properties": {},
        "additionalProperties": false,
    });
    let comments = comments();
    // Tables come before what is in them.
    for (path, key) in asked(EVERY_KEY) {
        let mut schema = Map::new();
        schema.extend(comments.get(&path).map(|text| ("description".to_string(), json!(text))));
        let Value::Object(typed) = typed(&key) else { unreachable!() };
        schema.extend(typed);
        if path == "transcript" {
            schema.insert("items".into(), transcript.clone());
        }
        let (tables, name) = path.rsplit_once('.').unwrap_or(("", &path));
        let mut at = &mut root;
        for table in tables.split('.').filter(|table| !table.is_empty()) {
            at = &mut at["properties"][table];
            if at["type"] == "array" {
                at = &mut at["items"];
            }
        }
        at["properties"][name] = schema.into();
        if key.limits.contains(&Limit::Needed) {
            let mut needed = at["required"].as_array().cloned().unwrap_or_default();
            needed.push(json!(name));
            at["required"] = needed.into();
        }
    }
    root["definitions"] = generator.take_definitions(true).into();
    join_lines(&mut root["definitions"]);
    format!("{}\n", serde_json::to_string_pretty(&root).unwrap())
}

/// Where a comment breaks says nothing.
fn join_lines(schema: &mut Value) {
    match schema {
        Value::Object(words) => {
            if let Some(Value::String(text)) = words.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            words.values_mut().for_each(join_lines);
        }
        Value::Array(items) => items.iter_mut().for_each(join_lines),
        _ => {}
    }
}

/// What JSON schema says of a value.
fn typed(key: &Key) -> Value {
    let fits = key.limits.iter().find_map(|limit| match limit {
        Limit::Fits(pattern) => Some(*pattern),
        _ => None,
    });
    let string = match fits {
        Some(pattern) => json!({ "type": "string", "pattern": pattern }),
        None => json!({ "type": "string" }),
    };
    let strings = json!({ "type": "array", "items": string });
    let table = || json!({ "type": "object", "properties": {}, "additionalProperties": false });
    let mut typed = match &key.wanted {
        Wanted::String => string,
        Wanted::Filled if fits.is_some() => string,
        Wanted::Filled => json!({ "type": "string", "minLength": 1 }),
        Wanted::Boolean => json!({ "type": "boolean" }),
        Wanted::Integer(range) => {
            json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
        }
        Wanted::Number => json!({ "type": "number", "minimum": 0 }),
        Wanted::Choice(words) => json!({ "enum": words }),
        Wanted::Strings => strings,
        Wanted::Texts => json!({ "anyOf": [string, strings] }),
        Wanted::StringMap => json!({ "type": "object", "additionalProperties": string }),
        Wanted::StringLists => json!({ "type": "object", "additionalProperties": strings }),
        Wanted::Table => table(),
        Wanted::Tables => json!({ "type": "array", "items": table() }),
        Wanted::Object => json!({ "type": "object" }),
        Wanted::Anything => json!({}),
    };
    for limit in &key.limits {
        match limit {
            Limit::NamesFit(pattern) => typed["propertyNames"] = json!({ "pattern": pattern }),
            Limit::Names(names) => typed["propertyNames"] = json!({ "enum": names }),
            Limit::Items(count) => typed["minItems"] = json!(count),
            Limit::Unique => typed["uniqueItems"] = json!(true),
            Limit::Needed | Limit::Fits(_) => {}
        }
    }
    typed
}

#[test]
fn the_schema_is_what_the_check_asks_for() {
    assert!(SCHEMA == generated(), "stale; run: cargo test write_docs -- --ignored");
}

#[test]
#[ignore = "writes docs/pane-type.schema.json"]
fn write_docs() {
    std::fs::write(FILE, generated()).unwrap();
}

#[test]
fn every_key_says_what_it_is_for() {
    let comments = comments();
    let silent = |path: &String| !comments.contains_key(path);
    assert_eq!(asked(EVERY_KEY).into_keys().filter(silent).collect::<Vec<_>>(), [""; 0]);
    fn undescribed(schema: &Value, at: &str, found: &mut Vec<String>) {
        for (key, below) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            if below.get("description").is_none() {
                found.push(format!("{at}/{key}"));
            }
        }
    }
    let mut found = Vec::new();
    for (name, definition) in schema()["definitions"].as_object().unwrap() {
        undescribed(definition, name, &mut found);
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn what_stands_in_a_transcript_is_checked_by_both() {
    let good = as_json(EVERY_KEY);
    for (place, wrong) in [
        ("/transcript/0/files", json!(7)),
        ("/transcript/0/form", json!("xml")),
        ("/transcript/0/message/0/role", json!(7)),
        ("/transcript/0/message/0/text", json!("no slash")),
        ("/transcript/0/message/0/unknown", json!("/x")),
        ("/transcript/0/touch", json!({})),
    ] {
        let mut document = good.clone();
        let (table, key) = place.rsplit_once('/').unwrap();
        document.pointer_mut(table).unwrap()[key] = wrong;
        assert_ne!(faults(&schema(), &document), [""; 0], "{place}");
        assert!(checked(&document).1.pane_type.is_none(), "{place}");
    }
}

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
            // Each needs the other, or neither is there.
            || place.starts_with("/tracker/title_session/")
            || ["/conversations/args", "/conversations/session"].contains(&place.as_str())
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
