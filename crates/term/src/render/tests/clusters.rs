//! Clusters in terminals that count them as Segno does, in those that count code points, and in
//! those that did not say.

use super::*;
use crate::render::clusters::{Clusters, Kind};
use crate::render::reference::apart;
use crate::render::row;
use crate::{Emulator, Options};
use segno_base::screen::cluster;

/// Clusters of every kind, and what is beside them.
const TEXTS: [&str; 16] = [
    "\u{26a0}\u{fe0f}",
    "1\u{fe0f}\u{20e3}",
    "\u{26a1}\u{fe0e}",
    "\u{1f1e9}\u{1f1ea}",
    "\u{1f1e9}",
    "\u{1f44d}\u{1f3fd}",
    "\u{261d}\u{1f3fd}",
    "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{2764}\u{fe0f}\u{200d}\u{1f525}",
    "\u{915}\u{93e}",
    "\u{915}\u{94d}\u{937}",
    "\u{ad}",
    "\u{3164}",
    "e\u{301}",
    "\u{754c}",
    "a b",
];

pub(super) fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(TEXTS.to_vec()), 1..8).prop_map(|all| all.concat())
}

/// What is left of a cluster may be narrow, with a blank after it.
fn short(row: &mut [Cell]) {
    for x in 0..row.len() {
        let marks = row[x].extra.as_ref().map_or(&[][..], |extra| &extra.combining);
        let chars = std::iter::once(row[x].ch).chain(marks.iter().copied());
        if row[x].width == Width::Two && cluster::cluster_columns(chars) == 1 {
            row[x].width = Width::One;
            row[x + 1].width = Width::One;
        }
    }
}

/// A terminal of Segno's own, as the outer one.
struct Outer(Emulator);

impl Outer {
    fn new(size: Size, clusters: bool) -> Outer {
        let mut outer = Outer(Emulator::new(size, Options { clusters, ..Options::default() }));
        outer.feed(b"\x1b[?7l");
        outer
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.0.advance(bytes, std::time::Instant::now(), &mut Vec::new());
    }

    fn text(&self) -> Vec<Vec<String>> {
        let mut frame = Frame::new(self.0.size());
        let area = frame.area();
        self.0.draw(&mut frame, area);
        (0..frame.size().rows).map(|y| texts(frame.row(y))).collect()
    }
}

/// The characters of each cell; of right halves none.
fn texts(row: &[Cell]) -> Vec<String> {
    let text = |cell: &Cell| match cell.width {
        Width::Tail => String::new(),
        _ => {
            let marks = cell.extra.as_ref().map_or(&[][..], |extra| &extra.combining);
            std::iter::once(cell.ch).chain(marks.iter().copied()).collect()
        }
    };
    row.iter().map(text).collect()
}

/// A frame whose rows are texts.
fn frame(rows: &[(u16, String)]) -> Frame {
    let mut frame = Frame::new(Size::new(20, rows.len() as u16));
    for (y, (x, text)) in (0..).zip(rows) {
        frame.text(Point::new(*x, y), text, Style::default(), 20);
    }
    frame
}

/// The same with each code point in a cell of its own, as an emulator with mode 2027 off has it.
fn old_count(rows: &[(u16, String)]) -> Frame {
    let size = Size::new(20, rows.len() as u16);
    let mut outer = Outer::new(size, false);
    for (y, (x, text)) in (1..).zip(rows) {
        outer.feed(format!("\x1b[{y};{}H{text}", x + 1).as_bytes());
    }
    let mut frame = Frame::new(size);
    let area = frame.area();
    outer.0.draw(&mut frame, area);
    frame
}

