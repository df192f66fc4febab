//! Signing in by a code, and out.

use axum::extract::State;
use axum::http::header::{self, HeaderMap};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::gate::{self, visitor};
use super::{Peer, Shared, refusal};
use crate::access::Token;
use crate::clock::now_ms;

#[derive(Deserialize)]
pub struct Typed {
    code: String,
}

/// Exchanges a code for a cookie, once; too many wrong ones and nobody there may try for a while.
pub async fn login(
    State(app): State<Shared>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Json(typed): Json<Typed>,
) -> Response {
    let now = now_ms();
    let locked = app.guard.lock().ok().and_then(|guard| guard.locked(peer, now));
    if let Some(until) = locked {
        app.audit.note("locked", json!({ "from": peer.to_string() }));
        let minutes = (until - now).div_ceil(60_000);
        return refusal(429, &format!("too many wrong codes; try again in {minutes} min"));
    }
    let browser = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let exchanged = app.tokens.exchange(&typed.code, browser, now);
    match exchanged {
        Ok(Some((token, cookie))) => {
            if let Ok(mut guard) = app.guard.lock() {
                guard.succeeded(peer);
            }
            let facts = json!({ "token": token.id, "may": token.scope.to_string(), "from": peer.to_string() });
            app.audit.note("login", facts);
            let seconds = token.expires.saturating_sub(now) / 1000;
            with_cookie(&app, &headers, &cookie, seconds, me_of(&token))
        }
        Ok(None) => {
            if let Ok(mut guard) = app.guard.lock() {
                guard.failed(peer, now);
            }
            app.audit.note("wrong code", json!({ "from": peer.to_string() }));
            refusal(
                401,
                "this code is wrong, used or too old; `segno web tokens new` makes another",
            )
        }
        Err(error) => refusal(500, &error.to_string()),
    }
}

/// Takes the browser's token back.
pub async fn logout(State(app): State<Shared>, headers: HeaderMap) -> Response {
    let token = match visitor(&app, &headers) {
        Ok(token) => token,
        Err(refused) => return refused.into_response(),
    };
    if let Err(error) = app.tokens.revoke(Some(&token.id), now_ms()) {
        return refusal(500, &error.to_string());
    }
    app.audit.note("logout", json!({ "token": token.id }));
    with_cookie(&app, &headers, "", 0, json!({}))
}

/// What the browser may do.
pub async fn me(State(app): State<Shared>, headers: HeaderMap) -> Response {
    match visitor(&app, &headers) {
        Ok(token) => Json(me_of(&token)).into_response(),
        Err(refused) => refused.into_response(),
    }
}

fn me_of(token: &Token) -> Value {
    json!({
        "may": token.scope.may,
        "over": token.scope.over,
        "history": token.scope.reads_history(),
        "expires": token.expires,
        "version": env!("CARGO_PKG_VERSION"),
    })
}

fn with_cookie(app: &Shared, headers: &HeaderMap, value: &str, age: u64, body: Value) -> Response {
    gate::with_cookie(&app.place, headers, (&app.cookie, value), age, body)
}
