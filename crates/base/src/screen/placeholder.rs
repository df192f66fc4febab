//! The numbers in kitty's placeholders: combining characters that say which row and column of a
//! picture a cell stands for
//! (<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>).

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

/// The character for a number; `None` where there is none any more.
pub fn mark(number: u16) -> Option<char> {
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

/// The number that a character stands for.
pub fn number(mark: char) -> Option<u16> {
    let mut before = 0;
    for &(first, last) in DIACRITICS {
        if (first..=last).contains(&u32::from(mark)) {
            return u16::try_from(before + u32::from(mark) - first).ok();
        }
        before += last - first + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::cluster;
    use crate::screen::picture::UNDER;

    #[test]
    fn rows_and_columns_have_their_characters() {
        let all: Vec<char> = (0..).map_while(mark).collect();
        assert_eq!(all.len(), 297);
        assert_eq!((all[0], all[1], all[296]), ('\u{305}', '\u{30d}', '\u{1d244}'));
        assert!(all.is_sorted());
        assert!(all.iter().zip(0..).all(|(mark, n)| number(*mark) == Some(n)));
        assert_eq!(number('x'), None);
    }

    /// Or a terminal that counts clusters would join placeholders, or parts of one not at all.
    #[test]
    fn each_stays_with_its_placeholder_and_joins_no_other() {
        for mark in (0..).map_while(mark) {
            assert_eq!(cluster::columns(mark), Some(0), "{mark:?}");
            assert!(!cluster::joins(&String::from_iter([UNDER, mark]), UNDER), "{mark:?}");
        }
        assert_eq!(cluster::columns(UNDER), Some(1));
    }
}
