//! What every request passes, upgrades too: whether it is for this server and from its pages; and
//! what every answer carries.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Peer, Shared, refusal};
use crate::access::Token;
use crate::clock::now_ms;
use crate::front;
use crate::machine::Failure;
use crate::origin::{Place, Said};

/// How long a request may take, its body included; a channel begins within it.
pub const WITHIN: Duration = Duration::from_secs(60);

/// Terminals write styles into the page, so those may be there; scripts are this server's files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
form-action 'none'; frame-ancestors 'none'";

static HEADERS: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    ),
];

/// Lets through what is for this server, and from it.
pub(crate) async fn gate(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let method = request.method();
    // Where a key is asked for, no cookie counts, and programs do not say where they come from.
    let keyed = request.uri().path() == super::mcp::PATH;
    let own = !keyed && method == Method::POST || headers.contains_key(header::UPGRADE);
    let known = [Method::GET, Method::HEAD, Method::POST].contains(method)
        || keyed && method == Method::DELETE;
    // A proxy's way of asking names another host than the header does.
    let direct = request.uri().authority().is_none();
    let verdict = app.place.check(said(headers), own);
    let mut response = match verdict {
        _ if !known => refusal(405, "there is no such method"),
        _ if !direct => refusal(400, "this is no proxy"),
        Ok(()) => match tokio::time::timeout(WITHIN, next.run(request)).await {
            Ok(response) => response,
            Err(_) => refusal(408, "it took too long"),
        },
        Err(stranger) => {
            let peer = request.extensions().get::<Peer>().map(|peer| peer.0.to_string());
            let path: String = request.uri().path().chars().take(80).collect();
            app.audit.note(
                "refused",
                json!({ "why": stranger.to_string(), "path": path, "from": peer }),
            );
            refusal(403, &stranger.to_string())
        }
    };
    guarded(&mut response);
    response
}

/// Puts in what every answer carries, where it has nothing of its own for that.
pub fn guarded(response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    let kept = headers.entry(header::CACHE_CONTROL);
    kept.or_insert(HeaderValue::from_static("no-store"));
}

/// What a request says of where it is for and from.
pub fn said(headers: &HeaderMap) -> Said<'_> {
    // What stands there twice is nothing.
    let one = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
    };
    let given = |name: HeaderName| headers.contains_key(&name).then(|| one(name).unwrap_or(""));
    Said {
        host: one(header::HOST),
        origin: given(header::ORIGIN),
        site: given(HeaderName::from_static("sec-fetch-site")),
    }
}

/// A cookie's value.
pub fn cookie<'a>(headers: &'a HeaderMap, called: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|line| line.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(name, _)| *name == called).map(|(_, value)| value)
}

/// An answer with a cookie that scripts and other pages do not get; for so many seconds.
pub fn with_cookie(
    place: &Place,
    headers: &HeaderMap,
    (name, value): (&str, &str),
    age: u64,
    body: Value,
) -> Response {
    let mut response = Json(body).into_response();
    set_cookie(place, headers, (name, value), (age, "Strict"), &mut response);
    response
}

/// Puts such a cookie into an answer; `site` is what requests from other pages are held to.
pub fn set_cookie(
    place: &Place,
    headers: &HeaderMap,
    (name, value): (&str, &str),
    (age, site): (u64, &str),
    response: &mut Response,
) {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let secure = if place.is_secure(host) { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Path=/; HttpOnly; SameSite={site}; Max-Age={age}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Whose request it is.
pub(crate) fn visitor(app: &Shared, headers: &HeaderMap) -> Result<Token, Failure> {
    let own = cookie(headers, &app.cookie);
    let token = own.and_then(|cookie| app.tokens.of_cookie(cookie, now_ms()));
    token.ok_or_else(|| Failure { status: 401, message: "sign in first".into() })
}

pub async fn index(headers: HeaderMap) -> Response {
    file(front::INDEX, &headers)
}

/// What shows notifications while no page is open: its place says for which pages it is.
pub async fn worker(headers: HeaderMap) -> Response {
    file(front::WORKER, &headers)
}

pub async fn page(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&path, &headers)
}

fn file(path: &str, asked: &HeaderMap) -> Response {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    match front::page(path) {
        Some(page) if known == Some(page.tag.as_str()) => {
            let kept = [(header::ETAG, page.tag), (header::CACHE_CONTROL, "no-cache".to_string())];
            (StatusCode::NOT_MODIFIED, kept).into_response()
        }
        Some(page) => {
            let headers = [
                (header::CONTENT_TYPE, page.mime.to_string()),
                // Asked again each time, so that an update is seen at once.
                (header::CACHE_CONTROL, "no-cache".to_string()),
                (header::ETAG, page.tag),
            ];
            (StatusCode::OK, headers, page.bytes.into_owned()).into_response()
        }
        None => refusal(404, "there is no such page"),
    }
}
