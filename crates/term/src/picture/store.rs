//! A terminal's pictures and their placements, in bounded memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::command::Command;
use crate::DumpError;
use crate::scrollback::codec::{Reader, Writer};
use segno_base::screen::picture::{Encoding, Part, Picture};

/// What the pictures of one terminal may take.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// What those of all terminals may take.
const MAX_IN_ALL: usize = 64 * 1024 * 1024;
/// How many pictures a terminal keeps.
const MAX_PICTURES: usize = 256;
/// How many placements of them.
const MAX_PLACEMENTS: usize = 1024;
/// The most columns and rows that a picture occupies.
pub(super) const MAX_CELLS: u32 = 1000;

/// What the pictures of all terminals take now.
static IN_ALL: AtomicUsize = AtomicUsize::new(0);

/// A picture that a program sent.
#[derive(Debug)]
pub(super) struct Stored {
    /// The program's names for it; 0 for none.
    pub id: u32,
    pub number: u32,
    pub picture: Arc<Picture>,
}

/// Where and how a picture is shown; the place itself is a [`super::Pin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placement {
    /// The picture's number.
    pub of: u64,
    /// The program's name for it; 0 for none.
    pub id: u32,
    pub cols: u16,
    pub rows: u16,
    pub z: i32,
    /// The part of the picture that is shown.
    pub part: Part,
    /// What a cell measured.
    pub cell: (u16, u16),
}

/// A transmission whose rest is still to come.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub command: Command,
    pub data: Vec<u8>,
    /// It is too long, and what came of it was dropped.
    pub overflow: bool,
}

/// The pictures of a terminal. Numbers grow, so that the lowest is the oldest.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    pub(super) stored: BTreeMap<u64, Stored>,
    pub(super) placements: BTreeMap<u64, Placement>,
    /// How pictures are shown by placeholders, by the program's name for each.
    pub(super) templates: BTreeMap<u32, Placement>,
    pub(super) pending: Option<Box<Pending>>,
    next: u64,
    bytes: usize,
}

impl Pictures {
    /// Keeps a picture, for which the oldest ones go where there is no room; its number, or `None`
    /// when there is none in all terminals.
    pub(super) fn store(&mut self, id: u32, number: u32, picture: Picture) -> Option<u64> {
        let size = picture.data.len();
        let full = |p: &Pictures| p.bytes + size > MAX_BYTES || p.stored.len() >= MAX_PICTURES;
        while full(self) || !self.reserve(size) {
            let oldest = *self.stored.keys().next()?;
            self.remove(oldest);
        }
        self.bytes += size;
        let of = self.number();
        self.stored.insert(of, Stored { id, number, picture: Arc::new(picture) });
        Some(of)
    }

