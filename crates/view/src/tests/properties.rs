//! Every state at every size gives a frame that holds together.

use proptest::prelude::*;

use super::models::*;
use crate::{Hit, Screens};
use segno_agent::start::Conversation;
use segno_agent::status::Activity;
use segno_base::ids::{PaneId, TabId};
use segno_base::screen::cell::{Cell, Style, Width};
use segno_base::screen::frame::{Cursor, CursorShape, Frame};
use segno_base::screen::geometry::{Direction, Point, Rect, Size};
use segno_config::sections::looks::{Bar, Borders, Looks, PaneTitles, Segment, Shows, StatusLine};
use segno_core::dialog::Dialog;
use segno_core::dialog::menu::{MenuDialog, Subject};
use segno_core::dialog::new_pane::Row;
use segno_core::dialog::palette::{PaletteDialog, TextMatch};
use segno_core::dialog::text_field::TextField;
use segno_core::dialog::trust::TrustDialog;
use segno_core::layout::{Layout, Preset};
use segno_core::model::pane::{ExitStatus, Life, Pane, StaleChoice};
use segno_core::model::workspace::Model;
use segno_core::panes::popup::Popup;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,12}",
        Just("漢字かな漢字かな漢字かな".to_string()),
        Just("e\u{301}\u{200d}👩‍👩‍👧 \x1b[31m\n\t\u{7f}".to_string()),
        "\\PC{0,40}",
    ]
}

fn any_life() -> impl Strategy<Value = Option<Life>> {
    prop_oneof![
        4 => Just(None),
        1 => Just(Some(Life::Queued(Conversation::New.into()))),
        1 => Just(Some(Life::Starting { conversation: Conversation::ContinueLast })),
        1 => Just(Some(Life::Exited { status: ExitStatus::Signal(9), at: u64::MAX })),
        1 => any_text().prop_map(|why| Some(Life::Failed { why })),
    ]
}

fn any_pane(number: u32) -> impl Strategy<Value = Pane> {
    let activity = prop_oneof![
        Just(Activity::Working),
        Just(Activity::Blocked),
        Just(Activity::Idle),
        Just(Activity::Error),
        Just(Activity::Unknown),
    ];
    let name = proptest::option::of(any_text());
    (activity, any_life(), name, any_text(), any::<bool>(), 0..12usize).prop_map(
        move |(activity, life, name, title, unseen, choice)| {
            let mut pane = if number.is_multiple_of(3) {
                pane(number, "shell")
            } else {
                agent(number, activity)
            };
            pane.life = life.unwrap_or(pane.life);
            pane.spec.name = name;
            pane.notes = vec![title.clone(); choice];
            pane.title = title;
            pane.unseen = unseen;
            pane.choice = (choice == 3).then(|| StaleChoice {
                session: session("ses_gone"),
                selected: choice,
                can_continue: unseen,
                can_restore: !unseen,
            });
            pane
        },
    )
}

