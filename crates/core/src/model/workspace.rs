//! The workspace's data. Invariants (checked by [`Model::verify`], property-tested):
//!
//! * every pane stands in exactly one tab, in its layout or floating above it, and every tab holds
//!   only known panes;
//! * a tab has at least one pane in its layout, and its focus is one of them;
//! * while there are tabs, `active` and every client's tab are among them;
//! * a pane that a client is about to move is there;
//! * a client's own focus in a tab is one of the tab's panes;
//! * ids are never reused.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::attention::budget::Ledger as Spending;
use crate::attention::notices::Notices;
use crate::copy::{Click, CopyMode};
use crate::dialog::Dialog;
use crate::guest::Guests;
use crate::layout::{Layout, Preset};
use crate::model::catalogue::{Calls, TypeTraits};
use crate::model::keyed::Keyed;
use crate::panes::attributes::Extras;
use crate::panes::popup::Popup;
use crate::panes::prompt_queue::Prompts;
use crate::update::keys::Pending;
use segno_agent::identity::{Record, Recorded, SessionId};
use segno_agent::start::{Beginning, Conversation, StartRequest};
use segno_agent::status::Status;
use segno_agent::tracking::Tracking;
use segno_agent::usage::quota::Quota;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::KeyCode;
use segno_base::screen::geometry::Size;
use segno_base::text::day::Day;
use segno_base::text::plain_text;
use segno_config::keys::command::Command;
use segno_config::sections::budget::Budget;
use segno_config::sections::looks::Looks;
use segno_config::sections::mouse::Mouse;
use segno_config::sections::rest::Rest;
use segno_worktree::glance::Glance;

/// The workspace.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// In the order of the tab bar.
    pub tabs: Vec<Tab>,
    pub panes: BTreeMap<PaneId, Pane>,
    pub clients: BTreeMap<ClientId, Client>,
    /// The tab that was looked at last; where the next client begins.
    pub active: Option<TabId>,
    /// What the user should know of the workspace as a whole, a line each.
    pub warnings: Vec<String>,
    /// Somebody is here for the first time, and has not seen the tour.
    pub newcomer: bool,
    pub looks: Looks,
    /// Whether clients begin with the sidebar, as somebody chose last; else the settings decide.
    pub sidebar: Option<bool>,
    pub mouse: Mouse,
    /// Who reads which pane in copy mode.
    pub copies: BTreeMap<(ClientId, PaneId), CopyMode>,
    /// Each client's last press of the mouse button in a pane.
    pub(crate) clicks: BTreeMap<ClientId, (PaneId, Click)>,
    pub notices: Notices,
    /// The themes there are, by name.
    pub themes: Vec<String>,
    /// The commands that were run from the palette, the last one first.
    pub(crate) run_last: VecDeque<Command>,
    /// The name of the machine.
    pub host: String,
    /// When the time in the status line is drawn again, where it stands there.
    pub(crate) clock_at: Option<u64>,
    /// What was copied lately, the last one first.
    pub copied: VecDeque<String>,
    /// What all conversations have cost on a day, in US dollars.
    pub used_today: Option<(Day, f64)>,
    /// What agents may spend,
    pub budget: Budget,
    /// and what they have spent.
    pub spending: Spending,
    /// When agents sleep.
    pub rest: Rest,
    /// What calls with a key have made.
    pub keyed: Keyed,
    /// Conversations that were deleted lately, with their types.
    pub(crate) deleted: VecDeque<(String, SessionId)>,
    pub(crate) last_pane: u32,
    pub(crate) last_tab: u32,
}

#[derive(Debug, Clone)]
pub struct Tab {
    pub id: TabId,
    /// Given by the user; otherwise the focused pane's label is shown.
    pub name: Option<String>,
    pub layout: Layout,
    /// The root of the project that it was opened for.
    pub project: Option<PathBuf>,
    /// The pane of the layout where the focus was moved last; clients that were elsewhere then have
    /// their own. All have the popup instead while it is shown.
    pub focus: PaneId,
    /// The pane that floats above the layout; while it is shown, it has the focus.
    pub popup: Option<Popup>,
    /// The pane that had it before.
    pub last_focus: Option<PaneId>,
    /// Whether the focused pane fills the tab.
    pub zoomed: bool,
    /// The arrangement that the next-layout command gave it last.
    pub preset: Option<Preset>,
    /// The area for panes: what the client offers that decides it.
    pub size: Size,
    /// Whether a line with the panes' names is above them.
    pub titled: bool,
}

