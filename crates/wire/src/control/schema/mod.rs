//! The methods described for programs: an OpenRPC document with the JSON Schema of every parameter
//! and result, made of the types. `docs/api.schema.json` is what it says.
//!
//! Must not say anything that the types do not.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::PROTOCOL;
use crate::control::call::{METHODS, Method};
use crate::rpc::code;

/// The version of the OpenRPC specification that the document follows.
const OPEN_RPC: &str = "1.3.2";
/// Where the document has the shapes that several methods share.
pub(super) const SHAPES: &str = "/components/schemas";

/// The document.
pub fn open_rpc() -> Value {
    let settings = || {
        let mut settings = SchemaSettings::draft07();
        settings.definitions_path = SHAPES.into();
        settings.meta_schema = None;
        settings
    };
    // What is optional in parameters may be always there in results.
    let mut asked = settings().for_deserialize().into_generator();
    let mut answered = settings().for_serialize().into_generator();
    let methods: Vec<Value> =
        METHODS.iter().map(|method| described(method, &mut asked, &mut answered)).collect();
    let mut shapes: Vec<(String, Value)> = asked.take_definitions(true).into_iter().collect();
    for (name, shape) in answered.take_definitions(true) {
        if !shapes.iter().any(|(known, _)| *known == name) {
            shapes.push((name, shape));
        }
    }
    shapes.sort_by(|a, b| a.0.cmp(&b.0));
    let errors = code::ALL.iter().map(|(code, name, meaning)| {
        let error = json!({ "code": code, "message": meaning });
        ((*name).to_string(), error)
    });
    json!({
        "openrpc": OPEN_RPC,
        "info": {
            "title": "Segno",
            "description": "The daemon's socket: one JSON-RPC 2.0 message per line, after a hello. \
                            See docs/api.md.",
            "version": PROTOCOL.to_string(),
        },
        "methods": methods,
        "components": {
            "schemas": Map::from_iter(shapes),
            "errors": Map::from_iter(errors),
        },
    })
}

fn described(
    method: &Method,
    asked: &mut SchemaGenerator,
    answered: &mut SchemaGenerator,
) -> Value {
    let shape = method.params.map(|params| params(asked).to_value()).unwrap_or_default();
    let required = shape["required"].as_array().cloned().unwrap_or_default();
    let properties = shape["properties"].as_object().cloned().unwrap_or_default();
    let params = properties.into_iter().map(|(name, mut schema)| {
        let description = match schema.as_object_mut() {
            Some(schema) => schema.remove("description").unwrap_or_default(),
            None => Value::Null,
        };
        let required = required.contains(&json!(name));
        match description.is_null() {
            true => json!({ "name": name, "required": required, "schema": schema }),
            false => json!({
                "name": name, "description": description, "required": required, "schema": schema,
            }),
        }
    });
    json!({
        "name": method.name,
        "summary": method.doc.trim(),
        "paramStructure": "by-name",
        "params": params.collect::<Vec<_>>(),
        "result": { "name": "result", "schema": (method.result)(answered) },
    })
}

#[cfg(test)]
mod tests;
