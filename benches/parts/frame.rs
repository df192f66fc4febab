//! From the terminals' states to a client's frame.

use std::hint::black_box;

use super::measure::Measure;
use super::output::{SIZE, feed};
use super::rest::{CLIENT, Keys, workspace};
use super::streams::{KINDS, stream};
use segno_base::ids::{ClientId, PaneId};
use segno_base::screen::frame::{Cursor, Frame};
use segno_base::screen::geometry::Rect;
use segno_term::Emulator;
use segno_view::{Screens, ViewContext, compose};

/// The same terminal in every pane.
struct Same<'a>(&'a Emulator);

impl Screens for Same<'_> {
    fn draw(&self, _: PaneId, frame: &mut Frame, area: Rect) -> Option<Cursor> {
        self.0.draw(frame, area);
        self.0.cursor()
    }

    fn scroll(&self, _: PaneId) -> Option<(usize, usize)> {
        Some((0, self.0.history_len()))
    }
}

pub fn run(measure: &Measure) {
    let model = workspace(20);
    for kind in KINDS {
        let mut emulator = Emulator::new(SIZE, Default::default());
        feed(&mut emulator, &stream(kind, 100_000, "\r\n"));
        let context = ViewContext {
            keys: &Keys,
            theme: &segno_custom::theme::Theme::DEFAULT,
            now_ms: 0,
            utc_offset: None,
            home: None,
        };
        measure.time(&format!("compose-{kind}"), 50, || {
            drop(black_box(compose(&model, ClientId(CLIENT), &Same(&emulator), &context)));
        });
    }
}
