//! A pane's log: what its program prints, appended to a file that the user named, as plain lines
//! or as the very bytes.
//!
//! A thread writes it: the file may be on a disk that hangs. That costs its own pane, which is read
//! no further while much waits to be written.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use segno_core::panes::attributes::LogFile;
use segno_store::file::user_file::{self, Existing, UserFileError};
use segno_term::{Emulator, Transcript};

/// From so many bytes on that wait to be written no more are taken from the program.
const BEHIND: usize = 8 << 20;
const PAUSE: Duration = Duration::from_millis(5);

/// A file that was opened to be logged to.
pub(in crate::server) struct OpenedLog {
    file: File,
    raw: bool,
}

impl OpenedLog {
    /// Opens the file, which may take as long as its disk.
    pub fn open(to: &LogFile) -> Result<OpenedLog, UserFileError> {
        Ok(OpenedLog { file: user_file::open(&to.path, Existing::Kept)?, raw: to.raw })
    }
}

pub(in crate::server) struct PaneLog {
    pieces: mpsc::Sender<Vec<u8>>,
    /// How many bytes were not written yet.
    waiting: Arc<AtomicUsize>,
    writer: JoinHandle<()>,
    /// `None` writes the bytes as they come.
    transcript: Option<Transcript>,
}

impl PaneLog {
    /// Goes on where the screen is now. `failed` is called when it cannot be written.
    pub fn begin(
        opened: OpenedLog,
        emulator: &Emulator,
        failed: impl FnOnce(String) + Send + 'static,
    ) -> std::io::Result<PaneLog> {
        let OpenedLog { mut file, raw } = opened;
        let (pieces, taken) = mpsc::channel::<Vec<u8>>();
        let waiting = Arc::new(AtomicUsize::new(0));
        let left = waiting.clone();
        let write = move || {
            for piece in taken {
                let written = file.write_all(&piece);
                left.fetch_sub(piece.len(), Ordering::AcqRel);
                if let Err(error) = written {
                    return failed(error.to_string());
                }
            }
        };
        let thread = std::thread::Builder::new().name("log".into()).stack_size(128 << 10);
        let writer = thread.spawn(write)?;
        let transcript =
            (!raw).then(|| Transcript::new(&begun(emulator), emulator.modes().alt_screen));
        Ok(PaneLog { pieces, waiting, writer, transcript })
    }

    /// Has bytes written that the program printed; false when the log is over.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        let piece = match &mut self.transcript {
            None => bytes.to_vec(),
            Some(transcript) => transcript.advance(bytes).into_bytes(),
        };
        self.send(piece)
    }

    fn send(&self, piece: Vec<u8>) -> bool {
        if piece.is_empty() {
            return !self.writer.is_finished();
        }
        self.waiting.fetch_add(piece.len(), Ordering::AcqRel);
        self.pieces.send(piece).is_ok()
    }

    /// Whether so much waits that the program has to.
    pub fn is_behind(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > BEHIND && !self.writer.is_finished()
    }

    /// Waits until all is written, at most so long.
    pub fn settle(&self, end: Instant) {
        while self.waiting.load(Ordering::Acquire) > 0
            && !self.writer.is_finished()
            && Instant::now() < end
        {
            std::thread::sleep(PAUSE);
        }
    }

    /// Writes the line under way, as the last, and waits until all is written.
    pub fn finish(mut self) {
        if let Some(transcript) = self.transcript.take() {
            let last = transcript.finish().into_bytes();
            self.send(last);
        }
        let PaneLog { pieces, writer, .. } = self;
        drop(pieces);
        // One that failed has said so.
        let _ = writer.join();
    }
}

/// The line that the cursor is in, up to the cursor: it was begun, and is not in the log yet.
fn begun(emulator: &Emulator) -> String {
    let frozen = emulator.freeze();
    let (line, column) = frozen.cursor();
    let row = frozen.row(line);
    let end = row.glyphs.iter().find(|glyph| glyph.col >= column).map_or(row.text.len(), |g| g.at);
    let mut text = row.text.get(..end).unwrap_or_default().to_string();
    // Blanks at a row's end are not kept, such as the one behind a prompt.
    let before = row.glyphs.iter().rev().find(|glyph| glyph.col < column);
    let used = before.map_or(0, |glyph| glyph.col + glyph.width);
    text.push_str(&" ".repeat(column.saturating_sub(used).into()));
    let mut above = line;
    while let Some(before) = above.checked_sub(1) {
        let row = frozen.row(before);
        if !row.wrapped {
            break;
        }
        text.insert_str(0, &row.text);
        above = before;
    }
    text
}
