//! The API of a service that has streams of events, in both of its generations, as its clients and
//! this project's own sink speak it: that of workspaces, and that of users.
//!
//! Here a person has one workspace, their own.

mod event;
mod events;
mod sessions;
mod transcripts;
mod users;

use axum::Json;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::json;

use super::Shared;
use super::callers::{Failure, machine};
use crate::names;
use crate::store::{May, Person};

pub fn routes() -> Router<Shared> {
    let users = "/api/v1/me/sessions/events";
    let workspaces = "/api/v1/workspaces/{workspace}/memory/events";
    let own = "/api/v1/memory/events";
    let limit = DefaultBodyLimit::max(transcripts::BODY_BYTES);
    let upload = post(transcripts::put).layer(limit);
    let mut routes = Router::new();
    for at in [users, workspaces, own] {
        routes = routes
            .route(at, get(events::list).post(events::one))
            .route(&format!("{at}/batch"), post(events::batch))
            .route(&format!("{at}/search"), get(events::search));
    }
    routes
        .route(&format!("{workspaces}/{{id}}"), get(events::by_id))
        .route("/api/v1/me/history-events", get(events::list))
        .route("/api/v1/workspaces/{workspace}/memory/agent-names", get(events::agents))
        .route("/api/v1/me/sessions", get(sessions::list).post(sessions::start))
        .route("/api/v1/me/sessions/{id}", delete(sessions::delete).patch(sessions::rename))
        .route("/api/v1/me/transcripts", upload.clone())
        .route("/api/v1/workspaces/{workspace}/transcripts", upload)
        .route("/api/v1/me/transcripts/{id}", get(transcripts::get))
        .route("/api/v1/workspaces/{workspace}/transcripts/{id}", get(transcripts::get))
        .route("/files/{lent}", get(transcripts::file))
        .route("/api/v1/me/sources/search", get(events::sources))
        .route("/api/v1/users/me", get(users::me))
        .route("/api/v1/users/me/keys", get(users::keys))
        .route("/api/v1/users/cli-auth/sessions", post(users::begin))
        .route("/api/v1/users/cli-auth/sessions/{id}", get(super::ingest::poll))
        .route("/api/v1/me/workspaces", get(users::workspaces))
        .route("/api/v1/workspaces", get(users::workspaces))
        .route("/api/v1/workspaces/mine", get(users::workspaces))
}

/// A refusal in its words.
#[derive(Debug)]
pub struct Refused(pub Failure);

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Refused {
        Refused(failure)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or_default();
        (status, Json(json!({ "detail": self.0.message }))).into_response()
    }
}

/// An id as this API writes it.
pub fn uuid(row: i64) -> String {
    format!("00000000-0000-4000-8000-{row:012x}")
}

/// The row of such an id.
pub fn row(id: &str) -> Option<i64> {
    i64::from_str_radix(id.strip_prefix("00000000-0000-4000-8000-")?, 16).ok()
}

/// Whose key it is; a key that only sends does not read.
pub async fn caller(
    app: &Shared,
    headers: &HeaderMap,
    workspace: Option<&str>,
    needed: May,
) -> Result<Person, Refused> {
    let (person, may) = machine(app, headers).await?;
    let scope = headers.get(names::scope_header()).and_then(|scope| scope.to_str().ok());
    for wanted in scope.into_iter().chain(workspace).filter(|wanted| !wanted.is_empty()) {
        if row(wanted) != Some(person.id) {
            return Err(Failure::new(403, "Not a workspace member").into());
        }
    }
    if needed > may {
        let why = "This API key only sends; `segno hub devices add --read` makes one that reads.";
        return Err(Failure::new(403, why).into());
    }
    Ok(person)
}
