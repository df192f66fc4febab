//! How a terminal counts what Unicode joins: measured when a client attaches, by drawing a sample
//! of each kind and asking where the cursor is.
//!
//! What was not measured counts as different: then a part is drawn that occupies no more
//! columns than there are, in any terminal.

use segno_base::screen::cluster;

/// A kind of cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture whose look of an emoji is asked for (U+FE0F).
    EmojiLook,
    /// A digit as a key.
    Keycap,
    /// An emoji whose look of text is asked for (U+FE0E).
    TextLook,
    /// Two letters for a country.
    Flag,
    /// A person or a hand with a colour of skin.
    SkinTone,
    /// Pictures with joiners between them (U+200D).
    Family,
    /// A consonant with a vowel sign that takes a column alone.
    VowelSign,
    /// Two consonants in one.
    Conjunct,
}

/// Each kind, a sample, and the columns that Segno counts for it.
const SAMPLES: [(Kind, &str, u16); 8] = [
    (Kind::EmojiLook, "\u{26a0}\u{fe0f}", 2),
    (Kind::Keycap, "1\u{fe0f}\u{20e3}", 2),
    (Kind::TextLook, "\u{26a1}\u{fe0e}", 1),
    (Kind::Flag, "\u{1f1e9}\u{1f1ea}", 2),
    (Kind::SkinTone, "\u{1f44d}\u{1f3fd}", 2),
    (Kind::Family, "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}", 2),
    (Kind::VowelSign, "\u{915}\u{93e}", 1),
    (Kind::Conjunct, "\u{915}\u{94d}\u{937}", 1),
];

/// The row of the first sample, from 1. None is in the first row, whose reports look like a key.
const FIRST_ROW: u16 = 3;
/// Below the samples: only a terminal that has this row has them each in its own.
const LAST_ROW: u16 = FIRST_ROW + SAMPLES.len() as u16;
const LAST_COL: u16 = 5;

/// The columns that a terminal gives each kind, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clusters {
    measured: [Option<u16>; SAMPLES.len()],
    /// The terminal has a row for each sample.
    tall: bool,
}

impl Clusters {
    /// Draws the samples and asks for the cursor after each; what this leaves must be cleared.
    pub(super) fn measure(out: &mut Vec<u8>) {
        out.extend_from_slice(format!("\x1b[{LAST_ROW};{LAST_COL}H\x1b[6n").as_bytes());
        for ((_, sample, _), row) in SAMPLES.iter().zip(FIRST_ROW..) {
            out.extend_from_slice(format!("\x1b[{row};1H{sample}\x1b[6n").as_bytes());
        }
    }

    /// Learns from where the cursor is.
    pub(super) fn cursor_at(&mut self, row: u16, col: u16) {
        if (row, col) == (LAST_ROW, LAST_COL) {
            self.tall = true;
        } else if let Some(place) = row.checked_sub(FIRST_ROW)
            && let Some(measured) = self.measured.get_mut(usize::from(place))
        {
            *measured = col.checked_sub(1);
        }
    }

    /// The columns that the terminal gives a kind.
    pub fn columns(&self, kind: Kind) -> Option<u16> {
        let place = SAMPLES.iter().position(|(known, ..)| *known == kind)?;
        self.measured[place].filter(|_| self.tall)
    }

    /// Whether the terminal counts emoji of all kinds as Segno does; none until it has answered.
    pub fn joins_emoji(&self) -> Option<bool> {
        let kinds = [Kind::EmojiLook, Kind::Keycap, Kind::Flag, Kind::SkinTone, Kind::Family];
        kinds
            .iter()
            .try_fold(true, |all, &kind| self.columns(kind).map(|_| all && self.joins(kind)))
    }

    /// Whether the terminal is known to count a kind otherwise.
    pub(super) fn parts(&self, kind: Kind) -> bool {
        self.columns(kind).is_some() && !self.joins(kind)
    }

    /// Whether the terminal counts a kind as Segno does.
    pub fn joins(&self, kind: Kind) -> bool {
        SAMPLES
            .iter()
            .any(|(known, _, columns)| *known == kind && self.columns(kind) == Some(*columns))
    }
}

impl Clusters {
    /// A terminal that counts as Segno does.
    pub fn joined() -> Clusters {
        Clusters { measured: SAMPLES.map(|(.., columns)| Some(columns)), tall: true }
    }

    /// A terminal that counts code points, as xterm and the emulators of the tests do.
    pub fn apart() -> Clusters {
        let measured = SAMPLES.map(|(_, sample, _)| {
            let columns: usize = sample.chars().filter_map(cluster::columns).sum();
            u16::try_from(columns).ok()
        });
        Clusters { measured, tall: true }
    }
}
