//! Kitty's graphics protocol: pictures come in pieces, are kept by name, shown and deleted.
//!
//! Left out, and refused with the protocol's errors: files and shared memory that a program names
//! (they may be anything of the user's), animation, placements relative to others.

use base64::Engine as _;

use super::command::Command;
use super::store::{MAX_BYTES, MAX_CELLS, Pending, Placement};
use super::{MAX_PINS, Pin, size};
use crate::ops::osc::LENIENT;
use crate::state::screen::Screen;
use segno_base::screen::picture::{Encoding, Part, Picture};

/// What is wrong with a command, as the protocol says it.
type Refusal = &'static str;

const NOT_READ: Refusal = "EPERM:files and memory named by programs are not read";
const TOO_LONG: Refusal = "EFBIG:the picture is too large";
const NO_ROOM: Refusal = "ENOSPC:there is no room for the picture";
const NO_PICTURE: Refusal = "ENOENT:there is no such picture";
const MALFORMED: Refusal = "EINVAL:the picture is malformed";
const UNKNOWN: Refusal = "EINVAL:this is not supported";

impl Screen {
    /// Does a command, given without its leading `G`.
    pub fn graphics(&mut self, body: &[u8]) {
        let Some((command, payload)) = Command::parse(body) else { return };
        if self.pictures.pending.is_some() && command.is_piece() {
            return self.piece(&command, payload);
        }
        // Anything else ends a transmission that is under way.
        self.pictures.pending = None;
        match command.action.unwrap_or(b't') {
            b't' | b'T' | b'q' => {
                let mut pending = Box::new(Pending { command, ..Pending::default() });
                let more = pending.command.more;
                pending.take(payload);
                if more {
                    self.pictures.pending = Some(pending);
                } else {
                    self.transmitted(*pending);
                }
            }
            b'p' => {
                let result = match self.pictures.find(command.id, command.number) {
                    Some(of) => self.show(of, &command),
                    None => Err(NO_PICTURE),
                };
                self.answer(&command, command.id, result);
            }
            b'd' => self.delete(&command),
            _ => self.answer(&command, command.id, Err(UNKNOWN)),
        }
    }

    /// A further piece of a picture.
    fn piece(&mut self, command: &Command, payload: &[u8]) {
        let Some(mut pending) = self.pictures.pending.take() else { return };
        pending.take(payload);
        pending.command.quiet = pending.command.quiet.max(command.quiet);
        if command.more {
            self.pictures.pending = Some(pending);
        } else {
            self.transmitted(*pending);
        }
    }

    /// All of a picture is here.
    fn transmitted(&mut self, pending: Pending) {
        let command = pending.command.clone();
        let query = command.action == Some(b'q');
        let mut id = command.id;
        let result = pending.picture().and_then(|picture| {
            if query {
                return Ok(());
            }
            if id == 0 && command.number != 0 {
                id = self.pictures.free_id();
            }
            // A picture of the same name goes, and what showed it.
            if let Some(before) = self.pictures.find(id, 0).filter(|_| id != 0) {
                self.pictures.remove(before);
                self.dirty = true;
            }
            let of = self.pictures.store(id, command.number, picture).ok_or(NO_ROOM)?;
            match command.action {
                Some(b'T') => self.show(of, &command),
                _ => Ok(()),
            }
        });
        self.answer(&command, id, result);
    }

