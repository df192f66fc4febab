//! What comes first: what matches well, was said by whom it matters, and is new.

use super::Role;
use super::matcher::Matches;

const DAY: f64 = 86_400_000.0;

/// Of a hit in a title.
pub const TITLE: f64 = 4.0;

/// Before its text is looked at.
pub fn prior(role: Role, time: Option<i64>, now: i64) -> f64 {
    let weight = match role {
        Role::User => 2.0,
        Role::Assistant => 1.4,
        Role::System => 0.8,
        Role::Tool => 0.7,
    };
    weight * recency(time, now)
}

/// Falls to a half within a month, and slowly from then on. What is of no time is old, and what is
/// of the future is new.
pub fn recency(time: Option<i64>, now: i64) -> f64 {
    let days = time.map_or(365.0, |time| (now.saturating_sub(time) as f64 / DAY).max(0.0));
    0.2 + 0.8 / (1.0 + days / 20.0)
}

/// How well a text matches, by the formula that is usual (BM25) without the words' rarity: all
/// hits have all words, and to count them would mean to read the index of each.
pub fn relevance(matches: &Matches) -> f64 {
    const SATURATION: f64 = 1.2;
    const USUAL_WORDS: f64 = 150.0;
    let length = 0.25 + 0.75 * matches.words as f64 / USUAL_WORDS;
    let of = |count: &u32| {
        let count = f64::from(*count);
        count * (SATURATION + 1.0) / (count + SATURATION * length)
    };
    // What the index has found, but not this matcher, is a weak hit and no none.
    matches.counts.iter().map(of).sum::<f64>().max(0.1)
}
