//! Events: sent one by one or in batches, listed and searched.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::event::{Event, time};
use super::{Refused, caller, row, uuid};
use crate::api::callers::{Failure, now};
use crate::api::ingest::store;
use crate::api::{Shared, history};
use crate::database::Value as Stored;
use crate::store::{May, Person, Store, StoredEntry};
use segno_archive::query;
use segno_archive::query::time::Now;

/// Events of one batch.
const BATCH: usize = 100;
/// Rows among which those with another name are left out.
const LOOKED_AT: usize = 5000;

type Place = Path<HashMap<String, String>>;

fn workspace(place: &Place) -> Option<&str> {
    place.get("workspace").map(String::as_str)
}

fn parsed<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, Refused> {
    serde_json::from_str(body).map_err(|error| Failure::new(422, error.to_string()).into())
}

/// Stores events, and shows them as they are there.
async fn put(app: &Shared, person: Person, events: Vec<Event>) -> Result<Vec<Value>, Refused> {
    let (mut items, now) = (Vec::new(), now());
    for event in &events {
        event.check().map_err(|why| Failure::new(422, why))?;
        items.push(event.item(now).map_err(Failure::from)?);
    }
    let natives: Vec<String> = items
        .iter()
        .filter_map(|item| match item {
            crate::store::Item::Said(_, said) => Some(format!("e:{}", said.native)),
            _ => None,
        })
        .collect();
    store(app, person.id, items).await?;
    let id = person.id;
    let rows = app
        .ask(move |store| {
            let mut rows = Vec::new();
            for key in natives {
                rows.extend(store.entries(id, "e.key = $2", vec![key.into()], false, 1)?);
            }
            Ok(rows)
        })
        .await?;
    Ok(rows.iter().map(|entry| Event::stored(entry).shown(entry, &person)).collect())
}

pub async fn one(
    State(app): State<Shared>,
    place: Place,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, workspace(&place), May::Write).await?;
    let event: Event = parsed(&body)?;
    let shown = put(&app, person, vec![event]).await?.pop().unwrap_or_default();
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

#[derive(Deserialize)]
struct Batch {
    events: Vec<Event>,
}

pub async fn batch(
    State(app): State<Shared>,
    place: Place,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, workspace(&place), May::Write).await?;
    let Batch { events } = parsed(&body)?;
    if events.is_empty() || events.len() > BATCH {
        return Err(Failure::new(422, format!("events: 1 to {BATCH}")).into());
    }
    let shown = put(&app, person, events).await?;
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

#[derive(Deserialize)]
pub struct Asked {
    agent_name: Option<String>,
    session_id: Option<String>,
    event_type: Option<String>,
    after: Option<String>,
    before: Option<String>,
    limit: Option<usize>,
    order: Option<String>,
    q: Option<String>,
}

fn read(
    store: &Store,
    person: &Person,
    asked: &Asked,
    newest: bool,
) -> crate::Result<(Vec<Value>, bool)> {
    let mut which = vec!["1 = 1".to_owned()];
    let mut values: Vec<Stored> = Vec::new();
    let mut add = |clause: &str, value: Stored| {
        values.push(value);
        which.push(format!("{clause} ${}", values.len() + 1));
    };
    if let Some(session) = &asked.session_id {
        add("c.native =", session.as_str().into());
    }
    if let Some(after) = asked.after.as_deref().and_then(time) {
        add("e.time >=", after.into());
    }
    if let Some(before) = asked.before.as_deref().and_then(time) {
        add("e.time <", before.into());
    }
    let limit = asked.limit.unwrap_or(50).clamp(1, 200);
    let named = asked.agent_name.is_some() || asked.event_type.is_some();
    let most = if named { LOOKED_AT } else { limit + 1 };
    let rows = store.entries(person.id, &which.join(" AND "), values, newest, most)?;
    let is = |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|w| w == has);
    let mut events: Vec<Value> = Vec::new();
    for entry in &rows {
        let event = Event::stored(entry);
        if is(&asked.agent_name, &event.agent_name) && is(&asked.event_type, &event.event_type) {
            if events.len() == limit {
                return Ok((events, true));
            }
            events.push(event.shown(entry, person));
        }
    }
    Ok((events, false))
}

