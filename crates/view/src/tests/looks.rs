//! The looks that settings ask for.

use insta::assert_snapshot;

use super::models::*;
use segno_base::key::Key;
use segno_base::screen::cell::Color;
use segno_base::screen::geometry::Size;
use segno_config::sections::looks::{Bar, Borders, Looks, PaneTitles, Segment, Shows, StatusLine};
use segno_core::dialog::Dialog;
use segno_core::model::workspace::Model;
use segno_core::update::keys::Pending;

/// The busy workspace as it would be fitted to a size.
fn busy_with(looks: Looks, size: Size) -> Model {
    let mut model = busy();
    model.clients.get_mut(&CLIENT).unwrap().size = size;
    let mouse = model.mouse;
    model.settings(looks, mouse);
    model
}

fn look(name: &str, looks: Looks, cols: u16, rows: u16) {
    let model = busy_with(looks, Size::new(cols, rows));
    assert_snapshot!(name, shown(&model, cols, rows));
}

#[test]
fn panes_have_names_above_them() {
    look("titled_100x16", Looks::default(), 100, 16);
    look("titled_40x12", Looks::default(), 40, 12);
    look("untitled", Looks { pane_titles: PaneTitles::Off, ..Looks::default() }, 60, 12);
    let always = Looks { pane_titles: PaneTitles::Always, ..Looks::default() };
    let mut model = busy_with(always.clone(), Size::new(60, 12));
    model.tabs[0].zoomed = true;
    let mouse = model.mouse;
    model.settings(always, mouse);
    assert_snapshot!("titled_zoomed", shown(&model, 60, 12));
}

#[test]
fn lines_are_drawn_as_wanted() {
    look("heavy", Looks { borders: Borders::Heavy, ..Looks::default() }, 60, 12);
    let off = Looks { borders: Borders::Off, tab_bar: Bar::Bottom, ..Looks::default() };
    look("borderless_bottom", off, 60, 12);
    let bare = Looks { tab_bar: Bar::Off, status_line: false, ..Looks::default() };
    look("no_bars", bare, 60, 10);
}

#[test]
fn plain_mode_says_all_in_words() {
    let plain = Looks { plain: true, ..Looks::default() };
    let mut model = busy_with(plain, Size::new(80, 14));
    let text = shown(&model, 80, 14);
    assert_snapshot!("plain", text);
    assert!(!text.chars().any(|c| ('\u{2500}'..='\u{27bf}').contains(&c)), "{text}");
    model.clients.get_mut(&CLIENT).unwrap().dialog = Some(Dialog::Tree { selected: 3 });
    assert_snapshot!("plain_tree", shown(&model, 80, 14));
}

#[test]
fn what_can_follow_is_shown_after_a_pause() {
    let mut model = busy_with(Looks::default(), Size::new(80, 24));
    let client = model.clients.get_mut(&CLIENT).unwrap();
    client.prefix = true;
    client.pending = Pending { hint: true, ..Pending::default() };
    assert_snapshot!("hint_80x24", shown(&model, 80, 24));
    assert_snapshot!("hint_40x12", shown(&model, 40, 12));
    let client = model.clients.get_mut(&CLIENT).unwrap();
    client.pending.keys = vec![Key::ctrl('g')];
    assert_snapshot!("hint_chord", shown(&model, 60, 10));
}

#[test]
fn the_status_line_says_what_is_wanted() {
    let segment = |shows, max| Segment { shows, max };
    let status = StatusLine {
        left: vec![segment(Shows::Tab, Some(8))],
        middle: vec![segment(Shows::Title, Some(12)), segment(Shows::Session, None)],
        right: vec![segment(Shows::Type, None), segment(Shows::Brand, None)],
    };
    let looks = Looks { status, ..Looks::default() };
    let model = busy_with(looks, Size::new(80, 4));
    let line = |cols| shown(&model, cols, 6).lines().nth(5).unwrap().to_string();
    assert_snapshot!("segments", [80, 60, 40, 20, 8].map(line).join("|\n"));
}

#[test]
fn bars_and_dialogs_have_the_themes_ground() {
    let text = "[styles]\nbar = \"#010101 on #020202\"\npanel = \"#030303 on #040404\"\n";
    let (theme, diagnostics) = segno_custom::theme::file::read(text, "t");
    assert_eq!(diagnostics, []);
    let mut model = busy_with(Looks::default(), Size::new(80, 24));
    model.clients.get_mut(&CLIENT).unwrap().dialog = Some(Dialog::Tree { selected: 3 });
    let view = view_in(&model, Size::new(80, 24), &Painted { scrolled: None }, &theme);
    let bg = |x: usize, y| view.frame.row(y)[x].style.bg;
    assert_eq!((bg(79, 0), bg(60, 23)), (Color::Rgb(2, 2, 2), Color::Rgb(2, 2, 2)));
    assert_eq!(bg(40, 12), Color::Rgb(4, 4, 4));
    assert_eq!(bg(0, 12), Color::Default, "panes keep the terminal's");
}
