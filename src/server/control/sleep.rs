//! `pane.sleep` and `pane.wake`: what is recorded of a pane is read first, so that its agent comes
//! back in the conversation that is on the screen.

use tokio::sync::oneshot;

use crate::server::agent::spool_reader::{after_spool, with_recorded};
use crate::server::control::calls::done;
use crate::server::control::target::pane_named;
use crate::server::message::Answer;
use crate::server::shared::{Shared, Stateless, of};
use segno_base::ids::PaneId;
use segno_core::model::workspace::Model;
use segno_core::update::context::Context;
use segno_wire::control::panes::pane::PaneRef;

pub(in crate::server) fn sleep(
    shared: &mut Shared,
    pane: &PaneRef,
    answer: oneshot::Sender<Answer>,
) {
    let pane = match pane_named(&shared.model, pane) {
        Ok(pane) => pane,
        Err(error) => return drop(answer.send(Err(error))),
    };
    when_known(shared, pane, move |model, cx| drop(answer.send(done(model.sleep(pane, cx)))));
}

/// Has a pane sleep whose agent has been idle for long, as far as is known.
pub(in crate::server) fn sleep_soon(shared: &mut Shared, pane: PaneId) {
    when_known(shared, pane, move |model, cx| model.fall_asleep(pane, cx));
}

/// What the agent has said by now decides.
fn when_known(
    shared: &mut Shared,
    pane: PaneId,
    decide: impl FnOnce(&mut Model, &mut Context) + Send + 'static,
) {
    let sleep = of(move |_: &mut Stateless, shared: &mut Shared| {
        with_recorded(shared, pane, move |shared: &mut Shared, recorded| {
            shared.with_model(|model, cx| {
                model.set_recorded(pane, recorded);
                decide(model, cx);
            });
        });
    });
    after_spool(shared, pane, sleep);
}

pub(in crate::server) fn wake(
    shared: &mut Shared,
    pane: &PaneRef,
    answer: oneshot::Sender<Answer>,
) {
    match pane_named(&shared.model, pane) {
        Ok(pane) => wake_then(shared, pane, |woken| drop(answer.send(woken))),
        Err(error) => drop(answer.send(Err(error))),
    }
}

/// Wakes a pane that somebody uses.
pub(in crate::server) fn wake_now(shared: &mut Shared, pane: PaneId) {
    wake_then(shared, pane, drop);
}

fn wake_then(shared: &mut Shared, pane: PaneId, then: impl FnOnce(Answer) + Send + 'static) {
    with_recorded(shared, pane, move |shared: &mut Shared, recorded| {
        let woken = shared.with_model(|model, cx| {
            model.set_recorded(pane, recorded);
            model.wake(pane, cx)
        });
        then(done(woken));
    });
}
