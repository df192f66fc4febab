//! A pane's channel: the daemon's attach protocol, passed on. The page is a terminal; it says what
//! it has drawn, so that it is sent no more than it can show.
//!
//! What a token may not do stops here: the daemon knows nothing of tokens.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{interval, timeout};

use super::Shared;
use super::gate::visitor;
use super::panes::inside;
use super::pulse::{BEAT, Beat, Pulse};
use crate::access::{May, Token};
use crate::clock::now_ms;
use crate::machine::Failure;
use segno_base::ids::PaneId;
use segno_wire::attach::AttachParams;
use segno_wire::frame::{FrameDecoder, FromClient};
use segno_wire::hello::{self, ClientHello, HELLO_MAX};
use segno_wire::line::LineDecoder;

/// Why a channel was closed: the token is gone; it does not allow that; there is no such pane; the
/// daemon went, try again; what was said makes no sense.
pub const REVOKED: u16 = 4401;
pub const FORBIDDEN: u16 = 4403;
pub const UNKNOWN: u16 = 4404;
pub const GONE: u16 = 4503;
pub const NONSENSE: u16 = 4400;

/// The most that is said at once, in bytes: a page cuts what is pasted.
const SAID: usize = 128 * 1024;
/// How long the beginning may take, and a browser to take what it is sent.
const BEGIN: Duration = Duration::from_secs(10);
const SLOW: Duration = Duration::from_secs(30);
/// Bytes that are passed on at once.
const PIECE: usize = 64 * 1024;

/// What a page says first.
#[derive(Deserialize)]
struct Hello {
    cols: u16,
    rows: u16,
    /// Names this page across reconnects: 32 hexadecimal digits.
    token: String,
    acked: u64,
}

pub async fn pane(
    State(app): State<Shared>,
    Path(pane): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let token = match visitor(&app, &headers) {
        Ok(token) => token,
        Err(refused) => return refused.into_response(),
    };
    let upgrade = upgrade.max_message_size(SAID).max_frame_size(SAID);
    upgrade.on_upgrade(move |mut socket| async move {
        // A page learns why a channel was closed, not why it could not be opened.
        let ended = match pane.parse() {
            Ok(pane) => attached(&app, &token, pane, &mut socket).await,
            Err(_) => Err((UNKNOWN, "there is no such pane".to_string())),
        };
        if let Err((code, why)) = ended {
            if code == FORBIDDEN {
                let facts = json!({ "token": token.id, "pane": pane });
                app.audit.note("beyond scope", facts);
            }
            close(&mut socket, code, &why).await;
        }
    })
}

type End = (u16, String);

/// Attaches and passes on, until one side goes.
async fn attached(
    app: &Shared,
    token: &Token,
    pane: PaneId,
    socket: &mut WebSocket,
) -> Result<(), End> {
    let hello = match timeout(BEGIN, socket.recv()).await {
        Ok(Some(Ok(Message::Text(text)))) => serde_json::from_str::<Hello>(&text).ok(),
        Ok(None | Some(Err(_))) => return Ok(()),
        _ => None,
    };
    let hello = hello.ok_or((NONSENSE, "that is no beginning".to_string()))?;
    let types = token.scope.allows(May::Full);
    let params = AttachParams {
        cols: hello.cols.clamp(2, 1000),
        rows: hello.rows.clamp(2, 1000),
        term: "xterm-256color".into(),
        colorterm: "truecolor".into(),
        read_only: !types,
        pane: Some(pane),
        token: hello.token,
        acked: hello.acked,
        ..AttachParams::default()
    };
    let whose = token.clone();
    let stream = app.aside(move |machine| {
        inside(machine, &whose, pane)?;
        let stream = machine.connect()?;
        stream.set_nonblocking(true).map_err(Failure::new)?;
        Ok(stream)
    });
    let stream = stream.await.map_err(|failure| match failure.status {
        404 => (UNKNOWN, failure.message),
        _ => (GONE, failure.message),
    })?;
    let mut daemon = UnixStream::from_std(stream).map_err(gone)?;
    let greeted = timeout(BEGIN, greet(&mut daemon, &params)).await;
    let (acked, rest) = greeted.map_err(|_| (GONE, "the daemon does not answer".to_string()))??;
    let facts = json!({ "token": token.id, "pane": pane.to_string(), "types": types });
    app.audit.note("attach", facts);
    let begin = json!({ "acked": acked, "types": types }).to_string();
    if !send(socket, Message::Text(begin.into())).await {
        return Ok(());
    }
    if !rest.is_empty() && !send(socket, Message::Binary(rest.into())).await {
        return Ok(());
    }
    pass_on(app, token, socket, &mut daemon, types).await
}

