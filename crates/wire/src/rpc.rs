//! JSON-RPC 2.0 envelopes, one per line.
//!
//! Must not know any method.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request; without an id it is a notification, which gets no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Always `2.0`.
    pub jsonrpc: Version,
    /// Chosen by the caller; comes back with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// For example `pane.list`.
    pub method: String,
    /// An object.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
}

/// An answer: either `result` or `error`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Always `2.0`.
    pub jsonrpc: Version,
    /// The request's; null when the request could not be read.
    #[serde(default)]
    pub id: Value,
    /// What was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RpcError>,
}

/// The text `2.0` and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Version {
    /// The only version there is.
    #[default]
    #[serde(rename = "2.0")]
    V2,
}

/// Why a call failed. The message is one line, `what: why; what to do`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
    /// See [`code`].
    pub code: i64,
    /// For people.
    pub message: String,
    /// More, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// Error codes: JSON-RPC's own and Segno's.
pub mod code {
    /// The line is not JSON.
    pub const PARSE: i64 = -32700;
    /// The line is no request.
    pub const INVALID_REQUEST: i64 = -32600;
    /// No such method in this version.
    pub const NO_METHOD: i64 = -32601;
    /// The parameters do not fit the method.
    pub const INVALID_PARAMS: i64 = -32602;
    /// The call was understood and could not be carried out.
    pub const FAILED: i64 = 1;
    /// No such pane, tab or pane type.
    pub const NOT_FOUND: i64 = 2;
    /// A name fits several panes.
    pub const AMBIGUOUS: i64 = 3;
    /// Refused in the present state, for example keys for a program that has exited.
    pub const REFUSED: i64 = 4;
    /// The two sides' protocols differ.
    pub const PROTOCOL: i64 = 5;
    /// The daemon ends; the connection's end says that it has.
    pub const STOPPING: i64 = 6;

    /// Every code with a name for programs and what it means.
    pub const ALL: &[(i64, &str, &str)] = &[
        (PARSE, "parse", "The line is not JSON."),
        (INVALID_REQUEST, "invalid_request", "The line is no request."),
        (NO_METHOD, "no_method", "This daemon knows no such method."),
        (INVALID_PARAMS, "invalid_params", "The parameters do not fit the method."),
        (FAILED, "failed", "It was understood and could not be carried out."),
        (NOT_FOUND, "not_found", "There is no such pane, tab, pane type, or prompt."),
        (AMBIGUOUS, "ambiguous", "Several panes have this name; use an id."),
        (REFUSED, "refused", "Refused in the present state, which may pass."),
        (PROTOCOL, "protocol", "Client and daemon speak different protocols."),
        (STOPPING, "stopping", "The daemon ends; ask the next one."),
    ];
}

impl RpcError {
    /// An error with this code and message.
    pub fn new(code: i64, message: impl Into<String>) -> RpcError {
        RpcError { code, message: message.into(), data: None }
    }

    /// The call could not be carried out.
    pub fn failed(message: impl Into<String>) -> RpcError {
        RpcError::new(code::FAILED, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> RpcError {
        RpcError::new(code::NOT_FOUND, message)
    }

    /// Parameters that do not fit.
    pub fn invalid_params(message: impl Into<String>) -> RpcError {
        RpcError::new(code::INVALID_PARAMS, message)
    }
}

impl Request {
    /// A request with a numbered id.
    pub fn new(id: u64, method: impl Into<String>, params: Value) -> Request {
        Request { jsonrpc: Version::V2, id: Some(id.into()), method: method.into(), params }
    }

    /// A request that wants no answer.
    pub fn notification(method: impl Into<String>, params: Value) -> Request {
        Request { jsonrpc: Version::V2, id: None, method: method.into(), params }
    }

    /// Reads a line.
    pub fn parse(line: &[u8]) -> Result<Request, RpcError> {
        let value: Value = serde_json::from_slice(line)
            .map_err(|e| RpcError::new(code::PARSE, format!("not JSON: {e}")))?;
        serde_json::from_value(value)
            .map_err(|e| RpcError::new(code::INVALID_REQUEST, format!("no JSON-RPC request: {e}")))
    }

    /// The request as its line, newline included.
    pub fn to_line(&self) -> Vec<u8> {
        to_line(self)
    }
}

impl Response {
    /// The answer to the request with this id.
    pub fn new(id: Value, outcome: Result<Value, RpcError>) -> Response {
        let (result, error) = match outcome {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(error)),
        };
        Response { jsonrpc: Version::V2, id, result, error }
    }

    /// Reads a line.
    pub fn parse(line: &[u8]) -> Result<Response, RpcError> {
        serde_json::from_slice(line)
            .map_err(|e| RpcError::new(code::PARSE, format!("no JSON-RPC response: {e}")))
    }

    /// What the call came to. A missing result counts as null.
    pub fn outcome(self) -> Result<Value, RpcError> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.result.unwrap_or(Value::Null)),
        }
    }

    /// The answer as its line, newline included.
    pub fn to_line(&self) -> Vec<u8> {
        to_line(self)
    }
}

fn to_line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}
