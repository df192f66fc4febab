//! Signing in at a provider: the browser is sent there, and comes back with a code.
//!
//! A cookie of its own says that it is the same browser; the hub's own cookie is given only after
//! the provider has signed who somebody is.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::json;

use super::Shared;
use super::callers::{Failure, now};
use super::shares::plain;
use crate::openid::{Error, Openid};
use crate::store::{Expected, SESSION_MS};
use segno_web::server::gate::{cookie, set_cookie};
use segno_web::server::serving::Peer;

/// Seconds that a browser may take there.
const AWAY: u64 = 600;

pub fn routes() -> Router<Shared> {
    Router::new().route("/login/openid", get(begin)).route("/login/openid/back", get(back))
}

fn page(failure: Failure) -> Response {
    plain(failure.status, &failure.message, false)
}

/// The name of the cookie that a browser has on its way.
fn away(app: &Shared) -> String {
    format!("{}_away", app.cookie)
}

/// Asks the provider something, which blocks; why it failed is for the log.
async fn ask<T: Send + 'static>(
    app: &Shared,
    question: impl FnOnce(&Openid) -> Result<T, Error> + Send + 'static,
) -> Result<T, Failure> {
    let shared = std::sync::Arc::clone(app);
    let asked = tokio::task::spawn_blocking(move || shared.openid.as_ref().map(question)).await;
    let missing = || Failure::missing("This hub has no other way to sign in.");
    let answered = asked.ok().flatten().ok_or_else(missing)?;
    answered.map_err(|error| {
        app.log.note("openid", json!({ "why": error.to_string() }));
        match error {
            Error::Token(_) => Failure::new(403, "The answer of the provider is not good."),
            _ => Failure::new(502, "The provider does not answer; the hub's log says why."),
        }
    })
}

fn sent_to(url: HeaderValue) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, url)]).into_response()
}

async fn begin(
    State(app): State<Shared>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let begun = async {
        app.locked(peer)?;
        let started = ask(&app, |openid| openid.begin(now())).await?;
        let (state, url) = (started.state.clone(), started.url);
        let expected = Expected { nonce: started.nonce, verifier: started.verifier };
        app.ask(move |store| store.set_out(&started.state, &expected, now())).await?;
        let unusable = || Failure::new(502, "The provider's address cannot be used.");
        let mut response = sent_to(HeaderValue::from_str(&url).map_err(|_| unusable())?);
        // It comes back from another site, which `Strict` would not let through.
        set_cookie(&app.place, &headers, (&away(&app), &state), (AWAY, "Lax"), &mut response);
        Ok::<Response, Failure>(response)
    };
    begun.await.unwrap_or_else(page)
}

#[derive(Deserialize)]
struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
}

async fn back(
    State(app): State<Shared>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    let entered = async {
        app.locked(peer)?;
        let state = answer.state.unwrap_or_default();
        let strange = || Failure::new(403, "This sign-in was not started here; sign in again.");
        // Whoever is made to open somebody else's answer has no such cookie.
        if state.is_empty() || cookie(&headers, &away(&app)) != Some(state.as_str()) {
            app.guessed(peer, "wrong state");
            return Err(strange());
        }
        let expected = app.ask(move |store| store.come_back(&state, now())).await?;
        let Expected { nonce, verifier } = expected.ok_or_else(strange)?;
        let sender = answer.iss;
        let is_sender = ask(&app, move |openid| Ok(openid.is_sender(sender.as_deref()))).await?;
        let Some(code) = answer.code.filter(|_| is_sender) else {
            return Err(Failure::new(403, "The provider has let nobody in."));
        };
        let identity =
            ask(&app, move |openid| openid.finish(&code, &nonce, &verifier, now())).await?;
        let browser = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let browser = browser.unwrap_or_default().to_owned();
        let domains = app.openid.as_ref().map_or_else(Vec::new, |of| of.domains().to_vec());
        let entered =
            app.ask(move |store| store.enter(&identity, &domains, &browser, now())).await?;
        let Some((person, secret)) = entered else {
            app.log.note("uninvited", json!({ "from": peer.to_string() }));
            let why = "You are not invited: an admin can add you with your confirmed address.";
            return Err(Failure::new(403, why));
        };
        app.knew(peer);
        app.log.note("login", json!({ "user": person.name, "from": peer.to_string() }));
        let mut response = sent_to(HeaderValue::from_static("/"));
        let age = u64::try_from(SESSION_MS / 1000).unwrap_or_default();
        let own = (app.cookie.as_str(), secret.as_str());
        set_cookie(&app.place, &headers, own, (age, "Strict"), &mut response);
        set_cookie(&app.place, &headers, (&away(&app), ""), (0, "Lax"), &mut response);
        Ok::<Response, Failure>(response)
    };
    entered.await.unwrap_or_else(page)
}
