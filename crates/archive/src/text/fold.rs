//! Text as the index wants it.
//!
//! The index splits at whatever is no letter or digit of ASCII, so `snake_case`, paths and `a::b`
//! are found by their parts. It knows which texts have a word, and not where: several in a row are
//! looked for in the texts that have them all. The rest is done here: other letters are folded,
//! runs of Chinese, Japanese and Korean, which have no spaces between words, are replaced by their
//! overlapping pairs, and the parts of `camelCase` are added at the end.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::words::words;

/// Whether it is of a script whose words are not set apart by spaces.
pub fn is_dense(c: char) -> bool {
    matches!(u32::from(c),
        0x3005..=0x3007 | 0x3041..=0x3096 | 0x309D..=0x309F | 0x30A1..=0x30FA | 0x30FC..=0x30FF
        | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF
        | 0xFF66..=0xFF9D | 0x2_0000..=0x3_FFFF)
}

/// Texts of one entry as they are indexed.
pub fn for_index<'a>(texts: &[&'a str]) -> Cow<'a, str> {
    let (mut seen, mut parts) = (HashSet::new(), String::new());
    for text in texts {
        camel_parts(text, &mut seen, &mut parts);
    }
    let mut filled = texts.iter().filter(|text| !text.is_empty());
    match (filled.next(), filled.next()) {
        (Some(one), None) if parts.is_empty() => spaced(one),
        _ => {
            let mut all = String::new();
            for text in texts {
                all.push_str(&spaced(text));
                all.push('\n');
            }
            all.push_str(&parts);
            Cow::Owned(all)
        }
    }
}

/// It with a space after each token, where it is not of ASCII alone.
fn spaced(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut spaced = String::with_capacity(text.len() * 2);
    for piece in text.split_inclusive([' ', '\n']) {
        match piece.is_ascii() {
            true => spaced.push_str(piece),
            false => tokens(piece, &mut |token, _| {
                spaced.push_str(token);
                spaced.push(' ');
            }),
        }
    }
    Cow::Owned(spaced)
}

/// What the index has of a text, in order, and what stands for it there: words, folded; of dense
/// writing its pairs, or a character that stands alone.
pub fn tokens(text: &str, take: &mut dyn FnMut(&str, &str)) {
    // Where the last character is, and whether no pair has it.
    let mut before: Option<(Range<usize>, bool)> = None;
    let pair =
        |at: Range<usize>, take: &mut dyn FnMut(&str, &str)| take(&text[at.clone()], &text[at]);
    for word in words(text) {
        let is_dense = text[word.at.clone()].starts_with(is_dense);
        let mut alone = true;
        match before.take() {
            Some((first, _)) if is_dense && first.end == word.at.start => {
                pair(first.start..word.at.end, take);
                alone = false;
            }
            Some((last, true)) => pair(last, take),
            _ => {}
        }
        match is_dense {
            true => before = Some((word.at, alone)),
            false => take(&word.text, &text[word.at]),
        }
    }
    if let Some((last, true)) = before {
        pair(last, take);
    }
}

/// Adds the parts of each `camelCase` word to `parts`, each word once.
pub fn camel_parts<'a>(text: &'a str, seen: &mut HashSet<&'a str>, parts: &mut String) {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = hump(bytes, from) {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric();
        let begin = bytes[..at].iter().rposition(|b| !is_part(b)).map_or(0, |n| n + 1);
        let end = bytes[at..].iter().position(|b| !is_part(b)).map_or(bytes.len(), |n| at + n);
        let word = &text[begin..end];
        // Longer ones are encoded data.
        if word.len() <= 64 && seen.insert(word) {
            for part in split_camel(word) {
                parts.push_str(part);
                parts.push(' ');
            }
        }
        from = end;
    }
}

/// Where a small letter is before a capital one, from this place on. Most text has none, so it is
/// looked at in pieces without a branch in them, which processors do at once.
fn hump(bytes: &[u8], mut from: usize) -> Option<usize> {
    const PIECE: usize = 32;
    let is_hump = |small: u8, large: u8| small.is_ascii_lowercase() & large.is_ascii_uppercase();
    while let Some(piece) = bytes.get(from..from + PIECE + 1) {
        let pairs = piece[..PIECE].iter().zip(&piece[1..]);
        if pairs.fold(false, |any, (small, large)| any | is_hump(*small, *large)) {
            break;
        }
        from += PIECE;
    }
    let rest = bytes.get(from..)?;
    rest.windows(2).position(|pair| is_hump(pair[0], pair[1])).map(|at| from + at)
}

/// `readHTTPBody` into `read`, `HTTP`, `Body`.
pub fn split_camel(word: &str) -> impl Iterator<Item = &str> {
    let bytes = word.as_bytes();
    let upper = |n: usize| bytes.get(n).is_some_and(u8::is_ascii_uppercase);
    let lower = |n: usize| bytes.get(n).is_some_and(u8::is_ascii_lowercase);
    let begins = move |n: usize| {
        n > 0 && upper(n) && (!upper(n - 1) || lower(n + 1)) && bytes[n - 1].is_ascii()
    };
    let mut from = 0;
    std::iter::from_fn(move || {
        (from < bytes.len()).then(|| {
            let end = (from + 1..bytes.len()).find(|&n| begins(n)).unwrap_or(bytes.len());
            let part = &word[from..end];
            from = end;
            part
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_writing_becomes_pairs_and_the_rest_words() {
        assert_eq!(spaced("Plain TËXT"), "Plain text ");
        assert_eq!(spaced("数据库 ok"), "数据 据库 ok");
        assert_eq!(spaced("a数b"), "a 数 b ");
        assert_eq!(spaced("修"), "修 ");
        assert_eq!(for_index(&["a", "", "x—y"]), "a\n\nx y \n");
    }

    #[test]
    fn camel_case_is_split_once_a_word() {
        let (mut seen, mut parts) = (HashSet::new(), String::new());
        camel_parts("fooBar(readHTTPBody) fooBar é plain", &mut seen, &mut parts);
        assert_eq!(parts, "foo Bar read HTTP Body ");
        for length in 0..70 {
            let text = format!("{}fooBar", "é".repeat(length));
            let mut parts = String::new();
            camel_parts(&text, &mut HashSet::new(), &mut parts);
            assert_eq!(parts, "foo Bar ", "{text}");
        }
        assert_eq!(split_camel("lower").collect::<Vec<_>>(), ["lower"]);
        assert_eq!(split_camel("ABCDef").collect::<Vec<_>>(), ["ABC", "Def"]);
    }
}
