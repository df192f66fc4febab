//! Recorded streams of real programs through the whole chain: what the client's terminal shows
//! must be what a terminal shows that the program writes to directly, after every chunk.
//!
//! `tests/it/record.rs` makes the recordings. Where the terminal that judges is not like others,
//! they do without, or it is read differently:
//!
//! | what | it | xterm, kitty and Segno |
//! |---|---|---|
//! | half of a wide character, cut by another size or an erased neighbour | shows it whole | a blank |
//! | SGR 21 | no bold | two lines under the text |
//! | SGR 5 | nothing | blinks |
//! | grapheme clusters | counts code points | one character; here counted as the judge does |
//! | U+00AD | no column | one; left out here |
//! | tabs | stand in their cell | move the cursor only |
//! | the main screen at another size | own rules for which rows are seen | each its own; `term/tests/resize.rs` |
//!
//! `term/tests/differential.rs` names more, which no program of these uses.

use std::path::Path;
use std::time::Instant;

use crate::tests::models::{CLIENT, Keys, NOW, model, p, pane, tab};
use crate::{Screens, Theme, ViewContext, compose};
use segno_base::ids::PaneId;
use segno_base::screen::cell::Style;
use segno_base::screen::frame::{Cursor, Frame};
use segno_base::screen::geometry::{Direction, Point, Rect, Size};
use segno_config::sections::looks::{Bar, PaneTitles};
use segno_core::layout::Layout;
use segno_core::layout::geometry::{pane_rects, tab_area};
use segno_core::model::workspace::Model;
use segno_term::render::reference::Screen;
use segno_term::render::{Capabilities, ColorDepth, Renderer};
use segno_term::{Emulator, Options, TermEvent};

/// A part of a recording.
enum Part {
    Size(Size),
    Bytes(Vec<u8>),
}

/// Reads a recording: lines `size COLUMNS ROWS` and `bytes COUNT`, the latter followed by that
/// many bytes and a line feed.
fn recording(path: &Path) -> Vec<Part> {
    let bytes = std::fs::read(path).unwrap();
    let mut rest = bytes.as_slice();
    let mut parts = Vec::new();
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["size", cols, rows] => {
                parts.push(Part::Size(Size::new(cols.parse().unwrap(), rows.parse().unwrap())));
            }
            ["bytes", count] => {
                let (bytes, after) = rest.split_at(count.parse().unwrap());
                let text = String::from_utf8_lossy(bytes).contains('\u{ad}');
                let bytes = if text { without_soft_hyphens(bytes) } else { bytes.to_vec() };
                parts.push(Part::Bytes(bytes));
                rest = &after[1..];
            }
            _ => panic!("{}: {line:?}", path.display()),
        }
    }
    parts
}

fn without_soft_hyphens(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in bytes {
        match (out.last(), byte) {
            (Some(0xc2), 0xad) => drop(out.pop()),
            _ => out.push(byte),
        }
    }
    out
}

/// The pane's screen, and a neighbour with text on it.
struct Shown<'a>(&'a Emulator);

impl Screens for Shown<'_> {
    fn draw(&self, pane: PaneId, frame: &mut Frame, area: Rect) -> Option<Cursor> {
        if pane != p(1) {
            for y in area.y..area.bottom() {
                let text = "日本 next door ".repeat(20);
                frame.text(Point::new(area.x, y), &text, Style::default(), area.cols);
            }
            return None;
        }
        self.0.draw(frame, area);
        let cursor = self.0.cursor()?;
        let at = Point::new(cursor.at.x + area.x, cursor.at.y + area.y);
        area.contains(at).then_some(Cursor { at, ..cursor })
    }

    fn scroll(&self, _: PaneId) -> Option<(usize, usize)> {
        Some((self.0.scroll_offset(), self.0.history_len()))
    }
}

/// A program's terminal inside of Segno, and the terminal that Segno is in.
struct Chain {
    model: Model,
    emulator: Emulator,
    renderer: Renderer,
    outer: Screen,
    caps: Capabilities,
}

impl Chain {
    fn new(caps: Capabilities, split: bool) -> Chain {
        let mut layout = Layout::new(p(1));
        let mut panes = vec![pane(1, "shell")];
        if split {
            layout.split(p(1), Direction::Left, p(2));
            panes.push(pane(2, "shell"));
        }
        let mut tab = tab(1, layout);
        tab.focus = p(1);
        tab.titled = split;
        let mut model = model(vec![tab], panes);
        if !split {
            model.looks.tab_bar = Bar::Off;
            model.looks.status_line = false;
            model.looks.pane_titles = PaneTitles::Off;
        }
        let size = Size::new(80, 24);
        Chain {
            model,
            emulator: Emulator::new(size, Options { clusters: false, ..Options::default() }),
            renderer: Renderer::new(caps.clone()),
            outer: Screen::new(size),
            caps,
        }
    }

