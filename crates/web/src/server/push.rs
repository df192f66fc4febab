//! Browsers that want to know what waits for them while their page is closed, and the task that
//! says it: there is none while no browser wants to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::gate::visitor;
use super::live::Card;
use super::{Shared, refusal};
use crate::clock::now_ms;
use crate::machine::Failure;
use crate::push::book::Reader;
use crate::push::{Book, Courier, PushError, Subscription};
use segno_base::ids::PaneId;
use segno_wire::control::panes::pane_info::PaneState;

/// Characters of a title and of a question that are said.
const TITLE: usize = 80;
const QUESTION: usize = 240;

/// Who wants to know, and how it is said.
pub struct Push {
    pub book: Book,
    pub courier: Arc<dyn Courier>,
}

/// Whether the task runs.
#[derive(Default)]
pub struct Running(Mutex<bool>);

#[derive(Deserialize)]
pub struct Ended {
    endpoint: String,
}

impl From<PushError> for Failure {
    fn from(error: PushError) -> Failure {
        match error {
            PushError::Subscription(_) | PushError::Many => Failure::wrong(error),
            PushError::Io(..) | PushError::Key => {
                Failure { status: 500, message: error.to_string() }
            }
        }
    }
}

/// By which key browsers know this server.
pub async fn key(State(app): State<Shared>, headers: HeaderMap) -> Response {
    if let Err(refused) = visitor(&app, &headers) {
        return refused.into_response();
    }
    match app.push.book.signer() {
        Ok(signer) => Json(json!({ "key": signer.public_key() })).into_response(),
        Err(error) => Failure::from(error).into_response(),
    }
}

/// This browser wants to know.
pub async fn begin(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(at): Json<Subscription>,
) -> Response {
    let token = match visitor(&app, &headers) {
        Ok(token) => token,
        Err(refused) => return refused.into_response(),
    };
    match app.push.book.add(Reader { token: token.id.clone(), at }) {
        Ok(()) => {
            app.audit.note("push", json!({ "token": token.id }));
            watch(&app);
            Json(json!({})).into_response()
        }
        Err(error) => Failure::from(error).into_response(),
    }
}

/// It no longer does.
pub async fn end(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(ended): Json<Ended>,
) -> Response {
    match visitor(&app, &headers) {
        Ok(token) => {
            let keep =
                |known: &Reader| known.token != token.id || known.at.endpoint != ended.endpoint;
            match app.push.book.retain(keep) {
                Ok(()) => Json(json!({})).into_response(),
                Err(error) => refusal(500, &error.to_string()),
            }
        }
        Err(refused) => refused.into_response(),
    }
}

/// Follows what waits, while any browser wants to know.
pub fn watch(app: &Shared) {
    let mut runs = app.pushing.0.lock().unwrap_or_else(PoisonError::into_inner);
    if !*runs && !app.push.book.readers().is_empty() {
        *runs = true;
        tokio::spawn(follow(Arc::clone(app)));
    }
}

async fn follow(app: Shared) {
    let mut feed = app.feed.subscribe();
    let mut before: Option<Asking> = None;
    while feed.changed().await.is_ok() {
        if let Ok(tokens) = app.tokens.list(now_ms()) {
            let signed_in = |known: &Reader| tokens.iter().any(|token| token.id == known.token);
            let _ = app.push.book.retain(signed_in);
        }
        {
            let mut runs = app.pushing.0.lock().unwrap_or_else(PoisonError::into_inner);
            if app.push.book.readers().is_empty() {
                *runs = false;
                return;
            }
        }
        let Some(snapshot) = feed.borrow_and_update().clone() else { continue };
        // While there is no daemon, nothing is known.
        if snapshot.trouble.is_some() {
            continue;
        }
        let now = asking(&snapshot.cards);
        // What asked before anybody looked is no change.
        let new = before.as_ref().map(|before| begun(&snapshot.cards, before)).unwrap_or_default();
        let new: Vec<Card> = new.into_iter().cloned().collect();
        before = Some(now);
        if !new.is_empty() {
            let shared = Arc::clone(&app);
            // A slow service holds up what is pushed, and nothing else.
            let _ = tokio::task::spawn_blocking(move || say(&shared, &new)).await;
        }
    }
}

/// Panes that ask, and since when.
type Asking = HashMap<PaneId, u64>;

fn asking(cards: &[Card]) -> Asking {
    let asks = cards.iter().filter(|card| card.state == PaneState::Blocked);
    asks.map(|card| (card.id, card.since)).collect()
}

/// Those that ask something that they did not ask before.
fn begun<'a>(cards: &'a [Card], before: &Asking) -> Vec<&'a Card> {
    let is_new = |card: &&Card| {
        card.state == PaneState::Blocked && before.get(&card.id) != Some(&card.since)
    };
    cards.iter().filter(is_new).collect()
}

/// Says to every browser what its token may see.
fn say(app: &Shared, cards: &[Card]) {
    let now = now_ms();
    let Ok(signer) = app.push.book.signer() else { return };
    let tokens = app.tokens.list(now).unwrap_or_default();
    let from = app.place.tls_url();
    let mut gone = Vec::new();
    for reader in app.push.book.readers() {
        let token = tokens.iter().find(|token| token.id == reader.token);
        let Some(token) = token else { continue };
        for card in cards.iter().filter(|card| token.scope.has(card.id, &card.cwd)) {
            let topic = card.id.to_string();
            let letter =
                reader.at.letter(&signer, &text(card), &topic, from.as_deref(), now / 1000);
            let answer =
                letter.map_err(|e| e.to_string()).and_then(|l| app.push.courier.deliver(&l));
            match answer {
                // The browser has taken it back.
                Ok(404 | 410) => gone.push(reader.clone()),
                Ok(200..=299) => {}
                failed => {
                    let why = failed.map_or_else(|why| why, |status| format!("status {status}"));
                    app.audit.note("push failed", json!({ "token": token.id, "why": why }));
                }
            }
        }
    }
    if !gone.is_empty() {
        let _ = app.push.book.retain(|known| !gone.contains(known));
    }
}

/// What a browser shows.
fn text(card: &Card) -> String {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let name = card.name.as_ref().or(card.agent.as_ref()).unwrap_or(&card.type_name);
    let question = card.detail.as_deref().unwrap_or(&card.title);
    json!({ "pane": card.id, "title": cut(name, TITLE), "body": cut(question, QUESTION) })
        .to_string()
}