async fn pass_on(
    app: &Shared,
    token: &Token,
    socket: &mut WebSocket,
    daemon: &mut UnixStream,
    types: bool,
) -> Result<(), End> {
    let mut frames = FrameDecoder::new(Vec::new());
    let (mut beats, mut pulse) = (interval(BEAT), Pulse::default());
    let mut piece = vec![0; PIECE];
    loop {
        tokio::select! {
            said = socket.recv() => match said {
                Some(Ok(Message::Binary(bytes))) => {
                    pulse.answered();
                    let frames = allowed(&mut frames, &bytes, types)?;
                    let written = timeout(SLOW, daemon.write_all(&frames)).await;
                    written.map_err(|_| (GONE, "the daemon does not answer".to_string()))?
                        .map_err(gone)?;
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => pulse.answered(),
                Some(Ok(Message::Text(_))) => return Err((NONSENSE, "that is no frame".into())),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
            },
            read = daemon.read(&mut piece) => match read.map_err(gone)? {
                0 => return Err((GONE, "the daemon went".into())),
                count => {
                    let bytes = piece[..count].to_vec();
                    if !send(socket, Message::Binary(bytes.into())).await {
                        return Ok(());
                    }
                }
            },
            _ = beats.tick() => {
                if !app.tokens.is_good(&token.id, now_ms()) {
                    return Err((REVOKED, "this token is no longer good".into()));
                }
                if !alive(socket, pulse.beat()).await {
                    return Ok(());
                }
            }
        }
    }
}

/// The frames that may be passed on, encoded again: what is not understood is not.
fn allowed(frames: &mut FrameDecoder, bytes: &[u8], types: bool) -> Result<Vec<u8>, End> {
    frames.push(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    loop {
        let frame = frames.next_from_client().map_err(|e| (NONSENSE, e.to_string()))?;
        match frame {
            None => return Ok(out),
            Some(FromClient::Input { .. }) if !types => {
                return Err((FORBIDDEN, "this token only looks".into()));
            }
            Some(FromClient::Unknown(_)) => {}
            Some(frame) => frame.encode(&mut out),
        }
    }
}

async fn greet(daemon: &mut UnixStream, params: &AttachParams) -> Result<(u64, Vec<u8>), End> {
    daemon.write_all(&hello::encode(&ClientHello::attach(params))).await.map_err(gone)?;
    let mut lines = LineDecoder::with_limit(HELLO_MAX);
    let mut piece = [0; 4096];
    loop {
        let count = daemon.read(&mut piece).await.map_err(gone)?;
        if count == 0 {
            return Err((GONE, "the daemon went".into()));
        }
        lines.push(&piece[..count]);
        let line = match lines.next_line() {
            Ok(Some(line)) => line.to_vec(),
            Ok(None) => continue,
            Err(error) => return Err((GONE, error.to_string())),
        };
        let reply = hello::parse_daemon(&line).map_err(|e| (NONSENSE, e.to_string()))?;
        hello::check_daemon(&reply, None).map_err(|e| (NONSENSE, e.to_string()))?;
        return Ok((reply.attach.unwrap_or_default().acked, lines.into_rest()));
    }
}

fn gone(error: std::io::Error) -> End {
    (GONE, format!("the daemon went: {error}"))
}

/// Asks a silent browser for a sign; false when it has gone.
pub async fn alive(socket: &mut WebSocket, beat: Beat) -> bool {
    match beat {
        Beat::Wait => true,
        Beat::Ask => send(socket, Message::Ping(Bytes::new())).await,
        Beat::Gone => false,
    }
}

/// Sends, unless the browser takes nothing for too long.
pub async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(SLOW, socket.send(message)).await, Ok(Ok(())))
}

pub async fn close(socket: &mut WebSocket, code: u16, why: &str) {
    // A reason has 123 bytes.
    let reason: String = why.chars().filter(char::is_ascii).take(120).collect();
    let frame = CloseFrame { code, reason: Utf8Bytes::from(reason) };
    let _ = timeout(SLOW, socket.send(Message::Close(Some(frame)))).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(frame: &FromClient) -> Vec<u8> {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        bytes
    }

    #[test]
    fn who_watches_does_not_type_however_the_frames_are_cut() {
        let input = encoded(&FromClient::Input { seq: 1, bytes: b"rm".to_vec() });
        let shown = encoded(&FromClient::Shown(7));
        let both = [&shown[..], &input[..]].concat();
        for cut in 0..both.len() {
            let mut frames = FrameDecoder::new(Vec::new());
            let first = allowed(&mut frames, &both[..cut], false);
            let second = first.and_then(|_| allowed(&mut frames, &both[cut..], false));
            assert_eq!(second.unwrap_err().0, FORBIDDEN);
            let mut frames = FrameDecoder::new(Vec::new());
            let first = allowed(&mut frames, &both[..cut], true).unwrap();
            let second = allowed(&mut frames, &both[cut..], true).unwrap();
            assert_eq!([first, second].concat(), both);
        }
    }

    #[test]
    fn what_is_no_frame_is_not_passed_on() {
        let mut frames = FrameDecoder::new(Vec::new());
        let unknown = encoded(&FromClient::Unknown(0x7f));
        assert_eq!(allowed(&mut frames, &unknown, true), Ok(Vec::new()));
        let long = [1, 0xff, 0xff, 0xff, 0xff, 0];
        assert_eq!(allowed(&mut frames, &long, true).unwrap_err().0, NONSENSE);
    }
}
