//! Which characters a terminal draws as one, and how many columns that occupies: grapheme clusters
//! as Unicode (UAX #29) and terminals with mode 2027 count them.
//!
//! A cluster is as wide as its first character, with three exceptions: a selector (U+FE0F, U+FE0E)
//! right after a character that has both looks makes it wide or narrow, a regional indicator takes
//! two columns also while it is alone, and a narrow picture that another picture or a skin tone is
//! joined to is wide. The width of a prefix of a cluster is decided by that prefix alone, since
//! clusters arrive in pieces.

mod table;
mod widths;

use std::iter;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use widths::{Kind, Widths};

/// Joins pictures into one.
pub const JOINER: char = '\u{200d}';
/// Asks for the look of an emoji.
pub const EMOJI_LOOK: char = '\u{fe0f}';
/// Asks for the look of text.
pub const TEXT_LOOK: char = '\u{fe0e}';
/// Makes a key of a digit.
pub const KEYCAP: char = '\u{20e3}';

/// The columns of a character alone, two at most; none for controls. Programs that know no
/// clusters add these up.
#[inline]
pub fn columns(ch: char) -> Option<usize> {
    match ch {
        ' '..='~' => Some(1),
        _ => Widths::get().of(ch),
    }
}

/// Half of a flag.
pub fn is_regional(ch: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&ch)
}

/// A colour of skin for the picture before it.
pub fn is_skin_tone(ch: char) -> bool {
    ('\u{1f3fb}'..='\u{1f3ff}').contains(&ch)
}

/// A leading consonant of Hangul, which syllables join.
#[inline]
pub fn is_leading_jamo(ch: char) -> bool {
    matches!(ch, '\u{1100}'..='\u{115f}' | '\u{a960}'..='\u{a97c}')
}

/// Whether something in a cluster may join an ordinary character to it: a joiner, the mark
/// that makes a conjunct of two consonants, a leading consonant of Hangul. Most of a text has none
/// of these, and needs no closer look.
#[inline]
pub fn attracts(ch: char) -> bool {
    match ch {
        JOINER => true,
        '\u{900}'.. => {
            is_leading_jamo(ch)
                || !matches!(ch, '\u{fe00}'..='\u{fe0f}' | KEYCAP)
                    && Widths::get().kind(ch) == Kind::Mark
        }
        _ => false,
    }
}

/// Whether a character of one or two columns joins the cluster before it. Those without
/// columns always do.
///
/// Two kinds are left apart, because programs and terminals count them so: the voicing marks of
/// halfwidth Katakana, and whatever follows a prepended mark.
pub fn joins(cluster: &str, ch: char) -> bool {
    if matches!(ch, '\u{ff9e}' | '\u{ff9f}') || cluster.is_empty() {
        return false;
    }
    let together = |before: &str| {
        let text = String::from_iter(before.chars().chain([ch]));
        let boundary = GraphemeCursor::new(before.len(), text.len(), true).is_boundary(&text, 0);
        boundary == Ok(false)
    };
    together(cluster) && (!ends_in_prepended(cluster) || together("a"))
}

fn ends_in_prepended(cluster: &str) -> bool {
    let last = cluster.chars().next_back();
    last.is_some_and(|last| last > '\u{5ff}' && one(&String::from_iter([last, 'a'])))
}

fn one(text: &str) -> bool {
    text.graphemes(true).nth(1).is_none()
}

/// Whether a character is a picture in the sense of joining.
fn is_picture(ch: char) -> bool {
    ch >= '\u{a9}' && one(&String::from_iter([ch, JOINER, '\u{1f600}']))
}

/// The columns of a cluster, or of the beginning of one; 0 when it begins with nothing to see.
pub fn cluster_columns(chars: impl IntoIterator<Item = char>) -> usize {
    let mut chars = chars.into_iter().peekable();
    let Some(first) = chars.next() else { return 0 };
    if is_regional(first) {
        return 2;
    }
    let mut width = columns(first).unwrap_or(0);
    let mut buffer = [0; 8];
    let mut look = |selector: char| {
        let length = first.encode_utf8(&mut buffer).len();
        let end = length + selector.encode_utf8(&mut buffer[length..]).len();
        std::str::from_utf8(&buffer[..end]).map_or(0, UnicodeWidthStr::width)
    };
    match chars.peek() {
        Some(&EMOJI_LOOK) if width == 1 => width = look(EMOJI_LOOK).clamp(1, 2),
        Some(&TEXT_LOOK) if width == 2 => width = look(TEXT_LOOK).clamp(1, 2),
        _ => {}
    }
    let joined = width == 1
        && first > '~'
        && chars.any(|ch| is_skin_tone(ch) || columns(ch) >= Some(1) && is_picture(ch));
    if joined && is_picture(first) { 2 } else { width }
}