#[derive(Debug, Clone)]
pub struct Pane {
    pub id: PaneId,
    /// How it was asked for; its directory follows that of the program.
    pub spec: StartRequest,
    /// The pane that it was asked for from. That may be closed by now: ids are not given again.
    pub parent: Option<PaneId>,
    pub extras: Extras,
    pub traits: TypeTraits,
    pub life: Life,
    /// `None` for a pane type without a tracker.
    pub tracking: Option<Tracking>,
    /// The agents that were typed in its shell.
    pub guests: Guests,
    /// What the pane's session file says: decides, with its tracking, how the program is started
    /// again.
    pub recorded: Record,
    /// The root of the project that its directory is in, as far as that is known.
    pub project: Option<PathBuf>,
    /// What git says of its directory, as far as that is known.
    pub glance: Option<Arc<Glance>>,
    /// The title its program set (OSC 0 and 2); one line, no control characters.
    pub title: String,
    /// The program in the foreground of its shell, unless that is the shell itself.
    pub foreground: Option<String>,
    /// What the user should know of this pane, for example a tracker that was left out.
    pub notes: Vec<String>,
    /// How many of the notes somebody has looked at.
    pub notes_read: usize,
    /// Rang the bell or finished while no client looked.
    pub unseen: bool,
    /// How much of its service's allowance its agent says is used up.
    pub quotas: Vec<Quota>,
    /// Why its prompts are held: what was spent, and what might be.
    pub over_budget: Option<String>,
    /// Since when it sleeps: its program was ended, or is being ended, until somebody wants it.
    pub asleep: Option<u64>,
    /// Whether [`Effect::Sleep`] was asked for, and is not decided yet.
    ///
    /// [`Effect::Sleep`]: crate::update::effect::Effect::Sleep
    pub dozes: bool,
    /// What ran in it when it was stored, until it is known whether that still does.
    pub run: Option<Run>,
    /// When its program ended, once that is known; until the next one runs.
    pub ended: Option<u64>,
    /// Since when its agent has been at a turn that has not ended.
    pub busy_since: Option<u64>,
    /// What waits of its input, once it has been waiting for a while.
    pub input_waits: Option<InputWaits>,
    /// The question that the pane asks instead of showing its program, if any.
    pub choice: Option<StaleChoice>,
    /// The size its terminal has.
    pub size: Size,
    /// What its agent is to be asked.
    pub prompts: Prompts,
}

impl Pane {
    /// A pane that nothing is known of but how it was asked for.
    pub fn new(id: PaneId, spec: StartRequest, traits: TypeTraits, life: Life, size: Size) -> Pane {
        Pane {
            id,
            spec,
            parent: None,
            extras: Extras::default(),
            tracking: traits.tracked.then(Tracking::default),
            traits,
            life,
            guests: Guests::default(),
            recorded: Record::default(),
            project: None,
            glance: None,
            title: String::new(),
            foreground: None,
            notes: Vec::new(),
            notes_read: 0,
            unseen: false,
            quotas: Vec::new(),
            over_budget: None,
            asleep: None,
            dozes: false,
            run: None,
            ended: None,
            busy_since: None,
            input_waits: None,
            choice: None,
            size,
            prompts: Prompts::default(),
        }
    }
}

impl Client {
    /// A client that has just attached and looks at this tab.
    pub fn new(id: ClientId, size: Size, tab: Option<TabId>) -> Client {
        Client {
            id,
            size,
            tab,
            recent: Vec::new(),
            sidebar: false,
            focus: BTreeMap::new(),
            last_focus: BTreeMap::new(),
            read_only: false,
            only: None,
            away: false,
            typed: 0,
            prefix: false,
            pending: Pending::default(),
            repeat_until: None,
            taken: BTreeSet::new(),
            dialog: None,
            message: None,
            preview: None,
        }
    }
}

impl Client {
    /// Whether sizes and what programs know of the terminal follow it: not one that only looks, or
    /// shows one pane alone.
    pub fn has_a_say(&self) -> bool {
        !self.read_only && self.only.is_none()
    }
}

impl Tab {
    /// A tab with these panes; the first one has the focus.
    pub fn new(id: TabId, layout: Layout, size: Size) -> Tab {
        Tab {
            id,
            name: None,
            focus: layout.panes()[0],
            layout,
            project: None,
            popup: None,
            last_focus: None,
            zoomed: false,
            preset: None,
            size,
            titled: false,
        }
    }

