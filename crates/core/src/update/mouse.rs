//! What the mouse does, by what it is over.

use crate::dialog::menu::Subject;
use crate::dialog::{self, Dialog};
use crate::layout::DividerPath;
use crate::layout::floating::Grip;
use crate::model::client::Client;
use crate::model::workspace::Model;
use crate::update::command::Place as At;
use crate::update::context::Context;
use crate::update::effect::{Effect, PaneInput};
use crate::update::event::Target;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::{Key, KeyCode, KeyEvent, Modifiers, MouseAction, MouseButton, MouseEvent};
use segno_base::screen::geometry::{Point, Rect};
use segno_config::keys::command::Command;

const LEFT: MouseAction = MouseAction::Press(MouseButton::Left);
const MIDDLE: MouseAction = MouseAction::Press(MouseButton::Middle);
const RIGHT: MouseAction = MouseAction::Press(MouseButton::Right);

impl Model {
    pub(super) fn mouse(
        &mut self,
        id: ClientId,
        target: Target,
        event: MouseEvent,
        cx: &mut Context,
    ) {
        let alone = self.clients.get(&id).is_some_and(|client| client.only.is_some());
        if event.action == RIGHT
            && !alone
            && self.may_write(id)
            && let Some(subject) = subject(&target)
        {
            return self.open_menu(id, subject, Some(Point::new(event.x, event.y)), cx);
        }
        let left = event.action == LEFT;
        // Anywhere else, a click ends the menu.
        if left
            && !matches!(target, Target::DialogRow(_))
            && matches!(self.dialog(id), Some(Dialog::Menu(_)))
        {
            self.take_dialog(id);
            return cx.out.push(Effect::RedrawClient(id));
        }
        match wheel(&event) {
            Some(code) if self.dialog(id).is_some() => return self.turn_dialog(id, code, cx),
            Some(code) if matches!(target, Target::Tab(_) | Target::PaneEntry(_)) => {
                return self.step_tab(id, if code == KeyCode::Up { -1 } else { 1 }, cx);
            }
            _ => {}
        }
        match target {
            Target::DialogRow(row) if left => {
                cx.out.push(Effect::RedrawClient(id));
                dialog::click(self, id, row, cx);
            }
            Target::Answer { pane, index } if left => self.click_answer(id, pane, index, cx),
            // A tab that was closed meanwhile needs no answer.
            Target::Tab(tab) if left => drop(self.show_tab(Some(id), tab, cx)),
            Target::PaneEntry(pane) if left => drop(self.focus(Some(id), pane, cx)),
            Target::NewTab if left && self.may_write(id) => {
                self.run(Command::NewTab, At::client(id), cx);
            }
            Target::Divider { tab, path, at } if self.may_drag(id) => {
                if is_drag(&event) {
                    self.drag_divider(tab, &path, at, cx);
                }
                dragged(&event, cx);
            }
            Target::Popup { tab, grip, at } if self.may_drag(id) => {
                if is_drag(&event) {
                    self.drag_shown_popup(tab, grip, at, cx);
                }
                dragged(&event, cx);
            }
            Target::Pane(pane) => self.mouse_in_pane(id, pane, event, cx),
            _ => {}
        }
    }

    fn may_drag(&self, client: ClientId) -> bool {
        self.may_write(client) && self.mouse.drag_borders
    }

    fn turn_dialog(&mut self, id: ClientId, code: KeyCode, cx: &mut Context) {
        cx.out.push(Effect::RedrawClient(id));
        let notch = KeyEvent::from(Key::plain(code));
        for _ in 0..self.mouse.wheel_lines {
            dialog::key(self, id, &notch, cx);
        }
    }

    fn click_answer(&mut self, id: ClientId, pane: PaneId, index: usize, cx: &mut Context) {
        let choice = self.panes.get(&pane).and_then(|p| p.choice.as_ref());
        let answer = choice.and_then(|c| c.answers().get(index)).copied();
        if let Some(answer) = answer.filter(|_| self.may_write(id)) {
            self.answer_stale(pane, id, answer, cx);
        }
    }

    fn drag_divider(&mut self, tab: TabId, path: &DividerPath, at: Point, cx: &mut Context) {
        let Some(tab) = self.tab_mut(tab) else { return };
        let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
        tab.layout.drag(path, at, area);
        self.fit(cx);
        cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
    }

    fn drag_shown_popup(&mut self, tab: TabId, grip: Grip, at: Point, cx: &mut Context) {
        let before = cx.out.len();
        self.drag_popup(tab, grip, at, cx);
        // Each motion is followed by another; the last one stores it.
        let moved = cx.out.split_off(before).into_iter();
        cx.out.extend(moved.filter(|effect| *effect != Effect::Save));
    }

    /// The mouse over a pane: Segno's where it is for links, copy mode and focus, else the
    /// program's.
    fn mouse_in_pane(&mut self, id: ClientId, pane: PaneId, event: MouseEvent, cx: &mut Context) {
        let (left, writes) = (event.action == LEFT, self.may_write(id));
        // Links open, and what was copied is, where the desk is: not where one pane is shown alone.
        let desk = self.clients.get(&id).is_some_and(Client::has_a_say);
        if left
            && desk
            && event.mods.contains(Modifiers::CTRL)
            && self.open_link(id, pane, &event, cx)
        {
            return;
        }
        if event.action == MIDDLE
            && desk
            && !self.copies.contains_key(&(id, pane))
            && !cx.copy.texts.wants_mouse(pane)
        {
            let _ = self.focus(Some(id), pane, cx);
            return cx.out.push(Effect::PasteCopied { pane });
        }
        if self.copy_mouse(id, pane, &event, cx) {
            if left && writes && self.focused(id) != Some(pane) {
                let _ = self.focus(Some(id), pane, cx);
            }
            return;
        }
        // Focus and scroll position are everybody's: a client that only looks leaves them.
        if !writes {
            return;
        }
        let follows = self.mouse.focus_follows && event.action == MouseAction::Move;
        let goes_there = [LEFT, MIDDLE, RIGHT].contains(&event.action) || follows;
        if goes_there && self.focused(id) != Some(pane) {
            let _ = self.focus(Some(id), pane, cx);
        }
        // The server sends what the program asked for and scrolls where it did not.
        cx.out.push(Effect::Input { pane, input: PaneInput::Mouse(event) });
    }
}

/// What a click of the right button opens the menu of.
fn subject(target: &Target) -> Option<Subject> {
    match target {
        Target::Tab(tab) => Some(Subject::Tab(*tab)),
        Target::PaneEntry(pane) | Target::PaneMenu(pane) => Some(Subject::Pane(*pane)),
        _ => None,
    }
}

/// The key that a notch of the wheel is, in lists.
fn wheel(event: &MouseEvent) -> Option<KeyCode> {
    match event.action {
        MouseAction::Press(MouseButton::WheelUp) => Some(KeyCode::Up),
        MouseAction::Press(MouseButton::WheelDown) => Some(KeyCode::Down),
        _ => None,
    }
}

fn is_drag(event: &MouseEvent) -> bool {
    event.action == MouseAction::Drag(MouseButton::Left)
}

/// What was dragged stays where it was let go.
fn dragged(event: &MouseEvent, cx: &mut Context) {
    if matches!(event.action, MouseAction::Release(_)) {
        cx.out.push(Effect::Save);
    }
}
