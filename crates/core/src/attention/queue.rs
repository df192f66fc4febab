//! Which pane waits for the user, and for how long.

use crate::model::pane::{Life, Pane};
use crate::model::workspace::Model;
use crate::update::context::Context;
use segno_agent::status::Activity;
use segno_base::ids::{ClientId, PaneId};

/// Why a pane waits, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// It cannot go on: a permission, a question, a conversation that is gone.
    Blocked,
    /// Its last turn ended in an error.
    Failed,
    /// It is done, and nobody has looked yet.
    Finished,
}

impl Model {
    /// The panes that wait for the user: those that cannot go on before those that failed or
    /// finished unseen, of each kind the one that has waited longest first.
    pub fn waiting(&self) -> Vec<PaneId> {
        let mut waiting: Vec<_> =
            self.panes.values().filter_map(|pane| Some((need(pane)?, pane.id))).collect();
        waiting.sort();
        waiting.into_iter().map(|(_, pane)| pane).collect()
    }

    /// Goes to the pane that has waited longest; from one that waits, to the next.
    pub(crate) fn go_to_waiting(&mut self, client: ClientId, cx: &mut Context) {
        let waiting = self.waiting();
        let here = self.focused(client);
        let next = waiting.iter().position(|p| Some(*p) == here).map_or(0, |at| at + 1);
        match waiting.get(next % waiting.len().max(1)) {
            Some(pane) if Some(*pane) == here => {
                self.say(client, "no other agent waits".into(), cx);
            }
            Some(pane) => drop(self.focus(Some(client), *pane, cx)),
            None => self.say(client, "no agent waits".into(), cx),
        }
    }
}

/// Why a pane waits and since when; `None` for one that does not.
fn need(pane: &Pane) -> Option<(Need, u64)> {
    if pane.choice.is_some() {
        let since = match pane.life {
            Life::Exited { at, .. } => at,
            _ => 0,
        };
        return Some((Need::Blocked, since));
    }
    if !matches!(pane.life, Life::Running { .. }) {
        return None;
    }
    let status = pane.agent()?;
    let need = match status.activity {
        Activity::Blocked => Need::Blocked,
        Activity::Error => Need::Failed,
        Activity::Idle if pane.unseen => Need::Finished,
        _ => return None,
    };
    Some((need, status.since))
}