    /// Its panes: those of the layout in reading order, then the popup.
    pub fn panes(&self) -> Vec<PaneId> {
        let mut panes = self.layout.panes();
        panes.extend(self.popup.map(|popup| popup.pane));
        panes
    }

    pub fn contains(&self, pane: PaneId) -> bool {
        self.floats(pane) || self.layout.contains(pane)
    }

    /// Whether this pane is its popup.
    pub fn floats(&self, pane: PaneId) -> bool {
        self.popup.is_some_and(|popup| popup.pane == pane)
    }

    /// The popup, while it is shown.
    pub fn shown_popup(&self) -> Option<Popup> {
        self.popup.filter(|popup| popup.shown)
    }

    /// The pane that gets keys.
    pub fn focused(&self) -> PaneId {
        self.shown_popup().map_or(self.focus, |popup| popup.pane)
    }

    /// Whether somebody who looks at the tab sees the pane.
    pub fn shows(&self, pane: PaneId) -> bool {
        match self.floats(pane) {
            true => self.shown_popup().is_some(),
            false => self.layout.contains(pane) && (!self.zoomed || self.focus == pane),
        }
    }
}

impl Pane {
    /// What its agent is doing; `None` for a pane type without a tracker.
    pub fn agent(&self) -> Option<Status> {
        self.tracking.as_ref().map(Tracking::status)
    }

    /// The conversation that its program comes back to: the newest that is known of, whether the
    /// session file or the events say so.
    pub fn returns_to(&self) -> &Recorded {
        let file = &self.recorded;
        match self.tracking.as_ref() {
            Some(tracking) if tracking.is_behind(file) => tracking.recorded(),
            _ => &file.shown,
        }
    }

    /// The conversation that its program is in or will be started with.
    pub fn session(&self) -> Option<SessionId> {
        match &self.life {
            Life::Queued(Beginning { conversation, .. }) | Life::Starting { conversation } => {
                match conversation {
                    Conversation::Resume(id) => Some(id.clone()),
                    Conversation::New | Conversation::Fork(_) | Conversation::ContinueLast => None,
                }
            }
            _ => match self.tracking.as_ref()?.recorded() {
                Recorded::Id(id) => Some(id.clone()),
                Recorded::New | Recorded::Nothing => None,
            },
        }
    }

    /// Whether its program runs or will.
    pub fn is_live(&self) -> bool {
        matches!(self.life, Life::Queued(_) | Life::Starting { .. } | Life::Running { .. })
    }

    /// What to call it: its name, else what runs in it. That is the title of a guest or of its
    /// type; in a shell the program in its foreground, or the directory; of a command line that.
    pub fn label(&self) -> Cow<'_, str> {
        let title = &self.traits.title;
        let guest = || self.guests.active.as_ref().map(|guest| guest.title.as_str());
        if let Some(name) = self.spec.name.as_deref().or_else(guest) {
            return name.into();
        }
        match self.traits.calls_itself {
            Calls::Title => title.into(),
            Calls::Shell => match (&self.foreground, self.spec.cwd.file_name()) {
                (Some(program), _) => program.into(),
                (None, Some(name)) => plain_text::line(&name.to_string_lossy()).into(),
                (None, None) if self.spec.cwd.has_root() => "/".into(),
                (None, None) => title.into(),
            },
            Calls::CommandLine => {
                let line = self.spec.fields.values().chain(&self.spec.args);
                let line = line.map(String::as_str).collect::<Vec<_>>().join(" ");
                match line.trim() {
                    line if line.is_empty() || line.starts_with('-') => title.into(),
                    line => plain_text::line(line).into(),
                }
            }
        }
    }
}

/// Where a pane's program is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// Waits for its turn to start.
    Queued(Beginning),
    /// Handed to the keeper; its process is not known yet.
    Starting { conversation: Conversation },
    Running {
        pid: i32,
        /// Milliseconds since the Unix epoch.
        since: u64,
        conversation: Conversation,
    },
    Exited {
        status: ExitStatus,
        /// Milliseconds since the Unix epoch.
        at: u64,
    },
    /// Could not be started.
    Failed { why: String },
}

/// A program that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub pid: i32,
    /// Milliseconds since the Unix epoch.
    pub since: u64,
}

