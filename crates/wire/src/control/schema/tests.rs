//! `docs/api.schema.json` is what the types say, and what the daemon takes.
//! `cargo test write_docs -- --ignored` writes it.

use serde_json::{Map, Value, json};

use crate::control::call::tests::examples;
use crate::control::schema::{SHAPES, open_rpc};
use faults::faults;

#[path = "../../../../../tests/schema/faults.rs"]
#[allow(dead_code, reason = "the examples in TOML are those of other tests")]
mod faults;

const WRITTEN: &str = include_str!("../../../../../docs/api.schema.json");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.schema.json");

fn text() -> String {
    format!("{}\n", serde_json::to_string_pretty(&open_rpc()).unwrap())
}

#[test]
fn the_document_is_that_of_the_types() {
    assert!(WRITTEN == text(), "stale; run: cargo test write_docs -- --ignored");
}

#[test]
#[ignore = "writes docs/api.schema.json"]
fn write_docs() {
    std::fs::write(FILE, text()).unwrap();
}

/// The shape of a method's parameters as one object.
fn shape(document: &Value, method: &str) -> Value {
    let methods = document["methods"].as_array().unwrap();
    let found = methods.iter().find(|m| m["name"] == method).unwrap();
    let params = found["params"].as_array().unwrap();
    let name = |p: &Value| p["name"].as_str().unwrap().to_string();
    let properties: Map<_, _> = params.iter().map(|p| (name(p), p["schema"].clone())).collect();
    let required: Vec<_> = params.iter().filter(|p| p["required"] == true).map(name).collect();
    json!({
        "type": "object", "properties": properties, "required": required,
        "components": document["components"],
    })
}

fn wrong(document: &Value, method: &str, params: &Value) -> Vec<String> {
    faults(&shape(document, method), params)
}

#[test]
fn what_the_daemon_takes_is_what_the_document_says() {
    let document = open_rpc();
    for (method, params) in examples() {
        assert_eq!(wrong(&document, method, &params), [""; 0], "{method} {params}");
    }
    for (method, params) in [
        ("pane.close", json!({})),
        ("pane.new", json!({"placement": "above"})),
        ("pane.new", json!({"session": "--help"})),
        ("pane.wait", json!({"pane": "p1", "for": "sleepy"})),
        ("pane.wait", json!({"pane": "p1"})),
        ("layout.apply", json!({"toml": 7})),
    ] {
        assert_ne!(wrong(&document, method, &params), [""; 0], "{method} {params}");
        assert!(crate::control::Call::parse(method, &params).is_err(), "{method} {params}");
    }
}

#[test]
fn every_shape_is_described_once() {
    let document = open_rpc();
    let text = document.to_string();
    let shapes = document["components"]["schemas"].as_object().unwrap();
    for name in shapes.keys() {
        assert!(text.contains(&format!("#{SHAPES}/{name}\"")), "{name} is not used");
        assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "{name} has a namesake");
    }
    for method in document["methods"].as_array().unwrap() {
        assert_ne!(method["summary"], "", "{method}");
    }
}
