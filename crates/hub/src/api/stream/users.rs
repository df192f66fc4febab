//! Who one is, and which workspace one has.

use axum::Json;
use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::event::iso;
use super::{Refused, caller, uuid};
use crate::api::Shared;
use crate::api::ingest::{Device, waiting};
use crate::store::{Device as Stored, May};

pub async fn me(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Refused> {
    let person = caller(&app, &headers, None, May::Write).await?;
    let body = json!({
        "id": uuid(person.id), "name": person.name, "display_name": person.name,
        "description": "", "created_at": iso(0), "last_seen": null,
    });
    Ok(Json(body).into_response())
}

pub async fn keys(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Refused> {
    let person = caller(&app, &headers, None, May::Write).await?;
    let devices = app.ask(move |store| store.devices(Some(person.id))).await?;
    let key = |of: &Stored| {
        json!({
            "id": uuid(of.id), "name": of.name, "created_at": iso(of.made),
            "last_used_at": of.seen.map(iso),
        })
    };
    let keys: Vec<Value> = devices.iter().map(key).collect();
    Ok(Json(keys).into_response())
}

/// A client asks to be let in; its owner says yes in a browser. It reads what it has sent.
pub async fn begin(
    State(app): State<Shared>,
    Json(asked): Json<Device>,
) -> Result<Response, Refused> {
    Ok(waiting(&app, asked, May::Read).await?)
}

/// A person has one, their own.
pub async fn workspaces(
    State(app): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let person = caller(&app, &headers, None, May::Write).await?;
    let id = uuid(person.id);
    let one = json!({
        "id": id, "scope_user_id": id, "name": person.name, "description": "", "creator_id": id,
        "invite_code": "", "is_public": false, "member_count": 1, "created_at": iso(0),
        "updated_at": iso(0),
    });
    Ok(Json(json!({ "workspaces": [one] })).into_response())
}