fn any_dialog() -> impl Strategy<Value = Option<Dialog>> {
    let row = prop_oneof![
        Just(None),
        Just(Some(Row::Placement)),
        Just(Some(Row::Directory)),
        (0..4usize).prop_map(|n| Some(Row::Toggle(n))),
        (0..4usize).prop_map(|n| Some(Row::Field(n))),
        (0..9usize).prop_map(|n| Some(Row::Conversation(n))),
        Just(Some(Row::Worktree)),
        Just(Some(Row::Start)),
    ];
    let field = || any_text().prop_map(TextField::new);
    prop_oneof![
        3 => Just(None),
        1 => (field(), 0..50usize).prop_map(|(filter, scroll)| Some(Dialog::Help { filter, scroll })),
        2 => (row, 0..5usize, any_text()).prop_map(|(row, selected, text)| {
            let mut dialog = new_pane_dialog(row);
            dialog.selected = selected;
            dialog.unfolded = selected > 2;
            dialog.error = (selected % 2 == 0).then(|| text.clone());
            dialog.directory = TextField::new(text);
            Some(Dialog::NewPane(Box::new(dialog)))
        }),
        1 => field().prop_map(|field| Some(Dialog::RenamePane { pane: p(1), field })),
        1 => field()
            .prop_map(|field| Some(Dialog::RenameTab { tab: TabId::new(9).unwrap(), field })),
        1 => Just(Some(Dialog::ConfirmClose { pane: p(77) })),
        1 => Just(Some(Dialog::ConfirmCloseTab { tab: TabId::new(1).unwrap() })),
        1 => (0..30usize).prop_map(|selected| Some(Dialog::Tree { selected })),
        1 => (0..9u32, 0..9usize).prop_map(|(pane, selected)| {
            Some(Dialog::MovePane { pane: p(pane + 1), selected })
        }),
        2 => (any_text(), any_text(), 0..90usize).prop_map(|(typed, text, selected)| {
            let mut dialog = PaletteDialog::default();
            dialog.field = TextField::new(typed);
            dialog.selected = selected;
            dialog.found = vec![TextMatch { pane: p(1), back: selected, text }];
            Some(Dialog::Palette(Box::new(dialog)))
        }),
        1 => (proptest::collection::vec(any_text(), 0..20), 0..30usize).prop_map(|(lines, scroll)| {
            let file = lines.first().cloned().unwrap_or_default().into();
            Some(Dialog::Trust(Box::new(TrustDialog { file, hash: String::new(), lines, scroll })))
        }),
        1 => (0..200u16, 0..99u16, 0..20usize).prop_map(|(x, y, selected)| {
            let at = (selected > 3).then(|| Point::new(x, y));
            let menu = MenuDialog::new(Subject::Pane(p(1)), at);
            Some(Dialog::Menu(MenuDialog { selected, ..menu }))
        }),
        1 => (proptest::collection::vec(any_text(), 0..20), 0..30usize)
            .prop_map(|(lines, scroll)| Some(Dialog::Messages { lines, scroll })),
    ]
}

fn any_model() -> impl Strategy<Value = Model> {
    let panes: Vec<_> = (1..=9).map(any_pane).collect();
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), proptest::option::of(any_text()));
    (panes, 0..5usize, 0..5usize, flags, any_dialog(), any_text(), (0..90u16, 0..30u16)).prop_map(
        |(panes, preset, active, (zoomed, prefix, read_only, message), dialog, name, size)| {
            let mut layout = Layout::new(p(1));
            for number in 2..=6 {
                let side = if number % 2 == 0 { Direction::Right } else { Direction::Down };
                layout.split(p(number - 1), side, p(number));
            }
            if preset > 0 {
                layout.arrange(Preset::ALL[preset]);
            }
            let mut first = tab(1, layout);
            first.focus = panes[active].id;
            first.zoomed = zoomed;
            first.popup = (preset % 2 == 0).then(|| Popup {
                shown: prefix,
                zoomed: read_only,
                ..Popup::new(p(8))
            });
            first.size = Size::new(size.0, size.1);
            let mut second = tab(2, Layout::new(p(7)));
            second.name = Some(name);
            // p99 is unknown to the model: that must not matter to the view.
            let tabs = vec![first, second, tab(3, Layout::new(p(99)))];
            let mut model = model(tabs, panes);
            let client = model.clients.get_mut(&CLIENT).unwrap();
            client.tab = TabId::new(1 + (active % 4) as u32);
            client.sidebar = prefix || zoomed;
            client.prefix = prefix;
            client.read_only = read_only;
            client.message = message;
            client.dialog = dialog;
            model
        },
    )
}

