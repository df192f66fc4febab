//! Texts made to fit: shortened, counted, dated; and lines of several styles.

use std::path::Path;

use segno_base::screen::cell::Style;
use segno_base::screen::cluster::{clusters, text_columns};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Rect};
use segno_base::text::plain_text;

/// The columns that a text occupies.
pub(super) fn width(text: &str) -> u16 {
    u16::try_from(text_columns(text)).unwrap_or(u16::MAX)
}

/// A text cut to some columns, with `…` where something is missing.
pub(super) fn fit(text: &str, max: u16) -> String {
    if width(text) <= max {
        return text.to_string();
    }
    if max == 0 {
        return String::new();
    }
    let mut cut = String::new();
    let mut used = 0;
    for (cluster, columns) in clusters(text) {
        used += columns;
        if used > usize::from(max - 1) {
            break;
        }
        cut.push_str(cluster);
    }
    cut.push('…');
    cut
}

/// Like [`fit`], but keeps the end, which says most in a path.
pub(super) fn fit_end(text: &str, max: u16) -> String {
    if width(text) <= max {
        return text.to_string();
    }
    if max == 0 {
        return String::new();
    }
    let mut kept = Vec::new();
    let mut used = 0;
    for (cluster, columns) in clusters(text).collect::<Vec<_>>().into_iter().rev() {
        used += columns;
        if used > usize::from(max - 1) {
            break;
        }
        kept.push(cluster);
    }
    kept.push("…");
    kept.into_iter().rev().collect()
}

/// A text in one line in which nothing steers the terminal, at most `max` columns.
pub(super) fn one_line(text: &str, max: u16) -> String {
    fit(plain_text::line(text).trim(), max)
}

/// A path with the home directory as `~`.
pub(super) fn path(path: &Path, home: Option<&Path>) -> String {
    let text = match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_string(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    };
    one_line(&text, u16::MAX)
}

/// `950`, `12.3k`, `4.5M`.
pub(super) fn count(number: u64) -> String {
    match number {
        0..=999 => number.to_string(),
        1_000..=999_949 => format!("{:.1}k", number as f64 / 1e3),
        _ => format!("{:.1}M", number as f64 / 1e6),
    }
}

/// `$0.04`, and `<$0.01` for what would read as nothing.
pub(super) fn cost(dollars: f64) -> Option<String> {
    match dollars {
        d if !d.is_finite() || d <= 0.0 => None,
        d if d < 0.01 => Some("<$0.01".to_string()),
        d => Some(format!("${d:.2}")),
    }
}

/// The time of day of a moment.
pub(super) fn clock(ms: u64, utc_offset: i32) -> String {
    let seconds = i64::try_from(ms / 1000).unwrap_or(0) + i64::from(utc_offset);
    let minutes = seconds.div_euclid(60).rem_euclid(24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// How long ago a moment was, in one unit.
pub(super) fn age(ms: u64, now: u64) -> String {
    let minutes = now.saturating_sub(ms) / 60_000;
    match minutes {
        0 => "just now".to_string(),
        1..=59 => format!("{minutes} min ago"),
        60..=1439 => format!("{} h ago", minutes / 60),
        1440..=2879 => "yesterday".to_string(),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// A line as it stands, indented as it is, in pieces of at most `max` columns; nothing in it steers
/// the terminal.
pub(super) fn fold(line: &str, max: u16) -> Vec<String> {
    let line = plain_text::line(&line.replace('\t', "    "));
    let max = usize::from(max.max(1));
    let mut pieces = Vec::new();
    let (mut piece, mut used) = (String::new(), 0);
    for (cluster, columns) in clusters(line.trim_end()) {
        if used + columns > max && !piece.is_empty() {
            // The last word goes on in the next piece, if it is not too long.
            let word = piece.rfind(' ').map(|at| at + 1).filter(|at| piece.len() - at < max / 2);
            let rest = piece.split_off(word.unwrap_or(piece.len()));
            pieces.push(std::mem::replace(&mut piece, rest));
            used = text_columns(&piece);
        }
        piece.push_str(cluster);
        used += columns;
    }
    pieces.push(piece);
    pieces
}

/// Writes a text in the middle of a rectangle's first row.
pub(super) fn centered(frame: &mut Frame, rect: Rect, text: &str, style: Style) {
    if rect.is_empty() {
        return;
    }
    let text = fit(text, rect.cols);
    let x = rect.x + (rect.cols - width(&text).min(rect.cols)) / 2;
    frame.text(Point::new(x, rect.y), &text, style, rect.right() - x);
}

/// Pieces of text in one line.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces {
    pieces: Vec<(String, Style)>,
}

impl Pieces {
    pub(super) fn push(&mut self, text: impl Into<String>, style: Style) {
        self.pieces.push((text.into(), style));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn width(&self) -> u16 {
        self.pieces.iter().map(|(text, _)| width(text)).fold(0, u16::saturating_add)
    }

    /// All of it in one style.
    pub(super) fn restyle(&mut self, style: Style) {
        self.pieces.iter_mut().for_each(|(_, of)| *of = style);
    }

    pub(super) fn append(&mut self, other: Pieces) {
        self.pieces.extend(other.pieces);
    }

    /// The line cut to some columns, with `…` where something is missing.
    pub(super) fn fit(mut self, max: u16) -> Pieces {
        let mut left = max;
        for (text, _) in &mut self.pieces {
            *text = fit(text, left);
            left -= width(text).min(left);
        }
        self
    }

    /// Like [`Pieces::fit`] for a line of one piece, but keeps its end.
    pub(super) fn fit_end(mut self, max: u16) -> Pieces {
        for (text, _) in &mut self.pieces {
            *text = fit_end(text, max);
        }
        self
    }

    /// Draws the line, cut to `max` columns with `…`; returns the columns used.
    pub(super) fn draw(&self, frame: &mut Frame, at: Point, max: u16) -> u16 {
        let mut used = 0;
        for (index, (text, style)) in self.pieces.iter().enumerate() {
            let left = max - used;
            let last = index + 1 == self.pieces.len();
            // A following piece that finds no room is hinted at by the `…` of this one.
            let text = if !last && left > 0 && width(text) >= left {
                fit(&format!("{text}  "), left)
            } else {
                fit(text, left)
            };
            used += frame.text(Point::new(at.x.saturating_add(used), at.y), &text, *style, left);
            if used >= max {
                break;
            }
        }
        used
    }
}

/// A text in lines of at most `max` columns, broken at spaces where possible, at most `lines`.
pub(super) fn wrap(text: &str, max: u16, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|ch| plain_text::is_plain(*ch)).collect();
        let fits = width(&line).saturating_add(width(&word)) < max;
        if !line.is_empty() && fits {
            line.push(' ');
        } else if !line.is_empty() {
            wrapped.push(std::mem::take(&mut line));
        }
        // Longer than a line: cut it hard, at least one character to a line.
        for (cluster, columns) in clusters(&word) {
            if !line.is_empty() && width(&line).saturating_add(columns as u16) > max {
                wrapped.push(std::mem::take(&mut line));
            }
            line.push_str(cluster);
        }
    }
    if !line.is_empty() {
        wrapped.push(line);
    }
    if wrapped.len() > lines {
        wrapped.truncate(lines);
        if let Some(last) = wrapped.last_mut() {
            *last = fit(&format!("{} …", fit(last, max.saturating_sub(2))), max);
        }
    }
    wrapped
}
