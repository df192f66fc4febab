//! Past conversations: the same answers as `segno history … --json`, and as `segno web`.

use std::time::{Duration, Instant};

use axum::extract::{Query, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Shared;
use super::callers::{Failure, now, person, reader};
use segno_archive::export::{self, Format};
use segno_archive::query::time::Now;
use segno_archive::query::{self, How, Options};
use segno_archive::read::{List, Reveal, Shown, VERSION};

/// The most that a search answers.
const LIMIT: usize = 50;
/// The longest query, in bytes.
const QUERY: usize = 1000;
/// How long a search may take.
const BUDGET: Duration = Duration::from_secs(10);

pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/history/search", get(search))
        .route("/api/history/show", get(show))
        .route("/api/history/export", get(export))
        .route("/api/history/transcript", get(transcript))
        .route("/api/history/stats", get(stats))
        .route("/api/history/delete", post(delete))
}

#[derive(Deserialize)]
struct Searched {
    #[serde(default)]
    q: String,
}

#[derive(Deserialize)]
struct One {
    id: String,
    #[serde(default)]
    format: String,
}

/// How people search.
pub fn options(limit: usize) -> Options {
    let how = How::Words;
    Options { limit, context: 0, how, budget: BUDGET, reveal: Reveal::No, now: Now::system() }
}

async fn search(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Searched>,
) -> Result<Response, Failure> {
    let person = reader(&app, &headers).await?;
    let text: String = asked.0.q.chars().take(QUERY).collect();
    let begun = Instant::now();
    let query = query::parse(&text, &Now::system());
    let response = match query.all.is_empty() && query.none.is_empty() {
        true => {
            let list = app.ask(move |store| store.list(person.id, &query.filters, LIMIT)).await?;
            Json(List { version: VERSION, conversations: list }).into_response()
        }
        false => {
            let found =
                app.ask(move |store| store.search(person.id, &query, &options(LIMIT))).await?;
            Json(found).into_response()
        }
    };
    app.counters.searched(begun.elapsed());
    Ok(response)
}

/// A conversation, and whether what its agent has stored is here as well.
#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    shown: Shown,
    transcript: bool,
}

async fn show(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<One>,
) -> Result<Response, Failure> {
    let person = reader(&app, &headers).await?;
    let read = app
        .ask(move |store| {
            let shown = store.show(person.id, &asked.id)?;
            let transcript = store.has_transcript(person.id, &asked.id)?;
            Ok(Page { shown, transcript })
        })
        .await?;
    Ok(Json(read).into_response())
}

async fn export(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<One>,
) -> Result<Response, Failure> {
    let person = reader(&app, &headers).await?;
    let One { id, format } = asked.0;
    let shown = app.ask(move |store| store.show(person.id, &id)).await?;
    file(&shown, &format, true)
}

/// A conversation as a file.
pub fn file(shown: &Shown, format: &str, attached: bool) -> Result<Response, Failure> {
    let known = "a format is md, html, jsonl, json or text";
    let format_of = Format::named(format).ok_or_else(|| Failure::wrong(known))?;
    let text = export::export(std::slice::from_ref(shown), format_of, &Now::system());
    let (mime, ending) = match format_of {
        Format::Markdown => ("text/markdown; charset=utf-8", "md"),
        Format::Html => ("text/html; charset=utf-8", "html"),
        Format::Json => ("application/json", "json"),
        Format::JsonLines => ("application/jsonl", "jsonl"),
        Format::Text => ("text/plain; charset=utf-8", "txt"),
    };
    let id = &shown.conversation.id;
    let name: String =
        id.chars().filter(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    // Never shown as a page of this hub: what it says was written by others.
    let how = format!("attachment; filename=\"{name}.{ending}\"");
    if attached && let Ok(how) = HeaderValue::from_str(&how) {
        headers.insert(header::CONTENT_DISPOSITION, how);
    }
    Ok(response)
}

/// What the agent itself has stored, for its owner alone.
async fn transcript(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<One>,
) -> Result<Response, Failure> {
    let person = reader(&app, &headers).await?;
    let text = app.ask(move |store| store.transcript(person.id, &asked.0.id)?.text()).await?;
    let mut response = text.into_response();
    let headers = response.headers_mut();
    // Never shown as a page of this hub: what it says was written by others.
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    let how = HeaderValue::from_static("attachment; filename=\"transcript.jsonl\"");
    headers.insert(header::CONTENT_DISPOSITION, how);
    Ok(response)
}

async fn stats(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let person = reader(&app, &headers).await?;
    let stats = app.ask(move |store| store.stats(person.id)).await?;
    Ok(Json(stats).into_response())
}

#[derive(Deserialize)]
struct Deleted {
    id: String,
}

async fn delete(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(asked): Json<Deleted>,
) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    app.log.note("delete", json!({ "user": person.name }));
    app.ask(move |store| store.delete(person.id, &asked.id, now())).await?;
    Ok(Json(json!({})).into_response())
}
