//! Sessions, and transcripts.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::event::iso;
use super::{Refused, caller, row, uuid};
use crate::api::Shared;
use crate::api::callers::{Failure, now};
use crate::api::ingest::store;
use crate::names;
use crate::store::{About, Item, Key, May, Person, Store, Stored};

#[derive(Deserialize)]
pub struct Started {
    session_id: String,
    #[serde(default)]
    agent_name: Option<String>,
    #[serde(default)]
    cwd: Option<String>,
    #[serde(default)]
    files_touched: Vec<String>,
}

fn described(of: &Stored, person: &Person, files: &[String]) -> Value {
    let about = &of.conversation;
    json!({
        "id": uuid(about.row), "owner_user_id": uuid(person.id), "session_id": about.id,
        "app_url": null, "title": about.title, "linear_tickets": [], "agent_name": about.agent,
        "cwd": about.directory, "files_touched": files,
        "started_at": about.created.map(iso), "finished_at": null, "updated_at": about.updated.map(iso),
        "created_by": uuid(person.id),
    })
}

fn by_row(store: &Store, person: i64, row: i64) -> crate::Result<Stored> {
    store.stored(person, Some(row), 1)?.pop().ok_or(crate::Error::Missing("such session"))
}

pub async fn start(
    State(app): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, None, May::Write).await?;
    let started: Started =
        serde_json::from_str(&body).map_err(|error| Failure::new(422, error.to_string()))?;
    let agent = names::agent(&started.agent_name.unwrap_or_default()).to_owned();
    let native = started.session_id;
    let key = Key { agent, native: native.clone(), loose: true };
    let about = About { directory: started.cwd, ..About::default() };
    let accepted = store(&app, person.id, vec![Item::Conversation(key, Box::new(about))]).await?;
    if accepted.ignored > 0 {
        return Err(Failure::new(410, "This session was deleted").into());
    }
    let of = person.id;
    let stored = app.ask(move |store| by_row(store, of, store.row(of, &native)?)).await?;
    let shown = described(&stored, &person, &started.files_touched);
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

#[derive(Deserialize)]
pub struct Asked {
    limit: Option<usize>,
}

pub async fn list(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, None, May::Read).await?;
    let (of, limit) = (person.id, asked.limit.unwrap_or(50).clamp(1, 200));
    let stored = app.ask(move |store| store.stored(of, None, limit)).await?;
    let all: Vec<Value> = stored.iter().map(|of| described(of, &person, &[])).collect();
    Ok(Json(json!({ "sessions": all, "has_more": false })).into_response())
}

/// The name by which the store knows it.
fn named(store: &Store, person: i64, id: &str) -> crate::Result<String> {
    let row = row(id).ok_or(crate::Error::Missing("such session"))?;
    let of = by_row(store, person, row)?.conversation;
    Ok(format!("{}:{}", of.agent, of.id))
}

/// Also for a key that only sends: what a machine has sent, it takes back.
pub async fn delete(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, None, May::Write).await?.id;
    app.ask(move |store| store.delete(person, &named(store, person, &id)?, now())).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct Renamed {
    title: String,
}

pub async fn rename(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: String,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, None, May::Write).await?;
    let Renamed { title } =
        serde_json::from_str(&body).map_err(|error| Failure::new(422, error.to_string()))?;
    let of = person.id;
    let stored = app
        .ask(move |store| {
            let row = row(&id).ok_or(crate::Error::Missing("such session"))?;
            let about = by_row(store, of, row)?.conversation;
            let key = Key { agent: about.agent, native: about.id, loose: false };
            let about = About { title: Some(title.clone()), ..About::default() };
            store.ingest(of, &[Item::Conversation(key, Box::new(about))], now())?;
            by_row(store, of, row)
        })
        .await?;
    Ok(Json(described(&stored, &person, &[])).into_response())
}
