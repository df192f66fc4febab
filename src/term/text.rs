//! The screen and its history as text.

use std::fmt::Write as _;

use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::{Column, Line};

use super::cell::{Flags, GCell, WIDE};
use super::screen::Screen;
use super::sgr;
use crate::base::cell::{Extra, Link, Style};

/// Which lines [`super::Emulator::text`] takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Scrollback and screen.
    All,
    /// The last so many rows; empty rows at the end do not count.
    Last(usize),
    /// The screen, not scrolled.
    Screen,
}

/// How [`super::Emulator::text`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// Text only; lines that the terminal wrapped are joined.
    Plain,
    /// With escape sequences for colours, attributes and links, one line per row.
    Ansi,
}

impl Screen {
    /// The text, every line ended by a line feed; blanks at the ends are left out.
    pub fn text(&self, lines: Lines, format: TextFormat) -> String {
        let end = self.rows() as i32;
        let row = |line: i32| &self.grid[Line(line)][Column(0)..Column(self.cols())];
        let (top, from) = match lines {
            Lines::Screen => (0, 0),
            Lines::All | Lines::Last(_) => {
                let top = self.grid.topmost_line().0;
                (top, top)
            }
        };
        let end = (from..end).rev().find(|&l| used(row(l), format) > 0).map_or(from, |l| l + 1);
        let from = match lines {
            Lines::Last(count) => {
                let count = i32::try_from(count).unwrap_or(i32::MAX);
                end.saturating_sub(count).max(top)
            }
            _ => from,
        };
        let mut out = String::new();
        for line in from..end {
            let cells = row(line);
            match format {
                TextFormat::Plain => {
                    let wrapped = wraps(cells) && line + 1 < end;
                    plain_row(cells, wrapped, &mut out);
                    if !wrapped {
                        out.push('\n');
                    }
                }
                TextFormat::Ansi => {
                    ansi_row(cells, &mut out);
                    out.push('\n');
                }
            }
        }
        out
    }
}

pub(super) fn wraps(cells: &[GCell]) -> bool {
    cells.last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE))
}

/// How many cells of a row show something.
fn used(cells: &[GCell], format: TextFormat) -> usize {
    let shows = |cell: &GCell| match format {
        TextFormat::Plain => {
            cell.ch != ' ' || cell.extra.as_ref().is_some_and(|e| !e.combining.is_empty())
        }
        TextFormat::Ansi => GCell { flags: Flags::empty(), ..cell.clone() } != GCell::default(),
    };
    cells.iter().rposition(shows).map_or(0, |last| last + 1)
}

pub(super) fn plain_row(cells: &[GCell], wrapped: bool, out: &mut String) {
    let end = if wrapped { cells.len() } else { used(cells, TextFormat::Plain) };
    for at in 0..end {
        push(cells, at, out);
    }
    if !wrapped {
        out.truncate(out.trim_end_matches(' ').len());
    }
}

/// A cell's characters; the placeholders around wide characters have none.
fn push(cells: &[GCell], at: usize, out: &mut String) {
    let cell = &cells[at];
    let has = |at: Option<usize>, flag: Flags| {
        at.and_then(|at| cells.get(at)).is_some_and(|cell| cell.flags.contains(flag))
    };
    if cell.flags.intersects(WIDE | Flags::LEADING_WIDE_CHAR_SPACER) {
        if cell.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER)
            || cell.flags.contains(Flags::WIDE_CHAR_SPACER)
                && has(at.checked_sub(1), Flags::WIDE_CHAR)
        {
            return;
        }
        // A lone half, which a program cut off, shows nothing.
        if !cell.flags.contains(Flags::WIDE_CHAR) || !has(Some(at + 1), Flags::WIDE_CHAR_SPACER) {
            out.push(' ');
            return;
        }
    }
    out.push(cell.ch);
    if let Some(extra) = &cell.extra {
        out.extend(&extra.combining);
    }
}

fn ansi_row(cells: &[GCell], out: &mut String) {
    let mut pen = String::from("0");
    let mut link: Option<&Link> = None;
    for (at, cell) in cells.iter().enumerate().take(used(cells, TextFormat::Ansi)) {
        let extra: Option<&Extra> = cell.extra.as_deref();
        let style = Style::new(cell.fg, cell.bg, cell.attrs);
        if style != Style::default() || extra.is_some() || pen != "0" {
            let wanted = sgr::parameters(style, extra);
            if wanted != pen {
                let _ = write!(out, "\x1b[{wanted}m");
                pen = wanted;
            }
        }
        let wanted = extra.and_then(|extra| extra.link.as_ref());
        if wanted != link {
            match wanted {
                Some(Link { id, uri }) if id.is_empty() => {
                    let _ = write!(out, "\x1b]8;;{uri}\x1b\\");
                }
                Some(Link { id, uri }) => {
                    let _ = write!(out, "\x1b]8;id={id};{uri}\x1b\\");
                }
                None => out.push_str("\x1b]8;;\x1b\\"),
            }
            link = wanted;
        }
        push(cells, at, out);
    }
    if link.is_some() {
        out.push_str("\x1b]8;;\x1b\\");
    }
    if pen != "0" {
        out.push_str("\x1b[0m");
    }
}
