//! The hub's own protocol, which `defaults/sinks/hub.toml` speaks.
//!
//! A machine sends batches of events under ids of its own; what comes twice is there once, what
//! was deleted stays so. An answer says for each conversation how many of its changes are stored.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::callers::{Failure, machine, now};
use crate::store::{About, Item, Key, Kind, May, Said, Waiting};
use segno_archive::query::Role;

/// Events of one batch.
const BATCH: usize = 1000;

pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/device", get(device))
        .route("/v1/conversations", get(conversations))
        .route("/v1/events", post(events))
        .route("/v1/login", post(begin))
        .route("/v1/login/{id}", get(poll))
}

#[derive(Deserialize)]
struct Batch {
    version: u32,
    events: Vec<Event>,
}

/// What a machine says of one thing. What it leaves out is unknown.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum Event {
    Session {
        agent: String,
        conversation: Conversation,
        #[serde(default)]
        usage: Option<Usage>,
    },
    User(Text),
    Assistant(Text),
    System(Text),
    Tool(Call),
    Deleted {
        agent: String,
        conversation: String,
    },
}

#[derive(Deserialize)]
struct Conversation {
    id: String,
    title: Option<String>,
    directory: Option<String>,
    project: Option<String>,
    branch: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    parent: Option<String>,
    forked_from: Option<String>,
    created: Option<i64>,
    updated: Option<i64>,
    #[serde(default)]
    deleted: bool,
}

#[derive(Deserialize)]
struct Usage {
    prompt: Option<i64>,
    output: Option<i64>,
    cost: Option<f64>,
}

#[derive(Deserialize)]
struct Text {
    id: String,
    agent: String,
    conversation: String,
    #[serde(default)]
    text: Option<String>,
    reasoning: Option<String>,
    time: Option<i64>,
    model: Option<String>,
    tokens: Option<Usage>,
}

#[derive(Deserialize)]
struct Call {
    id: String,
    agent: String,
    conversation: String,
    tool: Option<String>,
    #[serde(default)]
    input: Value,
    output: Option<String>,
    failed: Option<bool>,
    #[serde(default)]
    files: Vec<String>,
    time: Option<i64>,
}

fn key(agent: String, native: String) -> Key {
    Key { agent, native, loose: false }
}

impl Event {
    fn item(self, now: i64) -> Item {
        match self {
            Event::Session { agent, conversation: of, usage } => {
                let usage = usage.unwrap_or(Usage { prompt: None, output: None, cost: None });
                let about = About {
                    title: of.title,
                    directory: of.directory,
                    project: of.project,
                    branch: of.branch,
                    model: of.model,
                    provider: of.provider,
                    parent: of.parent,
                    forked_from: of.forked_from,
                    created: of.created,
                    updated: of.updated,
                    gone: of.deleted.then_some(of.updated.unwrap_or(now)),
                    input: usage.prompt,
                    output: usage.output,
                    cost: usage.cost,
                };
                Item::Conversation(key(agent, of.id), Box::new(about))
            }
            Event::User(text) => text.item(Role::User),
            Event::Assistant(text) => text.item(Role::Assistant),
            Event::System(text) => text.item(Role::System),
            Event::Tool(call) => call.item(),
            Event::Deleted { agent, conversation } => Item::Deleted(key(agent, conversation)),
        }
    }
}

impl Text {
    fn item(self, role: Role) -> Item {
        let said = Said {
            kind: Kind::Message,
            native: self.id,
            role,
            time: self.time,
            name: self.model,
            input: self.tokens.as_ref().and_then(|tokens| tokens.prompt),
            output: self.tokens.as_ref().and_then(|tokens| tokens.output),
            main: self.text.unwrap_or_default(),
            side: self.reasoning.unwrap_or_default(),
            ..Said::default()
        };
        Item::Said(key(self.agent, self.conversation), Box::new(said))
    }
}

impl Call {
    fn item(self) -> Item {
        let main = match self.input {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        let said = Said {
            kind: Kind::Tool,
            native: self.id,
            role: Role::Tool,
            time: self.time,
            name: self.tool,
            status: self.failed.map(|failed| if failed { 2 } else { 1 }),
            main,
            side: self.output.unwrap_or_default(),
            files: self.files,
            ..Said::default()
        };
        Item::Said(key(self.agent, self.conversation), Box::new(said))
    }
}

async fn events(
    State(app): State<Shared>,
    headers: HeaderMap,
    batch: Result<Json<Batch>, JsonRejection>,
) -> Result<Response, Failure> {
    let (person, _) = machine(&app, &headers).await?;
    let Json(batch) =
        batch.map_err(|error| Failure::new(error.status().as_u16(), error.body_text()))?;
    if batch.version != 1 {
        return Err(Failure::wrong("this hub knows version 1 of the protocol"));
    }
    if batch.events.len() > BATCH {
        return Err(Failure::new(413, format!("a batch has at most {BATCH} events")));
    }
    let now = now();
    let items: Vec<Item> = batch.events.into_iter().map(|event| event.item(now)).collect();
    let accepted = store(&app, person.id, items).await?;
    Ok(Json(json!({ "version": 1, "accepted": accepted })).into_response())
}

/// Stores items and counts them.
pub async fn store(
    app: &Shared,
    person: i64,
    items: Vec<Item>,
) -> Result<crate::store::Accepted, Failure> {
    let accepted = app.ask(move |store| store.ingest(person, &items, now())).await?;
    app.counters.ingested(accepted.written, accepted.ignored);
    Ok(accepted)
}

/// Which conversations of its owner have arrived, and how many changes of each.
async fn conversations(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let (person, _) = machine(&app, &headers).await?;
    let natives = app.ask(move |store| store.natives(person.id)).await?;
    let of = |(agent, id, position)| json!({ "agent": agent, "id": id, "position": position });
    let all: Vec<Value> = natives.into_iter().map(of).collect();
    Ok(Json(json!({ "version": 1, "conversations": all })).into_response())
}

/// Whose a token is.
async fn device(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let (person, may) = machine(&app, &headers).await?;
    Ok(Json(json!({ "version": 1, "user": person.name, "may": may.name() })).into_response())
}

#[derive(Deserialize)]
pub struct Device {
    #[serde(default)]
    device_name: String,
}

/// A machine asks to be let in by its owner, in a browser.
async fn begin(State(app): State<Shared>, Json(asked): Json<Device>) -> Result<Response, Failure> {
    waiting(&app, asked, May::Write).await
}

pub async fn waiting(app: &Shared, asked: Device, may: May) -> Result<Response, Failure> {
    let name = match asked.device_name.trim() {
        "" => "a machine".to_owned(),
        name => name.to_owned(),
    };
    let id = app.ask(move |store| store.wait(&name, may, now())).await?;
    Ok(Json(json!({ "session_id": id })).into_response())
}

pub async fn poll(State(app): State<Shared>, Path(id): Path<String>) -> Result<Response, Failure> {
    match app.ask(move |store| store.poll(&id, now())).await? {
        Waiting::Unknown => Err(Failure::missing("there is no such machine waiting")),
        Waiting::Pending => Ok(Json(json!({ "status": "pending" })).into_response()),
        Waiting::Allowed { token, person } => {
            app.log.note("device", json!({ "user": person.name }));
            let answer = json!({
                "status": "complete", "api_key": token, "username": person.name,
            });
            Ok(Json(answer).into_response())
        }
    }
}
