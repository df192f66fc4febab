//! A strict stand-in for a service of sessions and messages, with its two windows in which changes
//! are dropped, its texts of errors, and its ids that are everybody's.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::KEY;
use super::server::{Reply, Seen, Service, reply};

/// Seconds within which a change of a new message is dropped.
const MESSAGE_WINDOW: f64 = 5.0;
/// And within which a session that looks the same is.
const SESSION_WINDOW: f64 = 10.0;

pub struct Stored {
    pub value: Map<String, Value>,
    made: Instant,
}

#[derive(Default)]
pub struct Sessions {
    pub sessions: BTreeMap<String, Stored>,
    pub messages: BTreeMap<String, Stored>,
    /// In the order in which they were made.
    pub order: Vec<String>,
    /// Changes that fell into the window.
    pub dropped: Vec<String>,
    /// Messages with this text are answered with 500.
    pub poison: Option<String>,
}

type Refusal = Result<Reply, (u16, String)>;

impl Service for Sessions {
    fn answer(&mut self, request: &Seen) -> Reply {
        let answer = self.route(request);
        answer.unwrap_or_else(|(status, error)| reply(status, json!({ "error": error })))
    }
}

impl Sessions {
    fn route(&mut self, request: &Seen) -> Refusal {
        let path = request.path.split('?').next().unwrap_or_default();
        if (request.method.as_str(), path) == ("GET", "/health") {
            return Ok(reply(200, json!({ "status": "ok", "timestamp": 1 })));
        }
        let no = |status: u16, text: &str| Err((status, text.to_owned()));
        match request.header("authorization") {
            None => return no(401, "Missing Authorization header"),
            Some(header) if header == format!("Bearer {KEY}") => {}
            Some(_) => return no(401, "Invalid API key"),
        }
        match (request.method.as_str(), path) {
            ("GET", "/sync/sessions/list") => {
                let ids: Vec<_> = self.sessions.keys().collect();
                Ok(reply(200, json!({ "sessionIds": ids })))
            }
            ("POST", "/sync/session") => self.session(&request.json()),
            ("POST", "/sync/message") => self.message(&request.json()),
            _ => no(404, "Not found"),
        }
    }

    fn session(&mut self, value: &Value) -> Refusal {
        let id = text(value, "externalId").or_else(|| text(value, "sessionId"));
        let id = id.ok_or((400, "Missing externalId or sessionId".to_owned()))?;
        for (name, value) in value.as_object().into_iter().flatten() {
            let right = match name.as_str() {
                "externalId" | "title" | "projectPath" | "projectName" | "model" | "provider"
                | "source" => value.is_string(),
                "promptTokens" | "completionTokens" | "cost" | "durationMs" | "createdAt" => {
                    value.is_number()
                }
                _ => true,
            };
            if !right {
                return Err((500, format!("ArgumentValidationError: {name}")));
            }
        }
        let mut new = value.as_object().cloned().unwrap_or_default();
        if let Some(before) = self.sessions.get(&id) {
            let same = |name: &str| new.get(name) == before.value.get(name);
            let compared = ["title", "model", "projectPath", "promptTokens", "completionTokens"];
            if before.made.elapsed().as_secs_f64() < SESSION_WINDOW
                && compared.into_iter().all(same)
            {
                return Ok(reply(200, json!({ "ok": true, "sessionId": format!("j{id}") })));
            }
            // Zero does not overwrite.
            for name in ["promptTokens", "completionTokens", "cost"] {
                if new.get(name).and_then(Value::as_f64).unwrap_or(0.0) == 0.0
                    && let Some(known) = before.value.get(name)
                {
                    new.insert(name.into(), known.clone());
                }
            }
        }
        self.sessions.insert(id.clone(), Stored { value: new, made: Instant::now() });
        Ok(reply(200, json!({ "ok": true, "sessionId": format!("j{id}") })))
    }

    fn message(&mut self, value: &Value) -> Refusal {
        let missing = || (400, "Missing session ID".to_owned());
        let session = text(value, "sessionExternalId").ok_or_else(missing)?;
        let id = text(value, "externalId").ok_or((500, "ArgumentValidationError".to_owned()))?;
        let role = text(value, "role").unwrap_or_default();
        if !["user", "assistant", "system", "tool", "unknown"].contains(&role.as_str()) {
            return Err((500, format!("ArgumentValidationError: role {role:?}")));
        }
        for part in value["parts"].as_array().into_iter().flatten() {
            if !part["type"].is_string() || part.get("content").is_none() {
                return Err((500, "ArgumentValidationError: parts".to_owned()));
            }
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            let number = matches!(name.as_str(), "promptTokens" | "completionTokens" | "createdAt");
            if number && !value.is_number() {
                return Err((500, format!("ArgumentValidationError: {name}")));
            }
        }
        if self.poison.is_some() && self.poison == text(value, "textContent") {
            return Err((500, "Error: it cannot be stored".to_owned()));
        }
        self.sessions.entry(session).or_insert_with_key(|session| {
            let value = json!({ "externalId": session, "source": "made by a message" });
            let value = value.as_object().cloned().unwrap_or_default();
            Stored { value, made: Instant::now() }
        });
        let new = value.as_object().cloned().unwrap_or_default();
        match self.messages.get_mut(&id) {
            // The same once more does no harm.
            Some(known) if known.value == new => {}
            Some(known) if known.made.elapsed().as_secs_f64() < MESSAGE_WINDOW => {
                self.dropped.push(id.clone());
            }
            Some(known) => known.value = new,
            None => {
                self.order.push(id.clone());
                self.messages.insert(id.clone(), Stored { value: new, made: Instant::now() });
            }
        }
        Ok(reply(200, json!({ "ok": true, "messageId": format!("k{id}") })))
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().filter(|text| !text.is_empty()).map(Into::into)
}