/// Oldest first where there are workspaces, newest first where there are users.
pub async fn list(
    State(app): State<Shared>,
    place: Place,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, workspace(&place), May::Read).await?;
    let newest = match asked.order.as_deref() {
        Some("asc") => false,
        Some("desc") => true,
        _ => workspace(&place).is_none(),
    };
    let read = app.ask(move |store| read(store, &person, &asked, newest)).await?;
    Ok(Json(json!({ "events": read.0, "has_more": read.1 })).into_response())
}

pub async fn by_id(
    State(app): State<Shared>,
    place: Place,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, workspace(&place), May::Read).await?;
    let missing = || Failure::missing("Event not found");
    let id = place.get("id").and_then(|id| row(id)).ok_or_else(missing)?;
    let of = person.id;
    let rows =
        app.ask(move |store| store.entries(of, "e.id = $2", vec![id.into()], false, 1)).await?;
    let entry = rows.first().ok_or_else(missing)?;
    Ok(Json(Event::stored(entry).shown(entry, &person)).into_response())
}

/// Entries of a person's own that have the words, the best first.
fn found(
    store: &Store,
    person: i64,
    q: &str,
    limit: usize,
) -> crate::Result<Vec<(StoredEntry, String)>> {
    let query = query::parse(q, &Now::system());
    let report = store.search(person, &query, &history::options(limit))?;
    let mut all = Vec::new();
    for result in report.results {
        let row = result.conversation.row;
        for hit in result.hits {
            let values = vec![row.into(), hit.entry.clone().into()];
            let entries = store.entries(person, "c.id = $2 AND e.native = $3", values, false, 1)?;
            all.extend(entries.into_iter().map(|entry| (entry, hit.snippet.text.clone())));
        }
    }
    all.truncate(limit);
    Ok(all)
}

pub async fn search(
    State(app): State<Shared>,
    place: Place,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, workspace(&place), May::Read).await?;
    let (q, limit) = (asked.0.q.unwrap_or_default(), asked.0.limit.unwrap_or(50).clamp(1, 200));
    let of = person.id;
    let found = app.ask(move |store| found(store, of, &q, limit)).await?;
    let event = |(n, (entry, _)): (usize, &(StoredEntry, String))| {
        let mut shown = Event::stored(entry).shown(entry, &person);
        shown["rank"] = json!(1.0 / (n + 1) as f64);
        shown
    };
    let events: Vec<Value> = found.iter().enumerate().map(event).collect();
    Ok(Json(json!({ "events": events, "has_more": false })).into_response())
}

pub async fn sources(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, None, May::Read).await?;
    let (q, limit) = (asked.0.q.unwrap_or_default(), asked.0.limit.unwrap_or(20).clamp(1, 200));
    let of = person.id;
    let found = app.ask(move |store| found(store, of, &q, limit)).await?;
    let result = |(entry, snippet): &(StoredEntry, String)| {
        json!({
            "name": entry.of, "ref": entry.of, "source": "sessions", "source_name": "Sessions",
            "id": uuid(entry.row), "snippet": snippet.chars().take(300).collect::<String>(),
        })
    };
    let results: Vec<Value> = found.iter().map(result).collect();
    Ok(Json(json!({ "results": results, "has_more": false })).into_response())
}

pub async fn agents(
    State(app): State<Shared>,
    place: Place,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, workspace(&place), May::Write).await?;
    let natives = app.ask(move |store| store.natives(person.id)).await?;
    let mut names: Vec<String> = natives.into_iter().map(|(agent, _, _)| agent).collect();
    names.sort();
    names.dedup();
    Ok(Json(json!({ "agent_names": names })).into_response())
}
