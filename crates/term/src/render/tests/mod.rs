//! The renderer against an emulator: what the emulator shows is the frame.

mod clusters;
mod keys;

use std::sync::Arc;

use alacritty_terminal::term::TermMode;
use proptest::prelude::*;

use super::*;
use crate::Modes;
use crate::input::TerminalReply;
use crate::render::reference::Screen;
use segno_base::screen::cell::{Attrs, Cell, Color, ColorKind, Extra, Link, Style, Width};
use segno_base::screen::frame::{Cursor, CursorShape, Frame};
use segno_base::screen::geometry::{Point, Size};

fn any_color() -> impl Strategy<Value = Color> {
    prop_oneof![
        3 => Just(Color::Default),
        1 => (0u8..20).prop_map(Color::Indexed),
        1 => any::<u8>().prop_map(Color::Indexed),
        1 => any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
    ]
}

fn any_style() -> impl Strategy<Value = Style> {
    let underline = prop_oneof![3 => Just(0u16), 1 => (8u16..13).prop_map(|bit| 1 << bit)];
    let attrs = prop_oneof![3 => Just(0u16), 1 => 0u16..0x80];
    (any_color(), any_color(), attrs, underline)
        .prop_map(|(fg, bg, attrs, line)| Style::new(fg, bg, Attrs(attrs | line)))
}

fn any_extra() -> impl Strategy<Value = Option<Arc<Extra>>> {
    let combining = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec(
            prop::sample::select(vec!['\u{301}', '\u{308}', '\u{200d}', '\u{fe0f}', '\u{20e3}']),
            1..3
        ),
    ];
    let link = prop::option::of((
        prop::sample::select(vec!["", "a", "b1"]),
        prop::sample::select(vec!["https://a.example/", "file:///tmp/x?y=1;2:3"]),
    ));
    let full =
        (combining, prop::option::of(any_color()), link).prop_map(|(combining, line, link)| {
            let link = link.map(|(id, uri)| Link { id: id.into(), uri: uri.into() });
            Some(Arc::new(Extra { combining, underline: line, link }))
        });
    prop_oneof![8 => Just(None), 1 => full]
}

/// An edit of a frame, in the ways that programs change screens.
#[derive(Debug, Clone)]
enum Edit {
    Put(u16, u16, char, Style, Option<Arc<Extra>>),
    Text(u16, u16, String, Style),
    Blank(u16, u16, u16, Color),
    /// Rows from, to, by: rows move, others are cleared.
    Scroll(u16, u16, i32),
    Cursor(Option<(u16, u16, u8, bool)>),
    Resize(u16, u16),
    Invalidate,
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let xy = || (0u16..40, 0u16..12);
    let ch = prop::sample::select(vec!['a', 'Z', ' ', '~', 'é', '界', '한', '😀', '│', '✓', '⠋']);
    prop_oneof![
        6 => (xy(), ch, any_style(), any_extra())
            .prop_map(|((x, y), c, s, e)| Edit::Put(x, y, c, s, e)),
        1 => (xy(), clusters::any_text(), any_style()).prop_map(|((x, y), t, s)| Edit::Text(x, y, t, s)),
        4 => (xy(), "[a-z 界✓]{1,30}", any_style()).prop_map(|((x, y), t, s)| Edit::Text(x, y, t, s)),
        3 => (xy(), 1u16..40, any_color()).prop_map(|((x, y), n, c)| Edit::Blank(x, y, n, c)),
        3 => (0u16..12, 1u16..12, -5i32..6).prop_map(|(a, n, by)| Edit::Scroll(a, a + n, by)),
        2 => prop::option::of((0u16..40, 0u16..12, 0u8..4, any::<bool>())).prop_map(Edit::Cursor),
        1 => (2u16..40, 1u16..12).prop_map(|(c, r)| Edit::Resize(c, r)),
        1 => Just(Edit::Invalidate),
    ]
}

fn put(frame: &mut Frame, at: Point, ch: char, style: Style, extra: Option<Arc<Extra>>) {
    let wide = unicode_width::UnicodeWidthChar::width(ch) == Some(2);
    let width = if wide { Width::Two } else { Width::One };
    if wide {
        if at.x + 1 >= frame.size().cols {
            return;
        }
        let tail = Cell { ch: ' ', width: Width::Tail, style, extra: None };
        frame.set(at, Cell { ch, width, style, extra });
        frame.set(Point::new(at.x + 1, at.y), tail);
    } else {
        frame.set(at, Cell { ch, width, style, extra });
    }
}