    /// Where the client sees the pane.
    fn area(&self) -> Rect {
        let (tab, client) = (&self.model.tabs[0], self.model.clients[&CLIENT].size);
        let area = tab_area(client, tab.size, tab.titled, &self.model.looks, false);
        let panes = pane_rects(&tab.layout, tab.focus, tab.zoomed, area);
        panes.into_iter().find(|(pane, _)| *pane == p(1)).unwrap().1
    }

    /// Makes the pane so large.
    fn resize(&mut self, size: Size) {
        let mut outer = size;
        loop {
            self.model.clients.get_mut(&CLIENT).unwrap().size = outer;
            let area = self.area();
            if (area.cols, area.rows) == (size.cols, size.rows) {
                break;
            }
            outer.cols += u16::from(area.cols < size.cols);
            outer.rows += u16::from(area.rows < size.rows);
        }
        self.emulator.resize(size);
        self.renderer.resize(outer);
        self.outer.resize(outer);
    }

    fn feed(&mut self, bytes: &[u8], now: Instant) {
        let mut events = Vec::new();
        self.emulator.advance(bytes, now, &mut events);
        for event in events {
            if let TermEvent::Title(title) = event {
                self.model.panes.get_mut(&p(1)).unwrap().title = title.unwrap_or_default();
            }
        }
        self.paint();
    }

    fn paint(&mut self) {
        let context = ViewContext {
            theme: &Theme::DEFAULT,
            keys: &Keys,
            now_ms: NOW,
            utc_offset: None,
            home: None,
        };
        let view = compose(&self.model, CLIENT, &Shown(&self.emulator), &context);
        let mut out = Vec::new();
        self.renderer.set_title(&view.title, &mut out);
        self.renderer.render(&view.frame, &mut out);
        self.outer.feed(&out);
    }

    /// The client's terminal shows in the pane what `direct` shows.
    fn assert_shows(&self, direct: &Screen, what: &str) {
        let area = self.area();
        for y in 0..area.rows {
            for x in 0..area.cols {
                let wanted = direct.seen(x, y).downgraded(&self.caps);
                let seen = self.outer.seen(area.x + x, area.y + y);
                assert_eq!(seen, wanted, "at {x},{y} {what}");
            }
        }
        let moved =
            direct.cursor().map(|(x, y, shape, blinks)| (x + area.x, y + area.y, shape, blinks));
        assert_eq!(self.outer.cursor(), moved, "the cursor {what}");
        let title = direct.title().filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| "Shell".into());
        assert_eq!(self.outer.title(), Some(format!("{title} · segno")), "the title {what}");
    }
}

/// Chunks as a terminal's reader gets them: of any size, cut anywhere.
fn chunks(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut state, mut chunks) = (bytes, 1u32, Vec::new());
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let sizes = [7, 300, 4000, 16_000];
        let most = sizes[(state >> 30) as usize];
        let (chunk, after) = rest.split_at(((state >> 8) as usize % most + 1).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

fn play_all(caps: &Capabilities, split: bool) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/streams");
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 8, "the recordings are missing");
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let now = Instant::now();
        let mut chain = Chain::new(caps.clone(), split);
        let mut direct = Screen::bare(Size::new(80, 24));
        let mut done = 0;
        for part in recording(&path) {
            match part {
                Part::Size(size) => {
                    chain.resize(size);
                    direct.resize(size);
                    chain.paint();
                    chain.assert_shows(&direct, &format!("of {name}, {size:?} after {done} bytes"));
                }
                Part::Bytes(bytes) => {
                    for chunk in chunks(&bytes) {
                        direct.feed(chunk);
                        chain.feed(chunk, now);
                        done += chunk.len();
                        chain.assert_shows(&direct, &format!("of {name} after {done} bytes"));
                    }
                }
            }
        }
    }
}

#[test]
fn a_lone_pane_shows_what_a_terminal_shows() {
    play_all(&Capabilities::full(), false);
}

#[test]
fn a_pane_beside_another_shows_what_a_terminal_shows() {
    play_all(&Capabilities::full(), true);
}

#[test]
fn a_terminal_that_can_do_little_shows_the_nearest() {
    let clusters = Capabilities::full().clusters;
    play_all(&Capabilities { clusters, ..Capabilities::default() }, true);
}

#[test]
fn a_terminal_with_256_colours_shows_the_nearest() {
    let caps = Capabilities {
        color: ColorDepth::Palette,
        synchronized_output: false,
        scroll_regions: false,
        hyperlinks: false,
        ..Capabilities::full()
    };
    play_all(&caps, false);
}
