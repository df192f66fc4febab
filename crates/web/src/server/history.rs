//! Past conversations: the same answers as `segno history … --json`.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::gate::visitor;
use super::{Shared, refusal};
use crate::machine::{HistoryAsked, Text};

/// The most that a search answers.
const LIMIT: usize = 50;
/// The longest query, in bytes.
const QUERY: usize = 1000;

#[derive(Deserialize)]
pub struct Searched {
    #[serde(default)]
    q: String,
}

#[derive(Deserialize)]
pub struct One {
    id: String,
    #[serde(default)]
    format: String,
}

pub async fn search(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Searched>,
) -> Response {
    let query: String = asked.0.q.chars().take(QUERY).collect();
    look(app, headers, HistoryAsked::Search { query, limit: LIMIT }).await
}

pub async fn show(State(app): State<Shared>, headers: HeaderMap, asked: Query<One>) -> Response {
    look(app, headers, HistoryAsked::Show { id: asked.0.id }).await
}

pub async fn export(State(app): State<Shared>, headers: HeaderMap, asked: Query<One>) -> Response {
    let One { id, format } = asked.0;
    look(app, headers, HistoryAsked::Export { id, format }).await
}

pub async fn stats(State(app): State<Shared>, headers: HeaderMap) -> Response {
    look(app, headers, HistoryAsked::Stats).await
}

async fn look(app: Shared, headers: HeaderMap, asked: HistoryAsked) -> Response {
    match visitor(&app, &headers) {
        Ok(token) if token.scope.reads_history() => {}
        Ok(_) => return refusal(403, "this token does not read past conversations"),
        Err(refused) => return refused.into_response(),
    }
    match app.aside(move |machine| machine.history(&asked)).await {
        Ok(Text::Json(value)) => Json(value).into_response(),
        Ok(Text::File { text, mime, name }) => {
            let mut response = text.into_response();
            let name: String =
                name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
            let attached = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
            let headers = response.headers_mut();
            // Never shown as a page of this server: what it says was written by others.
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
            if let Ok(attached) = attached {
                headers.insert(header::CONTENT_DISPOSITION, attached);
            }
            response
        }
        Err(failure) => failure.into_response(),
    }
}