fn edit(frame: &mut Frame, edit: &Edit) {
    match edit {
        Edit::Put(x, y, ch, style, extra) => {
            put(frame, Point::new(*x, *y), *ch, *style, extra.clone());
        }
        Edit::Text(x, y, text, style) => {
            frame.text(Point::new(*x, *y), text, *style, 40);
        }
        Edit::Blank(x, y, n, bg) => {
            let style = Style { bg: *bg, ..Style::default() };
            for x in *x..*x + *n {
                frame.set(Point::new(x, *y), Cell::new(' ', style));
            }
        }
        Edit::Scroll(top, bottom, by) => {
            let old = frame.clone();
            for y in *top..(*bottom).min(frame.size().rows) {
                let from = i32::from(y) + by;
                if (i32::from(*top)..i32::from(*bottom).min(i32::from(frame.size().rows)))
                    .contains(&from)
                {
                    let cells = old.row(from as u16).to_vec();
                    frame.row_mut(y).clone_from_slice(&cells);
                } else {
                    frame.row_mut(y).fill(Cell::BLANK);
                }
            }
        }
        Edit::Cursor(cursor) => {
            frame.cursor = cursor.map(|(x, y, shape, blinking)| Cursor {
                visible: (x + y) % 3 > 0,
                at: Point::new(x, y),
                shape: [
                    CursorShape::Default,
                    CursorShape::Block,
                    CursorShape::Underline,
                    CursorShape::Bar,
                ][usize::from(shape)],
                blinking,
            });
        }
        Edit::Resize(cols, rows) => *frame = Frame::new(Size::new(*cols, *rows)),
        Edit::Invalidate => {}
    }
    let size = frame.size();
    frame.cursor = frame.cursor.filter(|c| c.at.x < size.cols && c.at.y < size.rows);
}

