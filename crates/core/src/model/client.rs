//! An attached client.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialog::Dialog;
use crate::update::keys::Pending;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::KeyCode;
use segno_base::screen::geometry::Size;

/// How a client attaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttachMode {
    /// It only looks.
    pub read_only: bool,
    /// Its size does not count where another client's does.
    pub ignore_size: bool,
    /// The pane that it shows, and nothing else.
    pub only: Option<PaneId>,
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
    /// Whether its size counts only where it is the only one.
    pub ignore_size: bool,
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

impl Client {
    /// A client that has just attached and looks at this tab.
    pub fn new(id: ClientId, size: Size, tab: Option<TabId>, mode: AttachMode) -> Client {
        let AttachMode { read_only, ignore_size, only } = mode;
        Client {
            id,
            size,
            tab,
            recent: Vec::new(),
            sidebar: false,
            focus: BTreeMap::new(),
            last_focus: BTreeMap::new(),
            read_only,
            ignore_size,
            only,
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

    /// Whether sizes and what programs know of the terminal follow it: not one that only looks, or
    /// shows one pane alone.
    pub fn has_a_say(&self) -> bool {
        !self.read_only && self.only.is_none()
    }
}