/// Input that a program does not take as fast as it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputWaits {
    /// Bytes that wait.
    pub bytes: usize,
    /// It has taken none for a while.
    pub stalled: bool,
    /// Bytes that found no room behind those.
    pub lost: usize,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitStatus {
    Code(i32),
    Signal(i32),
    /// Ended while nobody could take its status.
    Unknown,
}

impl ExitStatus {
    /// The code of a program that failed, or 128 and the signal that ended it.
    pub fn failed(self) -> Option<i32> {
        match self {
            ExitStatus::Code(0) | ExitStatus::Unknown => None,
            ExitStatus::Code(code) => Some(code),
            ExitStatus::Signal(signal) => Some(128 + signal),
        }
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitStatus::Code(0) => f.write_str("exited"),
            ExitStatus::Code(code) => write!(f, "exited with status {code}"),
            ExitStatus::Signal(signal) => write!(f, "ended by signal {signal}"),
            ExitStatus::Unknown => f.write_str("ended"),
        }
    }
}

/// The agent did not know the conversation it was started with: what now?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleChoice {
    pub session: SessionId,
    /// The answer the cursor is on, an index into [`StaleChoice::answers`].
    pub selected: usize,
    pub can_continue: bool,
    /// The archive can give the agent the conversation back.
    pub can_restore: bool,
}

/// An answer to a stale conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleAnswer {
    Fresh,
    ContinueLast,
    ChooseAnother,
    /// Put it back from the archive, and resume it.
    Restore,
}

impl StaleChoice {
    /// What can be answered. That the archive has it is known last, so that comes last: no number
    /// changes its meaning while one looks at it.
    pub fn answers(&self) -> &'static [StaleAnswer] {
        use StaleAnswer::{ChooseAnother, ContinueLast, Fresh, Restore};
        match (self.can_continue, self.can_restore) {
            (true, true) => &[Fresh, ContinueLast, ChooseAnother, Restore],
            (true, false) => &[Fresh, ContinueLast, ChooseAnother],
            (false, true) => &[Fresh, ChooseAnother, Restore],
            (false, false) => &[Fresh, ChooseAnother],
        }
    }
}

/// An attached client: its own tab, mode and dialog on the shared workspace.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: ClientId,
    pub size: Size,
    pub tab: Option<TabId>,
    /// The tabs that it looked at before, the last one first.
    pub recent: Vec<TabId>,
    /// Whether it wants the sidebar; narrow terminals have none in any case.
    pub sidebar: bool,
    /// Where it is in a tab, unless that is where the tab's focus was moved last.
    pub focus: BTreeMap<TabId, PaneId>,
    /// Where it was before in a tab, unless that is where all were.
    pub last_focus: BTreeMap<TabId, PaneId>,
    pub read_only: bool,
    /// The pane that it shows, and nothing else.
    pub only: Option<PaneId>,
    /// Whether its terminal's window has lost the focus; one that does not report it never has.
    pub away: bool,
    /// When somebody typed in it last, in milliseconds since the Unix epoch; 0: never.
    pub typed: u64,
    /// Whether the prefix key was pressed and the next key is a command.
    pub prefix: bool,
    /// A chord that was begun.
    pub pending: Pending,
    /// Until when keys of commands that repeat need no prefix, in milliseconds since the Unix
    /// epoch.
    pub repeat_until: Option<u64>,
    /// Keys that were pressed for Segno, so that their release does not reach a pane either.
    pub taken: BTreeSet<KeyCode>,
    pub dialog: Option<Dialog>,
    /// A line shown in the status line until the next key.
    pub message: Option<String>,
    /// The theme that it looks at before it chooses one.
    pub preview: Option<String>,
}

impl Model {
    pub fn tab(&self, id: TabId) -> Option<&Tab> {
        self.tabs.iter().find(|t| t.id == id)
    }

