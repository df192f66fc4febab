//! Reads a segment back, piece by piece, never more than what was checked.

use std::fs::File;
use std::io::{self, BufReader, Seek, SeekFrom};

use super::segment::{HEADER_LEN, Header, Kind, read_header, read_record};
use segno_base::screen::geometry::Size;

/// A piece of a journal, in the order in which it is to be replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A piece of the state dump (at most 64 KiB): escape sequences that rebuild a terminal of
    /// this size. The first record always is one, and the pieces come one after the other.
    Dump { size: Size, bytes: Vec<u8> },
    /// What the program printed (at most 64 KiB).
    Output(Vec<u8>),
    /// The terminal's size changed.
    Resize(Size),
    /// Here the pane was restored, at this time in milliseconds since the Unix epoch.
    Marker { at_ms: u64 },
}

/// What a journal could not give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// The last bytes of the newest segment were cut: a write was under way, or they are damaged.
    Tail { bytes: u64 },
    /// The newest segment was unusable; an older one or nothing is replayed.
    Segment,
}

/// The records of the newest valid segment.
#[derive(Debug)]
pub struct Replay {
    from: Option<(BufReader<File>, Header)>,
    left: u64,
    started: bool,
    payload: Vec<u8>,
    damage: Option<Damage>,
}

/// What a scan of a segment yields.
#[derive(Debug)]
pub struct Scan {
    pub header: Header,
    pub dump_end: u64,
    /// Up to where it is valid.
    pub end: u64,
    /// How many bytes were printed up to there.
    pub offset: u64,
}

/// Checks a segment from its start. `None`: it has no whole header and dump, so it cannot be
/// replayed.
pub fn scan(file: &mut File) -> io::Result<Option<Scan>> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(128 << 10, file);
    let Some(header) = read_header(&mut reader)? else { return Ok(None) };
    let mut scan =
        Scan { header, dump_end: HEADER_LEN as u64, end: HEADER_LEN as u64, offset: header.offset };
    let mut dump_left = header.dump_len;
    let mut payload = Vec::new();
    loop {
        let record = read_record(&mut reader, &mut payload)?;
        let Some((kind, length)) = record.filter(|(kind, _)| decode(*kind, header, &payload))
        else {
            return Ok((dump_left == 0).then_some(scan));
        };
        if (kind == Kind::Dump) != (dump_left > 0) {
            return Ok((dump_left == 0).then_some(scan));
        }
        scan.end += length as u64;
        if kind == Kind::Output {
            scan.offset = scan.offset.saturating_add(payload.len() as u64);
        }
        if kind == Kind::Dump {
            let Some(left) = dump_left.checked_sub(payload.len() as u64) else { return Ok(None) };
            dump_left = left;
            scan.dump_end = scan.end;
        }
    }
}

impl Replay {
    pub(super) fn nothing(damage: Option<Damage>) -> Replay {
        Replay { from: None, left: 0, started: false, payload: Vec::new(), damage }
    }

    pub(super) fn new(mut file: File, scan: &Scan, damage: Option<Damage>) -> io::Result<Replay> {
        file.seek(SeekFrom::Start(HEADER_LEN as u64))?;
        let reader = BufReader::with_capacity(128 << 10, file);
        let from = Some((reader, scan.header));
        let left = scan.end - HEADER_LEN as u64;
        Ok(Replay { from, left, started: false, payload: Vec::new(), damage })
    }

    pub(super) fn with_damage(self, damage: Option<Damage>) -> Replay {
        Replay { damage, ..self }
    }

    /// Whether there is nothing to replay.
    pub fn is_empty(&self) -> bool {
        self.from.is_none()
    }

    /// The size with which the terminal begins.
    pub fn size(&self) -> Option<Size> {
        self.from.as_ref().map(|(_, header)| header.size)
    }

    /// How many bytes the pane's programs had printed when the segment was begun.
    pub fn offset(&self) -> u64 {
        self.from.as_ref().map_or(0, |(_, header)| header.offset)
    }

    /// What could not be kept, for a message.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }
}

impl Iterator for Replay {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let (reader, header) = self.from.as_mut()?;
        if !std::mem::replace(&mut self.started, true) && header.dump_len == 0 {
            return Some(Record::Dump { size: header.size, bytes: Vec::new() });
        }
        if self.left == 0 {
            return None;
        }
        // What was valid a moment ago and is not any more: the replay ends there.
        let record = read_record(reader, &mut self.payload).ok().flatten();
        let Some((kind, length)) = record else {
            self.left = 0;
            return None;
        };
        self.left = self.left.saturating_sub(length as u64);
        let size = header.size;
        let payload = std::mem::take(&mut self.payload);
        record_of(kind, size, payload)
    }
}

fn decode(kind: Kind, header: Header, payload: &[u8]) -> bool {
    match kind {
        Kind::Dump | Kind::Output => true,
        Kind::Resize | Kind::Marker => record_of(kind, header.size, payload.to_vec()).is_some(),
    }
}

fn record_of(kind: Kind, size: Size, payload: Vec<u8>) -> Option<Record> {
    Some(match kind {
        Kind::Dump => Record::Dump { size, bytes: payload },
        Kind::Output => Record::Output(payload),
        Kind::Resize => {
            let [a, b, c, d] = payload.try_into().ok()?;
            let size = Size::new(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
            Record::Resize(size.clamped())
        }
        Kind::Marker => Record::Marker { at_ms: u64::from_le_bytes(payload.try_into().ok()?) },
    })
}
