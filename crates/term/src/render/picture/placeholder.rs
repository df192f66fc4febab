//! Kitty's placeholders: cells that stand for a part of a picture
//! (<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>). Combining
//! characters say which part, the colour says of which picture.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use segno_base::screen::cell::{Attrs, Cell, Color, Extra, Style};
use segno_base::screen::frame::Frame;
use segno_base::screen::picture::{Encoding, Picture, Placed, UNDER};
use segno_base::screen::placeholder::mark;

/// The most payload that one command may carry.
const CHUNK: usize = 4096;
/// The first of Segno's names for pictures; a colour can say 24 bits.
const FIRST_ID: u32 = 0x5e_6000;
/// How many names are used in turn.
const IDS: u32 = 0x1000;

/// The name of the n-th picture.
pub(super) fn id(count: u32) -> u32 {
    FIRST_ID + count % IDS
}

/// Puts the placeholders of a picture into its cells.
pub(super) fn fill(frame: &mut Frame, placed: &Placed, id: u32) {
    let [_, r, g, b] = id.to_be_bytes();
    let style = Style::new(Color::Rgb(r, g, b), Color::Default, Attrs::NONE);
    super::fill(frame, placed, |col, row| match (mark(row), mark(col)) {
        (Some(row), Some(col)) => {
            let extra = Extra { combining: vec![row, col], ..Extra::default() };
            Cell { extra: Some(Arc::new(extra)), ..Cell::new(UNDER, style) }
        }
        // Beyond what can be said.
        _ => Cell::BLANK,
    });
}

/// Sends a picture, to be shown by placeholders in so many cells, if it is.
pub(super) fn send(picture: &Picture, id: u32, cells: Option<(u16, u16)>, out: &mut Vec<u8>) {
    let format = match picture.encoding {
        Encoding::Png => 100,
        Encoding::Rgb => 24,
        Encoding::Rgba => 32,
        Encoding::Sixel => return,
    };
    let Picture { width, height, compressed, .. } = picture;
    let mut control = match cells {
        Some((cols, rows)) => format!("a=T,U=1,c={cols},r={rows},"),
        None => "a=t,".to_owned(),
    };
    control.push_str(&format!("q=2,i={id},f={format},s={width},v={height},"));
    if *compressed {
        control.push_str("o=z,");
    }
    let payload = STANDARD.encode(&picture.data);
    let mut pieces = payload.as_bytes().chunks(CHUNK).peekable();
    while let Some(piece) = pieces.next() {
        out.extend_from_slice(b"\x1b_G");
        out.extend_from_slice(std::mem::take(&mut control).as_bytes());
        out.extend_from_slice(if pieces.peek().is_some() { b"m=1;" } else { b"m=0;" });
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\x1b\\");
    }
}

/// Lets the terminal forget a picture.
pub(super) fn delete(id: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\x1b_Ga=d,d=I,q=2,i={id}\x1b\\").as_bytes());
}
