//! Columns without a branch for each character: in text of many scripts a processor cannot guess
//! how wide the next one is.

use std::sync::LazyLock;

use super::computed;
use super::table::JOINING;

/// What a character needs when it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No column: it goes to the character before it.
    Mark,
    /// One column.
    Narrow,
    /// Two columns.
    Wide,
    /// A control, or one that may join any character before it: to be looked at closely.
    Careful,
}

/// What characters need, two bits for each of the first two planes.
pub struct Widths(Box<[u8]>);

/// As many characters as have a place in the table.
const KNOWN: u32 = 0x2_0000;
const KINDS: [Kind; 4] = [Kind::Mark, Kind::Narrow, Kind::Wide, Kind::Careful];
const CAREFUL: u8 = 3;

impl Widths {
    /// The table, which is made when it is needed first.
    #[inline]
    pub fn get() -> &'static Widths {
        static WIDTHS: LazyLock<Widths> = LazyLock::new(|| {
            let mut bits = vec![0; KNOWN as usize / 4];
            let mut set = |code: u32, kind: u8| {
                bits[code as usize / 4] |= kind << (code % 4 * 2);
            };
            for code in 0..KNOWN {
                let width = char::from_u32(code).and_then(computed);
                set(code, width.map_or(CAREFUL, |width| width as u8));
            }
            JOINING.iter().flat_map(|&(first, last)| first..=last).for_each(|code| {
                set(code, CAREFUL);
            });
            Widths(bits.into())
        });
        &WIDTHS
    }

    /// What a character needs.
    #[inline]
    pub fn kind(&self, ch: char) -> Kind {
        let code = ch as usize;
        match self.0.get(code / 4) {
            Some(four) => KINDS[(four >> (code % 4 * 2) & 3) as usize],
            None => computed(ch).map_or(Kind::Careful, |width| KINDS[width]),
        }
    }

    /// The columns that a character occupies alone, two at most; none for controls.
    #[inline]
    pub fn of(&self, ch: char) -> Option<usize> {
        match self.kind(ch) {
            Kind::Mark => Some(0),
            Kind::Narrow => Some(1),
            Kind::Wide => Some(2),
            Kind::Careful => computed(ch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_is_computed() {
        for ch in '\0'..=char::MAX {
            assert_eq!(Widths::get().of(ch), computed(ch), "{ch:?}");
        }
    }
}
