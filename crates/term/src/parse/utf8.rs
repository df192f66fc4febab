//! UTF-8 without a branch for each character: in text of many scripts a processor cannot guess how
//! long the next one is.
//!
//! Knows no cells. Checking is the parser's: what is decoded here is valid.

/// The first character of a text, and how many bytes it has.
#[inline]
pub(crate) fn first(text: &[u8]) -> Option<(char, usize)> {
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
pub(crate) fn encode(ch: char) -> ([u8; 4], usize) {
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
}
