//! One or more keys in a row, as a binding names them: `%`, `g s`.
//!
//! Keys are kept in their one form (see [`normal`]), so that two spellings of a
//! chord are equal.

use std::fmt;
use std::str::FromStr;

use segno_base::key::{InvalidKey, Key, KeyCode, Modifiers};

/// More keys than this nobody remembers.
const LONGEST: usize = 4;

/// Keys that are pressed one after the other; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord(Vec<Key>);

impl Chord {
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    pub fn first(&self) -> Key {
        // There is always one; see the two ways to make a chord.
        self.0.first().copied().unwrap_or(Key::ctrl('b'))
    }

    /// Whether one of the two is the beginning of the other, so that one could never be typed.
    pub fn clashes(&self, other: &Chord) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl From<Key> for Chord {
    fn from(key: Key) -> Chord {
        Chord(vec![normal(key)])
    }
}

/// A text that names no chord.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChord {
    #[error(transparent)]
    Key(#[from] InvalidKey),
    #[error("more than {LONGEST} keys in a row; use fewer")]
    TooLong,
}

impl FromStr for Chord {
    type Err = InvalidChord;

    fn from_str(text: &str) -> Result<Chord, InvalidChord> {
        let keys: Vec<Key> = match text.split_whitespace().next() {
            // Nothing, or a space alone, which is a key.
            None => vec![normal(text.parse()?)],
            Some(_) => text
                .split_whitespace()
                .map(|key| key.parse().map(normal))
                .collect::<Result<_, _>>()?,
        };
        if keys.len() > LONGEST { Err(InvalidChord::TooLong) } else { Ok(Chord(keys)) }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

/// The one form of a key: locks do not count, and shift is part of the character that it types.
pub fn normal(key: Key) -> Key {
    let mods = key.mods.without(Modifiers::CAPS_LOCK).without(Modifiers::NUM_LOCK);
    match key.code {
        KeyCode::Char(c) if mods == Modifiers::SHIFT && c != ' ' => {
            Key::plain(KeyCode::Char(if c.is_ascii() { c.to_ascii_uppercase() } else { c }))
        }
        code => Key { code, mods },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chord_survives_its_text() {
        for text in ["%", "g s", "ctrl+k ctrl+s", "space", "space space x"] {
            assert_eq!(text.parse::<Chord>().unwrap().to_string(), text);
        }
        assert_eq!(" ".parse::<Chord>().unwrap().to_string(), "space");
        assert_eq!(" shift+g   s ".parse::<Chord>().unwrap().to_string(), "G s");
    }

    #[test]
    fn what_is_no_chord_is_refused() {
        for text in ["", "  ", "nokey", "g nokey", "a b c d e"] {
            assert!(text.parse::<Chord>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_beginning_clashes() {
        let chord = |text: &str| text.parse::<Chord>().unwrap();
        assert!(chord("g").clashes(&chord("g s")));
        assert!(chord("g s").clashes(&chord("g")));
        assert!(chord("g s").clashes(&chord("g s")));
        assert!(!chord("g s").clashes(&chord("g t")));
    }
}
