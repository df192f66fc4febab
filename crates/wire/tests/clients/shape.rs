//! The described methods as plain data for writers of clients.

use serde_json::Value;

/// The methods and the shapes that they share.
pub struct Api {
    pub methods: Vec<Method>,
    /// By their names.
    pub shapes: Vec<(String, Option<String>, Shape)>,
    /// Codes and names of errors.
    pub errors: Vec<(i64, String)>,
}

pub struct Method {
    pub name: String,
    pub summary: String,
    pub params: Vec<Field>,
    pub result: Shape,
}

pub struct Field {
    pub name: String,
    pub description: Option<String>,
    pub required: bool,
    pub shape: Shape,
}

pub enum Shape {
    Any,
    Null,
    Boolean,
    Number,
    Integer,
    Text,
    Named(String),
    /// Exactly this.
    Constant(Value),
    List(Box<Shape>),
    Tuple(Vec<Shape>),
    Map(Box<Shape>),
    Object(Vec<Field>),
    OneOf(Vec<Shape>),
}

impl Api {
    pub fn of(document: &Value) -> Api {
        let methods = document["methods"].as_array().unwrap().iter().map(|method| Method {
            name: text(&method["name"]).unwrap(),
            summary: text(&method["summary"]).unwrap(),
            params: method["params"].as_array().unwrap().iter().map(param).collect(),
            result: Shape::of(&method["result"]["schema"]),
        });
        let components = &document["components"];
        let shapes = components["schemas"].as_object().unwrap().iter();
        let errors = components["errors"].as_object().unwrap().iter();
        Api {
            methods: methods.collect(),
            shapes: shapes
                .map(|(name, schema)| {
                    (name.clone(), text(&schema["description"]), Shape::of(schema))
                })
                .collect(),
            errors: errors.map(|(n, error)| (error["code"].as_i64().unwrap(), n.clone())).collect(),
        }
    }
}

fn param(param: &Value) -> Field {
    Field {
        name: text(&param["name"]).unwrap(),
        description: text(&param["description"]),
        required: param["required"] == true,
        shape: Shape::of(&param["schema"]),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Shape {
    fn of(schema: &Value) -> Shape {
        if let Some(pointer) = schema["$ref"].as_str() {
            return Shape::Named(pointer.rsplit('/').next().unwrap().to_string());
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(choices) = schema[word].as_array() {
                return one_of(choices.iter().map(Shape::of).collect());
            }
        }
        if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice) {
            return Shape::of(only);
        }
        if let Some(values) = schema["enum"].as_array() {
            return one_of(values.iter().cloned().map(Shape::Constant).collect());
        }
        if let Some(value) = schema.get("const") {
            return Shape::Constant(value.clone());
        }
        match &schema["type"] {
            Value::Array(kinds) => {
                one_of(kinds.iter().map(|kind| Shape::kind(kind, schema)).collect())
            }
            kind => Shape::kind(kind, schema),
        }
    }

    fn kind(kind: &Value, schema: &Value) -> Shape {
        match kind.as_str() {
            Some("null") => Shape::Null,
            Some("boolean") => Shape::Boolean,
            Some("number") => Shape::Number,
            Some("integer") => Shape::Integer,
            Some("string") => Shape::Text,
            Some("array") => match &schema["items"] {
                Value::Array(items) => Shape::Tuple(items.iter().map(Shape::of).collect()),
                items => Shape::List(Box::new(Shape::of(items))),
            },
            Some("object") => Shape::object(schema),
            _ => Shape::Any,
        }
    }

    fn object(schema: &Value) -> Shape {
        let Some(properties) = schema["properties"].as_object() else {
            let more = schema.get("additionalProperties");
            return Shape::Map(Box::new(more.map_or(Shape::Any, Shape::of)));
        };
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let fields = properties.iter().map(|(name, schema)| Field {
            name: name.clone(),
            description: text(&schema["description"]),
            required: required.iter().any(|needed| needed == name),
            shape: Shape::of(schema),
        });
        Shape::Object(fields.collect())
    }
}

/// A choice of one is no choice.
fn one_of(mut choices: Vec<Shape>) -> Shape {
    match choices.len() {
        1 => choices.remove(0),
        _ => Shape::OneOf(choices),
    }
}
