//! Many lines of a text at once: what is searched and copied without a look at each of its rows.
//!
//! Made by the emulator, read by copy mode; names no emulator.

/// Lines as they were printed, whatever rows they take, ended by line feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextChunk {
    pub text: String,
    pub lines: Vec<ChunkLine>,
    /// The columns of a row.
    pub cols: usize,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLine {
    /// Where it begins in the text, in bytes.
    pub at: usize,
    /// Its first row, and how many rows it occupies.
    pub row: usize,
    pub rows: usize,
    /// Each byte is a column, and each row but the last is full.
    pub plain: bool,
}

impl TextChunk {
    pub fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
    }

    /// A line without its end, and without the blanks before it.
    pub fn line(&self, index: usize) -> &str {
        let Some(line) = self.lines.get(index) else { return "" };
        let end = self.lines.get(index + 1).map_or(self.text.len(), |next| next.at);
        self.text.get(line.at..end.saturating_sub(1)).unwrap_or("")
    }

    /// The index of the line that holds a byte of the text.
    pub fn line_of(&self, byte: usize) -> usize {
        self.lines.partition_point(|line| line.at <= byte).saturating_sub(1)
    }
}
