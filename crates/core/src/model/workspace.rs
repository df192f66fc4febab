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

use super::client::Client;
use super::pane::{ExitStatus, Pane};
use super::tab::Tab;
use crate::attention::budget::Ledger as Spending;
use crate::attention::notices::Notices;
use crate::copy::{Click, CopyMode};
use crate::dialog::Dialog;
use crate::model::keyed::Keyed;
use segno_agent::identity::SessionId;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::text::day::Day;
use segno_config::keys::command::Command;
use segno_config::sections::budget::Budget;
use segno_config::sections::looks::Looks;
use segno_config::sections::mouse::Mouse;
use segno_config::sections::rest::Rest;

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
    /// How the programs ended whose panes closed with them, the last one first.
    pub(crate) endings: VecDeque<(PaneId, ExitStatus)>,
    pub(crate) last_pane: u32,
    pub(crate) last_tab: u32,
}

impl Model {
    /// Whether there is, or was, a pane with this id.
    pub fn had(&self, pane: PaneId) -> bool {
        pane.number() <= self.last_pane
    }

    /// How the program of a pane ended that closed with it, lately.
    pub fn ending(&self, pane: PaneId) -> Option<ExitStatus> {
        self.endings.iter().find_map(|(of, status)| (*of == pane).then_some(*status))
    }

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
