//! Aligned columns and the few colours that the tables use.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The colours of the command line, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Whether to colour at all.
    pub on: bool,
    /// Columns of the terminal that tables must fit in; without one they are never cut.
    pub columns: Option<u16>,
}

/// A colour by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// Less important.
    Faint,
    /// A heading.
    Strong,
    /// All is well.
    Good,
    /// Wants attention.
    Warn,
    /// Is wrong.
    Bad,
}

impl Paint {
    /// The text in this tone.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let sgr = match tone {
            _ if !self.on || text.is_empty() => return text.into(),
            Tone::Plain => return text.into(),
            Tone::Faint => "2",
            Tone::Strong => "1",
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
        };
        format!("\x1b[{sgr}m{text}\x1b[0m")
    }
}

/// Rows with a heading; the last column is not padded.
#[derive(Debug)]
pub struct Table {
    heading: Vec<&'static str>,
    rows: Vec<Vec<(Tone, String)>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(heading: &[&'static str]) -> Table {
        Table { heading: heading.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Control characters are taken out, an empty cell becomes `-`.
    pub fn row(&mut self, cells: Vec<(Tone, String)>) {
        let clean = |(tone, text): (Tone, String)| {
            let text = super::plain(&text);
            if text.trim().is_empty() { (Tone::Faint, "-".into()) } else { (tone, text) }
        };
        self.rows.push(cells.into_iter().map(clean).collect());
    }

    /// The table as text.
    pub fn render(&self, paint: Paint) -> String {
        let mut widths: Vec<usize> = self.heading.iter().map(|h| h.width()).collect();
        for row in &self.rows {
            for (width, (_, text)) in widths.iter_mut().zip(row) {
                *width = (*width).max(text.width());
            }
        }
        let heading = self.heading.iter().map(|h| (Tone::Strong, h.to_string())).collect();
        let mut out = String::new();
        for row in std::iter::once(&heading).chain(&self.rows) {
            let last = row.len().saturating_sub(1);
            let mut left = paint.columns.map_or(usize::MAX, usize::from);
            for (i, ((tone, text), width)) in row.iter().zip(&widths).enumerate() {
                out.push_str(&paint.paint(*tone, &cut(text, left)));
                left = left.saturating_sub(width + 2);
                if i == last || left == 0 {
                    break;
                }
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(text.width()) + 2));
            }
            out.push('\n');
        }
        out
    }
}

/// A text in at most `columns` columns; what is cut ends in an ellipsis.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.into();
    }
    let mut kept = String::new();
    for ch in text.chars() {
        if kept.width() + ch.width().unwrap_or(0) + 1 > columns {
            break;
        }
        kept.push(ch);
    }
    kept + "…"
}
