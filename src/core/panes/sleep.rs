//! Panes that sleep: the program of an idle agent is ended to free its memory, and started again in
//! its conversation when somebody wants it.

use crate::core::model::workspace::{ExitStatus, Life, Model, Pane};
use crate::core::panes::lifecycle::Refusal;
use crate::core::update::context::Context;
use crate::core::update::effect::Effect;
use segno_agent::identity::Recorded;
use segno_agent::start::Start;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;

impl Pane {
    /// Whether its program was ended until somebody wants it.
    pub fn is_asleep(&self) -> bool {
        self.asleep.is_some() && matches!(self.life, Life::Exited { .. })
    }

    /// Why its program cannot be ended and started again as if nothing had been.
    fn stays_awake(&self) -> Option<String> {
        let Some(agent) = self.agent().filter(|_| self.guests.active.is_none()) else {
            return Some("what runs there could not be started again as it is".into());
        };
        if !matches!(self.life, Life::Running { .. }) {
            return Some("its program does not run".into());
        }
        if agent.activity != Activity::Idle || self.is_at_turn() {
            return Some("its agent is not idle".into());
        }
        if !self.prompts.is_empty() {
            return Some("prompts wait for it".into());
        }
        self.comes_back().err()
    }

    /// Whether its agent would be started in the very conversation that the pane shows.
    fn comes_back(&self) -> Result<(), String> {
        match self.returns_to() {
            Recorded::New => Ok(()),
            Recorded::Id(_) if self.traits.can_resume => Ok(()),
            Recorded::Id(_) => Err("its agent cannot resume a conversation by its id".into()),
            Recorded::Nothing => Err("its conversation is not known".into()),
        }
    }
}

impl Model {
    /// Ends the program of an idle agent until somebody wants it.
    pub fn sleep(&mut self, id: PaneId, cx: &mut Context) -> Result<(), Refusal> {
        let pane = self.panes.get_mut(&id).ok_or(Refusal::NoPane(id))?;
        if pane.is_asleep() {
            return Ok(());
        }
        if let Some(why) = pane.stays_awake() {
            return Err(Refusal::Awake { pane: id, why });
        }
        pane.asleep = Some(cx.now);
        cx.out.extend([Effect::Kill { pane: id }, Effect::Save, Effect::Redraw]);
        Ok(())
    }

    /// Starts a sleeping agent in its conversation.
    pub fn wake(&mut self, id: PaneId, cx: &mut Context) -> Result<(), Refusal> {
        match self.panes.get(&id).ok_or(Refusal::NoPane(id))?.asleep {
            Some(_) => self.restart(id, Start::Recorded, cx),
            None => Ok(()),
        }
    }

    /// The program of a pane that was put to sleep has ended; false: it was not.
    pub(in crate::core) fn fell_asleep(
        &mut self,
        id: PaneId,
        status: ExitStatus,
        cx: &mut Context,
    ) -> bool {
        let Some(pane) = self.panes.get_mut(&id).filter(|pane| pane.asleep.is_some()) else {
            return false;
        };
        pane.end_guests();
        pane.life = Life::Exited { status, at: cx.now };
        pane.ended = Some(cx.now);
        pane.busy_since = None;
        if let Some(tracking) = &mut pane.tracking {
            tracking.exited(cx.now);
        }
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        true
    }

    /// Whether a pane is not started when the workspace comes back: it slept before, or all sleep
    /// that nobody sees and that come back as they were.
    pub(in crate::core) fn stays_asleep(&mut self, id: PaneId, now: u64) -> bool {
        let lazy = self.rest.lazy;
        let seen = self.active.and_then(|tab| self.tab(tab)).is_some_and(|tab| tab.shows(id));
        let Some(pane) = self.panes.get_mut(&id) else { return false };
        let agent = pane.traits.is_agent && pane.tracking.is_some();
        let known = matches!(pane.returns_to(), Recorded::Id(_)) && pane.comes_back().is_ok();
        if pane.asleep.is_none() && !(lazy && !seen && agent && known && pane.prompts.is_empty()) {
            return false;
        }
        let at = *pane.asleep.get_or_insert(now);
        pane.life = Life::Exited { status: ExitStatus::Unknown, at };
        true
    }

    /// When the next agent has been idle, and unseen, for so long that it sleeps.
    pub(in crate::core) fn sleep_due(&self) -> Option<u64> {
        let after = self.rest.after?;
        let tired = self.panes.values().filter(|pane| self.is_tired(pane));
        tired.filter_map(|pane| Some(pane.agent()?.since.saturating_add(after))).min()
    }

    fn is_tired(&self, pane: &Pane) -> bool {
        pane.asleep.is_none() && pane.stays_awake().is_none() && !self.is_looked_at(pane.id)
    }

    /// Puts those to sleep whose time has come.
    pub(in crate::core) fn tick_sleep(&mut self, cx: &mut Context) {
        let Some(after) = self.rest.after else { return };
        let due = |pane: &&Pane| {
            pane.agent().is_some_and(|agent| agent.since.saturating_add(after) <= cx.now)
        };
        let tired = self.panes.values().filter(|pane| self.is_tired(pane)).filter(due);
        for id in tired.map(|pane| pane.id).collect::<Vec<_>>() {
            // It was just looked whether it may.
            let _ = self.sleep(id, cx);
        }
    }
}
