//! Moving what there is: a pane to another tab without restarting it, panes within their tab,
//! tabs within the tab bar.

use crate::layout::{Layout, Preset, Removed};
use crate::model::tab::Tab;
use crate::model::workspace::Model;
use crate::panes::lifecycle::{Place, Refusal};
use crate::panes::popup::Popup;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::screen::geometry::Direction;

/// Where the picker can put a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveTarget {
    NewTab,
    /// Beside the focused pane of this tab.
    Tab(TabId),
}

impl Model {
    /// Takes a pane out of its tab's layout; a tab that loses its last pane goes with it. The pane
    /// itself stays, and has to get another place or be removed.
    pub(crate) fn unplace(&mut self, id: PaneId) {
        let Some(index) = self.tabs.iter().position(|t| t.contains(id)) else { return };
        for client in self.clients.values_mut() {
            client.focus.retain(|_, pane| *pane != id);
            client.last_focus.retain(|_, pane| *pane != id);
        }
        let tab = &mut self.tabs[index];
        if tab.floats(id) {
            tab.popup = None;
            return;
        }
        match (tab.layout.remove(id), tab.popup) {
            // The last one below it gone, the popup is the tab's pane.
            (Removed::Last, Some(popup)) => {
                tab.layout = Layout::new(popup.pane);
                tab.focus = popup.pane;
                tab.popup = None;
            }
            (Removed::Last, None) => self.remove_tab(index),
            (Removed::Neighbor(neighbor), _) => {
                if tab.focus == id {
                    let before = tab.last_focus.filter(|p| tab.layout.contains(*p));
                    tab.focus = before.unwrap_or(neighbor);
                    tab.zoomed = false;
                }
                tab.last_focus = tab.last_focus.filter(|p| *p != id && *p != tab.focus);
                tab.zoomed &= tab.layout.panes().len() > 1;
            }
        }
    }

    /// Moves a pane with its running program. Whoever moved it goes with it; without a client, it
    /// moves and everybody stays where they are.
    pub fn move_pane(
        &mut self,
        pane: PaneId,
        to: Place,
        client: Option<ClientId>,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let own = self.tab_of(pane).ok_or(Refusal::NoPane(pane))?;
        match to {
            Place::Tab if own.panes() == [pane] => return Err(Refusal::Alone(pane)),
            Place::Tab if TabId::new(self.last_tab + 1).is_none() => return Err(Refusal::Full),
            Place::Tab => {}
            Place::Popup { of } => {
                let target = self.tab_of(of).ok_or(Refusal::NoPane(of))?;
                if let Some(popup) = target.popup {
                    return Err(Refusal::HasPopup(popup.pane));
                }
                if target.id == own.id && own.layout.panes().len() == 1 {
                    return Err(Refusal::NothingBelow(pane));
                }
            }
            Place::Split { of, side } => {
                let of = self.below(of).ok_or(Refusal::NoPane(of))?;
                if of == pane || to == (Place::Split { of: pane, side }) {
                    return Err(Refusal::Itself(pane));
                }
                let target = self.tab_of(of).ok_or(Refusal::NoPane(of))?;
                // Within a tab, the space that the pane leaves is there for it.
                if (target.id != own.id || own.floats(pane)) && !self.has_room(of, side) {
                    return Err(Refusal::NoRoom(of));
                }
            }
        }
        // Found before the pane is taken out: it may be what `of` means.
        let tab = match to {
            Place::Tab => None,
            Place::Split { of, .. } | Place::Popup { of } => self.tab_of(of).map(|t| t.id),
        };
        self.unplace(pane);
        match to {
            Place::Tab => drop(self.add_tab(pane).ok_or(Refusal::Full)?),
            Place::Split { of, side } => self.place_beside(pane, of, side),
            Place::Popup { .. } => {
                if let Some(tab) = tab.and_then(|id| self.tab_mut(id)) {
                    tab.popup = Some(Popup::new(pane));
                }
            }
        }
        self.see();
        self.fit(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        match client {
            Some(_) => self.focus(client, pane, cx),
            None => Ok(()),
        }
    }

    /// The lines of the picker that moves a pane, top to bottom.
    pub fn move_targets(&self, pane: PaneId) -> Vec<MoveTarget> {
        let Some(own) = self.tab_of(pane) else { return Vec::new() };
        let alone = own.panes() == [pane];
        let new = (!alone).then_some(MoveTarget::NewTab);
        // A popup can also be put into the layout below it.
        let fits = |tab: &&Tab| tab.id != own.id || own.floats(pane);
        let others = self.tabs.iter().filter(fits).map(|t| MoveTarget::Tab(t.id));
        new.into_iter().chain(others).collect()
    }

    /// Carries out what was picked: to the right of the tab's focused pane, else below it.
    pub(crate) fn move_to_target(
        &mut self,
        pane: PaneId,
        target: MoveTarget,
        client: ClientId,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let to = match target {
            MoveTarget::NewTab => Place::Tab,
            MoveTarget::Tab(tab) => {
                let of = self.tab(tab).ok_or(Refusal::NoTab(tab))?.focus;
                let right = self.has_room(of, Direction::Right);
                let side = if right { Direction::Right } else { Direction::Down };
                Place::Split { of, side }
            }
        };
        self.move_pane(pane, to, Some(client), cx)
    }

    /// Arranges the panes of this pane's tab in a ready-made way.
    pub fn arrange_as(
        &mut self,
        pane: PaneId,
        preset: Preset,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let id = self.tab_of(pane).ok_or(Refusal::NoPane(pane))?.id;
        if let Some(tab) = self.tab_mut(id) {
            tab.layout.arrange(preset);
            tab.preset = Some(preset);
            tab.zoomed = false;
        }
        self.see();
        self.fit(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        Ok(())
    }

    /// Moves every pane of a tab to the place of the next one; the focus stays with its pane.
    pub(crate) fn rotate(&mut self, tab: TabId, cx: &mut Context) {
        let Some(tab) = self.tab_mut(tab) else { return };
        tab.layout.rotate();
        self.fit(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// Moves a tab by one place in the tab bar, from one end to the other.
    pub(crate) fn move_tab(&mut self, tab: TabId, step: isize, cx: &mut Context) {
        let Some(index) = self.tabs.iter().position(|t| t.id == tab) else { return };
        let to = (index as isize + step).rem_euclid(self.tabs.len() as isize) as usize;
        let moved = self.tabs.remove(index);
        self.tabs.insert(to, moved);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }
}
