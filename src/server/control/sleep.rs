//! `pane.sleep` and `pane.wake`: what is recorded of a pane is read first, so that its agent comes
//! back in the conversation that is on the screen.

use tokio::sync::oneshot;

use crate::server::Server;
use crate::server::control::calls::done;
use crate::server::message::Answer;
use segno_base::ids::PaneId;

impl Server {
    pub(in crate::server) fn sleep(&mut self, pane: PaneId, answer: oneshot::Sender<Answer>) {
        // What the agent has said by now decides.
        self.after_spool(pane, move |server| {
            server.with_recorded(pane, move |server, recorded| {
                let slept = server.with_model(|model, cx| {
                    model.set_recorded(pane, recorded);
                    model.sleep(pane, cx)
                });
                let _ = answer.send(done(slept));
            });
        });
    }

    pub(in crate::server) fn wake(
        &mut self,
        pane: PaneId,
        answer: Option<oneshot::Sender<Answer>>,
    ) {
        self.with_recorded(pane, move |server, recorded| {
            let woken = server.with_model(|model, cx| {
                model.set_recorded(pane, recorded);
                model.wake(pane, cx)
            });
            if let Some(answer) = answer {
                let _ = answer.send(done(woken));
            }
        });
    }
}
