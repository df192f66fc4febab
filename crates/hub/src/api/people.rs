//! People in browsers: signing in, their machines and their teams.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::callers::{Failure, now, person, reader};
use crate::store::{May, Person, SESSION_MS};
use segno_web::server::gate::{self, cookie};
use segno_web::server::serving::Peer;

pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/login", post(login))
        .route("/api/logout", post(logout))
        .route("/api/me", get(me))
        .route("/api/devices", get(devices).post(add_device))
        .route("/api/devices/revoke", post(revoke_device))
        .route("/api/devices/waiting", get(who_waits))
        .route("/api/devices/allow", post(allow))
        .route("/api/teams", get(teams))
        .route("/api/teams/usage", get(team_usage))
        .route("/api/teams/share", post(share))
}

#[derive(Deserialize)]
struct Typed {
    code: String,
}

/// Exchanges a code for a cookie, once; too many wrong ones and nobody there may try for a while.
async fn login(
    State(app): State<Shared>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Json(typed): Json<Typed>,
) -> Result<Response, Failure> {
    app.locked(peer)?;
    let browser = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let browser = browser.to_owned();
    let exchanged = app.ask(move |store| store.exchange(&typed.code, &browser, now())).await?;
    let Some((person, cookie)) = exchanged else {
        app.guessed(peer, "wrong code");
        let why = "this code is wrong, used or too old; `segno hub invite` makes another";
        return Err(Failure::new(401, why));
    };
    app.knew(peer);
    app.log.note("login", json!({ "user": person.name, "from": peer.to_string() }));
    let seconds = u64::try_from(SESSION_MS / 1000).unwrap_or_default();
    Ok(with_cookie(&app, &headers, &cookie, seconds, me_of(&person)))
}

async fn logout(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    person(&app, &headers).await?;
    if let Some(value) = cookie(&headers, &app.cookie).map(str::to_owned) {
        app.ask(move |store| store.leave(&value)).await?;
    }
    Ok(with_cookie(&app, &headers, "", 0, json!({})))
}

fn with_cookie(app: &Shared, headers: &HeaderMap, value: &str, age: u64, body: Value) -> Response {
    gate::with_cookie(&app.place, headers, (&app.cookie, value), age, body)
}

fn me_of(person: &Person) -> Value {
    json!({
        "hub": true, "user": person.name, "role": person.role.name(), "may": "full", "history": true,
        "version": env!("CARGO_PKG_VERSION"),
    })
}

/// Who is signed in; else by what other way somebody may sign in.
async fn me(State(app): State<Shared>, headers: HeaderMap) -> Response {
    match person(&app, &headers).await {
        Ok(person) => Json(me_of(&person)).into_response(),
        Err(failure) => {
            let openid = app.openid.as_ref().map(|provider| provider.name());
            let body = json!({ "error": failure.message, "openid": openid });
            (StatusCode::from_u16(failure.status).unwrap_or_default(), Json(body)).into_response()
        }
    }
}

async fn devices(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    let devices = app.ask(move |store| store.devices(Some(person.id))).await?;
    Ok(Json(json!({ "version": 1, "devices": devices })).into_response())
}

#[derive(Deserialize)]
struct NewDevice {
    name: String,
    #[serde(default)]
    read: bool,
}

async fn add_device(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(new): Json<NewDevice>,
) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    app.log.note("device", json!({ "user": person.name }));
    let may = if new.read { May::Read } else { May::Write };
    let token = app.ask(move |store| store.add_device(&person, &new.name, may, now())).await?;
    Ok(Json(json!({ "token": token })).into_response())
}

#[derive(Deserialize)]
struct ById {
    id: i64,
}

async fn revoke_device(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(by): Json<ById>,
) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    app.ask(move |store| store.revoke_device(Some(person.id), by.id)).await?;
    Ok(Json(json!({})).into_response())
}

#[derive(Deserialize)]
pub struct Waiter {
    session: String,
}

async fn who_waits(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<Waiter>,
) -> Result<Response, Failure> {
    person(&app, &headers).await?;
    let device = app.ask(move |store| store.who_waits(&asked.session, now())).await?;
    Ok(Json(json!({ "device": device })).into_response())
}

async fn allow(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(asked): Json<Waiter>,
) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    app.ask(move |store| store.allow(&asked.session, &person, now())).await?;
    Ok(Json(json!({})).into_response())
}

/// Where clients of another service lead people to let a machine in.
pub async fn connect(asked: Query<Waiter>) -> Response {
    let plain: String = asked.session.chars().filter(char::is_ascii_alphanumeric).collect();
    Redirect::to(&format!("/#/device/{plain}")).into_response()
}

async fn teams(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    let teams = app.ask(move |store| store.teams(Some(person.id))).await?;
    Ok(Json(json!({ "version": 1, "teams": teams })).into_response())
}

#[derive(Deserialize)]
struct OfTeam {
    team: String,
}

/// What a team has used: by member, day and model, without anything that was said.
async fn team_usage(
    State(app): State<Shared>,
    headers: HeaderMap,
    asked: Query<OfTeam>,
) -> Result<Response, Failure> {
    let person = reader(&app, &headers).await?;
    let (members, days, models) =
        app.ask(move |store| store.team_usage(person.id, &asked.team)).await?;
    let body = json!({ "version": 1, "members": members, "days": days, "models": models });
    Ok(Json(body).into_response())
}

#[derive(Deserialize)]
struct ShareWith {
    id: String,
    team: String,
    #[serde(default = "yes")]
    shared: bool,
}

fn yes() -> bool {
    true
}

async fn share(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(with): Json<ShareWith>,
) -> Result<Response, Failure> {
    let person = person(&app, &headers).await?;
    let facts = json!({ "user": person.name, "team": with.team, "shared": with.shared });
    let shared = app
        .ask(move |store| {
            store.share_with(person.id, &with.id, &with.team, with.shared)?;
            store.shared_with(person.id, &with.id)
        })
        .await?;
    app.log.note("share", facts);
    Ok(Json(json!({ "version": 1, "teams": shared })).into_response())
}