    pub(crate) fn tab_mut(&mut self, id: TabId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|t| t.id == id)
    }

    pub fn tab_of(&self, pane: PaneId) -> Option<&Tab> {
        self.tabs.iter().find(|t| t.contains(pane))
    }

    /// What a tab is called: its name, else its focused pane's label.
    pub fn tab_label<'a>(&'a self, tab: &'a Tab) -> Cow<'a, str> {
        let focused = || self.panes.get(&tab.focus).map(Pane::label).unwrap_or_default();
        tab.name.as_deref().map_or_else(focused, Cow::from)
    }

    /// The tab that a client looks at.
    pub fn client_tab(&self, client: ClientId) -> Option<&Tab> {
        let client = self.clients.get(&client)?;
        client.only.map_or_else(|| self.tab(client.tab?), |pane| self.tab_of(pane))
    }

    /// The pane that gets a client's keys.
    pub fn focused(&self, client: ClientId) -> Option<PaneId> {
        let tab = self.client_tab(client)?;
        if let Some(only) = self.clients.get(&client).and_then(|client| client.only) {
            return Some(only);
        }
        tab.shown_popup().map(|popup| popup.pane).or_else(|| self.tiled_focus(client))
    }

    /// The pane of the layout that has a client's focus, or had it before the popup.
    pub fn tiled_focus(&self, client: ClientId) -> Option<PaneId> {
        let tab = self.client_tab(client)?;
        let own = self.clients.get(&client)?.focus.get(&tab.id).copied();
        // All see the zoomed pane, and nothing else.
        Some(own.filter(|_| !tab.zoomed).unwrap_or(tab.focus))
    }

    /// The pane of the layout where a client was before in its tab.
    pub fn last_focus(&self, client: ClientId) -> Option<PaneId> {
        let (tab, here) = (self.client_tab(client)?, self.tiled_focus(client));
        let there = |pane: &PaneId| tab.layout.contains(*pane) && Some(*pane) != here;
        let own = self.clients.get(&client)?.last_focus.get(&tab.id).copied();
        own.filter(there).or(tab.last_focus.filter(there))
    }

    /// The pane that `@focused` means: that of the tab looked at last.
    pub fn focused_pane(&self) -> Option<PaneId> {
        Some(self.tab(self.active?)?.focused())
    }

    /// Whether some client sees the pane now.
    pub fn is_visible(&self, pane: PaneId) -> bool {
        self.clients.keys().any(|client| self.sees(*client, pane))
    }

    /// Whether a pane is on a client's screen.
    pub fn sees(&self, client: ClientId, pane: PaneId) -> bool {
        match self.clients.get(&client).and_then(|client| client.only) {
            Some(only) => only == pane,
            None => self.client_tab(client).is_some_and(|tab| tab.shows(pane)),
        }
    }

    /// The pane in which a conversation is open, if any.
    pub fn open_in(&self, type_name: &str, session: &SessionId) -> Option<PaneId> {
        self.panes
            .values()
            .find(|p| {
                p.is_live() && p.agent_type() == type_name && p.session().as_ref() == Some(session)
            })
            .map(|p| p.id)
    }

    /// The first broken invariant, if any.
    pub fn verify(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for tab in &self.tabs {
            if !tab.layout.contains(tab.focus) {
                return Err(format!("{} focuses {}, which is not in it", tab.id, tab.focus));
            }
            for pane in tab.panes() {
                if !self.panes.contains_key(&pane) {
                    return Err(format!("{} holds the unknown {pane}", tab.id));
                }
                if !seen.insert(pane) {
                    return Err(format!("{pane} stands in two places"));
                }
            }
        }
        if let Some(lost) = self.panes.keys().find(|p| !seen.contains(p)) {
            return Err(format!("{lost} stands in no tab"));
        }
        let known = |tab: Option<TabId>| match tab {
            Some(tab) => self.tab(tab).is_some(),
            None => self.tabs.is_empty(),
        };
        if !known(self.active) {
            return Err(format!("active is {:?}", self.active));
        }
        if let Some(client) = self.clients.values().find(|c| !known(c.tab)) {
            return Err(format!("client {:?} looks at {:?}", client.id, client.tab));
        }
        for client in self.clients.values() {
            for (tab, pane) in &client.focus {
                if !self.tab(*tab).is_some_and(|t| t.layout.contains(*pane)) {
                    return Err(format!("client {:?} is in {pane}, not in {tab}", client.id));
                }
            }
        }
        let moved = |client: &Client| match client.dialog {
            Some(Dialog::MovePane { pane, .. }) => Some(pane),
            _ => None,
        };
        if let Some(gone) =
            self.clients.values().filter_map(moved).find(|p| !self.panes.contains_key(p))
        {
            return Err(format!("a client moves {gone}, which is gone"));
        }
        let highest = |ids: &mut dyn Iterator<Item = u32>| ids.max().unwrap_or(0);
        if highest(&mut self.panes.keys().map(|p| p.number())) > self.last_pane
            || highest(&mut self.tabs.iter().map(|t| t.id.number())) > self.last_tab
        {
            return Err("an id could be given twice".into());
        }
        Ok(())
    }
}
