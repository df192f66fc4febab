//! Finding a text in the history and on the screen, and showing where it stands.

use std::collections::VecDeque;

use super::emulator::Emulator;
use super::screen::Screen;
use super::text::plain_row;

/// The longest line that is told whole, in characters.
const LINE_MAX: usize = 300;

/// A line that has the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Rows above the last row of the screen.
    pub back: usize,
    /// The line, rows that the terminal wrapped joined.
    pub text: String,
}

impl Emulator {
    /// The lines that have a text, newest first, at most so many. Upper case is only told from
    /// lower case when the text has some.
    pub fn find(&self, text: &str, max: usize) -> Vec<Found> {
        let exact = text.chars().any(char::is_uppercase);
        let wanted = if exact { text.to_string() } else { text.to_lowercase() };
        let mut found = VecDeque::new();
        if wanted.is_empty() || max == 0 {
            return Vec::new();
        }
        self.screen().each_line(|line| {
            let at = if exact {
                line.text.find(&wanted).map(|at| line.row_at(at))
            } else {
                // Where lower case has another length, the row is near enough.
                line.text.to_lowercase().find(&wanted).map(|at| line.row_at(at))
            };
            if let Some(back) = at {
                let text = line.text.chars().take(LINE_MAX).collect();
                found.truncate(max - 1);
                found.push_front(Found { back, text });
            }
        });
        found.into()
    }

    /// Scrolls to a line that was found, with the line in the middle. When the program has printed
    /// since, the line is looked for again; one that is gone scrolls to where it was.
    pub fn show(&mut self, wanted: &Found) {
        let mut nearest: Option<usize> = None;
        self.screen().each_line(|line| {
            let text: String = line.text.chars().take(LINE_MAX).collect();
            if text == wanted.text {
                let back = line.backs.first().copied().unwrap_or_default();
                let far = |back: usize| back.abs_diff(wanted.back);
                if nearest.is_none_or(|known| far(back) < far(known)) {
                    nearest = Some(back);
                }
            }
        });
        let rows = usize::from(self.size().rows);
        let back = nearest.unwrap_or(wanted.back);
        let offset = back.saturating_add(1).saturating_sub(rows - rows / 2).min(self.history_len());
        self.scroll_to_bottom();
        self.scroll(i32::try_from(offset).unwrap_or(i32::MAX));
    }
}

/// A line as the program printed it: one row or several that the terminal wrapped.
#[derive(Default)]
struct LogicalLine {
    text: String,
    /// Of each row: rows above the last row of the screen, and where in the text it begins.
    backs: Vec<usize>,
    starts: Vec<usize>,
}

impl LogicalLine {
    fn clear(&mut self) {
        self.text.clear();
        self.backs.clear();
        self.starts.clear();
    }

    fn row_at(&self, at: usize) -> usize {
        let row = self.starts.iter().rposition(|start| *start <= at).unwrap_or(0);
        self.backs.get(row).copied().unwrap_or_default()
    }
}

impl Screen {
    /// Gives every line, oldest first.
    fn each_line(&self, mut take: impl FnMut(&LogicalLine)) {
        let last = self.grid.history.rows() + self.rows() - 1;
        let mut line = LogicalLine::default();
        self.grid.visit_all(0, |at, row| {
            let wrapped = row.wrapped && at < last;
            line.starts.push(line.text.len());
            line.backs.push(last - at);
            plain_row(row, wrapped, &mut line.text);
            if !wrapped {
                take(&line);
                line.clear();
            }
        });
    }
}
