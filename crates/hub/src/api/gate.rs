//! What every request passes: whether it is for this hub, and from its pages or a machine.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Shared;
use super::callers::{Failure, bearer};
use segno_web::server::gate::{WITHIN, guarded, said};
use segno_web::server::serving::Peer;

/// What a machine may begin before it has a token; it gives nobody anything.
const OPEN: [&str; 2] = ["/v1/login", "/api/v1/users/cli-auth/sessions"];

/// Lets through what is for this hub.
///
/// A token is no cookie: no page of another makes a browser send one, so whoever has it says by
/// that where a request comes from.
pub async fn gate(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let (headers, method) = (request.headers(), request.method());
    // A channel is no safer than a change: any page may try to open one.
    let changes =
        ![Method::GET, Method::HEAD].contains(method) || headers.contains_key(header::UPGRADE);
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::DELETE];
    let direct = request.uri().authority().is_none();
    let path = request.uri().path();
    let machine =
        bearer(headers).is_some() || OPEN.contains(&path) && !headers.contains_key(header::ORIGIN);
    let verdict = app.place.check(said(headers), changes && !machine);
    let is_known = known.contains(method);
    let mut response = match verdict {
        _ if !is_known => Failure::new(405, "there is no such method").into_response(),
        _ if !direct => Failure::wrong("this is no proxy").into_response(),
        Ok(()) => match tokio::time::timeout(WITHIN, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Failure::new(408, "it took too long").into_response(),
        },
        Err(stranger) => {
            let peer = request.extensions().get::<Peer>().map(|peer| peer.0.to_string());
            let path: String = path.chars().take(80).collect();
            let why = stranger.to_string();
            app.log.note("refused", json!({ "why": why, "path": path, "from": peer }));
            Failure::new(403, why).into_response()
        }
    };
    app.counters.answered(response.status().as_u16());
    guarded(&mut response);
    response
}
