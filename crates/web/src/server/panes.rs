//! What is done to a pane by a button: an answer, a whole prompt, a search in what it has printed.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::Shared;
use super::gate::visitor;
use crate::access::{May, Token};
use crate::machine::{Failure, Machine};
use segno_base::ids::PaneId;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{
    Keys, PaneRef, Read, ReadFormat, ReadResult, Send, StatusOf,
};
use segno_wire::control::panes::pane_info::{PaneList, PaneState, PaneStatus};

/// Lines of a pane's text that a page searches, and after how many bytes no more are read.
const LINES: usize = 20_000;
const TEXT_BYTES: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
pub struct Answered {
    /// As the pane's type calls it: `allow`.
    answer: String,
    /// Since when the pane has been asking: a later question is another one.
    since: u64,
}

#[derive(Deserialize)]
pub struct Typed {
    text: String,
    #[serde(default)]
    enter: bool,
}

/// Presses the keys that are this answer.
pub async fn answer(
    State(app): State<Shared>,
    Path(pane): Path<String>,
    headers: HeaderMap,
    Json(answered): Json<Answered>,
) -> Response {
    let (token, pane) = match allowed(&app, &headers, &pane, May::Answer) {
        Ok(allowed) => allowed,
        Err(refused) => return refused.into_response(),
    };
    let facts = json!({ "token": token.id, "pane": pane.to_string(), "answer": answered.answer });
    let pressed = app.aside(move |machine| press(machine, &token, pane, &answered)).await;
    match pressed {
        Ok(()) => {
            app.audit.note("answer", facts);
            Json(json!({})).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

fn press(
    machine: &dyn Machine,
    token: &Token,
    pane: PaneId,
    answered: &Answered,
) -> Result<(), Failure> {
    inside(machine, token, pane)?;
    let status = machine.call(&Call::PaneStatus(StatusOf { pane: Some(PaneRef::Id(pane)) }))?;
    let status: PaneStatus = read(status)?;
    if status.pane.state != PaneState::Blocked || status.pane.since != answered.since {
        return Err(Failure { status: 409, message: "it no longer asks that".into() });
    }
    let known = status.answers.iter().find(|known| known.name == answered.answer);
    let known = known.ok_or_else(|| Failure::not_found("its type knows no such answer"))?;
    machine.call(&Call::PaneKeys(Keys { pane: PaneRef::Id(pane), keys: known.keys.clone() }))?;
    Ok(())
}

/// Types a text, as a paste where the program takes one.
pub async fn send(
    State(app): State<Shared>,
    Path(pane): Path<String>,
    headers: HeaderMap,
    Json(typed): Json<Typed>,
) -> Response {
    let (token, pane) = match allowed(&app, &headers, &pane, May::Full) {
        Ok(allowed) => allowed,
        Err(refused) => return refused.into_response(),
    };
    let facts = json!({ "token": token.id, "pane": pane.to_string(), "bytes": typed.text.len() });
    let sent = app.aside(move |machine| {
        inside(machine, &token, pane)?;
        let Typed { text, enter } = typed;
        machine.call(&Call::PaneSend(Send { pane: PaneRef::Id(pane), text, enter }))
    });
    match sent.await {
        Ok(_) => {
            app.audit.note("send", facts);
            Json(json!({})).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

/// What the pane has printed, to be searched. To scroll back is to type, and so is this.
pub async fn text(
    State(app): State<Shared>,
    Path(pane): Path<String>,
    headers: HeaderMap,
) -> Response {
    let (token, pane) = match allowed(&app, &headers, &pane, May::Full) {
        Ok(allowed) => allowed,
        Err(refused) => return refused.into_response(),
    };
    match app.aside(move |machine| printed(machine, &token, pane)).await {
        Ok(whole) => Json(json!({ "text": whole.text, "cols": whole.cols })).into_response(),
        Err(failure) => failure.into_response(),
    }
}

fn printed(machine: &dyn Machine, token: &Token, pane: PaneId) -> Result<ReadResult, Failure> {
    inside(machine, token, pane)?;
    let pane = PaneRef::Id(pane);
    let mut asked = Read { pane, lines: Some(LINES), format: ReadFormat::Ansi, ..Read::default() };
    let mut whole: ReadResult = read(machine.call(&Call::PaneRead(asked.clone()))?)?;
    while let Some(more) = whole.more.take().filter(|_| whole.text.len() < TEXT_BYTES) {
        asked.more = Some(more);
        let next: ReadResult = read(machine.call(&Call::PaneRead(asked.clone()))?)?;
        whole.text += &next.text;
        whole.more = next.more;
    }
    Ok(whole)
}

fn allowed(
    app: &Shared,
    headers: &HeaderMap,
    pane: &str,
    what: May,
) -> Result<(Token, PaneId), Failure> {
    let token = visitor(app, headers)?;
    let pane = pane.parse().map_err(|_| Failure::not_found("there is no such pane"))?;
    if !token.scope.allows(what) {
        app.audit.note("beyond scope", json!({ "token": token.id, "wanted": what.name() }));
        return Err(Failure { status: 403, message: "this token may not do that".into() });
    }
    Ok((token, pane))
}

/// Refuses a pane that is not the token's, in the words for one that is not there.
pub fn inside(machine: &dyn Machine, token: &Token, pane: PaneId) -> Result<(), Failure> {
    let list: PaneList = read(machine.call(&Call::PaneList)?)?;
    let has = list.panes.iter().any(|p| p.id == pane && token.scope.has(p.id, &p.cwd));
    has.then_some(()).ok_or_else(|| Failure::not_found("there is no such pane"))
}

/// An answer of the daemon's.
pub fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(value)
        .map_err(|e| Failure::new(format!("the daemon's answer cannot be read: {e}")))
}
