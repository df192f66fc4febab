//! UTF-8 and columns without a branch for each character: in text of many scripts a processor
//! cannot guess how long and how wide the next one is.
//!
//! Knows no cells. Checking is the parser's: what is decoded here is valid.

use std::sync::LazyLock;

use unicode_width::UnicodeWidthChar as _;

/// The first character of a text, and how many bytes it has.
#[inline]
pub(super) fn first(text: &[u8]) -> Option<(char, usize)> {
    const LENGTHS: [u8; 16] = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4];
    const LEADS: [u32; 5] = [0, 0x7f, 0x1f, 0x0f, 0x07];
    const UNUSED_BITS: [u32; 5] = [0, 18, 12, 6, 0];
    let bytes = match text.first_chunk() {
        Some(four) => *four,
        // The end of the text.
        None => {
            let mut four = [0; 4];
            four[..text.len()].copy_from_slice(text);
            four
        }
    };
    let length = LENGTHS[(bytes[0] >> 4) as usize] as usize;
    let [a, b, c, d] = bytes.map(u32::from);
    let bits = (a & LEADS[length]) << 18 | (b & 0x3f) << 12 | (c & 0x3f) << 6 | (d & 0x3f);
    let ch = char::from_u32(bits >> UNUSED_BITS[length])?;
    (length <= text.len()).then_some((ch, length))
}

/// A character's bytes, and how many of the four it has.
#[inline]
pub(super) fn encode(ch: char) -> ([u8; 4], usize) {
    // By length: what marks the first byte, and which bits count where it is the only one or not.
    const MARKS: [u32; 5] = [0, 0, 0xc0 << 24, 0xe0 << 24, 0xf0 << 24];
    const ALONE: [u32; 5] = [0, 0x7f, 0, 0, 0];
    const SEVERAL: [u32; 5] = [0, 0, !0, !0, !0];
    let code = ch as u32;
    let length =
        1 + usize::from(code >= 0x80) + usize::from(code >= 0x800) + usize::from(code >= 0x1_0000);
    let sixes = (code & 0x1c_0000) << 6
        | (code & 0x3_f000) << 4
        | (code & 0xfc0) << 2
        | (code & 0x3f)
        | 0x8080_8080;
    let several = sixes << (8 * (4 - length)) & SEVERAL[length] | MARKS[length];
    ((several | (code & ALONE[length]) << 24).to_be_bytes(), length)
}

/// How many columns characters take, two bits for each of the first two planes.
pub(super) struct Widths(Box<[u8]>);

/// As many characters as have a place in the table.
const KNOWN: u32 = 0x2_0000;
/// Stands for controls.
const NONE: u8 = 3;

impl Widths {
    /// The table, which is made when it is needed first.
    #[inline]
    pub fn get() -> &'static Widths {
        static WIDTHS: LazyLock<Widths> = LazyLock::new(|| {
            let of = |code| char::from_u32(code).and_then(width).map_or(NONE, |w| w as u8);
            let four = |at: u32| (0..4).fold(0, |all, i| all | of(4 * at + i) << (2 * i));
            Widths((0..KNOWN / 4).map(four).collect())
        });
        &WIDTHS
    }

    /// The columns that a character takes, two at most; none for controls.
    #[inline]
    pub fn of(&self, ch: char) -> Option<usize> {
        let code = ch as usize;
        match self.0.get(code / 4) {
            Some(four) => {
                let width = four >> (code % 4 * 2) & 3;
                (width != NONE).then_some(width as usize)
            }
            None => width(ch),
        }
    }
}

fn width(ch: char) -> Option<usize> {
    // The standard knows some that are wider; a grid does not.
    ch.width().map(|width| width.min(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_goes_there_and_back() {
        for ch in '\0'..=char::MAX {
            let (bytes, length) = encode(ch);
            let mut buffer = [0; 4];
            assert_eq!(&bytes[..length], ch.encode_utf8(&mut buffer).as_bytes(), "{ch:?}");
            assert_eq!(first(&bytes[..length]), Some((ch, length)), "{ch:?}");
            assert_eq!(first(&[&bytes[..length], b"tail"].concat()), Some((ch, length)), "{ch:?}");
        }
        assert_eq!(first(b""), None);
    }

    #[test]
    fn the_table_says_what_the_standard_says() {
        for ch in '\0'..=char::MAX {
            assert_eq!(Widths::get().of(ch), width(ch), "{ch:?}");
        }
    }
}
