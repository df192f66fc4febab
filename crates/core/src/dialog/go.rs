//! Where to go by a number or a name: to a pane, to a tab, or with a tab to another place.

use super::Dialog;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::{KeyCode, KeyEvent};
use segno_config::sections::looks::Shows;

/// What the panes of a tab are called, in their order: as the tabs, then by letters.
const NAMES: &str = "1234567890abcdefghijklmnopqrstuvwxyz";
const MINUTE: u64 = 60_000;

impl Model {
    /// The panes that a client sees side by side, each with the key that goes there.
    pub fn numbered_panes(&self, client: ClientId) -> Vec<(PaneId, char)> {
        let panes = self.client_tab(client).map(|tab| tab.layout.panes()).unwrap_or_default();
        panes.into_iter().zip(NAMES.chars()).collect()
    }

    /// Shows the time from now on.
    pub(crate) fn open_clock(&mut self, client: ClientId, cx: &mut Context) {
        self.open_dialog(client, Dialog::Clock { next: next_minute(cx.now) }, cx);
    }

    /// Draws the time where it is shown and another one.
    pub(crate) fn tick_clocks(&mut self, now: u64, cx: &mut Context) {
        for (id, client) in &mut self.clients {
            if let Some(Dialog::Clock { next }) = &mut client.dialog
                && *next <= now
            {
                *next = next_minute(now);
                cx.out.push(Effect::RedrawClient(*id));
            }
        }
    }

    /// When that is due.
    pub(crate) fn clocks_at(&self) -> Option<u64> {
        let next = |client: &crate::model::client::Client| match client.dialog {
            Some(Dialog::Clock { next }) => Some(next),
            _ => None,
        };
        self.clients.values().filter_map(next).chain(self.clock_at).min()
    }

    /// Draws the time in the status line anew, where it is shown and somebody looks.
    pub(crate) fn tick_status_clock(&mut self, cx: &mut Context) {
        let status = &self.looks.status;
        let parts = status.left.iter().chain(&status.middle).chain(&status.right);
        let shown = !self.clients.is_empty() && parts.into_iter().any(|p| p.shows == Shows::Time);
        match self.clock_at {
            _ if !shown => self.clock_at = None,
            Some(at) if at > cx.now => {}
            _ => {
                self.clock_at = Some(next_minute(cx.now));
                cx.out.push(Effect::Redraw);
            }
        }
    }
}

fn next_minute(now: u64) -> u64 {
    (now / MINUTE + 1) * MINUTE
}

/// A key while the panes' numbers are shown.
pub(super) fn pane_number(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) {
    model.take_dialog(client);
    if let KeyCode::Char(key) = event.key.code
        && let Some((pane, _)) =
            model.numbered_panes(client).into_iter().find(|(_, name)| *name == key)
    {
        // Cannot fail: the pane was just found.
        let _ = model.focus(Some(client), pane, cx);
    }
}

/// Goes to the tab of this number or name.
pub(super) fn tab(model: &mut Model, client: ClientId, wanted: &str, cx: &mut Context) {
    let wanted = wanted.trim();
    if wanted.is_empty() {
        return;
    }
    let by_number =
        wanted.parse::<usize>().ok().and_then(|n| model.tabs.get(n.checked_sub(1)?)).map(|t| t.id);
    let named = |matches: &dyn Fn(&str) -> bool| {
        model.tabs.iter().find(|tab| matches(&model.tab_label(tab))).map(|tab| tab.id)
    };
    let found = by_number
        .or_else(|| named(&|label| label == wanted))
        .or_else(|| named(&|label| label.to_lowercase().starts_with(&wanted.to_lowercase())));
    match found {
        Some(tab) => drop(model.show_tab(Some(client), tab, cx)),
        None => model.say(client, format!("there is no tab {wanted}"), cx),
    }
}

/// Moves a tab to this place in the tab bar, from 1.
pub(super) fn place_tab(
    model: &mut Model,
    client: ClientId,
    tab: TabId,
    place: &str,
    cx: &mut Context,
) {
    let Some(from) = model.tabs.iter().position(|t| t.id == tab) else { return };
    match place.trim().parse::<usize>() {
        Ok(place @ 1..) => {
            let to = (place - 1).min(model.tabs.len() - 1);
            let tab = model.tabs.remove(from);
            model.tabs.insert(to, tab);
            cx.out.extend([Effect::Save, Effect::Redraw]);
        }
        _ => model.say(client, format!("{:?} is no place in the tab bar", place.trim()), cx),
    }
}
