//! Tabs: which one a client looks at, which pane has the focus, and how large everything is.

use std::collections::BTreeMap;

use crate::layout::geometry::{is_titled, pane_area, pane_rects};
use crate::layout::{Layout, Preset};
use crate::model::client::Client;
use crate::model::tab::Tab;
use crate::model::workspace::Model;
use crate::panes::lifecycle::Refusal;
use crate::update::context::Context;
use crate::update::effect::{Effect, PaneInput};
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::screen::geometry::{Direction, Rect, Size};
use segno_base::text::plain_text::is_plain;
use segno_config::sections::looks::{Looks, TabSize};

/// What a client offers for panes.
pub(crate) fn offered(client: &Client, looks: &Looks) -> Size {
    pane_area(client.size, looks, client.sidebar).size().clamped()
}

/// What the smallest client offers that shows this pane alone, and types in it.
fn size_alone(clients: &BTreeMap<ClientId, Client>, pane: PaneId) -> Option<Size> {
    let alone = clients.values().filter(|c| c.only == Some(pane) && !c.read_only);
    alone.map(|c| c.size).reduce(|a, b| Size::new(a.cols.min(b.cols), a.rows.min(b.rows)))
}

/// The clients whose sizes decide a tab's: those that see it, and leave it to no other.
fn deciders(clients: &BTreeMap<ClientId, Client>, tab: TabId) -> impl Iterator<Item = &Client> {
    let lookers = move || clients.values().filter(move |c| c.tab == Some(tab) && c.has_a_say());
    let all_ignored = lookers().all(|c| c.ignore_size);
    lookers().filter(move |c| all_ignored || !c.ignore_size)
}

/// When somebody typed in a client last; of several in which nobody has, the largest comes last.
fn last_typed(client: &&Client) -> (u64, u32) {
    (client.typed, u32::from(client.size.cols) * u32::from(client.size.rows))
}

impl Model {
    /// Somebody types in a client: its tab has its size from now on, if that is how it is decided.
    pub(crate) fn typed_in(&mut self, id: ClientId, cx: &mut Context) {
        let latest = self.clients.values().map(|c| c.typed).max().unwrap_or(0);
        let Some(client) = self.clients.get_mut(&id) else { return };
        let first = client.typed < latest || latest == 0;
        client.typed = cx.now.max(latest + u64::from(first));
        if first && self.looks.tab_size == TabSize::Last && self.clients.len() > 1 {
            self.fit(cx);
            cx.out.push(Effect::Redraw);
        }
    }

    /// Removes a tab that has lost its last pane; whoever looked at it goes to a neighbour.
    pub(crate) fn remove_tab(&mut self, index: usize) {
        let gone = self.tabs.remove(index).id;
        let next = self.tabs.get(index).or(self.tabs.last()).map(|t| t.id);
        let known = |tab: &TabId| *tab != gone;
        for client in self.clients.values_mut() {
            if client.tab == Some(gone) {
                client.tab = client.recent.iter().copied().find(known).or(next);
            }
            client.focus.remove(&gone);
            client.last_focus.remove(&gone);
            let here = client.tab;
            client.recent.retain(|tab| known(tab) && Some(*tab) != here);
        }
        if self.active == Some(gone) {
            let looked_at = self.clients.values().find_map(|c| c.tab);
            self.active = looked_at.or(next);
        }
        self.see();
    }

    /// Gives every tab the size that the clients that look at it decide, and every pane its part.
    pub(crate) fn fit(&mut self, cx: &mut Context) {
        cx.out.extend(self.fitted());
    }

