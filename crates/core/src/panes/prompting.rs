//! Turns that Segno opens with prompts: in which pane, and when time ends them.

use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::status::Activity;
use segno_agent::turn::{TurnId, Turns};
use segno_base::ids::PaneId;

impl Model {
    /// The turns of a pane that Segno opened; `None` for a pane type without a tracker.
    pub fn turns(&self, pane: PaneId) -> Option<&Turns> {
        Some(self.panes.get(&pane)?.tracking.as_ref()?.turns())
    }

    fn turns_mut(&mut self, pane: PaneId) -> Option<&mut Turns> {
        Some(self.panes.get_mut(&pane)?.tracking.as_mut()?.turns_mut())
    }

    /// Opens a turn for a prompt that waits until the pane's agent takes input.
    pub fn give_turn(&mut self, pane: PaneId, cx: &mut Context) -> Option<TurnId> {
        let turn = self.turns_mut(pane)?.give();
        cx.out.push(Effect::SaveSoon);
        Some(turn)
    }

    /// The pane's agent has the prompt.
    pub fn turn_entered(&mut self, pane: PaneId, turn: TurnId, cx: &mut Context) {
        let activity = self.panes.get(&pane).and_then(|pane| Some(pane.agent()?.activity));
        let busy = activity.is_some_and(|activity| {
            matches!(activity, Activity::Working | Activity::Retrying | Activity::Blocked)
        });
        if let Some(turns) = self.turns_mut(pane) {
            turns.entered(turn, busy, cx.now);
            cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
        }
    }

    /// The prompt did not get into the pane's agent.
    pub fn withdraw_turn(&mut self, pane: PaneId, turn: TurnId, cx: &mut Context) {
        if let Some(turns) = self.turns_mut(pane) {
            turns.withdraw(turn);
            cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
        }
    }

    /// Somebody knows how the pane's last turn ended.
    pub fn claim_turn(&mut self, pane: PaneId) {
        if let Some(turns) = self.turns_mut(pane) {
            turns.claim();
        }
    }

    /// Ends the turns whose time is up.
    pub(crate) fn tick_turns(&mut self, cx: &mut Context) {
        let all =
            self.panes.values_mut().filter_map(|pane| Some(pane.tracking.as_mut()?.turns_mut()));
        for turns in all.filter(|turns| turns.due().is_some_and(|due| due <= cx.now)) {
            turns.tick(cx.now);
            cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
        }
    }

    /// When the first of them is.
    pub(crate) fn turns_due(&self) -> Option<u64> {
        self.panes.values().filter_map(|pane| pane.tracking.as_ref()?.turns().due()).min()
    }
}
