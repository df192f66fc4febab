//! What its API shows of a person's own sessions.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::callers::{Failure, reading_machine};
use super::super::{Shared, history};
use crate::store::{Store, Stored, StoredEntry};
use segno_archive::export::{self, Format};
use segno_archive::query::time::Now;
use segno_archive::query::{self, Role};
use segno_archive::secrets::hidden;

/// The most that a list answers.
const MOST: usize = 1000;
/// Of each session that is context, so many messages.
const LAST: usize = 10;

#[derive(Deserialize)]
pub struct Asked {
    q: Option<String>,
    id: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    format: String,
}

fn described(of: &Stored) -> Value {
    let about = &of.conversation;
    let created = about.created.or(about.updated);
    let value = json!({
        "id": about.row.to_string(), "externalId": about.id, "title": about.title,
        "projectPath": about.directory, "projectName": of.project, "model": about.model,
        "provider": of.provider, "source": about.agent,
        "promptTokens": of.input, "completionTokens": of.output, "totalTokens": of.input + of.output,
        "cost": of.cost,
        "durationMs": about.created.zip(about.updated).map(|(from, to)| (to - from).max(0)),
        "isPublic": of.is_shared, "messageCount": of.messages,
        "createdAt": created, "updatedAt": about.updated.or(created),
    });
    without_nulls(value)
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: Map<_, _> = members.into_iter().filter(|(_, v)| !v.is_null()).collect();
            Value::Object(members)
        }
        other => other,
    }
}

