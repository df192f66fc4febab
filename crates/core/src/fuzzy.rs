//! How well a typed query fits a text: a small scorer of subsequences.
//!
//! Pure. Every word of the query has to occur in the text with its letters in order; letters at
//! the beginning of words and letters side by side count most. What fits only by scattered letters
//! does not fit at all.

/// Only so much of a text is looked at.
const TEXT_MAX: usize = 256;
const BEGIN: i32 = 10;
const WORD_BEGIN: i32 = 8;
const BESIDE: i32 = 6;
const ANYWHERE: i32 = 2;
/// Skipped letters cost one each, up to this.
const GAP_MAX: i32 = 8;
/// The least that each letter of a word has to bring on average, but for the first.
const ENOUGH: i32 = 4;
const FIRST_LESS: i32 = ENOUGH - ANYWHERE;
/// A point outweighs so many characters of the text.
const POINT: i32 = 8;

/// A score, the higher the better; `None` when the text does not fit. An empty query fits all.
pub fn score(query: &str, text: &str) -> Option<i32> {
    let text: Vec<char> = text.chars().take(TEXT_MAX).collect();
    let lower: Vec<char> = text.iter().map(|c| lowercase(*c)).collect();
    let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
    let mut sum = 0;
    for word in query.split_whitespace() {
        let word: Vec<char> = word.chars().take(TEXT_MAX).map(lowercase).collect();
        sum += word_score(&word, &text, &lower)?;
    }
    // Of equals, the shorter text is meant.
    Some(sum * POINT - length)
}

/// The best of all places where the word can begin.
fn word_score(word: &[char], text: &[char], lower: &[char]) -> Option<i32> {
    let first = word.first()?;
    let starts = (0..lower.len()).filter(|at| lower[*at] == *first);
    let best = starts.filter_map(|at| from(word, text, lower, at)).max()?;
    // Letters side by side always bring that much, wherever they stand.
    let enough = ENOUGH * i32::try_from(word.len()).unwrap_or(i32::MAX / ENOUGH) - FIRST_LESS;
    (best >= enough).then_some(best)
}

/// The score of the word with its first letter here and every further one as soon as possible;
/// at the beginning of a word rather than before it, where that has the letter.
fn from(word: &[char], text: &[char], lower: &[char], start: usize) -> Option<i32> {
    let mut sum = 0;
    let mut last: Option<usize> = None;
    for letter in word {
        let at = match last {
            None => start,
            Some(last) if lower.get(last + 1) == Some(letter) => last + 1,
            Some(last) => {
                let rest = || (last + 1..lower.len()).filter(|at| lower[*at] == *letter);
                rest().find(|at| begins_word(text, *at)).or_else(|| rest().next())?
            }
        };
        let gap = last.map_or(0, |last| i32::try_from(at - last - 1).unwrap_or(i32::MAX));
        sum += match last {
            Some(last) if at == last + 1 => BESIDE,
            _ if at == 0 => BEGIN,
            _ if begins_word(text, at) => WORD_BEGIN,
            _ => ANYWHERE,
        };
        sum -= gap.min(GAP_MAX);
        last = Some(at);
    }
    Some(sum)
}

fn begins_word(text: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| text.get(before)) else {
        return at == 0;
    };
    !before.is_alphanumeric() || (before.is_lowercase() && text[at].is_uppercase())
}

fn lowercase(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(query: &str, texts: &[&str]) {
        let scores: Vec<_> = texts.iter().map(|text| score(query, text)).collect();
        assert!(scores.is_sorted_by(|a, b| a > b), "{query}: {texts:?} {scores:?}");
    }

    #[test]
    fn what_is_meant_comes_first() {
        order("split", &["Split the pane", "Do not split", "Salt pile it"]);
        order("sr", &["split-right", "scroll-bottom"]);
        order("tab", &["tab", "tabs and panes", "next tab of the bar", "Rotate a bit"]);
        order("np", &["next-pane", "an input"]);
        assert!(score("zoom pane", "Let the pane fill the tab zoom").is_some());
        assert_eq!(score("zoom x", "zoom"), None);
        assert_eq!(score("error", "Resize the border or more"), None);
        assert!(score("", "anything").is_some());
    }

    proptest! {
        #[test]
        fn any_texts_are_scored(query in ".{0,40}", text in ".{0,300}") {
            score(&query, &text);
        }

        #[test]
        fn a_part_always_fits(text in "[a-zA-Z äöü-]{1,60}", from in 0usize..60, len in 1usize..20) {
            let part: String = text.chars().skip(from % text.chars().count()).take(len).collect();
            prop_assert!(score(&part, &text).is_some(), "{:?} in {:?}", part, text);
        }
    }
}