fn any_rows() -> impl Strategy<Value = Vec<(u16, String)>> {
    prop::collection::vec((0u16..20, any_text()), 3..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_terminal_shows_what_stands_in_its_own_columns(
        steps in prop::collection::vec((any_rows(), any::<bool>()), 1..6),
    ) {
        let size = Size::new(20, 3);
        // Whether it joins, and what of it is known.
        for (joins, clusters) in [
            (true, Clusters::joined()),
            (true, Clusters::default()),
            (false, Clusters::apart()),
            (false, Clusters::default()),
        ] {
            let caps = Capabilities { clusters, ..Capabilities::full() };
            let mut renderer = Renderer::new(caps.clone());
            let mut outer = Outer::new(size, joins);
            for (rows, old) in &steps {
                let frame = if *old { old_count(rows) } else { frame(rows) };
                let mut out = Vec::new();
                renderer.render(&frame, &mut out);
                outer.feed(&out);
                for (y, seen) in (0..).zip(outer.text()) {
                    let wanted = match joins {
                        true => {
                            let mut row = Vec::new();
                            row::repair(frame.row(y), &caps, &mut row);
                            short(&mut row);
                            row
                        }
                        false => apart(frame.row(y), &caps),
                    };
                    prop_assert_eq!(seen, texts(&wanted), "row {} of {:?}", y, rows);
                }
                out.clear();
                renderer.render(&frame, &mut out);
                prop_assert!(out.is_empty());
            }
        }
    }

    /// Where clusters are counted as Segno does, nothing of them is lost, but for a picture with
    /// the look of text in the last column, where no terminal has room for it.
    #[test]
    fn a_terminal_that_joins_gets_all_of_a_cluster(rows in any_rows()) {
        let frame = frame(&rows);
        let caps = Capabilities { clusters: Clusters::joined(), ..Capabilities::full() };
        for y in 0..frame.size().rows {
            let mut row = Vec::new();
            row::repair(frame.row(y), &caps, &mut row);
            let filler = |text: &String| text.replace('\u{3164}', " ").replace('\u{ad}', "-");
            let mut cells = frame.row(y).to_vec();
            if let Some(last) = cells.last_mut().filter(|last| row::overreaches(last)) {
                *last = Cell::new(char::REPLACEMENT_CHARACTER, last.style);
            }
            let all: String = texts(&cells).iter().map(filler).collect();
            let kept: String = texts(&row).concat();
            prop_assert_eq!(kept.replace(' ', ""), all.replace(' ', ""));
        }
    }
}

#[test]
fn a_terminals_columns_are_measured() {
    let mut caps = Capabilities::default();
    let at = |row, col| TerminalReply::CursorAt { row, col };
    for row in 3..=10 {
        caps.apply_reply(&at(row, 3));
    }
    // Until it has shown a row for each sample, they may all have been in its last one.
    assert_eq!(caps.clusters.columns(Kind::Flag), None);
    caps.apply_reply(&at(11, 5));
    assert_eq!(caps.clusters.columns(Kind::Flag), Some(2));
    assert!(caps.clusters.joins(Kind::Family) && !caps.clusters.joins(Kind::TextLook));
    // The questions are those that the answers are for.
    for (joins, wanted) in [(true, Clusters::joined()), (false, Clusters::apart())] {
        let size = Size::new(80, 24);
        let options = Options { clusters: joins, ..Options::default() };
        let mut outer = Emulator::new(size, options);
        let mut events = Vec::new();
        let setup = setup(&Capabilities::default(), &SetupOptions::default());
        outer.advance(&setup, std::time::Instant::now(), &mut events);
        let mut caps = Capabilities::default();
        let mut decoder = crate::input::Decoder::default();
        for event in events {
            let crate::TermEvent::Reply(bytes) = event else { continue };
            let mut events = Vec::new();
            decoder.feed(&bytes, &mut events);
            for event in events {
                if let crate::input::InputEvent::Reply(reply) = event {
                    caps.apply_reply(&reply);
                }
            }
        }
        assert_eq!(caps.clusters, wanted);
    }
}

/// A picture with the look of text is wide until its selector comes, and takes the next cell with
/// it.
#[test]
fn what_follows_a_picture_with_the_look_of_text_stays() {
    let caps = Capabilities { clusters: Clusters::joined(), ..Capabilities::full() };
    let mut renderer = Renderer::new(caps);
    let mut frame = Frame::new(Size::new(6, 1));
    let mut outer = Outer::new(frame.size(), true);
    for text in ["abc\u{754c}d", "a\u{26a1}\u{fe0e}c\u{754c}d", "ab\u{26a1}\u{fe0e}\u{754c}d"] {
        frame.text(Point::new(0, 0), text, Style::default(), 6);
        let mut out = Vec::new();
        renderer.render(&frame, &mut out);
        outer.feed(&out);
        assert_eq!(outer.text(), [texts(frame.row(0))]);
    }
}

/// What was seen in real windows: the bar after a warning sign was gone in kitty, and a box's edge
/// stood beside its column.
#[test]
fn what_follows_a_cluster_stands_in_its_column() {
    let mut frame = Frame::new(Size::new(10, 1));
    frame.text(Point::new(0, 0), "\u{26a0}\u{fe0f}|warn|", Style::default(), 10);
    for (joins, clusters) in [(true, Clusters::joined()), (false, Clusters::apart())] {
        let caps = Capabilities { clusters, ..Capabilities::full() };
        let mut renderer = Renderer::new(caps);
        let mut outer = Outer::new(frame.size(), joins);
        let mut out = Vec::new();
        renderer.render(&frame, &mut out);
        outer.feed(&out);
        let text = outer.text().remove(0);
        assert_eq!((text[2].as_str(), text[7].as_str()), ("|", "|"), "{text:?}");
    }
}