fn play(caps: Capabilities, size: Size, steps: &[Vec<Edit>]) {
    let mut frame = Frame::new(size);
    let mut renderer = Renderer::new(caps);
    let mut screen = Screen::new(size);
    let mut out = Vec::new();
    for step in steps {
        for change in step {
            edit(&mut frame, change);
            match change {
                Edit::Invalidate => {
                    renderer.invalidate();
                    screen.feed(b"\x1b[31;4mrubbish\x1b[?25l");
                }
                Edit::Resize(..) => {
                    renderer.resize(frame.size());
                    screen.resize(frame.size());
                }
                _ => {}
            }
        }
        out.clear();
        renderer.render(&frame, &mut out);
        screen.feed(&out);
        screen.assert_shows(&frame);
        out.clear();
        renderer.render(&frame, &mut out);
        assert_eq!(out, b"", "nothing changed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_emulator_shows_the_frames(
        size in (2u16..40, 1u16..12),
        steps in prop::collection::vec(prop::collection::vec(any_edit(), 0..12), 1..8),
        synchronized in any::<bool>(),
        background_erase in any::<bool>(),
        scroll_regions in any::<bool>(),
    ) {
        let caps = Capabilities {
            synchronized_output: synchronized, background_erase, scroll_regions,
            ..Capabilities::full()
        };
        play(caps, Size::new(size.0, size.1), &steps);
    }

    /// Scrolling text, where moving rows pays.
    #[test]
    fn an_emulator_shows_scrolled_text(
        steps in prop::collection::vec((0u16..10, 3u16..12, -4i32..5, any::<bool>()), 1..12),
    ) {
        let mut frame = Frame::new(Size::new(40, 12));
        let mut renderer = Renderer::new(Capabilities::full());
        let mut screen = Screen::new(frame.size());
        let mut out = Vec::new();
        for y in 0..12 {
            frame.text(Point::new(0, y), &format!("row {y} with 界 text and more"), Style::default(), 40);
        }
        renderer.render(&frame, &mut out);
        screen.feed(&out);
        for (n, (top, len, by, write)) in steps.into_iter().enumerate() {
            edit(&mut frame, &Edit::Scroll(top, top + len, by));
            if write {
                let style = Style::new(Color::Indexed(n as u8), Color::Default, Attrs::BOLD);
                frame.text(Point::new(0, top), &format!("new line {n} in the pane"), style, 40);
            }
            out.clear();
            renderer.render(&frame, &mut out);
            screen.feed(&out);
            screen.assert_shows(&frame);
        }
    }

    /// Frames that no emulator would make: any cells at all.
    #[test]
    fn malformed_frames_do_not_confuse_the_renderer(
        cells in prop::collection::vec(
            (any::<char>(), 0u8..3, any::<u16>(), any_extra()), 30..31
        ),
        other in prop::collection::vec((any::<char>(), 0u8..3), 30..31),
    ) {
        let size = Size::new(10, 3);
        let mut renderer = Renderer::new(Capabilities::full());
        let mut screen = Screen::new(size);
        let width = |n: u8| [Width::One, Width::Two, Width::Tail][usize::from(n)];
        let (mut first, mut second) = (Frame::new(size), Frame::new(size));
        for (i, (ch, w, attrs, extra)) in cells.into_iter().enumerate() {
            let style = Style { attrs: Attrs(attrs), ..Style::default() };
            first.row_mut(i as u16 / 10)[i % 10] = Cell { ch, width: width(w), style, extra };
        }
        for (i, (ch, w)) in other.into_iter().enumerate() {
            second.row_mut(i as u16 / 10)[i % 10] =
                Cell { ch, width: width(w), style: Style::default(), extra: None };
        }
        let mut good = Frame::new(size);
        good.text(Point::new(1, 1), "well", Style::default(), 9);
        for frame in [&first, &second, &first, &good] {
            let mut out = Vec::new();
            renderer.render(frame, &mut out);
            screen.feed(&out);
            out.clear();
            renderer.render(frame, &mut out);
            prop_assert!(out.is_empty());
        }
        screen.assert_shows(&good);
    }

    #[test]
    fn every_colour_finds_a_nearest(r: u8, g: u8, b: u8) {
        let palette = Capabilities { color: ColorDepth::Palette, ..Capabilities::default() };
        prop_assert!(matches!(palette.color(Color::Rgb(r, g, b)).kind(), ColorKind::Indexed(16..)));
        let ansi = Capabilities::default();
        prop_assert!(matches!(ansi.color(Color::Rgb(r, g, b)).kind(), ColorKind::Indexed(0..=15)));
    }
}

#[test]
fn one_changed_cell_is_cheap() {
    for synchronized_output in [false, true] {
        let caps = Capabilities { synchronized_output, ..Capabilities::full() };
        let mut renderer = Renderer::new(caps);
        let mut frame = Frame::new(Size::new(200, 50));
        frame.cursor = Some(Cursor {
            blinking: true,
            ..Cursor::steady(Point::new(150, 45), CursorShape::Bar)
        });
        renderer.render(&frame, &mut Vec::new());
        let style = Style::new(Color::Rgb(200, 210, 220), Color::Rgb(100, 110, 120), Attrs::BOLD);
        frame.set(Point::new(120, 30), Cell::new('⠋', style));
        let mut out = Vec::new();
        renderer.render(&frame, &mut out);
        assert!(out.len() < 100, "{} bytes: {:?}", out.len(), String::from_utf8_lossy(&out));
    }
}

#[test]
fn a_scrolled_screen_is_cheap() {
    let mut renderer = Renderer::new(Capabilities::full());
    let mut frame = Frame::new(Size::new(80, 24));
    let line = |n: u16| format!("{n}: the quick brown fox jumps over the lazy dog");
    for y in 0..24 {
        frame.text(Point::new(0, y), &line(y), Style::default(), 80);
    }
    renderer.render(&frame, &mut Vec::new());
    // A status line that stays, the rest moves up by two.
    let mut next = Frame::new(frame.size());
    for y in 0..23 {
        next.text(Point::new(0, y), &line(y + 2), Style::default(), 80);
    }
    next.text(Point::new(0, 23), &line(23), Style::default(), 80);
    let mut out = Vec::new();
    renderer.render(&next, &mut out);
    assert!(out.len() < 200, "{} bytes", out.len());
}

#[test]
fn capabilities_come_from_environment_and_replies() {
    let dumb = Capabilities::from_env("dumb", None, None);
    assert!(!dumb.queries && dumb.color == ColorDepth::Ansi);
    let plain = Capabilities::from_env("xterm-256color", None, None);
    assert_eq!((plain.color, plain.underline_styles), (ColorDepth::Palette, false));
    assert_eq!(
        Capabilities::from_env("xterm-256color", Some("truecolor"), None).color,
        ColorDepth::True
    );
    assert!(Capabilities::from_env("xterm-kitty", None, None).underline_styles);
    assert!(!Capabilities::from_env("screen-256color", None, None).background_erase);

    let mut caps = plain;
    assert!(caps.apply_reply(&TerminalReply::Version("WezTerm 20240203".into())));
    assert_eq!(caps.color, ColorDepth::True);
    assert!(!caps.apply_reply(&TerminalReply::KittyKeyboard(0)));
    assert!(caps.kitty_keyboard);
    let report = |value| TerminalReply::ModeReport { mode: 2026, private: true, value };
    caps.apply_reply(&report(2));
    assert!(caps.synchronized_output);
    caps.apply_reply(&report(0));
    assert!(!caps.synchronized_output);
}

#[test]
fn downgraded_output_has_no_unknown_sequences() {
    let mut renderer = Renderer::new(Capabilities::default());
    let mut frame = Frame::new(Size::new(4, 1));
    let style = Style::new(Color::Rgb(255, 0, 0), Color::Indexed(200), Attrs::CURLY_UNDERLINE);
    let link = Link { id: String::new(), uri: "https://a.example".into() };
    let extra =
        Extra { link: Some(link), underline: Some(Color::Rgb(1, 2, 3)), ..Extra::default() };
    frame.set(Point::new(0, 0), Cell { extra: Some(Arc::new(extra)), ..Cell::new('x', style) });
    let mut out = Vec::new();
    renderer.render(&frame, &mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("x"), "{text:?}");
    for unknown in ["4:3", "38;2", "38;5", "48;5", "58:", "https", "2026"] {
        assert!(!text.contains(unknown), "{unknown} in {text:?}");
    }
}

#[test]
fn lines_that_are_drawn_wide_move_nothing_after_them() {
    let mut frame = Frame::new(Size::new(9, 1));
    frame.text(Point::new(0, 0), "──a", Style::default(), 9);
    for (col, drawn) in [(2, "──a"), (3, "─\x1b[1;2H─\x1b[1;3Ha")] {
        let mut renderer = Renderer::new(Capabilities::default());
        renderer.render(&frame, &mut Vec::new());
        renderer.apply_reply(&TerminalReply::CursorAt { row: 2, col });
        assert_eq!(renderer.capabilities().wide_ambiguous, Some(col == 3));
        renderer.invalidate();
        let mut out = Vec::new();
        renderer.render(&frame, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(drawn), "{text:?}");
    }
}

#[test]
fn the_keyboard_is_asked_for_only_where_it_exists() {
    let mut out = Vec::new();
    let mut renderer = Renderer::new(Capabilities::default());
    let modes = Modes { kitty: 5, ..Modes::default() };
    renderer.keyboard(&modes, &mut out);
    assert_eq!(out, b"");
    renderer.apply_reply(&TerminalReply::KittyKeyboard(0));
    renderer.keyboard(&modes, &mut out);
    renderer.keyboard(&modes, &mut out);
    assert_eq!(out, b"\x1b[=5;1u");
}

#[test]
fn setup_is_undone_by_teardown() {
    let mut screen = Screen::new(Size::new(20, 5));
    screen.feed(b"\x1b[=5;1u");
    assert!(screen.term.mode().contains(TermMode::ALT_SCREEN | TermMode::BRACKETED_PASTE));
    screen.feed(&teardown());
    assert_eq!(*screen.term.mode(), TermMode::default());
}

/// Not a test of correctness: prints the figures for the commit that changes them.
/// `cargo test --release --lib render::tests::speed -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn speed() {
    let size = Size::new(200, 50);
    let mut frame = Frame::new(size);
    for y in 0..50u16 {
        let style = Style::new(Color::Indexed((y % 16) as u8), Color::Default, Attrs::NONE);
        let text: String =
            (0..200u32).map(|x| char::from(33 + ((x + u32::from(y)) % 90) as u8)).collect();
        frame.text(Point::new(0, y), &text, style, 200);
    }
    let mut renderer = Renderer::new(Capabilities::full());
    let mut out = Vec::with_capacity(64 * 1024);
    renderer.render(&frame, &mut out);
    let time = |name: &str, each: &mut dyn FnMut()| {
        let mut best = f64::MAX;
        for _ in 0..20 {
            let start = std::time::Instant::now();
            for _ in 0..200 {
                each();
            }
            best = best.min(start.elapsed().as_secs_f64() / 200.0);
        }
        println!("{name}: {:.1} µs", best * 1e6);
    };
    time("unchanged", &mut || {
        out.clear();
        renderer.render(&frame, &mut out);
        assert!(out.is_empty());
    });
    time("full repaint", &mut || {
        out.clear();
        renderer.invalidate();
        renderer.render(&frame, &mut out);
    });
    println!("full repaint: {} bytes", out.len());
    let mut other = frame.clone();
    for y in 0..50 {
        other.row_mut(y).reverse();
    }
    let mut odd = false;
    time("every cell changed", &mut || {
        out.clear();
        odd = !odd;
        renderer.render(if odd { &other } else { &frame }, &mut out);
    });
}
