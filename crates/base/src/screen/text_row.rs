//! One row of a screen or its history as text: what can be searched, selected and copied.
//!
//! Made by the emulator, read by copy mode; names no emulator.

/// Where a shell is between two commands (OSC 133), as it is kept with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// A prompt begins.
    Prompt,
    /// The user's input begins.
    Input,
    /// A command's output begins.
    Output,
}

/// One character with what combines with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    /// Where it begins in the row's text, in bytes.
    pub at: usize,
    /// Its first column.
    pub col: u16,
    /// Its columns: one or two.
    pub width: u16,
}

/// Columns of a row that are a hyperlink (OSC 8); `end` is behind the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSpan {
    pub start: u16,
    pub end: u16,
    pub uri: String,
}

/// A row without the blanks at its end, unless it goes on in the next one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextRow {
    pub text: String,
    pub glyphs: Vec<Glyph>,
    /// The line goes on in the next row.
    pub wrapped: bool,
    pub marks: Vec<(u16, Mark)>,
    pub links: Vec<LinkSpan>,
}

impl TextRow {
    /// Adds a character at the end.
    pub fn push(&mut self, col: u16, width: u16, ch: char, combining: &[char]) {
        self.glyphs.push(Glyph { at: self.text.len(), col, width });
        self.text.push(ch);
        self.text.extend(combining);
    }

    /// Removes the blanks at the end.
    pub fn trim(&mut self) {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        let glyphs = self.glyphs.partition_point(|glyph| glyph.at < kept);
        self.glyphs.truncate(glyphs);
    }

    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The index of the glyph that covers a column; behind the end, that of the last one.
    pub fn index_at(&self, col: u16) -> Option<usize> {
        self.glyphs
            .partition_point(|glyph| glyph.col <= col)
            .checked_sub(1)
            .or_else(|| (!self.glyphs.is_empty()).then_some(0))
    }

    /// The column behind the last glyph.
    pub fn end(&self) -> u16 {
        self.glyphs.last().map_or(0, |glyph| glyph.col + glyph.width)
    }

    /// The text of a glyph.
    pub fn glyph_text(&self, index: usize) -> &str {
        let Some(glyph) = self.glyphs.get(index) else { return "" };
        let end = self.glyphs.get(index + 1).map_or(self.text.len(), |next| next.at);
        self.text.get(glyph.at..end).unwrap_or("")
    }

    /// The text of the glyphs that touch the columns `from..to`.
    pub fn slice(&self, from: u16, to: u16) -> &str {
        let first = self.glyphs.partition_point(|glyph| glyph.col + glyph.width <= from);
        let last = self.glyphs.partition_point(|glyph| glyph.col < to);
        if first >= last {
            return "";
        }
        let start = self.glyphs[first].at;
        let end = self.glyphs.get(last).map_or(self.text.len(), |glyph| glyph.at);
        self.text.get(start..end).unwrap_or("")
    }

    /// The column of the glyph that holds a byte of the text.
    pub fn col_of_byte(&self, byte: usize) -> u16 {
        let index = self.glyphs.partition_point(|glyph| glyph.at <= byte);
        index.checked_sub(1).and_then(|i| self.glyphs.get(i)).map_or(0, |glyph| glyph.col)
    }

    pub fn has_mark(&self, mark: Mark) -> bool {
        self.marks.iter().any(|(_, m)| *m == mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> TextRow {
        let mut row = TextRow::default();
        row.push(0, 1, 'a', &[]);
        row.push(1, 2, '漢', &[]);
        row.push(3, 1, 'e', &['\u{301}']);
        row.push(4, 1, ' ', &[]);
        row.push(5, 1, 'z', &[]);
        row.push(6, 1, ' ', &[]);
        row
    }

    #[test]
    fn columns_and_bytes_meet() {
        let mut row = row();
        row.trim();
        assert_eq!(row.text, "a漢e\u{301} z");
        assert_eq!(row.end(), 6);
        assert_eq!(row.slice(2, 4), "漢e\u{301}");
        assert_eq!(row.slice(4, 99), " z");
        assert_eq!(row.slice(9, 99), "");
        assert_eq!(row.index_at(2), Some(1));
        assert_eq!(row.index_at(99), Some(4));
        assert_eq!(TextRow::default().index_at(0), None);
        assert_eq!(row.col_of_byte(1), 1);
        assert_eq!(row.col_of_byte(4), 3);
        assert_eq!(row.glyph_text(2), "e\u{301}");
    }
}
