//! Kitty's placeholders: cells that stand for a part of a picture
//! (<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>). Combining
//! characters say which part, the colour says of which picture.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::base::cell::{Attrs, Cell, Color, Extra, Style};
use crate::base::frame::Frame;
use crate::base::picture::{Encoding, Picture, Placed, UNDER};

/// The most payload that one command may carry.
const CHUNK: usize = 4096;
/// The first of Segno's names for pictures; a colour can say 24 bits.
const FIRST_ID: u32 = 0x5e_6000;
/// How many names are used in turn.
const IDS: u32 = 0x1000;

/// The combining characters that stand for 0, 1, 2, … as ranges.
const DIACRITICS: &[(u32, u32)] = &[
    (0x0305, 0x0305),
    (0x030d, 0x030d),
    (0x030e, 0x030e),
    (0x0310, 0x0310),
    (0x0312, 0x0312),
    (0x033d, 0x033f),
    (0x0346, 0x0346),
    (0x034a, 0x034c),
    (0x0350, 0x0352),
    (0x0357, 0x0357),
    (0x035b, 0x035b),
    (0x0363, 0x036f),
    (0x0483, 0x0487),
    (0x0592, 0x0595),
    (0x0597, 0x0599),
    (0x059c, 0x05a1),
    (0x05a8, 0x05a9),
    (0x05ab, 0x05ac),
    (0x05af, 0x05af),
    (0x05c4, 0x05c4),
    (0x0610, 0x0617),
    (0x0657, 0x065b),
    (0x065d, 0x065e),
    (0x06d6, 0x06dc),
    (0x06df, 0x06e2),
    (0x06e4, 0x06e4),
    (0x06e7, 0x06e8),
    (0x06eb, 0x06ec),
    (0x0730, 0x0730),
    (0x0732, 0x0733),
    (0x0735, 0x0736),
    (0x073a, 0x073a),
    (0x073d, 0x073d),
    (0x073f, 0x0741),
    (0x0743, 0x0743),
    (0x0745, 0x0745),
    (0x0747, 0x0747),
    (0x0749, 0x074a),
    (0x07eb, 0x07f1),
    (0x07f3, 0x07f3),
    (0x0816, 0x0819),
    (0x081b, 0x0823),
    (0x0825, 0x0827),
    (0x0829, 0x082d),
    (0x0951, 0x0951),
    (0x0953, 0x0954),
    (0x0f82, 0x0f83),
    (0x0f86, 0x0f87),
    (0x135d, 0x135f),
    (0x17dd, 0x17dd),
    (0x193a, 0x193a),
    (0x1a17, 0x1a17),
    (0x1a75, 0x1a7c),
    (0x1b6b, 0x1b6b),
    (0x1b6d, 0x1b73),
    (0x1cd0, 0x1cd2),
    (0x1cda, 0x1cdb),
    (0x1ce0, 0x1ce0),
    (0x1dc0, 0x1dc1),
    (0x1dc3, 0x1dc9),
    (0x1dcb, 0x1dcc),
    (0x1dd1, 0x1de6),
    (0x1dfe, 0x1dfe),
    (0x20d0, 0x20d1),
    (0x20d4, 0x20d7),
    (0x20db, 0x20dc),
    (0x20e1, 0x20e1),
    (0x20e7, 0x20e7),
    (0x20e9, 0x20e9),
    (0x20f0, 0x20f0),
    (0x2cef, 0x2cf1),
    (0x2de0, 0x2dff),
    (0xa66f, 0xa66f),
    (0xa67c, 0xa67d),
    (0xa6f0, 0xa6f1),
    (0xa8e0, 0xa8f1),
    (0xaab0, 0xaab0),
    (0xaab2, 0xaab3),
    (0xaab7, 0xaab8),
    (0xaabe, 0xaabf),
    (0xaac1, 0xaac1),
    (0xfe20, 0xfe26),
    (0x10a0f, 0x10a0f),
    (0x10a38, 0x10a38),
    (0x1d185, 0x1d189),
    (0x1d1aa, 0x1d1ad),
    (0x1d242, 0x1d244),
];

fn diacritic(number: u16) -> Option<char> {
    let mut left = u32::from(number);
    for &(first, last) in DIACRITICS {
        let count = last - first + 1;
        if left < count {
            return char::from_u32(first + left);
        }
        left -= count;
    }
    None
}

/// The name of the n-th picture.
pub(super) fn id(count: u32) -> u32 {
    FIRST_ID + count % IDS
}

/// Puts the placeholders of a picture into its cells.
pub(super) fn fill(frame: &mut Frame, placed: &Placed, id: u32) {
    let [_, r, g, b] = id.to_be_bytes();
    let style = Style::new(Color::Rgb(r, g, b), Color::Default, Attrs::NONE);
    super::fill(frame, placed, |col, row| match (diacritic(row), diacritic(col)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_have_their_characters() {
        let all: Vec<char> = (0..).map_while(diacritic).collect();
        assert_eq!(all.len(), 297);
        assert_eq!((all[0], all[1], all[296]), ('\u{305}', '\u{30d}', '\u{1d244}'));
        assert!(all.is_sorted());
    }
}
