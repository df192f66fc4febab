//! Finding a text in the history and on the screen, and showing where it stands.

use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::{Column, Line};

use super::emulator::Emulator;
use super::screen::Screen;
use super::text::{plain_row, wraps};

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
        let mut found = Vec::new();
        if wanted.is_empty() {
            return found;
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
                found.push(Found { back, text });
            }
            found.len() < max
        });
        found
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
            true
        });
        let rows = usize::from(self.size().rows);
        let back = nearest.unwrap_or(wanted.back);
        let offset = back.saturating_add(1).saturating_sub(rows - rows / 2).min(self.history_len());
        self.scroll_to_bottom();
        self.scroll(i32::try_from(offset).unwrap_or(i32::MAX));
    }
}

/// A line as the program printed it: one row or several that the terminal wrapped.
struct LogicalLine {
    text: String,
    /// Of each row: rows above the last row of the screen, and where in the text it begins.
    backs: Vec<usize>,
    starts: Vec<usize>,
}

impl LogicalLine {
    fn row_at(&self, at: usize) -> usize {
        let row = self.starts.iter().rposition(|start| *start <= at).unwrap_or(0);
        self.backs.get(row).copied().unwrap_or_default()
    }
}

impl Screen {
    /// Gives every line, newest first, until `more` answers false.
    fn each_line(&self, mut more: impl FnMut(&LogicalLine) -> bool) {
        let row = |line: i32| &self.grid[Line(line)][Column(0)..Column(self.cols())];
        let (top, last) = (self.grid.topmost_line().0, self.rows() as i32 - 1);
        let mut end = last;
        while end >= top {
            let mut start = end;
            while start > top && wraps(row(start - 1)) {
                start -= 1;
            }
            let mut line =
                LogicalLine { text: String::new(), backs: Vec::new(), starts: Vec::new() };
            for at in start..=end {
                line.starts.push(line.text.len());
                line.backs.push(usize::try_from(last - at).unwrap_or_default());
                plain_row(row(at), at < end, &mut line.text);
            }
            if !more(&line) {
                return;
            }
            end = start - 1;
        }
    }
}
