//! Guests: agents that somebody typed in a pane's shell. The one in the foreground is what the
//! pane's tracking is about, as if the pane were of its type; others wait aside, stopped. When the
//! shell ends with them, it comes back and they with it.
//!
//! Must not decide whether a process is a guest, or how its end is learned of.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::pane::Pane;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::identity::{Record, Recorded, SessionId};
use segno_agent::tracking::{Started, Tracking};
use segno_base::ids::PaneId;

/// Returns that are remembered of a pane.
const RETURNS_MAX: usize = 8;

/// An agent that runs in a pane's shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// What its tracker's files are named by. Out of the same numbers as panes, so that neither is
    /// taken for the other.
    pub id: PaneId,
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its type's.
    pub title: String,
    pub pid: i32,
    /// When its process was started, as the system counts; distinguishes it from a later one.
    #[serde(default)]
    pub born: Option<u64>,
    /// What of its command line holds for a return.
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(with = "segno_base::text::path_text")]
    pub cwd: PathBuf,
    /// How it was started, for `status --explain`.
    #[serde(default)]
    pub facts: Vec<String>,
}

/// A guest that is not in the foreground, with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aside {
    #[serde(flatten)]
    pub guest: Guest,
    pub tracking: Tracking,
    /// What its session file says.
    #[serde(default)]
    pub recorded: Recorded,
    #[serde(default)]
    pub recorded_at: u64,
}

/// How a shell comes back to an agent that it had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    #[serde(rename = "type")]
    pub type_name: String,
    pub title: String,
    pub session: SessionId,
    /// The conversation's title.
    #[serde(default)]
    pub about: Option<String>,
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(with = "segno_base::text::path_text")]
    pub cwd: PathBuf,
    pub standing: Standing,
}

/// Why a return stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The agent ended a moment ago. It may have been the beginning of the shell's own end.
    Ended,
    /// The shell is back, and the agent follows.
    Due,
    /// The user left it, or wanted the shell alone.
    ByHand,
}

/// A pane's guests.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Guests {
    /// The one in the foreground.
    pub active: Option<Guest>,
    /// The others, the last one stopped last.
    pub aside: Vec<Aside>,
    /// The last one is gone back to first.
    pub returns: Vec<Return>,
    /// An agent in the foreground that no shim has started: its type's title.
    pub unfollowed: Option<String>,
}

/// Guests as they are stored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedGuests {
    pub active: Option<Aside>,
    pub aside: Vec<Aside>,
    pub returns: Vec<Return>,
}

impl SavedGuests {
    pub fn is_empty(&self) -> bool {
        *self == SavedGuests::default()
    }

    /// The highest number that a guest has.
    pub(super) fn highest(&self) -> u32 {
        let all = self.active.iter().chain(&self.aside);
        all.map(|aside| aside.guest.id.number()).max().unwrap_or(0)
    }
}

impl Guest {
    fn returns(&self, session: SessionId, about: Option<String>) -> Return {
        Return {
            type_name: self.type_name.clone(),
            title: self.title.clone(),
            session,
            about,
            args: self.args.clone(),
            cwd: self.cwd.clone(),
            standing: Standing::Ended,
        }
    }
}

impl Aside {
    fn of(guest: Guest, tracking: Tracking, record: Record) -> Aside {
        Aside { guest, tracking, recorded: record.shown, recorded_at: record.at }
    }

    fn record(&self) -> Record {
        Record { shown: self.recorded.clone(), at: self.recorded_at }
    }

    fn returns(self) -> Option<Return> {
        let shown = match self.tracking.is_behind(&self.record()) {
            true => self.tracking.recorded().clone(),
            false if self.recorded == Recorded::Nothing => self.tracking.recorded().clone(),
            false => self.recorded.clone(),
        };
        let Recorded::Id(session) = shown else { return None };
        let about =
            self.tracking.conversations().get(&session).and_then(|c| c.summary.title.clone());
        Some(self.guest.returns(session, about))
    }
}

