//! The keeper: found, started, and replaced when it dies.

use std::sync::Arc;

use crate::server::Topic;
use crate::server::aside::Orders;
use crate::server::aside::keeper::{Entrusted, connect_or_start};
use crate::server::aside::{Lane, Work};
use crate::server::lifecycle::shutdown::Ending;
use crate::server::lifecycle::successor::name_successor;
use crate::server::message::Message;
use crate::server::pane::process::closed;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::start::StartRequest;
use segno_base::ids::PaneId;
use segno_core::model::pane::ExitStatus;
use segno_keeper::client::{Keeper, KeeperError, KeeperEvent};
use segno_keeper::protocol;
use segno_wire::frame::ByeReason;

/// How long after it could not be started that is tried again.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

pub(in crate::server) fn exit_status(status: protocol::ExitStatus) -> ExitStatus {
    match status {
        protocol::ExitStatus::Code(code) => ExitStatus::Code(code),
        protocol::ExitStatus::Signal(signal) => ExitStatus::Signal(signal),
        protocol::ExitStatus::Unknown => ExitStatus::Unknown,
    }
}

/// What the keeper notes of a pane, for the case that the stored workspace lacks it.
pub(in crate::server) fn note(spec: &StartRequest) -> String {
    serde_json::to_string(spec).unwrap_or_default()
}

/// The note of a pane that was closed and whose program is ending.
pub(in crate::server) const CLOSED: &str = "closed";

pub(in crate::server) fn keeper_event(shared: &mut Shared, event: KeeperEvent) {
    match event {
        KeeperEvent::Exited { pane, pid, status } => {
            if shared.panes.closing.contains(&pane) {
                return closed(shared, pane);
            }
            let Some(runtime) = shared.panes.get_mut(pane) else { return };
            if runtime.process.exited(pid, exit_status(status))
                && let Some(terminal) = &runtime.terminal
            {
                terminal.finish();
            }
        }
        KeeperEvent::Lost => replace_keeper(shared),
        KeeperEvent::Superseded => {
            shared.ending = Some(Ending::Stop(ByeReason::Restarting));
        }
    }
}

fn keeper_replaced(shared: &mut Shared, replaced: Result<(Keeper, Vec<PaneId>), KeeperError>) {
    match replaced {
        Ok((keeper, ended)) => {
            shared.keeper = Arc::new(keeper);
            name_successor(shared);
            shared.set_diagnostics(Topic::Keeper, Vec::new());
            for pane in ended {
                let Some(runtime) = shared.panes.get_mut(pane) else { continue };
                runtime.process.vanished();
                if let Some(terminal) = &runtime.terminal {
                    terminal.finish();
                }
            }
            shared.to(Orders::repeat);
        }
        Err(error) => {
            let problem = format!(
                "the keeper died and cannot be started again: {error}; panes run on, but end \
                 with the daemon: `segno daemon restart`"
            );
            shared.set_diagnostics(Topic::Keeper, vec![problem]);
            let queue = shared.queue.clone();
            tokio::spawn(async move {
                tokio::time::sleep(PAUSE).await;
                let _ = queue.send(Message::Keeper(KeeperEvent::Lost));
            });
        }
    }
}

/// The keeper is gone: a new one gets the terminals, and the programs run on.
fn replace_keeper(shared: &mut Shared) {
    tracing::warn!("the keeper died; starting another");
    shared.in_lane(Lane::Keeper, |_: &mut Stateless, shared: &mut Shared| {
        let (options, queue) = (shared.options.clone(), shared.queue.clone());
        let held = shared.panes.iter().filter_map(|(pane, runtime)| {
            let note = shared.model.panes.get(&pane).map(|p| note(&p.spec));
            let terminal = runtime.terminal.clone()?;
            Some(Entrusted {
                pane,
                pid: runtime.process.pid()?,
                terminal,
                note: note.unwrap_or_default(),
            })
        });
        let held: Vec<_> = held.collect();
        Some(Work::of(
            move || {
                let keeper = connect_or_start(&options, &queue)?;
                let ended = held.iter().filter(|held| held.hand_over(&keeper)).map(|h| h.pane);
                let ended: Vec<_> = ended.collect();
                Ok::<_, KeeperError>((keeper, ended))
            },
            |_: &mut Stateless, shared: &mut Shared, replaced| keeper_replaced(shared, replaced),
        ))
    });
}
