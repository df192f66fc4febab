//! The ways in which agents speak to models: each reads a request and writes the pieces of an
//! answer.

use serde_json::Value;

use super::augment::Augment;
use super::chat::Chat;
use super::generate::Generate;
use super::messages::Messages;
use super::responses::Responses;

/// What the choice of a reply needs to know of a request.
#[derive(Debug, Default)]
pub struct Asked {
    pub system: String,
    /// The text of the last user message.
    pub prompt: String,
    /// A tool has already answered since then: the turn is to be finished, not begun again.
    pub tool_answered: bool,
    /// Name and parameters of the tools that may be called.
    pub tools: Vec<(String, Value)>,
    pub stream: bool,
}

/// A piece of an answer.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    Begin,
    Text(&'a str),
    /// Ends the answer too.
    Tool {
        name: &'a str,
        arguments: &'a str,
    },
    /// The whole text, after its pieces.
    End(&'a str),
}

/// One way to speak to a model.
pub trait Api {
    fn asked(&self, path: &str, body: &Value) -> Asked;
    /// The events that carry a piece; `call` is the answer's number.
    fn events(&self, call: u64, piece: Piece<'_>) -> Vec<Value>;
    /// What ends the stream after the last event.
    fn last(&self) -> &'static str {
        ""
    }
    /// The answer as one body.
    fn whole(&self, call: u64, piece: Piece<'_>) -> Value;
}

/// The way that a request belongs to.
pub fn of(path: &str, body: &Value) -> Box<dyn Api> {
    let path = path.split('?').next().unwrap_or(path);
    if path.ends_with("/responses") {
        Box::new(Responses)
    } else if path.ends_with("/messages") {
        Box::new(Messages { model: body["model"].clone() })
    } else if path.starts_with("/augment/") {
        Box::new(Augment { path: path.to_owned() })
    } else if path.contains("enerateContent") {
        Box::new(Generate)
    } else {
        Box::new(Chat)
    }
}

/// The text of a message, whose content is a string or a list of parts.
pub fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// A list in JSON; anything else is an empty one.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
