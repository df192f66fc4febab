//! Texts of one conversation, compressed together, since short ones alone compress badly.

use std::collections::VecDeque;
use std::rc::Rc;

use rusqlite::{Connection, params};

use crate::error::{Error, Result};

/// A block is closed once it holds this many bytes.
pub const SIZE: usize = 64 << 10;

/// Of a block that unpacks to more, something is wrong.
const UNPACKED_MAX: usize = 64 << 20;

const LEVEL: i32 = 3;

/// Unpacked blocks that are kept at hand.
const KEPT: usize = 16;

/// Where two texts stand, each with the end of a line after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub block: i64,
    pub at: usize,
    pub main: usize,
    pub side: usize,
}

impl Place {
    /// The two texts, of the block that they stand in.
    pub fn of(self, block: &str) -> Result<(&str, &str)> {
        let end = self.at.saturating_add(self.main);
        let second = end.saturating_add(1);
        let main = block.get(self.at..end);
        let side = block.get(second..second.saturating_add(self.side));
        main.zip(side).ok_or_else(|| Error::Damaged(format!("block {} is too short", self.block)))
    }
}

/// Writes blocks. What compressing needs is made once.
pub struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    pub fn new() -> Result<Packer> {
        zstd::bulk::Compressor::new(LEVEL).map(Packer).map_err(cannot_pack)
    }

    /// Writes a block of which `live` entries know.
    pub fn write(
        &mut self,
        db: &Connection,
        id: i64,
        conversation: i64,
        live: usize,
        texts: &str,
    ) -> Result<()> {
        let data = self.0.compress(texts.as_bytes()).map_err(cannot_pack)?;
        db.prepare_cached("INSERT INTO block (id, conversation, live, data) VALUES (?, ?, ?, ?)")?
            .execute(params![id, conversation, live as i64, data])?;
        Ok(())
    }
}

fn cannot_pack(error: std::io::Error) -> Error {
    Error::Damaged(error.to_string())
}

/// Adds an entry's two texts.
pub fn push(texts: &mut String, main: &str, side: &str) {
    for text in [main, side] {
        texts.push_str(text);
        texts.push('\n');
    }
}

/// Says that one entry less stands in it; a block of which none is left is deleted.
pub fn release(db: &Connection, id: i64) -> Result<()> {
    db.prepare_cached("UPDATE block SET live = live - 1 WHERE id = ?")?.execute([id])?;
    db.prepare_cached("DELETE FROM block WHERE id = ? AND live <= 0")?.execute([id])?;
    Ok(())
}

/// Reads blocks, and keeps the last few.
pub struct Reader {
    kept: VecDeque<(i64, Rc<String>)>,
    at_hand: usize,
    /// What unpacking needs, made once.
    unpacker: Option<zstd::bulk::Decompressor<'static>>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::keeping(KEPT)
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("kept", &self.kept.len()).finish_non_exhaustive()
    }
}

impl Reader {
    /// Keeps as many unpacked blocks at hand.
    pub fn keeping(at_hand: usize) -> Self {
        Self { kept: VecDeque::new(), at_hand: at_hand.max(1), unpacker: None }
    }

    /// The two texts that stand there.
    pub fn texts(&mut self, db: &Connection, place: Place) -> Result<(String, String)> {
        let block = self.block(db, place.block)?;
        let (main, side) = place.of(&block)?;
        Ok((main.to_owned(), side.to_owned()))
    }

    /// All of a block.
    pub fn block(&mut self, db: &Connection, id: i64) -> Result<Rc<String>> {
        if let Some(at) = self.kept.iter().position(|(kept, _)| *kept == id) {
            return Ok(Rc::clone(&self.kept[at].1));
        }
        let mut statement = db.prepare_cached("SELECT data FROM block WHERE id = ?")?;
        let mut rows = statement.query([id])?;
        let data = match rows.next()? {
            Some(row) => row.get_ref(0)?.as_blob_or_null().map_err(rusqlite::Error::from)?,
            None => None,
        };
        let block = Rc::new(self.unpack(id, data)?);
        if self.kept.len() == self.at_hand {
            self.kept.pop_front();
        }
        self.kept.push_back((id, Rc::clone(&block)));
        Ok(block)
    }

    fn unpack(&mut self, id: i64, data: Option<&[u8]>) -> Result<String> {
        let damaged = |why: &dyn std::fmt::Display| Error::Damaged(format!("block {id}: {why}"));
        let data = data.ok_or_else(|| damaged(&"missing"))?;
        let size = zstd::zstd_safe::get_frame_content_size(data).ok().flatten();
        let size = usize::try_from(size.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        if size > UNPACKED_MAX {
            return Err(damaged(&"its size is wrong"));
        }
        let unpacker = match &mut self.unpacker {
            Some(unpacker) => unpacker,
            none => none.insert(zstd::bulk::Decompressor::new().map_err(cannot_pack)?),
        };
        let bytes = unpacker.decompress(data, size).map_err(|error| damaged(&error))?;
        String::from_utf8(bytes).map_err(|error| damaged(&error))
    }
}
