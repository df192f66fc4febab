//! Links: making them, and what whoever has one sees.

use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::Shared;
use super::callers::{Failure, now, person};
use super::history::file;
use crate::store::{Asked, Opened, Part};
use segno_web::server::serving::Peer;

/// A week, in milliseconds.
const WEEK: i64 = 7 * 24 * 3_600_000;

/// No script at all, and forms to this hub alone.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
base-uri 'none'; frame-ancestors 'none'";

pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/shares", get(list).post(make))
        .route("/api/shares/preview", post(preview))
        .route("/api/shares/revoke", post(revoke))
}

async fn list(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    let links = app.ask(move |store| store.links(person.id, now())).await?;
    Ok(Json(json!({ "version": 1, "links": links })).into_response())
}

#[derive(Deserialize)]
struct New {
    id: String,
    #[serde(flatten)]
    part: Part,
    /// Milliseconds.
    lasts: Option<i64>,
    #[serde(default)]
    reveal: bool,
    passphrase: Option<String>,
}

/// What would be seen.
async fn preview(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(new): Json<New>,
) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    let shown =
        app.ask(move |store| store.preview(person.id, &new.id, &new.part, new.reveal)).await?;
    Ok(Json(shown).into_response())
}

async fn make(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(new): Json<New>,
) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    let facts = json!({ "user": person.name, "reveal": new.reveal });
    let asked = Asked {
        part: new.part,
        lasts: new.lasts.unwrap_or(WEEK),
        reveal: new.reveal,
        passphrase: new.passphrase,
    };
    let (id, name) = app.ask(move |store| store.link(person.id, &new.id, &asked, now())).await?;
    app.log.note("link", facts);
    let url = format!("{}/s/{name}", app.place.url());
    Ok(Json(json!({ "version": 1, "id": id, "url": url })).into_response())
}

#[derive(Deserialize)]
struct ById {
    id: i64,
}

async fn revoke(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(by): Json<ById>,
) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    app.ask(move |store| store.revoke_link(person.id, by.id)).await?;
    Ok(Json(json!({})).into_response())
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    format: String,
    passphrase: Option<String>,
}

/// What whoever has the link sees.
pub async fn page(
    State(app): State<Shared>,
    peer: Extension<Peer>,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    open(&app, peer.0.0, name, Wanted { passphrase: None, ..wanted }).await
}

/// The same with a passphrase.
pub async fn unlock(
    State(app): State<Shared>,
    peer: Extension<Peer>,
    Path(name): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Response {
    open(&app, peer.0.0, name, wanted).await
}

async fn open(app: &Shared, peer: std::net::IpAddr, name: String, wanted: Wanted) -> Response {
    let Wanted { format, passphrase } = wanted;
    let typed = passphrase.is_some();
    if let Err(failure) = app.locked(peer) {
        return plain(failure.status, &failure.message, false);
    }
    let opened = app.ask(move |store| store.open_link(&name, passphrase.as_deref(), now())).await;
    match opened {
        Err(failure) => plain(failure.status, &failure.message, false),
        Ok(Opened::Nothing) => {
            app.guessed(peer, "wrong link");
            plain(404, "This link does not exist, or no longer.", false)
        }
        Ok(Opened::Locked) if typed => {
            app.guessed(peer, "wrong passphrase");
            plain(401, "This passphrase is wrong.", true)
        }
        Ok(Opened::Locked) => plain(401, "This conversation has a passphrase.", true),
        Ok(Opened::Shown(shown)) => {
            app.counters.viewed();
            let format = if format.is_empty() { "html" } else { &format };
            match file(&shown, format, format != "html") {
                Ok(mut response) => {
                    guarded(&mut response);
                    response
                }
                Err(failure) => plain(failure.status, &failure.message, false),
            }
        }
    }
}

/// A page with a sentence, and perhaps a field for a passphrase.
pub fn plain(status: u16, text: &str, asks: bool) -> Response {
    let form = match asks {
        true => {
            "<form method=post><label>Passphrase <input name=passphrase type=password \
             autofocus required></label> <button>Open</button></form>"
        }
        false => "",
    };
    // The texts are the hub's own, and have no markup in them.
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><title>Segno</title>\
         <style>:root{{color-scheme:light dark}}\
         body{{font:16px system-ui;margin:20vh auto;max-width:24em;padding:1em}}\
         h1{{font:inherit}}</style><main><h1>{text}</h1>{form}</main></html>"
    );
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let mut response = (status, kind, page).into_response();
    guarded(&mut response);
    response
}

/// Its own policy; and a form has to say where it comes from.
fn guarded(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
}
