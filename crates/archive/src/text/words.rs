//! The words of a text with their places, as the index sees them, to mark what was found.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fold;

/// A word, folded, and the bytes that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'t> {
    pub text: Cow<'t, str>,
    pub at: Range<usize>,
}

/// Folded as the index folds: lower case, without diacritics.
pub fn folded(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        // Most words are as they are folded.
        return match word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(word.to_ascii_lowercase()),
            false => Cow::Borrowed(word),
        };
    }
    let plain = word.nfd().filter(|c| !is_combining_mark(*c)).nfc();
    Cow::Owned(plain.flat_map(char::to_lowercase).collect())
}

/// Runs of letters and digits; each character of dense writing is a word of its own.
pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (from, first) = chars.by_ref().find(|(_, c)| c.is_alphanumeric())?;
        let mut end = from + first.len_utf8();
        if !fold::is_dense(first) {
            let within =
                |c: char| (c.is_alphanumeric() || is_combining_mark(c)) && !fold::is_dense(c);
            while let Some((at, c)) = chars.next_if(|(_, c)| within(*c)) {
                end = at + c.len_utf8();
            }
        }
        let word = &text[from..end];
        // Marks of dense writing make other characters.
        let folded = if fold::is_dense(first) { Cow::Borrowed(word) } else { folded(word) };
        Some(Word { text: folded, at: from..end })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_places() {
        let found: Vec<_> = words("Größe: foo_bar 数据x").map(|w| (w.text, w.at)).collect();
        let expected = [("große", 0..7), ("foo", 9..12), ("bar", 13..16), ("数", 17..20)];
        for ((text, at), (word, place)) in found.iter().zip(expected) {
            assert_eq!((&**text, at.clone()), (word, place));
        }
        assert_eq!(found.last().unwrap().0, "x");
        assert_eq!(folded("Élan"), "elan");
        assert_eq!(words("が").next().unwrap().text, "が");
    }
}
