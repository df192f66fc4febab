//! The overview's channel: what a token may see of all panes, as it changes.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Shared;
use super::gate::visitor;
use super::live::{Card, Snapshot};
use super::pane::{GONE, REVOKED, alive, close, send};
use super::pulse::{BEAT, Pulse};
use crate::access::Token;
use crate::clock::now_ms;

/// The most that a page has to say here, in bytes.
const SAID: usize = 1024;

pub async fn overview(
    State(app): State<Shared>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    match visitor(&app, &headers) {
        Ok(token) => upgrade
            .max_message_size(SAID)
            .max_frame_size(SAID)
            .on_upgrade(move |socket| follow(app, token, socket)),
        Err(refused) => refused.into_response(),
    }
}

async fn follow(app: Shared, token: Token, mut socket: WebSocket) {
    let mut feed = app.feed.subscribe();
    let (mut beats, mut pulse) = (tokio::time::interval(BEAT), Pulse::default());
    let mut sent: Option<String> = None;
    feed.mark_changed();
    loop {
        tokio::select! {
            changed = feed.changed() => {
                if changed.is_err() {
                    return close(&mut socket, GONE, "the server ends").await;
                }
                let Some(snapshot) = feed.borrow_and_update().clone() else { continue };
                let text = seen(&snapshot, &token);
                // What changed may be another's.
                if sent.as_ref() == Some(&text) {
                    continue;
                }
                if !send(&mut socket, Message::Text(Utf8Bytes::from(text.as_str()))).await {
                    return;
                }
                sent = Some(text);
            }
            said = socket.recv() => match said {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => pulse.answered(),
            },
            _ = beats.tick() => {
                if !app.tokens.is_good(&token.id, now_ms()) {
                    return close(&mut socket, REVOKED, "this token is no longer good").await;
                }
                if !alive(&mut socket, pulse.beat()).await {
                    return;
                }
            }
        }
    }
}

fn seen(snapshot: &Arc<Snapshot>, token: &Token) -> String {
    let cards: Vec<&Card> =
        snapshot.cards.iter().filter(|card| token.scope.has(card.id, &card.cwd)).collect();
    json!({ "panes": cards, "trouble": snapshot.trouble }).to_string()
}
