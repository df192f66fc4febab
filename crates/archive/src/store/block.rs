//! Texts of one conversation, compressed together, since short ones alone compress badly.

use std::collections::VecDeque;
use std::rc::Rc;

use rusqlite::{Connection, OptionalExtension, params};

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
#[derive(Debug, Default)]
pub struct Reader {
    kept: VecDeque<(i64, Rc<str>)>,
}

impl Reader {
    /// The two texts that stand there.
    pub fn texts(&mut self, db: &Connection, place: Place) -> Result<(String, String)> {
        let block = self.block(db, place.block)?;
        let end = place.at.saturating_add(place.main);
        let second = end.saturating_add(1);
        let (main, side) =
            (block.get(place.at..end), block.get(second..second.saturating_add(place.side)));
        match (main, side) {
            (Some(main), Some(side)) => Ok((main.to_owned(), side.to_owned())),
            _ => Err(Error::Damaged(format!("block {} is too short", place.block))),
        }
    }

    /// All of a block.
    pub fn block(&mut self, db: &Connection, id: i64) -> Result<Rc<str>> {
        if let Some(at) = self.kept.iter().position(|(kept, _)| *kept == id) {
            return Ok(Rc::clone(&self.kept[at].1));
        }
        let data: Option<Vec<u8>> = db
            .prepare_cached("SELECT data FROM block WHERE id = ?")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let block: Rc<str> = unpack(id, data.as_deref())?.into();
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((id, Rc::clone(&block)));
        Ok(block)
    }
}

fn unpack(id: i64, data: Option<&[u8]>) -> Result<String> {
    let damaged = |why: &dyn std::fmt::Display| Error::Damaged(format!("block {id}: {why}"));
    let data = data.ok_or_else(|| damaged(&"missing"))?;
    let size = zstd::zstd_safe::get_frame_content_size(data).ok().flatten().unwrap_or(u64::MAX);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > UNPACKED_MAX {
        return Err(damaged(&"its size is wrong"));
    }
    let bytes = zstd::bulk::decompress(data, size).map_err(|error| damaged(&error))?;
    String::from_utf8(bytes).map_err(|error| damaged(&error))
}
