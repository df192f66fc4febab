//! One segment file: its header, its records, and writing them so that no half record stays.
//!
//! ```text
//! header  "SEGNOVT\n"  version u16  cols u16  rows u16  0 u16  at_ms u64  dump_len u64  offset u64
//!         crc u32
//! record  kind u8  len u32  crc u32  payload          (little endian; crc32 of kind + payload)
//! ```
//!
//! The first records are the dump's, in pieces; the header says how long it is altogether.

use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

use segno_base::screen::geometry::Size;

const MAGIC: &[u8; 8] = b"SEGNOVT\n";
const VERSION: u16 = 1;
pub const HEADER_LEN: usize = 44;
pub const RECORD_HEADER_LEN: usize = 9;
/// The longest payload; longer outputs and dumps become several records.
pub const MAX_PAYLOAD: usize = 64 << 10;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Dump = 1,
    Output = 2,
    Resize = 3,
    Marker = 4,
}

impl Kind {
    pub fn from_byte(byte: u8) -> Option<Kind> {
        [Kind::Dump, Kind::Output, Kind::Resize, Kind::Marker]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// What a segment begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub size: Size,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    pub dump_len: u64,
    /// How many bytes the pane's programs had printed when the dump was made.
    pub offset: u64,
}

impl Header {
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.size.cols.to_le_bytes());
        bytes[12..14].copy_from_slice(&self.size.rows.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.at_ms.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.dump_len.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.offset.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..40]);
        bytes[40..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// `None`: not a header of this version, or a damaged one.
    pub fn decode(bytes: &[u8; HEADER_LEN]) -> Option<Header> {
        let valid = bytes[..8] == *MAGIC
            && u16_at(bytes, 8) == VERSION
            && u32_at(bytes, 40) == crc32fast::hash(&bytes[..40]);
        valid.then(|| Header {
            size: Size::new(u16_at(bytes, 10), u16_at(bytes, 12)).clamped(),
            at_ms: u64_at(bytes, 16),
            dump_len: u64_at(bytes, 24),
            offset: u64_at(bytes, 32),
        })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

fn record_crc(kind: u8, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(payload);
    hasher.finalize()
}

/// A segment open for appending.
#[derive(Debug)]
pub struct Segment {
    pub file: File,
    pub number: u64,
    /// How long it is; every byte before belongs to a whole record.
    pub len: u64,
    /// Where its dump ends.
    pub dump_end: u64,
}

impl Segment {
    /// Appends a payload as one record or, when it is long, several, all in one write. On an
    /// error the segment is as it was before.
    pub fn append(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        let written = if (1..=MAX_PAYLOAD).contains(&payload.len()) {
            let head = head(kind, payload);
            write_all(&mut self.file, &mut [IoSlice::new(&head), IoSlice::new(payload)])
        } else {
            let heads: Vec<[u8; RECORD_HEADER_LEN]> =
                payload.chunks(MAX_PAYLOAD).map(|piece| head(kind, piece)).collect();
            let pieces = heads.iter().zip(payload.chunks(MAX_PAYLOAD));
            let mut slices: Vec<_> = pieces
                .flat_map(|(head, piece)| [IoSlice::new(head), IoSlice::new(piece)])
                .collect();
            write_all(&mut self.file, &mut slices)
        };
        match written {
            Ok(written) => {
                self.len += written;
                Ok(())
            }
            Err(error) => {
                // Should this fail too, the half record is cut by whoever reads it.
                let _ = self.file.set_len(self.len);
                Err(error)
            }
        }
    }
}

fn head(kind: Kind, payload: &[u8]) -> [u8; RECORD_HEADER_LEN] {
    let mut head = [0; RECORD_HEADER_LEN];
    head[0] = kind as u8;
    // Pieces are at most `MAX_PAYLOAD` long.
    head[1..5].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    head[5..].copy_from_slice(&record_crc(kind as u8, payload).to_le_bytes());
    head
}

/// Writes everything, as one system call where the kernel accepts that; returns how many bytes that
/// were.
fn write_all(file: &mut File, mut slices: &mut [IoSlice<'_>]) -> io::Result<u64> {
    let mut written = 0;
    // Linux accepts 1024 slices at once; empty ones would look like a full disk.
    while !slices.is_empty() {
        let batch = slices.len().min(1024);
        match file.write_vectored(&slices[..batch]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                written += count as u64;
                IoSlice::advance_slices(&mut slices, count);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

/// Creates a segment with its dump in a file that must not exist yet.
pub fn create(path: &Path, number: u64, header: Header, dump: &[u8]) -> io::Result<Segment> {
    let file = File::options()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC).bits())
        .open(path)?;
    let mut segment = Segment { file, number, len: 0, dump_end: 0 };
    segment.file.write_all(&header.encode())?;
    segment.len = HEADER_LEN as u64;
    segment.append(Kind::Dump, dump)?;
    segment.dump_end = segment.len;
    Ok(segment)
}

/// Opens a segment for reading, and for appending when that is possible. Refuses what is not a
/// plain file.
pub fn open(path: &Path) -> io::Result<File> {
    // Not blocking: a pipe in the segment's place must not stop the daemon.
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).bits();
    let file = File::options().read(true).append(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    Ok(file)
}

/// Reads a record's header and payload into `payload`. `None`: the end, or nothing valid.
pub fn read_record(
    from: &mut impl Read,
    payload: &mut Vec<u8>,
) -> io::Result<Option<(Kind, usize)>> {
    let mut head = [0; RECORD_HEADER_LEN];
    if !read_whole(from, &mut head)? {
        return Ok(None);
    }
    let length = u32_at(&head, 1) as usize;
    let Some(kind) = Kind::from_byte(head[0]).filter(|_| length <= MAX_PAYLOAD) else {
        return Ok(None);
    };
    payload.resize(length, 0);
    if !read_whole(from, payload)? || u32_at(&head, 5) != record_crc(head[0], payload) {
        return Ok(None);
    }
    Ok(Some((kind, RECORD_HEADER_LEN + length)))
}

/// Reads the header at the start; `None` when there is none.
pub fn read_header(from: &mut impl Read) -> io::Result<Option<Header>> {
    let mut bytes = [0; HEADER_LEN];
    Ok(if read_whole(from, &mut bytes)? { Header::decode(&bytes) } else { None })
}

/// `false`: it ended before the buffer was full.
fn read_whole(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