/// A text's clusters with their columns, in order. What has no columns goes with the cluster
/// before it; controls, and what has none before it, are left out.
pub fn clusters(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = text;
    iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            let mut end = first.len_utf8();
            if columns(first).is_none_or(|width| width == 0) {
                rest = &rest[end..];
                continue;
            }
            let mut attracts = self::attracts(first);
            for ch in rest[end..].chars() {
                let goes_on = match Widths::get().kind(ch) {
                    Kind::Mark => true,
                    Kind::Narrow | Kind::Wide => attracts && joins(&rest[..end], ch),
                    Kind::Careful => columns(ch).is_some() && joins(&rest[..end], ch),
                };
                if !goes_on {
                    break;
                }
                attracts |= self::attracts(ch);
                end += ch.len_utf8();
            }
            let (cluster, after) = rest.split_at(end);
            rest = after;
            return Some((cluster, cluster_columns(cluster.chars())));
        }
    })
}

/// The columns of a text, its clusters counted as wholes.
pub fn text_columns(text: &str) -> usize {
    clusters(text).map(|(_, columns)| columns).sum()
}

fn computed(ch: char) -> Option<usize> {
    match ch {
        // Terminals draw these two, which Unicode lets be invisible.
        '\u{ad}' => Some(1),
        '\u{3164}' => Some(2),
        // The standard knows some that are wider; a grid does not.
        _ => ch.width().map(|width| width.min(2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What agents count (string-width) and terminals with mode 2027 draw.
    #[test]
    fn clusters_are_as_wide_as_agents_and_terminals_say() {
        for (text, columns) in [
            ("\u{26a0}\u{fe0f}", 2),
            ("\u{26a0}", 1),
            ("1\u{fe0f}\u{20e3}", 2),
            ("1\u{20e3}", 1),
            ("\u{1f1e9}\u{1f1ea}", 2),
            ("\u{1f1e9}", 2),
            ("\u{1f44d}\u{1f3fd}", 2),
            ("\u{261d}\u{1f3fd}", 2),
            ("\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}", 2),
            ("\u{2764}\u{200d}\u{1f525}", 2),
            ("\u{261d}\u{93e}", 1),
            ("\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", 2),
            ("\u{26a1}\u{fe0e}", 1),
            ("a\u{fe0f}", 1),
            ("a\u{1f3fd}", 1),
            ("\u{6f22}", 2),
            ("e\u{301}", 1),
            ("\u{ad}", 1),
            ("\u{3164}", 2),
            ("\u{915}\u{93e}", 1),
            ("\u{915}\u{94d}\u{937}", 1),
            ("\u{1100}\u{ac00}", 2),
        ] {
            assert_eq!(clusters(text).collect::<Vec<_>>(), [(text, columns)]);
        }
        for (text, columns) in [
            ("\u{ff76}\u{ff9e}", 2),
            ("\u{1f1e9}\u{1f1ea}\u{1f1e9}", 4),
            ("\u{600}5", 2),
            ("ab\tc\u{301}", 3),
            ("\u{301}a", 1),
            ("a\u{200d}b", 2),
        ] {
            assert_eq!(text_columns(text), columns, "{text:?}");
        }
    }

    /// The fast path joins nothing.
    #[test]
    fn little_of_a_text_attracts() {
        for last in '\u{20}'..='\u{1ffff}' {
            for ch in ['\u{e9}', '\u{754c}', '\u{ac00}', '\u{ac01}', '\u{915}', '\u{1f600}'] {
                let joined = joins(&String::from_iter(['\u{1f469}', last]), ch)
                    || joins(&last.to_string(), ch);
                assert!(!joined || attracts(last), "{last:?} {ch:?}");
            }
        }
        assert!(!attracts('\u{301}') && !attracts(EMOJI_LOOK) && attracts('\u{94d}'));
    }

    #[test]
    fn ascii_joins_nothing() {
        for ch in ' '..='~' {
            for before in ["\u{600}", "\u{1f469}\u{200d}", "\u{915}\u{94d}", "\u{1100}", "a"] {
                assert!(!joins(before, ch), "{before:?} {ch:?}");
            }
        }
    }
}
