//! The Model Context Protocol over HTTP, for programs that have a key.
//!
//! No page asks here: a cookie counts for nothing, and a key, which no browser adds by itself,
//! counts for everything that its token allows.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{Peer, Shared, refusal};
use crate::access::{Over, Scope, Token};
use crate::clock::now_ms;

/// Where it is spoken.
pub const PATH: &str = "/mcp";
/// Requests that are carried out at a time; a wait lasts.
pub const AT_ONCE: usize = 16;

/// Answers a request of the protocol within a scope.
pub type Tools =
    Arc<dyn Fn(Scope, Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

/// What is known of the programs that ask.
pub struct Programs {
    tools: Option<Tools>,
    seats: Arc<Semaphore>,
    /// Tokens that were used since the server began: the audit log has one line of each.
    seen: Mutex<HashSet<String>>,
}

impl Programs {
    pub fn new(tools: Option<Tools>) -> Programs {
        Programs { tools, seats: Arc::new(Semaphore::new(AT_ONCE)), seen: Mutex::default() }
    }

    fn is_new(&self, token: &Token) -> bool {
        self.seen.lock().is_ok_and(|mut seen| seen.insert(token.id.clone()))
    }
}

pub async fn mcp(
    State(app): State<Shared>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Response {
    let Some(tools) = app.mcp.tools.clone() else { return refusal(404, "there is no such page") };
    let now = now_ms();
    let said = request.headers().get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
    let key = said.and_then(|said| said.strip_prefix("Bearer "));
    let Some(token) = key.and_then(|key| app.tokens.of_key(key.trim(), now)) else {
        // Nobody is locked out: a key cannot be guessed, and a program that shows an old one over
        // and over would shut out the browsers of its machine.
        if key.is_some() {
            app.audit.note("wrong key", json!({ "from": peer.to_string() }));
        }
        let why = "show a key, as in `Authorization: Bearer KEY`; `segno web tokens new --key` \
                   makes one";
        let mut refused = refusal(401, why);
        let wanted = header::HeaderValue::from_static("Bearer");
        refused.headers_mut().insert(header::WWW_AUTHENTICATE, wanted);
        return refused;
    };
    if let Over::Pane(_) = token.scope.over {
        return refusal(403, "this key is for one pane, and tools are for all or a project");
    }
    if app.mcp.is_new(&token) {
        let facts =
            json!({ "token": token.id, "may": token.scope.to_string(), "from": peer.to_string() });
        app.audit.note("mcp", facts);
    }
    let Ok(seat) = Arc::clone(&app.mcp.seats).try_acquire_owned() else {
        return refusal(429, "too many requests at a time; try again");
    };
    // The seat is taken until the last part of the answer has gone.
    tools(token.scope, request).await.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &seat;
            frame
        }))
    })
}