impl Guests {
    /// A guest has ended.
    fn left(&mut self, ended: Aside) {
        let Some(back) = ended.returns() else { return };
        self.returns.retain(|other| other.session != back.session);
        self.returns.push(back);
        if self.returns.len() > RETURNS_MAX {
            self.returns.remove(0);
        }
    }

    /// Nothing comes back by itself.
    fn only_by_hand(&mut self) {
        self.returns.iter_mut().for_each(|back| back.standing = Standing::ByHand);
    }

    /// The return that comes by itself.
    pub fn due(&self) -> Option<&Return> {
        self.returns.iter().rev().find(|back| back.standing == Standing::Due)
    }

    /// What distinguishes a guest from every other.
    pub fn ids(&self) -> impl Iterator<Item = PaneId> {
        let aside = self.aside.iter().map(|aside| aside.guest.id);
        self.active.iter().map(|guest| guest.id).chain(aside)
    }

    pub fn all(&self) -> impl Iterator<Item = &Guest> {
        self.active.iter().chain(self.aside.iter().map(|aside| &aside.guest))
    }
}

impl Pane {
    /// The type that its agent is of: the pane's own, or that of what was typed in its shell.
    pub fn agent_type(&self) -> &str {
        self.guests.active.as_ref().map_or(&self.spec.type_name, |guest| &guest.type_name)
    }

    /// What its tracker's files are named by.
    pub fn files_id(&self) -> PaneId {
        self.guests.active.as_ref().map_or(self.id, |guest| guest.id)
    }

    /// Where its agent is.
    pub fn agent_directory(&self) -> PathBuf {
        self.guests.active.as_ref().map_or(&self.spec.cwd, |guest| &guest.cwd).clone()
    }

    fn put_aside(&mut self) {
        if let Some(guest) = self.guests.active.take() {
            let tracking = self.tracking.take().unwrap_or_default();
            let record = std::mem::take(&mut self.recorded);
            self.guests.aside.push(Aside::of(guest, tracking, record));
        }
    }

    fn bring_back(&mut self, at: usize) {
        let aside = self.guests.aside.remove(at);
        self.recorded = aside.record();
        self.tracking = Some(aside.tracking);
        self.guests.active = Some(aside.guest);
    }

    /// The shell has ended, and its guests with it.
    pub(super) fn end_guests(&mut self) {
        self.put_aside();
        let ended = std::mem::take(&mut self.guests.aside);
        ended.into_iter().for_each(|guest| self.guests.left(guest));
        self.guests.unfollowed = None;
    }

    /// The shell is started again: what it had when it ended comes back in it.
    pub(super) fn guests_come_back(&mut self) {
        self.end_guests();
        for back in self.guests.returns.iter_mut().filter(|b| b.standing == Standing::Ended) {
            back.standing = Standing::Due;
        }
    }

    /// What is stored of its guests.
    pub(super) fn saved_guests(&self) -> SavedGuests {
        let active = self.guests.active.clone().map(|guest| {
            let tracking = self.tracking.clone().unwrap_or_default();
            Aside::of(guest, tracking, self.recorded.clone())
        });
        let Guests { aside, returns, .. } = self.guests.clone();
        SavedGuests { active, aside, returns }
    }

    pub(super) fn restore_guests(&mut self, saved: SavedGuests) {
        let SavedGuests { active, aside, returns } = saved;
        self.guests = Guests { aside, returns, ..Guests::default() };
        if let Some(active) = active {
            self.guests.aside.push(active);
            self.bring_back(self.guests.aside.len() - 1);
        }
    }
}

impl Model {
    /// An id for a guest.
    pub fn guest_id(&mut self) -> Option<PaneId> {
        let id = PaneId::new(self.last_pane + 1)?;
        self.last_pane = id.number();
        Some(id)
    }

    /// The pane that a guest is in.
    pub fn host_of(&self, guest: PaneId) -> Option<PaneId> {
        let host = self.panes.values().find(|pane| pane.guests.ids().any(|id| id == guest))?;
        Some(host.id)
    }

