//! Kitty's graphics commands taken apart
//! (<https://sw.kovidgoyal.net/kitty/graphics-protocol/>): `key=value,…;payload`.

/// A command's control data. What is left out is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// `a`; `None` when it is left out, as in the further pieces of a transmission.
    pub action: Option<u8>,
    /// `q`: 1 no success is reported, 2 nothing is.
    pub quiet: u32,
    /// `f`.
    pub format: u32,
    /// `t`.
    pub medium: u8,
    /// `o`.
    pub compression: u8,
    /// `s` and `v`, in pixels.
    pub width: u32,
    pub height: u32,
    /// `i`, `I` and `p`.
    pub id: u32,
    pub number: u32,
    pub placement: u32,
    /// `m`: more pieces follow.
    pub more: bool,
    /// `c` and `r`, in cells.
    pub cols: u32,
    pub rows: u32,
    /// `x`, `y`, `w` and `h`: the part of the picture, in pixels, or what is deleted.
    pub x: u32,
    pub y: u32,
    pub part_width: u32,
    pub part_height: u32,
    /// `X` and `Y`: the offset in the first cell.
    pub offset_x: u32,
    pub offset_y: u32,
    /// `z`.
    pub z: i32,
    /// `C`: the cursor stays.
    pub stays: bool,
    /// `U`: for placeholders, not at the cursor.
    pub placeholders: bool,
    /// `P`: relative to another placement.
    pub parent: u32,
    /// `d`.
    pub delete: u8,
}

impl Command {
    /// Parses a command, without its leading `G`; `None` when it is malformed.
    pub fn parse(body: &[u8]) -> Option<(Command, &[u8])> {
        let (control, payload) = match body.iter().position(|b| *b == b';') {
            Some(at) => (&body[..at], &body[at + 1..]),
            None => (body, &[][..]),
        };
        let mut command = Command::default();
        for pair in control.split(|b| *b == b',').filter(|pair| !pair.is_empty()) {
            let [key, b'=', value @ ..] = pair else { return None };
            let letter = value.first().copied().unwrap_or(0);
            if *key == b'z' {
                command.z = std::str::from_utf8(value).ok()?.parse().ok()?;
                continue;
            }
            if matches!(key, b'a' | b't' | b'o' | b'd') {
                match key {
                    b'a' => command.action = Some(letter),
                    b't' => command.medium = letter,
                    b'o' => command.compression = letter,
                    _ => command.delete = letter,
                }
                continue;
            }
            // Offsets of relative placements, which are refused, may be negative.
            let Some(number) = number(value) else { continue };
            match key {
                b'q' => command.quiet = number,
                b'f' => command.format = number,
                b's' => command.width = number,
                b'v' => command.height = number,
                b'i' => command.id = number,
                b'I' => command.number = number,
                b'p' => command.placement = number,
                b'm' => command.more = number == 1,
                b'c' => command.cols = number,
                b'r' => command.rows = number,
                b'x' => command.x = number,
                b'y' => command.y = number,
                b'w' => command.part_width = number,
                b'h' => command.part_height = number,
                b'X' => command.offset_x = number,
                b'Y' => command.offset_y = number,
                b'C' => command.stays = number == 1,
                b'U' => command.placeholders = number == 1,
                b'P' => command.parent = number,
                _ => {}
            }
        }
        Some((command, payload))
    }

    /// The control data again, as far as a transmission that is under way needs it.
    pub fn control(&self) -> Vec<u8> {
        let mut text = String::new();
        let letters =
            [('a', self.action.unwrap_or(b't')), ('t', self.medium), ('o', self.compression)];
        for (key, letter) in letters.into_iter().filter(|(_, letter)| *letter != 0) {
            text.push_str(&format!("{key}={},", char::from(letter)));
        }
        for (key, number) in [
            ('q', self.quiet),
            ('f', self.format),
            ('s', self.width),
            ('v', self.height),
            ('i', self.id),
            ('I', self.number),
            ('p', self.placement),
            ('m', self.more.into()),
            ('c', self.cols),
            ('r', self.rows),
            ('x', self.x),
            ('y', self.y),
            ('w', self.part_width),
            ('h', self.part_height),
            ('X', self.offset_x),
            ('Y', self.offset_y),
            ('C', self.stays.into()),
            ('U', self.placeholders.into()),
            ('P', self.parent),
        ] {
            if number != 0 {
                text.push_str(&format!("{key}={number},"));
            }
        }
        text.push_str(&format!("z={}", self.z));
        text.into_bytes()
    }

    /// Whether it can only be a further piece of a transmission.
    pub fn is_piece(&self) -> bool {
        let Command { id, number, format, width, medium, .. } = self;
        self.action.is_none() && (*id, *number, *format, *width, *medium) == (0, 0, 0, 0, 0)
    }
}

fn number(value: &[u8]) -> Option<u32> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
