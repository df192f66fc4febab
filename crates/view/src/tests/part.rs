//! What is shown of panes whose programs failed or start, and of panes larger than their place.

use super::models::*;
use super::{Hit, single};
use crate::Screens;
use segno_agent::start::Conversation;
use segno_agent::status::Activity;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::screen::cell::Style;
use segno_base::screen::frame::{Cursor, CursorShape, Frame};
use segno_base::screen::geometry::{Point, Rect, Size};
use segno_core::model::pane::{ExitStatus, Life};

/// Each row says which it is; the cursor is in one of them.
struct Rows(Option<u16>);

impl Screens for Rows {
    fn draw(&self, _: PaneId, frame: &mut Frame, area: Rect) -> Option<Cursor> {
        let at = self.0?;
        for y in 0..area.rows {
            let text = format!("row {y}.");
            frame.text(Point::new(area.x, area.y + y), &text, Style::default(), area.cols);
        }
        Some(Cursor::steady(Point::new(area.x + 3, area.y + at), CursorShape::Block))
    }

    fn scroll(&self, _: PaneId) -> Option<(usize, usize)> {
        None
    }
}

#[test]
fn a_failed_program_is_marked_with_its_code() {
    let mut model = busy();
    let life = Life::Exited { status: ExitStatus::Code(3), at: NOW };
    model.panes.get_mut(&p(2)).unwrap().life = life.clone();
    let screen = shown(&model, 100, 20);
    assert!(screen.lines().next().unwrap().contains("✗ exit 3"), "{screen}");
    let narrow = shown(&single(life), 38, 8);
    assert!(narrow.contains("exit 3 · ctrl+b x close"), "{narrow}");
    let well = Life::Exited { status: ExitStatus::Code(0), at: NOW };
    assert!(!shown(&single(well), 80, 8).contains('✗'));
}

#[test]
fn an_agent_that_has_shown_nothing_is_said_to_start() {
    let starting = single(Life::Starting { conversation: Conversation::New });
    let blank = text(&view(&starting, Size::new(60, 9), &Rows(None)));
    assert!(blank.contains("starting Agent …"), "{blank}");
    let shows = text(&view(&starting, Size::new(60, 9), &Rows(Some(0))));
    assert!(!shows.contains("starting Agent …"), "{shows}");
}

#[test]
fn a_smaller_terminal_shows_the_part_with_the_cursor() {
    let mut model = single(Life::Running { pid: 1, since: NOW, conversation: Conversation::New });
    model.tabs[0].size = Size::new(100, 40);
    model.panes.get_mut(&p(1)).unwrap().size = Size::new(100, 40);
    let small = view(&model, Size::new(40, 12), &Rows(Some(30)));
    let shown = text(&small);
    assert!(shown.contains("row 30.") && !shown.contains("row 31."), "{shown}");
    assert!(small.frame.cursor.is_some());
    assert_eq!(small.hits.at(2, 10), Hit::Pane { pane: p(1), x: 2, y: 30 });
}

#[test]
fn a_larger_terminal_names_the_one_that_limits_it() {
    let mut model = busy();
    let mut other = model.clients[&CLIENT].clone();
    other.id = ClientId(9);
    other.size = Size::new(50, 10);
    model.clients.insert(other.id, other);
    model.tabs[0].size = Size::new(50, 7);
    model.tabs[0].titled = true;
    let screen = shown(&model, 80, 20);
    assert!(screen.contains("limited by c9 (50x10)"), "{screen}");
    assert_eq!(model.tabs[0].id, TabId::new(1).unwrap());
    assert_eq!(agent(1, Activity::Idle).id, p(1));
}