    /// An agent was typed in a pane's shell; the one before has been stopped.
    pub fn guest_started(&mut self, id: PaneId, guest: Guest, how: Started, cx: &mut Context) {
        let Some(pane) = self.panes.get_mut(&id) else { return };
        pane.put_aside();
        let mut tracking = Tracking::default();
        if let Started::Assigned(session) | Started::Resumed(session) = &how {
            pane.recorded = Record { shown: Recorded::Id(session.clone()), at: cx.now };
            // Whoever returns by hand has returned.
            pane.guests.returns.retain(|back| back.session != *session);
        }
        tracking.started(cx.now, how);
        pane.tracking = Some(tracking);
        pane.guests.active = Some(guest);
        pane.guests.unfollowed = None;
        // One agent comes by itself.
        pane.guests.only_by_hand();
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// A guest is in the foreground again.
    pub fn guest_shown(&mut self, id: PaneId, guest: PaneId, cx: &mut Context) {
        let Some(pane) = self.panes.get_mut(&id) else { return };
        let at = pane.guests.aside.iter().position(|aside| aside.guest.id == guest);
        if let Some(at) = at {
            // What is put aside goes to the end: the place stays right.
            pane.put_aside();
            pane.bring_back(at);
            cx.out.extend([Effect::Save, Effect::Redraw]);
        }
    }

    /// A guest has ended, and all that its tracker reported was applied.
    pub fn guest_ended(&mut self, id: PaneId, guest: PaneId, cx: &mut Context) {
        let Some(pane) = self.panes.get_mut(&id) else { return };
        if pane.guests.active.as_ref().is_some_and(|active| active.id == guest) {
            pane.put_aside();
        }
        let at = pane.guests.aside.iter().position(|aside| aside.guest.id == guest);
        let Some(at) = at else { return };
        let mut ended = pane.guests.aside.remove(at);
        ended.tracking.exited(cx.now);
        pane.guests.left(ended);
        pane.busy_since = None;
        if pane.guests.active.is_none()
            && let Some(last) = pane.guests.aside.len().checked_sub(1)
        {
            pane.bring_back(last);
        }
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// The shell has outlived the ends of guests for a while: they were no shutdown.
    pub fn guests_left(&mut self, id: PaneId, cx: &mut Context) {
        if let Some(pane) = self.panes.get_mut(&id) {
            let ended = |back: &&mut Return| back.standing == Standing::Ended;
            let ended = pane.guests.returns.iter_mut().filter(ended);
            ended.for_each(|back| back.standing = Standing::ByHand);
            cx.out.push(Effect::Save);
        }
    }

    /// The user wants the shell alone.
    pub fn decline_return(&mut self, id: PaneId, cx: &mut Context) {
        if let Some(pane) = self.panes.get_mut(&id) {
            pane.guests.only_by_hand();
            cx.out.extend([Effect::Save, Effect::Redraw]);
        }
    }

    /// What a pane's shell goes back to next.
    pub fn next_return(&self, id: PaneId) -> Option<Return> {
        let guests = &self.panes.get(&id)?.guests;
        guests.due().or(guests.returns.last()).cloned()
    }

    /// Where a guest is, as the system says.
    pub fn guest_moved(&mut self, id: PaneId, cwd: PathBuf, cx: &mut Context) {
        let guest = self.panes.get_mut(&id).and_then(|pane| pane.guests.active.as_mut());
        if let Some(guest) = guest.filter(|guest| guest.cwd != cwd) {
            guest.cwd = cwd;
            cx.out.push(Effect::SaveSoon);
        }
    }

    /// An agent is in the foreground of a shell that no shim has started, or none any more.
    pub fn unfollowed(&mut self, id: PaneId, title: Option<String>, cx: &mut Context) {
        if let Some(pane) = self.panes.get_mut(&id).filter(|p| p.guests.unfollowed != title) {
            pane.guests.unfollowed = title;
            cx.out.push(Effect::Redraw);
        }
    }
}