    /// The same, outside of an update.
    pub(crate) fn fitted(&mut self) -> Vec<Effect> {
        let mut resized = Vec::new();
        let looks = &self.looks;
        for tab in &mut self.tabs {
            let before = tab.titled;
            let deciders = deciders(&self.clients, tab.id);
            let decided = match looks.tab_size {
                TabSize::Last => deciders.max_by_key(last_typed).map(|c| offered(c, looks)),
                TabSize::Smallest => deciders
                    .map(|c| offered(c, looks))
                    .reduce(|a, b| Size::new(a.cols.min(b.cols), a.rows.min(b.rows))),
                TabSize::Largest => deciders
                    .map(|c| offered(c, looks))
                    .reduce(|a, b| Size::new(a.cols.max(b.cols), a.rows.max(b.rows))),
            };
            let is_seen = decided.is_some();
            // Unseen, it keeps the rows that it was last given for panes and their names.
            let offered = decided.unwrap_or(Size {
                rows: tab.size.rows.saturating_add(u16::from(before)),
                ..tab.size
            });
            let panes = tab.layout.panes().len();
            tab.titled = is_titled(looks, panes, tab.zoomed, offered.rows);
            tab.size = Size { rows: offered.rows - u16::from(tab.titled), ..offered };
            let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
            let tiled = pane_rects(&tab.layout, tab.focus, tab.zoomed, area);
            let popup = tab.popup.map(|popup| (popup.pane, popup.inside(area)));
            for (id, rect) in tiled.into_iter().chain(popup) {
                // Who shows it alone sizes it while nobody has the tab on the screen.
                let alone = (!is_seen).then(|| size_alone(&self.clients, id)).flatten();
                let size = alone.unwrap_or(rect.size()).clamped();
                if let Some(pane) = self.panes.get_mut(&id).filter(|p| p.size != size) {
                    pane.size = size;
                    resized.push(Effect::Resize { pane: id, size });
                }
            }
        }
        resized
    }

    /// The client that a tab is as small for as it is, unless that is this one.
    pub fn limits(&self, tab: &Tab, own: ClientId) -> Option<&Client> {
        let other = |c: &&Client| c.id != own;
        let smaller = |c: &&Client| {
            let offered = offered(c, &self.looks);
            let rows = tab.size.rows + u16::from(tab.titled);
            offered.cols == tab.size.cols || offered.rows == rows
        };
        let area = |c: &&Client| u32::from(c.size.cols) * u32::from(c.size.rows);
        deciders(&self.clients, tab.id).filter(other).filter(smaller).min_by_key(area)
    }

    /// Marks as seen what clients now see.
    pub(crate) fn see(&mut self) {
        let seen: Vec<PaneId> =
            self.panes.keys().copied().filter(|p| self.is_looked_at(*p)).collect();
        for pane in seen {
            self.notices.see(pane);
            if let Some(pane) = self.panes.get_mut(&pane) {
                pane.unseen = false;
            }
        }
    }

    /// Shows a tab to a client; without a client it becomes the active one for whoever comes next
    /// and for all who look.
    pub fn show_tab(
        &mut self,
        client: Option<ClientId>,
        tab: TabId,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        self.tab(tab).ok_or(Refusal::NoTab(tab))?;
        let wanted = |c: &ClientId| client.is_none_or(|one| one == *c);
        let before: Vec<_> = self.clients.keys().filter_map(|c| self.focused(*c)).collect();
        for looker in self.clients.values_mut().filter(|c| wanted(&c.id)) {
            if looker.tab != Some(tab) {
                looker.recent.retain(|before| *before != tab);
                let before = looker.tab.replace(tab);
                looker.recent.splice(0..0, before);
            }
        }
        // Where a client that only looks is, is nobody else's business.
        let looks = client.is_some_and(|c| self.clients.get(&c).is_some_and(|c| c.read_only));
        if !looks {
            self.active = Some(tab);
            cx.out.push(Effect::Save);
        }
        self.see();
        self.fit(cx);
        self.report_focus(&before, cx);
        cx.out.push(Effect::Redraw);
        Ok(())
    }

    /// A client is back after a restart: it goes where it was, and wakes nothing.
    pub fn come_back(&mut self, client: ClientId, pane: PaneId, cx: &mut Context) {
        if let Some(tab) = self.tab_of(pane).map(|tab| tab.id) {
            self.focus_within(Some(client), tab, pane, cx);
            let _ = self.show_tab(Some(client), tab, cx);
        }
    }