    /// Shows a picture at the cursor.
    fn show(&mut self, of: u64, command: &Command) -> Result<(), Refusal> {
        if command.parent != 0 {
            return Err(UNKNOWN);
        }
        let stored = self.pictures.stored.get(&of).ok_or(NO_PICTURE)?;
        let name = stored.id;
        let (width, height) = (stored.picture.width, stored.picture.height);
        let (x, y) = (command.x.min(width - 1), command.y.min(height - 1));
        let side = |wanted: u32, left: u32| if wanted == 0 { left } else { wanted.min(left) };
        let wide = side(command.part_width, width - x);
        let high = side(command.part_height, height - y);
        let cell = (self.modes.cell.width.max(1), self.modes.cell.height.max(1));
        let (cell_width, cell_height) = (u32::from(cell.0), u32::from(cell.1));
        let cells = |pixels: u32, offset: u32, cell: u32| {
            pixels.saturating_add(offset.min(cell)).div_ceil(cell)
        };
        // Where one side is given, the other follows its proportion.
        let scaled = |given: u32, given_cell: u32, of: u32, to: u32, to_cell: u32| {
            let pixels = u64::from(given) * u64::from(given_cell) * u64::from(to) / u64::from(of);
            u32::try_from(pixels.div_ceil(to_cell.into())).unwrap_or(u32::MAX)
        };
        let (cols, rows) = match (command.cols, command.rows) {
            (0, 0) => (
                cells(wide, command.offset_x, cell_width),
                cells(high, command.offset_y, cell_height),
            ),
            (cols, 0) => (cols, scaled(cols, cell_width, wide, high, cell_height)),
            (0, rows) => (scaled(rows, cell_height, high, wide, cell_width), rows),
            both => both,
        };
        let part = Part { x, y, width: wide, height: high };
        let size = |cells: u32| cells.clamp(1, MAX_CELLS) as u16;
        let (cols, rows) = (size(cols), size(rows));
        let id = command.placement;
        if command.placeholders {
            let template = Placement { of, id, cols, rows, z: 0, part, cell };
            self.pictures.templates.insert(name, template);
            self.dirty = true;
            return Ok(());
        }
        if id != 0 {
            // A placement of the same name moves.
            let same =
                |(number, p): (&u64, &Placement)| (p.of == of && p.id == id).then_some(*number);
            if let Some(before) = self.pictures.placements.iter().find_map(same) {
                self.pictures.placements.remove(&before);
            }
        }
        let placement = Placement { of, id, cols, rows, z: command.z, part, cell };
        let number = self.pictures.place(placement);
        self.pin(number);
        self.dirty = true;
        if !command.stays {
            self.pass_picture(cols, rows);
        }
        Ok(())
    }

    /// Hangs a placement on the cursor's place.
    pub(super) fn pin(&mut self, placement: u64) {
        let col = self.grid.cursor.col;
        let pictures = &self.pictures;
        let (row, _) = self.grid.at_cursor();
        row.pins.retain(|pin| pictures.placements.contains_key(&pin.placement));
        if row.pins.len() >= MAX_PINS {
            row.pins.remove(0);
        }
        row.pins.push(Pin { col, placement });
    }

    /// The cursor goes behind the last row of a picture, which scrolls where it must.
    fn pass_picture(&mut self, cols: u16, rows: u16) {
        for _ in 1..rows {
            self.linefeed();
        }
        let col = self.grid.cursor.col + usize::from(cols);
        if col < self.cols() {
            self.goto_col(col);
        } else {
            self.linefeed();
            self.carriage_return();
        }
    }

    /// Answers a command, as far as it wants that; nothing while no terminal draws pictures.
    fn answer(&mut self, command: &Command, id: u32, result: Result<(), Refusal>) {
        let named = id != 0 || command.number != 0;
        let wanted = match result {
            Ok(()) => command.quiet == 0,
            Err(_) => command.quiet < 2,
        };
        if !(named && wanted && self.graphics.kitty) {
            return;
        }
        let mut names = Vec::new();
        for (key, value) in [('i', id), ('I', command.number), ('p', command.placement)] {
            if value != 0 {
                names.push(format!("{key}={value}"));
            }
        }
        let result = result.err().unwrap_or("OK");
        self.reply(format!("\x1b_G{};{result}\x1b\\", names.join(",")));
    }

