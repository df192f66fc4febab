//! A pane's log: what its program prints, appended to a file that the user named, as plain lines
//! or as the very bytes.

use std::fs::File;
use std::io::{self, Write};

use crate::core::extras::LogFile;
use crate::store::user_file::{self, Existing, UserFileError};
use crate::term::{Emulator, Transcript};

pub(super) struct PaneLog {
    file: File,
    /// `None` writes the bytes as they come.
    transcript: Option<Transcript>,
}

impl PaneLog {
    /// Opens the file to go on where the screen is now.
    pub fn open(to: &LogFile, emulator: &Emulator) -> Result<PaneLog, UserFileError> {
        let file = user_file::open(&to.path, Existing::Kept)?;
        let transcript =
            (!to.raw).then(|| Transcript::new(&begun(emulator), emulator.modes().alt_screen));
        Ok(PaneLog { file, transcript })
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.transcript {
            None => self.file.write_all(bytes),
            Some(transcript) => self.file.write_all(transcript.advance(bytes).as_bytes()),
        }
    }

    /// Writes the line under way, as the last.
    pub fn finish(mut self) {
        if let Some(transcript) = self.transcript.take() {
            // The log is over, whatever becomes of its last line.
            let _ = self.file.write_all(transcript.finish().as_bytes());
        }
    }
}

/// The line that the cursor is in, up to the cursor: it was begun, and is not in the log yet.
fn begun(emulator: &Emulator) -> String {
    let frozen = emulator.freeze();
    let (line, column) = frozen.cursor();
    let row = emulator.frozen_row(&frozen, line);
    let end = row.glyphs.iter().find(|glyph| glyph.col >= column).map_or(row.text.len(), |g| g.at);
    let mut text = row.text.get(..end).unwrap_or_default().to_string();
    // Blanks at a row's end are not kept, such as the one behind a prompt.
    let before = row.glyphs.iter().rev().find(|glyph| glyph.col < column);
    let used = before.map_or(0, |glyph| glyph.col + glyph.width);
    text.push_str(&" ".repeat(column.saturating_sub(used).into()));
    let mut above = line;
    while let Some(before) = above.checked_sub(1) {
        let row = emulator.frozen_row(&frozen, before);
        if !row.wrapped {
            break;
        }
        text.insert_str(0, &row.text);
        above = before;
    }
    text
}