pub async fn sessions(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Failure> {
    let person = reading_machine(&app, &headers).await?;
    let limit = asked.limit.unwrap_or(50).min(MOST);
    let all = app.ask(move |store| store.stored(person.id, None, limit)).await?;
    let all: Vec<Value> = all.iter().map(described).collect();
    Ok(Json(json!({ "sessions": all })).into_response())
}

/// Messages, with the tools that each asked for among its parts.
fn messages(entries: &[StoredEntry]) -> Vec<Value> {
    let known = |entry: &StoredEntry| {
        let parent = entry.parent.as_deref();
        entries.iter().any(|other| other.role != Role::Tool && Some(&*other.native) == parent)
    };
    let mut all = Vec::new();
    for entry in entries {
        let is_tool = entry.role == Role::Tool;
        if is_tool && known(entry) {
            continue;
        }
        let mut parts = Vec::new();
        let calls: Vec<&StoredEntry> = match is_tool {
            true => vec![entry],
            false => {
                if !entry.side.is_empty() {
                    parts.push(json!({ "type": "thinking", "content": hidden(&entry.side) }));
                }
                if !entry.main.is_empty() {
                    parts.push(json!({ "type": "text", "content": hidden(&entry.main) }));
                }
                let is_its = |e: &&StoredEntry| {
                    e.role == Role::Tool && e.parent.as_deref() == Some(&*entry.native)
                };
                entries.iter().filter(is_its).collect()
            }
        };
        for call in calls {
            let text = hidden(&call.main);
            let args = serde_json::from_str(&text).unwrap_or(Value::String(text));
            let content = json!({ "toolName": call.name, "args": args });
            parts.push(json!({ "type": "tool-call", "content": content }));
            if !call.side.is_empty() {
                parts.push(json!({ "type": "tool-result", "content": hidden(&call.side) }));
            }
        }
        all.push(without_nulls(json!({
            "id": entry.row.to_string(), "externalId": entry.native, "role": entry.role.name(),
            "textContent": (!is_tool && !entry.main.is_empty()).then(|| hidden(&entry.main)),
            "model": entry.name.as_ref().filter(|_| !is_tool),
            "promptTokens": entry.input, "completionTokens": entry.output,
            "createdAt": entry.time, "parts": parts,
        })));
    }
    all
}

fn entries(store: &Store, person: i64, row: i64) -> crate::Result<Vec<StoredEntry>> {
    store.entries(person, "c.id = $2", vec![row.into()], false, 100_000)
}

/// A session by the id that this API gave it.
fn by_id(store: &Store, person: i64, id: &str) -> crate::Result<Stored> {
    let missing = crate::Error::Missing("such session");
    let row: i64 = id.parse().map_err(|_| crate::Error::Missing("such session"))?;
    store.stored(person, Some(row), 1)?.pop().ok_or(missing)
}

/// Its errors in its own words.
fn not_found(failure: Failure) -> Failure {
    match failure.status {
        404 => Failure::missing("Session not found"),
        _ => failure,
    }
}

pub async fn session(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Failure> {
    let person = reading_machine(&app, &headers).await?;
    let id = asked.0.id.ok_or_else(|| Failure::wrong("Missing session ID"))?;
    let found = app
        .ask(move |store| {
            let of = by_id(store, person.id, &id)?;
            let entries = entries(store, person.id, of.conversation.row)?;
            Ok((of, entries))
        })
        .await;
    let (of, entries) = found.map_err(not_found)?;
    let body = json!({ "session": described(&of), "messages": messages(&entries) });
    Ok(Json(body).into_response())
}

/// Sessions that have the words, the best first.
fn found(store: &Store, person: i64, q: &str, limit: usize) -> crate::Result<Vec<Stored>> {
    let query = query::parse(q, &Now::system());
    let report = store.search(person, &query, &history::options(limit))?;
    let rows = report.results.iter().map(|found| found.conversation.row);
    let mut all = Vec::new();
    for row in rows {
        // What a team has shared is not this person's session.
        all.extend(store.stored(person, Some(row), 1)?);
    }
    Ok(all)
}

fn words(asked: &Asked) -> Result<String, Failure> {
    let q = asked.q.clone().filter(|q| !q.is_empty());
    q.ok_or_else(|| Failure::wrong("Missing query parameter 'q'"))
}

/// By words, whichever type is asked for: this hub asks no other service what texts mean.
pub async fn search(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Failure> {
    let person = reading_machine(&app, &headers).await?;
    let (q, limit) = (words(&asked)?, asked.limit.unwrap_or(20).min(100));
    let all = app.ask(move |store| found(store, person.id, &q, limit)).await?;
    let all: Vec<Value> = all.iter().map(described).collect();
    Ok(Json(json!({ "results": all })).into_response())
}

pub async fn context(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Failure> {
    let person = reading_machine(&app, &headers).await?;
    let (q, limit) = (words(&asked)?, asked.limit.unwrap_or(5).min(50));
    let sessions = app
        .ask(move |store| {
            let mut all = Vec::new();
            for of in found(store, person.id, &q, limit)? {
                let which = "c.id = $2 AND e.kind <> 3";
                let values = vec![of.conversation.row.into()];
                let mut last = store.entries(person.id, which, values, true, LAST)?;
                last.reverse();
                all.push((of, last));
            }
            Ok(all)
        })
        .await?;
    let count = sessions.len();
    if asked.format == "messages" {
        let mut all = Vec::new();
        for (of, last) in &sessions {
            let about = &of.conversation;
            let metadata =
                json!({ "sessionId": about.row.to_string(), "sessionTitle": about.title });
            let one = |e: &StoredEntry| json!({ "role": e.role.name(), "content": hidden(&e.main), "metadata": metadata });
            all.extend(last.iter().map(one));
        }
        return Ok(Json(json!({ "messages": all, "sessionCount": count })).into_response());
    }
    let mut text = String::new();
    for (of, last) in &sessions {
        text.push_str(&format!(
            "## {}\n\n",
            of.conversation.title.as_deref().unwrap_or("Untitled")
        ));
        for entry in last {
            text.push_str(&format!("{}: {}\n\n", entry.role.name(), hidden(&entry.main)));
        }
    }
    Ok(Json(json!({ "text": text, "sessionCount": count })).into_response())
}

pub async fn export(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Asked>,
) -> Result<Response, Failure> {
    let person = reading_machine(&app, &headers).await?;
    let Asked { id, format, .. } = asked.0;
    let id = id.ok_or_else(|| Failure::wrong("Missing session ID"))?;
    let read = app
        .ask(move |store| {
            let of = by_id(store, person.id, &id)?;
            let name = format!("{}:{}", of.conversation.agent, of.conversation.id);
            let shown = store.show(person.id, &name)?;
            let entries = entries(store, person.id, of.conversation.row)?;
            Ok((of, shown, entries))
        })
        .await;
    let (of, shown, entries) = read.map_err(not_found)?;
    if format == "markdown" {
        return history::file(&shown, "md", true);
    }
    let said = entries.iter().filter(|entry| entry.role != Role::Tool);
    let messages: Vec<Value> = said
        .map(|entry| json!({ "role": entry.role.name(), "content": hidden(&entry.main) }))
        .collect();
    if format == "jsonl" {
        let content = export::export(&[shown], Format::JsonLines, &Now::system());
        let filename = format!("session-{}.jsonl", of.conversation.row);
        return Ok(Json(json!({ "content": content, "filename": filename })).into_response());
    }
    let about = &of.conversation;
    let session =
        json!({ "id": about.row.to_string(), "title": about.title, "model": about.model });
    Ok(Json(json!({ "session": session, "messages": messages })).into_response())
}

/// Nobody marks sessions for that here.
pub async fn evals(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    reading_machine(&app, &headers).await?;
    Err(Failure::missing("No eval-ready sessions found"))
}

pub async fn stats(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let person = reading_machine(&app, &headers).await?;
    let stats = app.ask(move |store| store.stats(person.id)).await?;
    let total = &stats.total;
    let mut models = Map::new();
    for model in &stats.models {
        let name = model.name.clone().unwrap_or_else(|| "unknown".into());
        let tokens = model.input + model.output;
        let used = json!({ "tokens": tokens, "cost": model.cost, "sessions": model.conversations });
        models.insert(name, used);
    }
    let body = json!({
        "sessionCount": total.conversations, "messageCount": total.messages,
        "totalTokens": total.input + total.output, "totalCost": total.cost, "totalDurationMs": 0,
        "modelUsage": models,
    });
    Ok(Json(body).into_response())
}