    fn reserve(&self, size: usize) -> bool {
        let fits = |all: usize| Some(all + size).filter(|sum| *sum <= MAX_IN_ALL);
        IN_ALL.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Notes a placement; its number.
    pub(super) fn place(&mut self, placement: Placement) -> u64 {
        if self.placements.len() >= MAX_PLACEMENTS {
            self.placements.pop_first();
        }
        let number = self.number();
        self.placements.insert(number, placement);
        number
    }

    /// Drops a picture and its placements.
    pub(super) fn remove(&mut self, of: u64) {
        if let Some(stored) = self.stored.remove(&of) {
            let size = stored.picture.data.len();
            self.bytes -= size;
            IN_ALL.fetch_sub(size, Ordering::Relaxed);
        }
        self.placements.retain(|_, placement| placement.of != of);
        self.templates.retain(|_, template| template.of != of);
    }

    /// Drops a placement; and its picture, if nothing else shows that and no program can name it.
    pub(super) fn displace(&mut self, number: u64, free: bool) {
        let Some(Placement { of, .. }) = self.placements.remove(&number) else { return };
        let named = self.stored.get(&of).is_some_and(|s| s.id != 0) && !free;
        if !named && !self.placements.values().any(|placement| placement.of == of) {
            self.remove(of);
        }
    }

    /// The newest picture that a program calls so.
    pub(super) fn find(&self, id: u32, number: u32) -> Option<u64> {
        let mut newest = self.stored.iter().rev();
        let named = |stored: &Stored| match id {
            0 => number != 0 && stored.number == number,
            id => stored.id == id,
        };
        newest.find(|(_, stored)| named(stored)).map(|(of, _)| *of)
    }

    /// A name that no picture has.
    pub(super) fn free_id(&self) -> u32 {
        let used = |id: &u32| self.stored.values().any(|stored| stored.id == *id);
        (1..=u32::MAX).rev().find(|id| !used(id)).unwrap_or(1)
    }

    /// A picture that is shown, and how.
    pub(super) fn shown(&self, placement: u64) -> Option<(&Placement, &Arc<Picture>)> {
        let placement = self.placements.get(&placement)?;
        Some((placement, &self.stored.get(&placement.of)?.picture))
    }

    /// Whether nothing is shown anywhere.
    pub fn is_empty(&self) -> bool {
        self.placements.is_empty()
    }

    /// The rows of the highest picture.
    pub fn tallest(&self) -> usize {
        self.placements.values().map(|placement| placement.rows.into()).max().unwrap_or(0)
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        let mut fresh = Pictures::default();
        fresh.next = self.next;
        *self = fresh;
    }

    /// Writes everything for a dump.
    pub fn write(&self, out: &mut Writer) {
        out.number(self.next);
        out.number(self.stored.len() as u64);
        for (of, Stored { id, number, picture }) in &self.stored {
            out.number(*of);
            out.number((*id).into());
            out.number((*number).into());
            let encoding = ENCODINGS.iter().position(|e| *e == picture.encoding).unwrap_or(0);
            out.byte(encoding as u8);
            out.flag(picture.compressed);
            out.number(picture.width.into());
            out.number(picture.height.into());
            out.bytes(&picture.data);
        }
        out.number(self.placements.len() as u64);
        out.number(self.templates.len() as u64);
        let templates = self.templates.iter().map(|(name, template)| (u64::from(*name), template));
        let placements = self.placements.iter().map(|(number, placement)| (*number, placement));
        for (number, placement) in placements.chain(templates) {
            let Placement { of, id, cols, rows, z, part, cell } = placement;
            out.number(number);
            out.number(*of);
            out.number((*id).into());
            out.number((*cols).into());
            out.number((*rows).into());
            out.number((*z as u32).into());
            for number in [part.x, part.y, part.width, part.height] {
                out.number(number.into());
            }
            out.number(cell.0.into());
            out.number(cell.1.into());
        }
        out.option(self.pending.as_deref(), |out, pending| {
            out.bytes(&pending.command.control());
            out.bytes(&pending.data);
            out.flag(pending.overflow);
        });
    }

    /// Reads what [`Pictures::write`] wrote. What there is no room for is left out.
    pub fn read(from: &mut Reader) -> Result<Pictures, DumpError> {
        let mut pictures = Pictures::default();
        pictures.next = from.number()?;
        let u32_of = |from: &mut Reader| from.up_to(u32::MAX as usize).map(|number| number as u32);
        let u16_of = |from: &mut Reader| from.up_to(u16::MAX.into()).map(|number| number as u16);
        for _ in 0..from.up_to(MAX_PICTURES)? {
            let of = from.number()?;
            let (id, number) = (u32_of(from)?, u32_of(from)?);
            let encoding = ENCODINGS.get(usize::from(from.byte()?)).copied();
            let encoding = encoding.ok_or(DumpError("a value is unknown"))?;
            let compressed = from.flag()?;
            let (width, height) = (u32_of(from)?, u32_of(from)?);
            let data = from.bytes()?;
            let size = super::size::checked(width, height);
            size.ok_or(DumpError("a picture's size is impossible"))?;
            if of > pictures.next || pictures.stored.contains_key(&of) {
                return Err(DumpError("a picture's number is impossible"));
            }
            if pictures.bytes + data.len() <= MAX_BYTES && pictures.reserve(data.len()) {
                pictures.bytes += data.len();
                let data = data.to_vec();
                let picture = Picture { encoding, compressed, width, height, data };
                pictures.stored.insert(of, Stored { id, number, picture: Arc::new(picture) });
            }
        }
        let (placements, templates) = (from.up_to(MAX_PLACEMENTS)?, from.up_to(MAX_PICTURES)?);
        for index in 0..placements + templates {
            let at = from.number()?;
            let placement = Placement {
                of: from.number()?,
                id: u32_of(from)?,
                cols: from.up_to(MAX_CELLS as usize)? as u16,
                rows: from.up_to(MAX_CELLS as usize)? as u16,
                z: u32_of(from)? as i32,
                part: Part {
                    x: u32_of(from)?,
                    y: u32_of(from)?,
                    width: u32_of(from)?,
                    height: u32_of(from)?,
                },
                cell: (u16_of(from)?, u16_of(from)?),
            };
            if placement.cols == 0 || placement.rows == 0 {
                return Err(DumpError("a picture's size is impossible"));
            }
            match u32::try_from(at) {
                _ if index < placements => {
                    pictures.placements.insert(at, placement);
                }
                Ok(name) => {
                    pictures.templates.insert(name, placement);
                }
                Err(_) => return Err(DumpError("a number is out of range")),
            }
        }
        pictures.pending = from.option(|from| {
            let control = from.bytes()?.to_vec();
            let data = from.bytes()?.to_vec();
            let command = Command::parse(&control).map(|(command, _)| command);
            let command = command.ok_or(DumpError("a picture's command is malformed"))?;
            let overflow = from.flag()?;
            if data.len() > MAX_BYTES {
                return Err(DumpError("a picture is too long"));
            }
            Ok(Box::new(Pending { command, data, overflow }))
        })?;
        Ok(pictures)
    }
}

const ENCODINGS: [Encoding; 4] = [Encoding::Png, Encoding::Rgb, Encoding::Rgba, Encoding::Sixel];

impl Drop for Pictures {
    fn drop(&mut self) {
        IN_ALL.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
