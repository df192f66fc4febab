//! Selecting with the mouse: drag for characters, with two clicks words, with three lines.

use super::mode::{CopyMode, Outcome};
use super::selection::{Anchor, Kind};
use super::text::{Doc, Pos};
use segno_base::key::{MouseAction, MouseButton, MouseEvent};

/// Lines per notch of the wheel.
const WHEEL_LINES: isize = 3;
/// Clicks within this time belong together.
const DOUBLE_CLICK_MS: u64 = 400;

/// What dragging selects by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Char,
    Word,
    Line,
}

/// A button that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Drag {
    by: By,
    /// The row of the view that the pointer was last in.
    y: u16,
}

/// Where and when a client last pressed the button in a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Click {
    pub x: u16,
    pub y: u16,
    at: u64,
    /// How many clicks belong together: one to three.
    pub count: u8,
}

impl Click {
    /// A press, after the one before.
    pub(super) fn after(before: Option<Click>, event: &MouseEvent, now: u64) -> Click {
        let near = |c: &Click| {
            c.y == event.y
                && c.x.abs_diff(event.x) <= 1
                && now.saturating_sub(c.at) <= DOUBLE_CLICK_MS
        };
        let count = before.filter(near).map_or(1, |c| c.count % 3 + 1);
        Click { x: event.x, y: event.y, at: now, count }
    }
}

impl CopyMode {
    /// A mouse event in the view; `click` is the last press.
    pub(super) fn mouse(
        &mut self,
        event: &MouseEvent,
        click: Option<Click>,
        on_release: bool,
        doc: &Doc,
    ) -> Outcome {
        let outcome = match event.action {
            MouseAction::Press(MouseButton::WheelUp) => self.wheel(-WHEEL_LINES, event, doc),
            MouseAction::Press(MouseButton::WheelDown) => self.wheel(WHEEL_LINES, event, doc),
            MouseAction::Press(MouseButton::Left) => {
                self.press_button(event, click.map_or(1, |c| c.count), doc);
                Outcome::default()
            }
            MouseAction::Drag(MouseButton::Left) => {
                match (self.drag, click) {
                    (None, Some(click)) => self.begin_drag(click, doc),
                    (Some(drag), _) if drag.y == event.y => {
                        // Held at an edge, the view goes on.
                        if event.y == 0 {
                            self.scroll(-1, doc);
                        } else if usize::from(event.y) + 1 >= doc.height() {
                            self.scroll(1, doc);
                        }
                    }
                    _ => {}
                }
                self.drag_to(event, doc);
                Outcome::default()
            }
            MouseAction::Release(MouseButton::Left) => self.release(on_release, doc),
            _ => Outcome::default(),
        };
        self.refresh(doc);
        outcome
    }

    fn wheel(&mut self, lines: isize, event: &MouseEvent, doc: &Doc) -> Outcome {
        self.scroll(lines, doc);
        if self.drag.is_some() {
            self.drag_to(event, doc);
        }
        Outcome::default()
    }

    fn place(&self, x: u16, y: u16, doc: &Doc) -> Pos {
        doc.clamp(Pos::new(self.top + usize::from(y).min(doc.height() - 1), x))
    }

    fn press_button(&mut self, event: &MouseEvent, clicks: u8, doc: &Doc) {
        self.hints = None;
        let at = self.place(event.x, event.y, doc);
        self.cursor = at;
        self.wanted = at.col;
        let by = match clicks {
            2 => By::Word,
            3 => By::Line,
            _ => By::Char,
        };
        self.anchor = match by {
            By::Char => None,
            By::Word => {
                let (first, last) = doc.word_at(at);
                self.cursor = last;
                Some(Anchor { kind: Kind::Char, first, last })
            }
            By::Line => Some(Anchor::new(Kind::Line, at)),
        };
        self.drag = (by != By::Char).then_some(Drag { by, y: event.y });
    }

    fn begin_drag(&mut self, click: Click, doc: &Doc) {
        let at = self.place(click.x, click.y, doc);
        self.anchor = Some(Anchor::new(Kind::Char, at));
        self.drag = Some(Drag { by: By::Char, y: click.y });
    }

    fn drag_to(&mut self, event: &MouseEvent, doc: &Doc) {
        let (Some(drag), Some(anchor)) = (&mut self.drag, self.anchor) else { return };
        drag.y = event.y;
        let by = drag.by;
        let at = self.place(event.x, event.y, doc);
        self.cursor = match by {
            By::Word => {
                let (first, last) = doc.word_at(at);
                if at < anchor.first { first } else { last }
            }
            _ => at,
        };
        self.wanted = self.cursor.col;
    }

    fn release(&mut self, on_release: bool, doc: &Doc) -> Outcome {
        if self.drag.take().is_none() || !on_release {
            return Outcome::default();
        }
        let Some(anchor) = self.anchor else { return Outcome::default() };
        let copied = Outcome::copy(anchor.selected(self.cursor, doc), doc);
        let leave = self.transient;
        if copied.copy.as_ref().is_some_and(|text| text.trim().is_empty()) {
            return Outcome { leave, ..Outcome::default() };
        }
        Outcome { leave, message: None, ..copied }
    }
}