fn any_looks() -> impl Strategy<Value = Looks> {
    let bars = prop_oneof![Just(Bar::Top), Just(Bar::Bottom), Just(Bar::Off)];
    let borders = prop_oneof![Just(Borders::Off), Just(Borders::Heavy), Just(Borders::Rounded)];
    let titles =
        prop_oneof![Just(PaneTitles::Auto), Just(PaneTitles::Off), Just(PaneTitles::Always)];
    let segment = (0..Shows::ALL.len(), proptest::option::of(1..40u16))
        .prop_map(|(index, max)| Segment { shows: Shows::ALL[index].1, max });
    let part = || proptest::collection::vec(segment.clone(), 0..6);
    let status = (part(), part(), part()).prop_map(|(left, middle, right)| StatusLine {
        left,
        middle,
        right,
    });
    (bars, borders, titles, status, any::<bool>(), any::<bool>()).prop_map(
        |(tab_bar, borders, pane_titles, status, status_line, plain)| Looks {
            tab_bar,
            borders,
            pane_titles,
            status,
            status_line,
            plain,
            sidebar_width: if plain { 14 } else { 28 },
            ..Looks::default()
        },
    )
}

/// The pane shows something else than the others.
struct Changed(PaneId);

impl Screens for Changed {
    fn draw(&self, pane: PaneId, frame: &mut Frame, area: Rect) -> Option<Cursor> {
        let cursor = Painted { scrolled: None }.draw(pane, frame, area);
        if pane != self.0 {
            return cursor;
        }
        frame.fill(area, &Cell::BLANK);
        frame.text(Point::new(area.x, area.y), "字 changed", Style::default(), area.cols);
        let at = Point::new(area.x, area.bottom() - 1);
        Some(Cursor::steady(at, CursorShape::Bar))
    }

    fn scroll(&self, _: PaneId) -> Option<(usize, usize)> {
        Some((0, 7))
    }
}

proptest! {
    #[test]
    fn a_pane_drawn_again_is_as_if_all_were_composed(
        mut model in any_model(),
        hint in any::<bool>(),
        cols in 0..130u16,
        rows in 0..45u16,
    ) {
        let size = Size::new(cols, rows);
        model.clients.get_mut(&CLIENT).unwrap().pending.hint = hint;
        for number in 1..=9 {
            let before = view(&model, size, &Changed(p(77)));
            let mut again = before.clone();
            let Some(drawn) = again.redraw(p(number), &Changed(p(number))) else { continue };
            let anew = view(&model, size, &Changed(p(number)));
            prop_assert_eq!(&again.frame, &anew.frame);
            for y in (0..rows).filter(|y| !drawn.contains(y)) {
                prop_assert_eq!(before.frame.row(y), anew.frame.row(y));
            }
        }
    }

    #[test]
    fn every_frame_holds_together(
        mut model in any_model(),
        looks in any_looks(),
        hint in any::<bool>(),
        cols in prop_oneof![0..8u16, 0..130u16],
        rows in prop_oneof![0..6u16, 0..45u16],
        scrolled in proptest::option::of((0..5usize, any::<usize>())),
    ) {
        let size = Size::new(cols, rows);
        model.looks = looks;
        for (index, tab) in model.tabs.iter_mut().enumerate() {
            tab.titled = index % 2 == 0;
        }
        model.clients.get_mut(&CLIENT).unwrap().pending.hint = hint;
        let view = view(&model, size, &Painted { scrolled });
        prop_assert_eq!(view.frame.size(), size);
        if let Some(cursor) = view.frame.cursor {
            prop_assert!(view.frame.area().contains(cursor.at), "{:?}", cursor);
        }
        for rect in view.hits.rects() {
            prop_assert!(rect.right() <= cols && rect.bottom() <= rows, "{:?} in {:?}", rect, size);
        }
        for y in 0..rows {
            let row = view.frame.row(y);
            for (x, cell) in row.iter().enumerate() {
                prop_assert!(!cell.ch.is_control());
                let next = row.get(x + 1).map(|cell| cell.width);
                match cell.width {
                    Width::Two => prop_assert_eq!(next, Some(Width::Tail)),
                    _ => prop_assert!(next != Some(Width::Tail), "a tail without its head"),
                }
            }
        }
        prop_assert!(!view.title.chars().any(char::is_control));
        for y in 0..rows.saturating_add(2) {
            for x in 0..cols.saturating_add(2) {
                let _: Hit = view.hits.at(x, y);
            }
        }
    }
}
