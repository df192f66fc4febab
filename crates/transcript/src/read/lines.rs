//! Files to which lines of JSON are added.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::{Outcome, STORED_MAX, Source, file, json};
use crate::map::Mapper;
use crate::record::Record;

/// How much is read from the system at once.
const CHUNK: usize = 256 << 10;

pub(super) fn read(
    source: &Source,
    path: &Path,
    known: &super::Cursor,
    budget: u64,
    take: &mut impl FnMut(Record),
) -> Result<Outcome, String> {
    let mut opened = file::open(path)?;
    let now = file::beginning(&opened)?;
    if file::is_unchanged(known, &now) {
        return Ok(Outcome { cursor: known.clone(), ..Outcome::default() });
    }
    let mut cursor = file::resume(&opened, known, now)?;
    let again = known.offset > 0 && cursor.offset == 0;
    opened.seek(SeekFrom::Start(cursor.offset)).map_err(|error| error.to_string())?;
    let mut mapper =
        Mapper::new(&source.transcript, &source.start, std::mem::take(&mut cursor.carry));
    let mut lines = Lines::new(BufReader::with_capacity(CHUNK, &opened), cursor.in_long_line);
    let mut outcome = Outcome { again, ..Outcome::default() };
    let (mut broken, mut long) = (0, 0);
    let begin = cursor.offset;
    loop {
        let read = lines.next().map_err(|error| error.to_string())?;
        match read {
            Line::Complete(line) => match json::parsed(line) {
                Some(stored) => mapper.take(&stored, &cursor.offset.to_string(), take),
                None => broken += usize::from(!line.trim_ascii().is_empty()),
            },
            Line::Long => long += 1,
            Line::Unfinished => {
                mapper.settle(take);
                break;
            }
        }
        if mapper.was_wrong() {
            // From the beginning, where what comes later is there already.
            outcome.bytes = lines.read;
            return Ok(Outcome { again: true, more: true, ..outcome });
        }
        cursor.offset = begin + lines.complete;
        if lines.complete >= budget {
            cursor.more = true;
            break;
        }
    }
    // What was skipped of a line that is too long is not read again.
    cursor.offset = begin + lines.complete;
    cursor.in_long_line = lines.in_long_line && !cursor.more;
    outcome.bytes = lines.read;
    outcome.more = cursor.more;
    drop(lines);
    cursor.tail = file::tail(&opened, cursor.offset)?;
    cursor.carry = mapper.into_carry();
    outcome.cursor = cursor;
    if broken > 0 {
        outcome.problems.push(source.problem(format!("{broken} lines are no JSON")));
    }
    if long > 0 {
        outcome.problems.push(source.problem(format!("{long} lines are longer than 16 MiB")));
    }
    Ok(outcome)
}

/// What comes next in a file.
pub(super) enum Line<'a> {
    /// Without its end.
    Complete(&'a [u8]),
    /// One that is too long has ended.
    Long,
    /// Nothing, or the beginning of a line.
    Unfinished,
}

/// Reads lines, and never holds more than the longest that is allowed.
pub(super) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    /// Bytes of complete lines, and of lines that are skipped.
    pub complete: u64,
    /// All bytes.
    pub read: u64,
    pub in_long_line: bool,
}

impl<R: BufRead> Lines<R> {
    pub fn new(reader: R, in_long_line: bool) -> Lines<R> {
        Lines { reader, line: Vec::new(), complete: 0, read: 0, in_long_line }
    }

    pub fn next(&mut self) -> std::io::Result<Line<'_>> {
        self.line.clear();
        // One long line must not take its room for ever.
        self.line.shrink_to(CHUNK);
        loop {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                return Ok(Line::Unfinished);
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let length = part.len() + usize::from(end.is_some());
            if !self.in_long_line && self.line.len() + part.len() > STORED_MAX {
                self.in_long_line = true;
                self.complete += self.line.len() as u64;
                self.line.clear();
            }
            if self.in_long_line {
                self.complete += length as u64;
            } else {
                self.line.extend_from_slice(part);
            }
            self.read += length as u64;
            self.reader.consume(length);
            match end {
                Some(_) if self.in_long_line => {
                    self.in_long_line = false;
                    return Ok(Line::Long);
                }
                Some(_) => {
                    self.complete += self.line.len() as u64 + 1;
                    return Ok(Line::Complete(&self.line));
                }
                None => {}
            }
        }
    }
}

/// All of a reader that is not larger than what is allowed.
pub(super) fn whole(reader: &mut impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut reader = reader.take(STORED_MAX as u64 + 1);
    reader.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match bytes.len() <= STORED_MAX {
        true => Ok(bytes),
        false => Err("it is larger than 16 MiB".to_string()),
    }
}