    /// Gives a pane the focus within its tab and shows that tab.
    pub fn focus(
        &mut self,
        client: Option<ClientId>,
        pane: PaneId,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let tab = self.tab_of(pane).ok_or(Refusal::NoPane(pane))?.id;
        self.focus_within(client, tab, pane, cx);
        // Who only looks starts nothing.
        if self.panes.get(&pane).is_some_and(|pane| pane.is_asleep())
            && client.is_none_or(|client| self.may_write(client))
        {
            cx.out.push(Effect::Wake { pane });
        }
        if client.map_or(self.active, |c| self.clients.get(&c).and_then(|c| c.tab)) != Some(tab) {
            self.show_tab(client, tab, cx)?;
        }
        Ok(())
    }

    /// Moves a client's focus within a tab; others who look at it stay where they are. Without a
    /// client, all go there.
    pub(crate) fn focus_within(
        &mut self,
        client: Option<ClientId>,
        id: TabId,
        pane: PaneId,
        cx: &mut Context,
    ) {
        let before: Vec<_> = self.clients.keys().filter_map(|c| self.focused(*c)).collect();
        let Some(tab) = self.tabs.iter_mut().find(|t| t.id == id) else { return };
        if !tab.contains(pane) {
            return;
        }
        let floats = tab.floats(pane);
        let mover = client.and_then(|c| self.clients.get_mut(&c));
        let was = mover.as_ref().and_then(|c| c.focus.get(&id).copied()).unwrap_or(tab.focus);
        if let Some(looker) = mover.filter(|c| c.read_only) {
            // Where it is changes nothing for anybody else, and a popup is everybody's.
            if !floats {
                looker.focus.insert(id, pane);
                if was != pane {
                    looker.last_focus.insert(id, was);
                }
            }
            return cx.out.push(Effect::Redraw);
        }
        let shown = tab.shown_popup().is_some();
        if let Some(popup) = &mut tab.popup {
            popup.shown = floats;
        }
        if !floats {
            for other in self.clients.values_mut() {
                if client.is_none_or(|mover| mover == other.id) {
                    let was = other.focus.remove(&id).unwrap_or(tab.focus);
                    if was != pane {
                        other.last_focus.insert(id, was);
                    }
                } else if other.tab == Some(id) {
                    other.focus.entry(id).or_insert(tab.focus);
                    if let Some(before) = tab.last_focus {
                        other.last_focus.entry(id).or_insert(before);
                    }
                }
            }
        }
        let stays = floats || (was == pane && tab.focus == pane);
        if stays && shown == floats {
            return;
        }
        if !stays {
            tab.last_focus = Some(if was == pane { tab.focus } else { was });
        }
        if !floats && tab.focus != pane {
            tab.focus = pane;
            tab.zoomed = false;
        }
        self.fit(cx);
        self.see();
        self.report_focus(&before, cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// Reports to programs that asked for it that they lost or got the focus.
    fn report_focus(&self, before: &[PaneId], cx: &mut Context) {
        let after: Vec<_> = self.clients.keys().filter_map(|c| self.focused(*c)).collect();
        let report =
            |pane: &PaneId, gained| Effect::Input { pane: *pane, input: PaneInput::Focus(gained) };
        cx.out.extend(before.iter().filter(|p| !after.contains(p)).map(|p| report(p, false)));
        cx.out.extend(after.iter().filter(|p| !before.contains(p)).map(|p| report(p, true)));
    }

    pub(crate) fn focus_direction(
        &mut self,
        client: ClientId,
        direction: Direction,
        cx: &mut Context,
    ) {
        let Some(tab) = self.client_tab(client) else { return };
        let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
        let popup = tab.shown_popup().is_some();
        let (id, focus) = (tab.id, self.tiled_focus(client).unwrap_or(tab.focus));
        if popup {
            // Whichever way, it leads to what is below.
            self.focus_within(Some(client), id, focus, cx);
        } else if let Some(pane) =
            tab.layout.neighbor(focus, direction, area, self.last_focus(client))
        {
            self.focus_within(Some(client), id, pane, cx);
        }
    }

    /// The pane on a side of another one.
    pub fn beside(&self, pane: PaneId, direction: Direction) -> Option<PaneId> {
        let tab = self.tab_of(pane)?;
        let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
        tab.layout.neighbor(pane, direction, area, tab.last_focus)
    }

    /// Toggles whether the pane fills its tab; the pane gets the focus.
    pub fn zoom(
        &mut self,
        client: Option<ClientId>,
        pane: PaneId,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let id = self.tab_of(pane).ok_or(Refusal::NoPane(pane))?.id;
        let was = self.tab(id).is_some_and(|t| t.zoomed && t.focus == pane);
        self.focus_within(client, id, pane, cx);
        if let Some(tab) = self.tab_mut(id) {
            match &mut tab.popup {
                Some(popup) if popup.pane == pane => popup.zoomed = !popup.zoomed,
                _ => tab.zoomed = !was && tab.layout.panes().len() > 1,
            }
        }
        self.see();
        self.fit(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        Ok(())
    }

    /// Whether a split of a pane leaves something to be seen of both halves, where somebody looks.
    pub fn has_room(&self, pane: PaneId, side: Direction) -> bool {
        let Some(pane) = self.below(pane) else { return false };
        self.tab_of(pane).is_some_and(|tab| {
            let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
            tab.layout.has_room(pane, side, area)
        })
    }

    /// Gives the tab of a pane another arrangement of the same panes; any other is ignored.
    pub fn arrange_tab(&mut self, pane: PaneId, layout: Layout, cx: &mut Context) {
        let Some(tab) = self.tabs.iter_mut().find(|t| t.layout.contains(pane)) else { return };
        let sorted = |layout: &Layout| {
            let mut panes = layout.panes();
            panes.sort();
            panes
        };
        if sorted(&tab.layout) == sorted(&layout) {
            tab.layout = layout;
            self.fit(cx);
            cx.out.extend([Effect::Save, Effect::Redraw]);
        }
    }

    /// Names a pane; an empty name takes the name away.
    pub fn rename_pane(
        &mut self,
        pane: PaneId,
        name: &str,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let name = given(name);
        self.check_name(name.as_deref(), Some(pane))?;
        self.panes.get_mut(&pane).ok_or(Refusal::NoPane(pane))?.spec.name = name;
        cx.out.extend([Effect::Save, Effect::Redraw]);
        Ok(())
    }

    /// Refuses a name by which commands would find another pane.
    pub(crate) fn check_name(
        &self,
        name: Option<&str>,
        pane: Option<PaneId>,
    ) -> Result<(), Refusal> {
        let Some(name) = name else { return Ok(()) };
        let id = name.parse().ok().filter(|id| Some(*id) != pane);
        if name.starts_with('@') || id.is_some_and(|id| self.panes.contains_key(&id)) {
            return Err(Refusal::NameTaken(name.to_owned()));
        }
        Ok(())
    }

    /// Names a tab; an empty name takes the name away.
    pub fn rename_tab(&mut self, tab: TabId, name: &str, cx: &mut Context) -> Result<(), Refusal> {
        self.tab_mut(tab).ok_or(Refusal::NoTab(tab))?.name = given(name);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        Ok(())
    }

    pub(crate) fn step_tab(&mut self, client: ClientId, step: isize, cx: &mut Context) {
        let Some(tab) = self.clients.get(&client).and_then(|c| c.tab) else { return };
        let Some(index) = self.tabs.iter().position(|t| t.id == tab) else { return };
        let next = (index as isize + step).rem_euclid(self.tabs.len() as isize) as usize;
        let next = self.tabs[next].id;
        // Cannot fail: the tab was just found.
        let _ = self.show_tab(Some(client), next, cx);
    }

    pub(crate) fn next_layout(&mut self, client: ClientId, cx: &mut Context) {
        let Some(id) = self.client_tab(client).map(|t| t.id) else { return };
        let Some(tab) = self.tab_mut(id) else { return };
        let preset = tab.preset.map_or(Preset::EvenHorizontal, Preset::next);
        tab.layout.arrange(preset);
        tab.preset = Some(preset);
        tab.zoomed = false;
        self.fit(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }
}

/// A name as the user gave it: one line, bounded, none when blank.
pub fn given(name: &str) -> Option<String> {
    let clean: String = name.chars().filter(|c| is_plain(*c)).take(100).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_string())
}
