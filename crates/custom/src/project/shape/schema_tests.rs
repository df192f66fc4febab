//! `docs/project.schema.json`: what `.segno.toml` and layouts may say, made of the types.
//! `cargo test write_docs -- --ignored` writes it.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::*;
use faults::{examples, faults};

#[path = "../../../../../tests/schema/faults.rs"]
mod faults;

const WRITTEN: &str = include_str!("../../../../../docs/project.schema.json");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/project.schema.json");

/// The words of [`Axis`], which is no type of this format alone.
pub(super) fn axis(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": [Axis::Row, Axis::Column] })
}

fn text() -> String {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Shape>();
    let mut schema = schema.to_value();
    schema["title"] = json!("Segno projects, .segno.toml");
    schema["description"] = json!("See docs/layouts.md.");
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap())
}

#[test]
fn the_schema_is_that_of_the_types() {
    assert!(WRITTEN == text(), "stale; run: cargo test write_docs -- --ignored");
}

#[test]
#[ignore = "writes docs/project.schema.json"]
fn write_docs() {
    std::fs::write(FILE, text()).unwrap();
}

#[test]
fn schema_and_reader_agree() {
    let schema: Value = serde_json::from_str(WRITTEN).unwrap();
    let page = include_str!("../../../../../docs/layouts.md");
    let mut seen = 0;
    for text in examples(page).filter(|text| text.contains("schema = 1")) {
        Shape::parse(text).unwrap();
        assert_eq!(faults(&schema, &toml::from_str(text).unwrap()), [""; 0], "{text}");
        seen += 1;
    }
    assert!(seen > 0);
    let pane = "root = { type = \"shell\" }";
    for wrong in [
        format!("schema = 2\n[[tab]]\n{pane}\n"),
        format!("[[tab]]\n{pane}\n"),
        format!("schema = 1\n[[tab]]\nnom = \"x\"\n{pane}\n"),
        "schema = 1\n[[tab]]\n".to_string(),
        "schema = 1\n[[tab]]\nroot = { type = 7 }\n".to_string(),
        "schema = 1\n[[tab]]\nroot = { split = \"across\", children = [] }\n".to_string(),
    ] {
        assert!(Shape::parse(&wrong).is_err(), "{wrong}");
        assert_ne!(faults(&schema, &toml::from_str(&wrong).unwrap()), [""; 0], "{wrong}");
    }
}
