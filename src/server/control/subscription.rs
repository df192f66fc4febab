//! `events.subscribe`: the daemon asks itself for what comes next, and writes it to the connection.
//!
//! Only the next lines are held for a peer, so that one that reads slowly holds up its own
//! connection alone; what it is too late for is a gap, as with [`super::events`].

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::server::message::{Answer, Caller, Message};
use segno_wire::control::Call;
use segno_wire::control::events::{EVENT, EventList, EventsAsked, GAP, Subscribed, Subscription};
use segno_wire::rpc::{Request, Response, RpcError, code};

/// Follows events until the connection or the daemon ends; the subscription's id is that of its
/// answer, if one is wanted.
pub(super) async fn follow(
    asked: Subscription,
    id: Option<Value>,
    caller: Caller,
    server: mpsc::UnboundedSender<Message>,
    lines: mpsc::Sender<Vec<u8>>,
) {
    let since = asked.since;
    let mut next = EventsAsked { of: asked, wait: false, timeout_ms: None };
    let first = ask(&server, caller, &next).await;
    let answer = first.as_ref().map_err(Clone::clone).and_then(|list| {
        let since = since.unwrap_or(list.next);
        super::calls::result(&Subscribed { since })
    });
    let answered = id.map(|id| Response::new(id, answer).to_line()).unwrap_or_default();
    if lines.send(answered).await.is_err() {
        return;
    }
    let mut list = first;
    // When the daemon ends, so does the connection.
    while let Ok(found) = list {
        let written = written(&found, next.of.since);
        if !written.is_empty() && lines.send(written).await.is_err() {
            return;
        }
        next.of.since = Some(found.next);
        next.wait = true;
        list = ask(&server, caller, &next).await;
    }
}

async fn ask(
    server: &mpsc::UnboundedSender<Message>,
    caller: Caller,
    asked: &EventsAsked,
) -> Result<EventList, RpcError> {
    let stopping = || RpcError::new(code::STOPPING, "the daemon is stopping; try again");
    let (answer, answered) = oneshot::channel::<Answer>();
    let call = Box::new(Call::EventsRead(asked.clone()));
    server.send(Message::Call { call, caller, answer }).map_err(|_| stopping())?;
    let found = answered.await.map_err(|_| stopping())??;
    serde_json::from_value(found).map_err(|error| RpcError::failed(error.to_string()))
}

/// A gap, where there is one after this number, and the events.
fn written(found: &EventList, since: Option<u64>) -> Vec<u8> {
    let notification = |method: &str, params| Request::notification(method, params).to_line();
    let gap = since.filter(|since| found.gap && *since > 0);
    let gap = gap.map(|since| notification(GAP, json!({ "since": since })));
    let events = found.events.iter().map(|event| notification(EVENT, json!(event)));
    gap.into_iter().chain(events).flatten().collect()
}
