//! A piece of a text around what was found, with its places: ranges, no markup.

use std::ops::Range;

use serde::Serialize;

/// About this many bytes.
const LENGTH: usize = 200;

/// One line. What a terminal would act on is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snippet {
    pub text: String,
    /// Begin and end of what was found, in bytes of `text`.
    pub marks: Vec<(usize, usize)>,
    /// There is text before it, and after it.
    pub cut: (bool, bool),
}

/// The piece of a text that has the most of these places, which are in order.
pub fn snippet(text: &str, places: &[Range<usize>]) -> Snippet {
    let within = |first: &Range<usize>| {
        places.iter().filter(|at| at.start >= first.start && at.end <= first.start + LENGTH).count()
    };
    // The first of the best.
    let best = places.iter().rev().max_by_key(|at| within(at));
    let begin = best.map_or(0, |at| at.start);
    let last = places.iter().rev().find(|at| at.start >= begin && at.end <= begin + LENGTH);
    let found = last.or(best).map_or(0, |at| at.end - begin);
    let lead = LENGTH.saturating_sub(found) / 3;
    let from = word_start(text, text.floor_char_boundary(begin.saturating_sub(lead)), begin);
    let end = text.floor_char_boundary((from + LENGTH.max(found)).min(text.len()));
    let marks = places
        .iter()
        .filter(|at| at.start >= from && at.end <= end)
        .map(|at| (at.start - from, at.end - from))
        .collect();
    Snippet { text: plain(&text[from..end]), marks, cut: (from > 0, end < text.len()) }
}

/// The beginning of the next word, if it is near.
fn word_start(text: &str, from: usize, before: usize) -> usize {
    if from == 0 {
        return 0;
    }
    let near = &text[from..before];
    near.find(char::is_whitespace).filter(|at| *at < 24).map_or(from, |at| {
        let rest = &near[at..];
        from + at + (rest.len() - rest.trim_start().len())
    })
}

/// Of the same length, with spaces instead of what moves a cursor, hides or reverses text.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        let acts = c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
        match acts {
            true => plain.extend(std::iter::repeat_n(' ', c.len_utf8())),
            false => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_densest_piece_is_shown_and_marked() {
        let text =
            format!("one {} one two\nthree \u{1b}[2J {}", "x ".repeat(300), "y ".repeat(300));
        let one = text.rfind("one").unwrap();
        let places = [0..3, one..one + 3, one + 4..one + 7];
        let snippet = snippet(&text, &places);
        let marked: Vec<_> = snippet.marks.iter().map(|(a, b)| &snippet.text[*a..*b]).collect();
        assert_eq!(marked, ["one", "two"]);
        assert!(!snippet.text.contains(char::is_control) && snippet.cut == (true, true));
    }

    proptest::proptest! {
        #[test]
        fn any_text_and_places(text in "\\PC{0,400}", at in 0_usize..400, length in 0_usize..300) {
            let start = text.floor_char_boundary(at);
            let end = text.floor_char_boundary((start + length).min(text.len()));
            let snippet = snippet(&text, std::slice::from_ref(&(start..end)));
            for (from, to) in snippet.marks {
                proptest::prop_assert!(snippet.text.get(from..to).is_some());
            }
        }
    }
}
