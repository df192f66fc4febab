//! What its plugins send: sessions and messages.

use axum::Json;
use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Shared;
use super::super::callers::{Failure, machine};
use super::super::ingest::store;
use crate::names;
use crate::store::{About, Item, Key, Kind, Said};
use segno_archive::query::Role;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    #[serde(alias = "sessionId")]
    external_id: Option<String>,
    title: Option<String>,
    project_path: Option<String>,
    project_name: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    source: Option<String>,
    prompt_tokens: Option<f64>,
    completion_tokens: Option<f64>,
    cost: Option<f64>,
    duration_ms: Option<f64>,
    created_at: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    session_external_id: String,
    external_id: String,
    role: String,
    text_content: Option<String>,
    model: Option<String>,
    prompt_tokens: Option<f64>,
    completion_tokens: Option<f64>,
    source: Option<String>,
    #[serde(default)]
    parts: Vec<Part>,
    created_at: Option<f64>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    content: Value,
}

#[derive(Deserialize)]
pub struct Batch {
    #[serde(default)]
    sessions: Vec<Session>,
    #[serde(default)]
    messages: Vec<Message>,
}

/// Its server takes no account of the kind of a body.
fn parsed<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, Failure> {
    serde_json::from_str(body).map_err(|error| Failure::new(500, error.to_string()))
}

fn whole(number: Option<f64>) -> Option<i64> {
    number.filter(|number| number.is_finite()).map(|number| number as i64)
}

fn key(source: Option<&String>, native: String) -> Key {
    let source = source.map(String::as_str).unwrap_or_default();
    Key { agent: names::agent(source).into(), native, loose: true }
}

/// Nothing does not replace something.
fn some(number: Option<f64>) -> Option<i64> {
    whole(number).filter(|number| *number > 0)
}

impl Session {
    fn item(self) -> Result<Item, Failure> {
        let native = self.external_id.filter(|id| !id.is_empty());
        let native = native.ok_or_else(|| Failure::wrong("Missing externalId or sessionId"))?;
        let key = key(self.source.as_ref(), native);
        let created = whole(self.created_at);
        let about = About {
            title: self.title,
            directory: self.project_path,
            project: self.project_name,
            model: self.model,
            provider: self.provider,
            created,
            updated: created.zip(whole(self.duration_ms)).map(|(from, lasts)| from + lasts),
            input: some(self.prompt_tokens),
            output: some(self.completion_tokens),
            cost: self.cost.filter(|cost| *cost > 0.0),
            ..About::default()
        };
        Ok(Item::Conversation(key, Box::new(about)))
    }
}

impl Message {
    /// The message itself, and what it asked tools for.
    fn items(self) -> Vec<Item> {
        let key = key(self.source.as_ref(), self.session_external_id);
        let time = whole(self.created_at);
        let role = match self.role.as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            _ => Role::System,
        };
        let (mut texts, mut thoughts, mut calls) = (Vec::new(), Vec::new(), Vec::<Said>::new());
        for part in self.parts {
            match part.kind.as_str() {
                "text" => texts.push(words(&part.content)),
                "thinking" | "reasoning" => thoughts.push(words(&part.content)),
                "tool-call" => {
                    let n = calls.len();
                    let member = |names: [&str; 3]| {
                        names.into_iter().find_map(|name| part.content.get(name))
                    };
                    let name = member(["toolName", "name", "tool"]).and_then(Value::as_str);
                    let args = member(["args", "input", "arguments"]);
                    calls.push(Said {
                        kind: Kind::Tool,
                        native: format!("{}:{n}", self.external_id),
                        parent: Some(self.external_id.clone()),
                        role: Role::Tool,
                        time,
                        name: name.map(Into::into),
                        main: args.map(words).unwrap_or_default(),
                        ..Said::default()
                    });
                }
                "tool-result" => {
                    let of = part.content.get("result").or_else(|| part.content.get("output"));
                    let text = words(of.unwrap_or(&part.content));
                    match calls.last_mut() {
                        Some(call) => call.side = text,
                        None => texts.push(text),
                    }
                }
                _ => texts.push(words(&part.content)),
            }
        }
        let text = self.text_content.filter(|text| !text.is_empty());
        let said = Said {
            native: self.external_id,
            role,
            time,
            name: self.model,
            input: some(self.prompt_tokens),
            output: some(self.completion_tokens),
            main: text.unwrap_or_else(|| texts.join("\n")),
            side: thoughts.join("\n"),
            ..Said::default()
        };
        let mut items = Vec::new();
        // One that only carries calls says nothing itself.
        if calls.is_empty() || role != Role::Tool {
            items.push(said);
        }
        items.extend(calls);
        items.into_iter().map(|said| Item::Said(key.clone(), Box::new(said))).collect()
    }
}

/// A text, or what else it is as JSON.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(members) => match members.get("text") {
            Some(Value::String(text)) if members.len() == 1 => text.clone(),
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}

pub async fn session(
    State(app): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    let (person, _) = machine(&app, &headers).await?;
    let session: Session = parsed(&body)?;
    let native = session.external_id.clone().unwrap_or_default();
    store(&app, person.id, vec![session.item()?]).await?;
    let row = app.ask(move |store| store.row(person.id, &native)).await;
    let id = row.map(|row| row.to_string()).unwrap_or_default();
    Ok(Json(json!({ "ok": true, "sessionId": id })).into_response())
}

pub async fn message(
    State(app): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    let (person, _) = machine(&app, &headers).await?;
    let message: Message = parsed(&body)?;
    let id = message.external_id.clone();
    store(&app, person.id, message.items()).await?;
    Ok(Json(json!({ "ok": true, "messageId": id })).into_response())
}

pub async fn batch(
    State(app): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    let (person, _) = machine(&app, &headers).await?;
    let batch: Batch = parsed(&body)?;
    let (sessions, messages) = (batch.sessions.len(), batch.messages.len());
    let mut items = batch.sessions.into_iter().map(Session::item).collect::<Result<Vec<_>, _>>()?;
    items.extend(batch.messages.into_iter().flat_map(Message::items));
    store(&app, person.id, items).await?;
    let body = json!({ "ok": true, "sessions": sessions, "messages": messages, "errors": [] });
    Ok(Json(body).into_response())
}

/// Ids alone: also for a token that only sends.
pub async fn list(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let (person, _) = machine(&app, &headers).await?;
    let natives = app.ask(move |store| store.natives(person.id)).await?;
    let ids: Vec<String> = natives.into_iter().map(|(_, native, _)| native).collect();
    Ok(Json(json!({ "sessionIds": ids })).into_response())
}
