//! Pages that are open learn that something has changed, on whatever hub: not what, which they ask
//! for as always.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::broadcast::error::RecvError;

use super::Shared;
use super::callers::{now, person};
use crate::store::Person;
use segno_web::server::gate::cookie;

/// Between two messages, however much changes.
const REST: Duration = Duration::from_millis(300);
/// How often it is looked whether somebody is still there, and still may.
const BEAT: Duration = Duration::from_secs(30);
/// The most that a page has to say here, in bytes.
const SAID: usize = 1024;
/// Why the channel is closed, as pages know it.
const SIGNED_OUT: u16 = 4401;

pub fn routes() -> Router<Shared> {
    Router::new().route("/ws/changes", get(changes))
}

async fn changes(
    State(app): State<Shared>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let person = match person(&app, &headers).await {
        Ok(person) => person,
        Err(failure) => return failure.into_response(),
    };
    let cookie = cookie(&headers, &app.cookie).unwrap_or_default().to_owned();
    upgrade
        .max_message_size(SAID)
        .max_frame_size(SAID)
        .on_upgrade(move |socket| follow(app, person, cookie, socket))
}

async fn follow(app: Shared, person: Person, cookie: String, mut socket: WebSocket) {
    let mut changes = app.changes.subscribe();
    let mut beats = tokio::time::interval(BEAT);
    // Whether something has been said since the last beat.
    let mut is_there = true;
    loop {
        tokio::select! {
            change = changes.recv() => {
                match change {
                    Ok(Some(whom)) if whom != person.id => continue,
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
                let text = Message::Text(Utf8Bytes::from_static(r#"{"changed":true}"#));
                if !sent(&mut socket, text).await {
                    return;
                }
                // What comes meanwhile is in the next.
                tokio::time::sleep(REST).await;
            }
            said = socket.recv() => match said {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => is_there = true,
            },
            _ = beats.tick() => {
                let asked = cookie.clone();
                let known = app.ask(move |store| store.of_cookie(&asked, now())).await;
                if matches!(known, Ok(None)) {
                    let reason = Utf8Bytes::from_static("signed out");
                    let frame = CloseFrame { code: SIGNED_OUT, reason };
                    sent(&mut socket, Message::Close(Some(frame))).await;
                    return;
                }
                let is_alive = std::mem::take(&mut is_there);
                if !is_alive || !sent(&mut socket, Message::Ping(Vec::new().into())).await {
                    return;
                }
            }
        }
    }
}

/// Whether it was: who reads nothing is not waited for, nor is who has gone.
async fn sent(socket: &mut WebSocket, message: Message) -> bool {
    matches!(tokio::time::timeout(BEAT, socket.send(message)).await, Ok(Ok(())))
}
