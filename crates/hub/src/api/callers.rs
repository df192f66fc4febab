//! Who asks: a person in a browser, or a machine with a token; and how a request fails.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{App, Shared};
use crate::error::Error;
use crate::store::{May, Person};
use segno_web::now_ms;
use segno_web::server::gate::cookie;

/// Why something is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub status: u16,
    /// One line for people.
    pub message: String,
}

impl Failure {
    pub fn new(status: u16, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into() }
    }

    pub fn missing(message: impl Into<String>) -> Failure {
        Failure::new(404, message)
    }

    pub fn wrong(message: impl Into<String>) -> Failure {
        Failure::new(400, message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let status = match error {
            Error::Missing(_) => 404,
            Error::Wrong(_) => 400,
            Error::Taken(_) => 409,
            Error::Away(_) => 503,
            _ => 500,
        };
        // What a database says may have what somebody wrote in it.
        match status {
            500 => Failure::new(500, "the hub cannot do that now; its log says why"),
            _ => Failure::new(status, error.to_string()),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or_default();
        (status, Json(json!({ "error": self.message }))).into_response()
    }
}

/// Milliseconds since the Unix epoch.
pub fn now() -> i64 {
    i64::try_from(now_ms()).unwrap_or(i64::MAX)
}

/// The token of a machine.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The person in the browser.
pub async fn person(app: &Shared, headers: &HeaderMap) -> Result<Person, Failure> {
    let cookie = cookie(headers, &app.cookie).map(str::to_owned);
    let cookie = cookie.ok_or_else(|| Failure::new(401, "sign in first"))?;
    let found = app.ask(move |store| store.of_cookie(&cookie, now())).await?;
    found.ok_or_else(|| Failure::new(401, "sign in first"))
}

/// Whose machine it is, and what it may.
pub async fn machine(app: &Shared, headers: &HeaderMap) -> Result<(Person, May), Failure> {
    let token = bearer(headers).ok_or_else(|| Failure::new(401, "Missing Authorization header"))?;
    let token = token.to_owned();
    let found = app.ask(move |store| store.of_token(&token, now())).await?;
    found.ok_or_else(|| Failure::new(401, "Invalid API key"))
}

/// Whose machine it is, where it may read.
pub async fn reading_machine(app: &Shared, headers: &HeaderMap) -> Result<Person, Failure> {
    match machine(app, headers).await? {
        (person, May::Read) => Ok(person),
        (_, May::Write) => {
            Err(Failure::new(403, "this token only sends; `segno hub devices add --read` reads"))
        }
    }
}

/// A person in a browser, or a machine that may read what its person sees.
pub async fn reader(app: &Shared, headers: &HeaderMap) -> Result<Person, Failure> {
    match bearer(headers) {
        Some(_) => reading_machine(app, headers).await,
        None => person(app, headers).await,
    }
}

impl App {
    /// Whether an address has guessed too often.
    pub fn locked(self: &Arc<Self>, peer: std::net::IpAddr) -> Result<(), Failure> {
        let now = now_ms();
        let until = self.guard.lock().ok().and_then(|guard| guard.locked(peer, now));
        let Some(until) = until else { return Ok(()) };
        self.log.note("locked", json!({ "from": peer.to_string() }));
        let minutes = (until - now).div_ceil(60_000);
        Err(Failure::new(429, format!("too many wrong attempts; try again in {minutes} min")))
    }

    /// An address has guessed wrongly.
    pub fn guessed(self: &Arc<Self>, peer: std::net::IpAddr, what: &str) {
        if let Ok(mut guard) = self.guard.lock() {
            guard.failed(peer, now_ms());
        }
        self.counters.wrong();
        self.log.note(what, json!({ "from": peer.to_string() }));
    }

    /// It has not.
    pub fn knew(self: &Arc<Self>, peer: std::net::IpAddr) {
        if let Ok(mut guard) = self.guard.lock() {
            guard.succeeded(peer);
        }
    }
}
