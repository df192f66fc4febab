//! Panes that sleep: the program of an idle agent is ended to free its memory, and started again in
//! its conversation when somebody wants it.

use crate::model::pane::{ExitStatus, Life, Pane};
use crate::model::workspace::Model;
use crate::panes::lifecycle::Refusal;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::identity::Recorded;
use segno_agent::start::Start;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;

impl Pane {
    /// Whether its program was ended until somebody wants it.
    pub fn is_asleep(&self) -> bool {
        self.asleep.is_some() && matches!(self.life, Life::Exited { .. })
    }

    /// Since when its agent has been idle; else why its program cannot be ended and started again
    /// as if nothing had been.
    fn idle_since(&self) -> Result<u64, &'static str> {
        if self.tracking.is_none() || self.guests.active.is_some() {
            return Err("what runs there could not be started again as it is");
        }
        if !matches!(self.life, Life::Running { .. }) {
            return Err("its program does not run");
        }
        let idle = self.agent().filter(|agent| agent.activity == Activity::Idle);
        let Some(agent) = idle.filter(|_| !self.is_at_turn()) else {
            return Err("its agent is not idle");
        };
        if !self.prompts.is_empty() {
            return Err("prompts wait for it");
        }
        self.comes_back().map(|()| agent.since)
    }

    /// Whether its agent would be started in the very conversation that the pane shows.
    fn comes_back(&self) -> Result<(), &'static str> {
        match self.returns_to() {
            Recorded::New => Ok(()),
            Recorded::Id(_) if self.traits.can_resume => Ok(()),
            Recorded::Id(_) => Err("its agent cannot resume a conversation by its id"),
            Recorded::Nothing => Err("its conversation is not known"),
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
        if let Err(why) = pane.idle_since() {
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
    pub(crate) fn fell_asleep(&mut self, id: PaneId, status: ExitStatus, cx: &mut Context) -> bool {
        let Some(pane) = self.panes.get_mut(&id).filter(|pane| pane.asleep.is_some()) else {
            return false;
        };
        pane.program_ended(status, cx.now);
        if !pane.prompts.is_empty() {
            // They came while it was being ended.
            cx.out.push(Effect::Wake { pane: id });
        }
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        true
    }

    /// Whether a pane is not started when the workspace comes back: it slept before, or all sleep
    /// that nobody sees and that come back as they were.
    pub(crate) fn stays_asleep(&mut self, id: PaneId, now: u64) -> bool {
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
    pub(crate) fn sleep_due(&self) -> Option<u64> {
        let after = self.rest.after?;
        let undecided = self.panes.values().filter(|pane| !pane.dozes);
        undecided.filter_map(|pane| self.tired_at(pane, after)).min()
    }

    /// When an agent that nobody looks at has been idle for long enough.
    fn tired_at(&self, pane: &Pane, after: u64) -> Option<u64> {
        if pane.asleep.is_some() || self.is_looked_at(pane.id) {
            return None;
        }
        Some(pane.idle_since().ok()?.saturating_add(after))
    }

    fn is_tired(&self, pane: &Pane, now: u64) -> bool {
        let after = self.rest.after;
        after.and_then(|after| self.tired_at(pane, after)).is_some_and(|at| at <= now)
    }

    /// Asks for sleep for those whose time has come: once each, until that was decided.
    pub(crate) fn tick_sleep(&mut self, cx: &mut Context) {
        let due = |pane: &&Pane| !pane.dozes && self.is_tired(pane, cx.now);
        for id in self.panes.values().filter(due).map(|pane| pane.id).collect::<Vec<_>>() {
            if let Some(pane) = self.panes.get_mut(&id) {
                pane.dozes = true;
                cx.out.push(Effect::Sleep { pane: id });
            }
        }
    }

    /// All is known that a pane's agent has said: it sleeps, if it is still time.
    pub fn fall_asleep(&mut self, id: PaneId, cx: &mut Context) {
        let Some(pane) = self.panes.get_mut(&id) else { return };
        pane.dozes = false;
        if self.panes.get(&id).is_some_and(|pane| self.is_tired(pane, cx.now)) {
            // It was just looked whether it may.
            let _ = self.sleep(id, cx);
        }
    }
}
