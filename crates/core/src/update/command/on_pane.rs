//! What commands do to the pane that has a client's focus, and to its tab.

use crate::dialog::text_field::TextField;
use crate::dialog::{AskedFile, Dialog};
use crate::layout::Layout;
use crate::layout::floating::Floating;
use crate::model::tab::Tab;
use crate::model::workspace::Model;
use crate::panes::lifecycle::Place;
use crate::update::context::Context;
use crate::update::effect::{Effect, PaneInput};
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::KeyEvent;
use segno_base::screen::geometry::{Direction, Rect};

/// Cells by which one key press moves a border.
const RESIZE_STEP: u16 = 2;

/// Where a command applies.
#[derive(Debug, Clone, Copy)]
pub(super) struct On {
    pub client: ClientId,
    pub pane: PaneId,
    pub tab: TabId,
    /// Whether the pane is its tab's popup.
    pub popup: bool,
    /// The pane of the layout that has the focus, or had it before the popup.
    pub tiled: PaneId,
    /// The pane that had the focus before.
    pub last: Option<PaneId>,
    /// The tab's.
    pub area: Rect,
}

impl Model {
    pub(super) fn close_or_ask(&mut self, on: &On, cx: &mut Context) {
        let runs = self.panes.get(&on.pane).is_some_and(|p| p.is_live());
        if runs && cx.confirm_close || self.is_pinned(on.pane) {
            self.open_dialog(on.client, Dialog::ConfirmClose { pane: on.pane }, cx);
        } else {
            let _ = self.close(on.pane, cx);
        }
    }

    pub(super) fn close_tab_or_ask(&mut self, on: &On, cx: &mut Context) {
        let pinned = |tab: &Tab| tab.panes().iter().any(|p| self.is_pinned(*p));
        if cx.confirm_close || self.tab(on.tab).is_some_and(pinned) {
            self.open_dialog(on.client, Dialog::ConfirmCloseTab { tab: on.tab }, cx);
        } else {
            self.close_tab(on.tab, cx);
        }
    }

    pub(super) fn close_others_or_ask(&mut self, on: &On, cx: &mut Context) {
        let others = self.others(on.pane);
        let runs = |p: &PaneId| self.panes.get(p).is_some_and(|p| p.is_live());
        if others.is_empty() {
            self.say(on.client, "there is no other pane to close here".into(), cx);
        } else if cx.confirm_close && others.iter().any(runs) {
            self.open_dialog(on.client, Dialog::ConfirmCloseOthers { pane: on.pane }, cx);
        } else {
            self.close_others(on.pane, cx);
        }
    }

    /// Ends the pane's log, or asks where to.
    pub(super) fn log_or_ask(&mut self, on: &On, cx: &mut Context) {
        match self.panes.get(&on.pane).is_some_and(|p| p.extras.log.is_some()) {
            true => cx.out.push(Effect::Log { client: on.client, pane: on.pane, path: None }),
            false => self.ask_file(on.client, on.pane, AskedFile::Log, cx),
        }
    }

    pub(super) fn ask_pane_name(&mut self, on: &On, cx: &mut Context) {
        let name = self.panes.get(&on.pane).and_then(|p| p.spec.name.clone());
        let field = TextField::new(name.unwrap_or_default());
        self.open_dialog(on.client, Dialog::RenamePane { pane: on.pane, field }, cx);
    }

    pub(super) fn ask_tab_name(&mut self, on: &On, cx: &mut Context) {
        let name = self.tab(on.tab).and_then(|t| t.name.clone());
        let field = TextField::new(name.unwrap_or_default());
        self.open_dialog(on.client, Dialog::RenameTab { tab: on.tab, field }, cx);
    }

    pub(super) fn ask_tab_place(&mut self, on: &On, cx: &mut Context) {
        let place = self.tabs.iter().position(|t| t.id == on.tab).map_or(1, |at| at + 1);
        let field = TextField::new(place.to_string());
        self.open_dialog(on.client, Dialog::PlaceTab { tab: on.tab, field }, cx);
    }

    pub(super) fn ask_target(&mut self, on: &On, cx: &mut Context) {
        match self.move_targets(on.pane).is_empty() {
            true => self.say(on.client, "there is no other tab to move it to".into(), cx),
            false => {
                self.open_dialog(on.client, Dialog::MovePane { pane: on.pane, selected: 0 }, cx);
            }
        }
    }

    pub(super) fn ask_copied(&mut self, on: &On, cx: &mut Context) {
        match self.copied.is_empty() {
            true => self.say(on.client, "nothing was copied yet".into(), cx),
            false => self.open_dialog(on.client, Dialog::Copied { selected: 0 }, cx),
        }
    }

    pub(super) fn focus_next(&mut self, on: &On, cx: &mut Context) {
        let next = self.tab(on.tab).and_then(|t| t.layout.next(on.pane));
        self.focus_within(Some(on.client), on.tab, next.unwrap_or(on.tiled), cx);
    }

    pub(super) fn focus_last(&mut self, on: &On, cx: &mut Context) {
        self.focus_within(Some(on.client), on.tab, on.last.unwrap_or(on.pane), cx);
    }

    pub(super) fn resize_by_key(&mut self, on: &On, direction: Direction, cx: &mut Context) {
        if on.popup {
            let grow = |place: &mut Floating| place.grow(direction, RESIZE_STEP, on.area);
            return self.change_popup(on.tab, cx, grow);
        }
        if let Some(tab) = self.tab_mut(on.tab)
            && tab.layout.resize(on.pane, direction, RESIZE_STEP, on.area)
        {
            self.fit(cx);
            cx.out.extend([Effect::Save, Effect::Redraw]);
        }
    }

    pub(super) fn swap_with(
        &mut self,
        on: &On,
        other: impl Fn(&Layout) -> Option<PaneId>,
        cx: &mut Context,
    ) {
        let Some(tab) = self.tab_mut(on.tab) else { return };
        if other(&tab.layout).is_some_and(|other| tab.layout.swap(on.pane, other)) {
            self.fit(cx);
            cx.out.extend([Effect::Save, Effect::Redraw]);
        }
    }

    pub(super) fn next_arrangement(&mut self, on: &On, cx: &mut Context) {
        match on.popup {
            true => self.change_popup(on.tab, cx, Floating::next_place),
            false => self.next_layout(on.client, cx),
        }
    }

    /// Makes the pane its tab's popup, or the popup one of the layout.
    pub(super) fn float_or_sink(&mut self, on: &On, cx: &mut Context) {
        let to = match on.popup {
            true => Place::Split { of: on.tiled, side: Direction::Right },
            false => Place::Popup { of: on.pane },
        };
        let moved = self.move_pane(on.pane, to, Some(on.client), cx);
        self.say_refused(on.client, moved, cx);
    }

    pub(super) fn send_prefix(&mut self, on: &On, cx: &mut Context) {
        let event = KeyEvent::from(cx.keys.prefix);
        if !self.copy_key(on.client, on.pane, &event, cx) {
            self.typed(on.pane, PaneInput::Key(event), cx);
        }
    }
}