    /// Deletes placements, and with a capital letter the pictures that nothing shows any more.
    fn delete(&mut self, command: &Command) {
        let what = if command.delete == 0 { b'a' } else { command.delete };
        let free = what.is_ascii_uppercase();
        let (line, col) = (self.grid.cursor.line as isize, self.grid.cursor.col);
        let cell = (command.y as isize - 1, (command.x as usize).wrapping_sub(1));
        let seen = self.pictures_on_screen();
        let chosen: Vec<u64> = match what.to_ascii_lowercase() {
            b'i' | b'n' | b'r' => {
                let named = |of: u64| {
                    let Some(stored) = self.pictures.stored.get(&of) else { return false };
                    match what.to_ascii_lowercase() {
                        b'i' => command.id != 0 && stored.id == command.id,
                        b'n' => self.pictures.find(0, command.number) == Some(of),
                        _ => stored.id != 0 && (command.x..=command.y).contains(&stored.id),
                    }
                };
                let all = |id: u32| command.placement == 0 || command.placement == id;
                let placements = self.pictures.placements.iter();
                let chosen = placements.filter(|(_, p)| named(p.of) && all(p.id));
                let chosen: Vec<u64> = chosen.map(|(number, _)| *number).collect();
                let gone = |p: &Placement| named(p.of) && all(p.id);
                let templates = self.pictures.templates.iter().filter(|(_, p)| gone(p));
                let templates: Vec<u32> = templates.map(|(name, _)| *name).collect();
                if free && command.placement == 0 {
                    let named: Vec<u64> =
                        self.pictures.stored.keys().copied().filter(|of| named(*of)).collect();
                    named.into_iter().for_each(|of| self.pictures.remove(of));
                }
                self.pictures.templates.retain(|name, _| !templates.contains(name));
                chosen
            }
            what => seen
                .iter()
                .filter(|seen| match what {
                    b'a' => true,
                    b'c' => seen.covers(line, col),
                    b'p' => seen.covers(cell.0, cell.1),
                    b'q' => seen.covers(cell.0, cell.1) && seen.placement.z == command.z,
                    b'x' => seen.cols().contains(&cell.1),
                    b'y' => seen.lines().contains(&cell.0),
                    b'z' => seen.placement.z == command.z,
                    _ => false,
                })
                .map(|seen| seen.number)
                .collect(),
        };
        chosen.into_iter().for_each(|number| self.pictures.displace(number, free));
        self.dirty = true;
    }
}

impl Pending {
    /// Appends a piece of the payload.
    fn take(&mut self, payload: &[u8]) {
        if self.overflow {
            return;
        }
        match LENIENT.decode(payload) {
            Ok(data) if self.data.len() + data.len() <= MAX_BYTES => self.data.extend(data),
            Ok(_) => (self.overflow, self.data) = (true, Vec::new()),
            // What is no base64 makes the picture too short, or no PNG.
            Err(_) => self.command.format = u32::MAX,
        }
    }

    /// The picture, when it is one.
    fn picture(self) -> Result<Picture, Refusal> {
        let Command { format, medium, compression, width, height, .. } = self.command;
        if !matches!(medium, 0 | b'd') {
            return Err(NOT_READ);
        }
        if self.overflow {
            return Err(TOO_LONG);
        }
        let compressed = match compression {
            0 => false,
            b'z' => true,
            _ => return Err(UNKNOWN),
        };
        let encoding = match format {
            0 | 32 => Encoding::Rgba,
            24 => Encoding::Rgb,
            // The size of a compressed file cannot be seen.
            100 if !compressed => Encoding::Png,
            100 => return Err(UNKNOWN),
            _ => return Err(MALFORMED),
        };
        let (width, height) = match encoding {
            Encoding::Png => size::png(&self.data),
            _ => size::checked(width, height),
        }
        .ok_or(MALFORMED)?;
        let each = if encoding == Encoding::Rgb { 3 } else { 4 };
        let pixels = u64::from(width) * u64::from(height) * each;
        if encoding != Encoding::Png && !compressed && self.data.len() as u64 != pixels {
            return Err("ENODATA:the picture is not as large as it says");
        }
        Ok(Picture { encoding, compressed, width, height, data: self.data })
    }
}
