//! What happens in panes, as a line of text: for those who cannot see signs change.

use crate::model::pane::Life;
use crate::model::workspace::Model;
use crate::update::context::Context;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;

impl Model {
    /// Says to every client what a pane does now, in plain mode.
    pub(crate) fn announce(&mut self, id: PaneId, cx: &mut Context) {
        if !self.looks.plain {
            return;
        }
        let Some(pane) = self.panes.get(&id).filter(|p| !p.extras.muted) else { return };
        let agent = pane.agent();
        let detail = agent.as_ref().and_then(|a| a.detail.clone());
        let state = match (&pane.life, agent.map(|a| a.activity)) {
            (Life::Exited { .. } | Life::Failed { .. }, _) => "ended",
            (_, Some(Activity::Working)) => "working",
            (_, Some(Activity::Blocked)) => "blocked",
            (_, Some(Activity::Idle)) => "idle",
            (_, Some(Activity::Error)) => "error",
            (_, Some(Activity::Retrying)) => "retrying",
            _ => return,
        };
        let detail = detail.map_or(String::new(), |detail| format!(", {detail}"));
        let line = format!("{id} {}: {state}{detail}", pane.label());
        self.say_to_all(&line, cx);
    }
}
