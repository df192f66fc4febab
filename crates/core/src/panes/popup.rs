//! The popup: a pane that floats above a tab, for a quick shell or a tool.
//!
//! One per tab: what it is for is to be there with one key and gone with the same. It has the
//! focus while it is shown, so that going anywhere else hides it; its program goes on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::layout::floating::{Floating, Grip, inside};
use crate::model::pane::ExitStatus;
use crate::model::workspace::Model;
use crate::panes::lifecycle::{Place, Refusal};
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::screen::geometry::{Direction, Point, Rect};

/// How a program says that it was not found or could not be run.
const NOT_RUN: [i32; 2] = [126, 127];
/// A shell's word for a program that ctrl+c ended.
const INTERRUPTED: i32 = 130;

/// A tab's floating pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Popup {
    pub pane: PaneId,
    #[serde(default)]
    pub shown: bool,
    /// Whether it fills the tab.
    #[serde(default)]
    pub zoomed: bool,
    #[serde(default)]
    pub place: Floating,
}

impl Popup {
    /// Hidden until it gets the focus.
    pub fn new(pane: PaneId) -> Popup {
        Popup { pane, shown: false, zoomed: false, place: Floating::default() }
    }

    /// Its cells in the area of its tab, with the border.
    pub fn rect(&self, area: Rect) -> Rect {
        if self.zoomed { area } else { self.place.rect(area) }
    }

    /// What its program gets of them.
    pub fn inside(&self, area: Rect) -> Rect {
        inside(self.rect(area))
    }
}

/// Whether a popup closes when its program ends so: whatever it was opened for is done, unless
/// the program never ran (there is something to be read) or was killed (it comes back).
pub(crate) fn ends_popup(status: ExitStatus) -> bool {
    match status {
        ExitStatus::Code(code) => {
            !NOT_RUN.contains(&code) && ((0..=128).contains(&code) || code == INTERRUPTED)
        }
        ExitStatus::Signal(_) | ExitStatus::Unknown => false,
    }
}

impl Model {
    /// The pane that is meant where something is put beside this one: of a popup, the focused one
    /// below it.
    pub(crate) fn below(&self, pane: PaneId) -> Option<PaneId> {
        let tab = self.tab_of(pane)?;
        Some(if tab.floats(pane) { tab.focus } else { pane })
    }

    /// Puts a pane on a side of another one that was found; the first stands nowhere yet.
    pub(crate) fn place_beside(&mut self, pane: PaneId, of: PaneId, side: Direction) {
        let Some(of) = self.below(of) else { return };
        if let Some(tab) = self.tabs.iter_mut().find(|t| t.layout.contains(of)) {
            tab.layout.split(of, side, pane);
            tab.zoomed = false;
        }
    }

    /// Shows the popup of a pane's tab, hides it, or opens one with the default type.
    pub fn toggle_popup(
        &mut self,
        client: Option<ClientId>,
        of: PaneId,
        cx: &mut Context,
    ) -> Result<PaneId, Refusal> {
        let tab = self.tab_of(of).ok_or(Refusal::NoPane(of))?;
        let own = client.filter(|c| self.client_tab(*c).is_some_and(|own| own.id == tab.id));
        let focus = own.and_then(|c| self.tiled_focus(c)).unwrap_or(tab.focus);
        let popup = tab.popup;
        match popup {
            Some(popup) if popup.shown => {
                self.focus(client, focus, cx)?;
                Ok(popup.pane)
            }
            Some(popup) => {
                self.focus(client, popup.pane, cx)?;
                Ok(popup.pane)
            }
            None => {
                let cwd = self.panes.get(&focus).map(|p| p.spec.cwd.clone());
                let spec = StartRequest {
                    type_name: cx.default_type.to_string(),
                    cwd: cwd.unwrap_or_else(|| PathBuf::from("/")),
                    ..StartRequest::default()
                };
                let pane = self.open(spec, Place::Popup { of }, Start::Fresh, None, cx)?;
                self.focus(client, pane, cx)?;
                Ok(pane)
            }
        }
    }

    /// Changes where a tab's popup is; answers nothing when there is none.
    pub(crate) fn change_popup(
        &mut self,
        tab: TabId,
        cx: &mut Context,
        change: impl FnOnce(&mut Floating) -> bool,
    ) {
        let Some(popup) = self.tab_mut(tab).and_then(|tab| tab.popup.as_mut()) else { return };
        if !popup.shown || popup.zoomed || !change(&mut popup.place) {
            return;
        }
        self.fit(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// The mouse pulls at the popup's border.
    pub(crate) fn drag_popup(&mut self, id: TabId, grip: Grip, at: Point, cx: &mut Context) {
        let Some(tab) = self.tab(id) else { return };
        let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
        self.change_popup(id, cx, |place| place.drag(grip, at, area));
    }
}
