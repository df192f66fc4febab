//! What an agent itself has stored, as a whole: it comes at the end of a session, and stands beside
//! its events.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::event::iso;
use super::{Refused, caller};
use crate::api::Shared;
use crate::api::callers::{Failure, now};
use crate::api::ingest::store;
use crate::names;
use crate::store::{About, Item, Key, May, Transcript};

/// The largest, packed, in bytes; a request has a little beside it.
const LARGEST: usize = 50 << 20;
pub const BODY_BYTES: usize = LARGEST + (1 << 16);

type Place = Path<HashMap<String, String>>;

pub async fn put(
    State(app): State<Shared>,
    place: Place,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Refused> {
    let workspace = place.get("workspace").map(String::as_str);
    let person = caller(&app, &headers, workspace, May::Write).await?;
    let wrong = |why: &str| Failure::new(422, why);
    let form = form.map_err(|_| wrong("a form with a file is needed"))?;
    let Sent { texts, file } = sent(form).await?;
    let text = |name: &str| texts.get(name).filter(|text| !text.is_empty()).cloned();
    let session = text("session_id").ok_or_else(|| wrong("session_id: Field required"))?;
    let (name, bytes) = file.ok_or_else(|| wrong("file: Field required"))?;
    if bytes.len() > LARGEST {
        return Err(too_large().into());
    }
    let transcript = Transcript { name, bytes: bytes.to_vec(), received: now() };
    let agent = names::agent(&text("agent_name").unwrap_or_default()).to_owned();
    let key = Key { agent, native: session.clone(), loose: true };
    let about = About { directory: text("cwd"), updated: Some(now()), ..About::default() };
    let item = Item::Conversation(key, Box::new(about));
    let answer = match store(&app, person.id, vec![item]).await?.ignored {
        0 => {
            let id = session.clone();
            app.ask(move |store| store.put_transcript(person.id, &id, &transcript)).await?;
            json!({ "session_id": session, "imported": 1, "skipped": 0 })
        }
        _ => json!({
            "session_id": session, "imported": 0, "skipped": 1, "reason": "session was deleted",
        }),
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// What is in a form.
#[derive(Default)]
struct Sent {
    texts: HashMap<String, String>,
    /// By its own name.
    file: Option<(String, Bytes)>,
}

async fn sent(mut form: Multipart) -> Result<Sent, Failure> {
    let mut sent = Sent::default();
    let failed = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Failure::new(422, "a form with a file is needed"),
    };
    while let Some(field) = form.next_field().await.map_err(failed)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(failed)?;
        match file {
            Some(file) if name == "file" => sent.file = Some((file, bytes)),
            Some(_) => {}
            None => drop(sent.texts.insert(name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(sent)
}

fn too_large() -> Failure {
    Failure::new(413, "Transcript too large (max 50 MB)")
}

/// Where it can be fetched for a while: its clients do that without their key.
pub async fn get(
    State(app): State<Shared>,
    place: Place,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let workspace = place.get("workspace").map(String::as_str);
    let person = caller(&app, &headers, workspace, May::Read).await?;
    let id = place.get("id").cloned().unwrap_or_default();
    let asked = id.clone();
    let found = app
        .ask(move |store| {
            let of = store.transcript(person.id, &asked)?;
            Ok((of, store.lend_transcript(person.id, &asked, now())?))
        })
        .await;
    let (of, lent) = found.map_err(|failure| match failure.status {
        404 => Failure::missing("Transcript not found"),
        _ => failure,
    })?;
    let body = json!({
        "session_id": id, "name": of.name, "size_bytes": of.bytes.len(),
        "uploaded_at": iso(of.received), "download_url": format!("{}/files/{lent}", app.place.url()),
    });
    Ok(Json(body).into_response())
}

/// The file itself, as it was sent.
pub async fn file(
    State(app): State<Shared>,
    Path(lent): Path<String>,
) -> Result<Response, Failure> {
    let of = app.ask(move |store| store.lent_transcript(&lent, now())).await?;
    let mut response = of.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}
