//! What texts of a description look like in the JSON schema of pane types: those that are read by
//! hand, and not by their types.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Below;
use super::files::Pattern;
use super::words::{Conditions, Many, Place, Role, Status, Sum, Term, Touches};

/// A type that is written as this.
macro_rules! written {
    ($($type:ty => $schema:expr;)*) => {
        $(impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let schema: fn(&mut SchemaGenerator) -> Schema = $schema;
                schema(generator)
            }
        })*
    };
}

written! {
    Place => |_| json_schema!({ "type": "string", "pattern": r"^(\$?/.*)?$" });
    Term => |_| json_schema!({ "type": "string", "pattern": r"^(-?\$?/.*)?$" });
    Sum => |generator| generator.subschema_for::<Many<Term>>();
    Pattern => |_| json_schema!({ "type": "string", "minLength": 1 });
    Below => |_| json_schema!({ "type": "string", "minLength": 1 });
    Conditions => |_| json_schema!({
        "type": "object",
        "additionalProperties": { "type": "string" },
    });
    Touches => |generator| json_schema!({
        "type": "object",
        "additionalProperties": generator.subschema_for::<Many<String>>(),
    });
    Role => words;
    Status => words;
}

/// A word or a path, or a table of paths and words.
fn words(generator: &mut SchemaGenerator) -> Schema {
    let texts = generator.subschema_for::<Many<String>>();
    json_schema!({
        "anyOf": [
            { "type": "string" },
            { "type": "object", "additionalProperties": texts, "required": ["at"] },
        ]
    })
}

impl<T: JsonSchema> JsonSchema for Many<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Many{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}
