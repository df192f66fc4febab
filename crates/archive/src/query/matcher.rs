//! Where a query's terms stand in a text, as the index would find them.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::compile::is_exact;
use super::{Query, Term};
use crate::text::{fold, words};

/// Of longer texts, only this much is looked at.
const LOOKED_AT: usize = 64 << 10;

/// The terms of a query, ready to be looked for.
#[derive(Debug)]
pub struct Matcher {
    sequences: Vec<Sequence>,
}

#[derive(Debug)]
struct Sequence {
    /// Which term it is of.
    term: usize,
    words: Vec<String>,
    prefix: bool,
}

/// What was found of a query in a text.
#[derive(Debug, Default)]
pub struct Matches {
    /// In order, none within another; in bytes.
    pub at: Vec<Range<usize>>,
    /// How often each term occurs.
    pub counts: Vec<u32>,
    /// Words that were looked at.
    pub words: usize,
}

impl Matcher {
    pub fn new(query: &Query) -> Self {
        let mut sequences = Vec::new();
        for (term, Term { text, prefix }) in query.all.iter().flatten().enumerate() {
            let found: Vec<_> = words::words(text).collect();
            let whole: Vec<String> = found.iter().map(|word| word.text.to_string()).collect();
            let parts: Vec<String> = found
                .iter()
                .flat_map(|word| fold::split_camel(&text[word.at.clone()]))
                .map(|part| words::folded(part).into_owned())
                .collect();
            if parts.len() > whole.len() {
                sequences.push(Sequence { term, words: parts, prefix: *prefix });
            }
            if !whole.is_empty() {
                sequences.push(Sequence { term, words: whole, prefix: *prefix });
            }
        }
        Self { sequences }
    }

    /// Whether any of it is in a text.
    fn is_in(&self, text: &str) -> bool {
        !self.find_all(text).at.is_empty()
    }

    pub fn find(&self, text: &str) -> Matches {
        self.find_all(&text[..text.floor_char_boundary(LOOKED_AT)])
    }

    fn find_all(&self, text: &str) -> Matches {
        let terms = self.sequences.iter().map(|s| s.term + 1).max().unwrap_or(0);
        let mut matches = Matches { counts: vec![0; terms], ..Matches::default() };
        let words: Vec<_> = words::words(text).collect();
        matches.words = words.len();
        for (n, word) in words.iter().enumerate() {
            for sequence in &self.sequences {
                let end = sequence.words.len();
                let rest = words[n..].iter().map(|w| &*w.text);
                if sequence.is_at(rest) {
                    matches.add(sequence.term, word.at.start..words[n + end - 1].at.end);
                } else {
                    self.within(sequence, text, word, &mut matches);
                }
            }
        }
        matches.at.sort_by_key(|at| (at.start, usize::MAX - at.end));
        matches.at.dedup_by(|later, first| {
            let overlap = later.start < first.end;
            if overlap {
                first.end = first.end.max(later.end);
            }
            overlap
        });
        matches
    }

    /// Parts of a `camelCase` word.
    fn within(
        &self,
        sequence: &Sequence,
        text: &str,
        word: &words::Word<'_>,
        matches: &mut Matches,
    ) {
        let source = &text[word.at.clone()];
        if !source.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()) {
            return;
        }
        let parts: Vec<&str> = fold::split_camel(source).collect();
        let folded: Vec<_> = parts.iter().map(|part| words::folded(part)).collect();
        let mut start = word.at.start;
        for n in 0..parts.len() {
            if sequence.is_at(folded[n..].iter().map(|part| &**part)) {
                let length: usize =
                    parts[n..n + sequence.words.len()].iter().map(|part| part.len()).sum();
                matches.add(sequence.term, start..start + length);
            }
            start += parts[n].len();
        }
    }
}

/// What of a query the index does not know: words in a row.
#[derive(Debug)]
pub struct Phrases {
    /// One of each.
    all: Vec<Phrase>,
    none: Option<Phrase>,
}

/// Any of several words in a row.
#[derive(Debug)]
struct Phrase {
    matcher: Matcher,
    /// What has none of it has no match: most texts that have the words have them elsewhere, and
    /// to take those apart word by word takes ten times as long.
    hint: Option<Hint>,
}

/// A pattern that is quick to look for.
#[derive(Debug)]
struct Hint {
    pattern: Regex,
    /// It says nothing of other texts, whose letters may be other forms of those looked for.
    of_ascii_alone: bool,
}

impl Hint {
    /// `None` where a pattern is of no use.
    fn new(sequences: &[Sequence]) -> Option<Self> {
        let words = || sequences.iter().flat_map(|sequence| &sequence.words);
        let of_ascii_alone = words().all(|word| word.is_ascii());
        // Dense writing is found as it stands; all else may be written in several ways.
        if !of_ascii_alone && !words().all(|word| word.starts_with(fold::is_dense)) {
            return None;
        }
        let any: Vec<String> = sequences
            .iter()
            .map(|sequence| {
                let words: Vec<String> = sequence.words.iter().map(|w| regex::escape(w)).collect();
                words.join(r"[\W_]*")
            })
            .collect();
        let pattern = RegexBuilder::new(&any.join("|"))
            .case_insensitive(of_ascii_alone)
            .size_limit(1 << 20)
            .build()
            .ok()?;
        Some(Self { pattern, of_ascii_alone })
    }

    fn excludes(&self, text: &str) -> bool {
        (!self.of_ascii_alone || text.is_ascii()) && !self.pattern.is_match(text)
    }
}

impl Phrase {
    fn new(terms: Vec<Term>) -> Self {
        let matcher = Matcher::new(&Query { all: vec![terms], ..Query::default() });
        Self { hint: Hint::new(&matcher.sequences), matcher }
    }

    fn is_in(&self, text: &str) -> bool {
        !self.hint.as_ref().is_some_and(|hint| hint.excludes(text)) && self.matcher.is_in(text)
    }
}

impl Phrases {
    /// `None` where the index knows everything.
    pub fn new(query: &Query) -> Option<Self> {
        let all: Vec<Phrase> = query
            .all
            .iter()
            .filter(|terms| !terms.iter().all(is_exact))
            .map(|terms| Phrase::new(terms.clone()))
            .collect();
        let none: Vec<Term> = query.none.iter().filter(|term| !is_exact(term)).cloned().collect();
        let none = (!none.is_empty()).then(|| Phrase::new(none));
        (!all.is_empty() || none.is_some()).then_some(Self { all, none })
    }

    /// Whether an entry that the index yields for the query is one that was asked for.
    pub fn hold(&self, main: &str, side: &str) -> bool {
        let has = |phrase: &Phrase| phrase.is_in(main) || phrase.is_in(side);
        self.all.iter().all(has) && !self.none.as_ref().is_some_and(has)
    }
}

impl Sequence {
    fn is_at<'w>(&self, mut words: impl Iterator<Item = &'w str>) -> bool {
        self.words.iter().enumerate().all(|(n, wanted)| {
            let last = n + 1 == self.words.len();
            words.next().is_some_and(|word| {
                word == wanted || self.prefix && last && word.starts_with(wanted.as_str())
            })
        })
    }
}

impl Matches {
    fn add(&mut self, term: usize, at: Range<usize>) {
        self.counts[term] += 1;
        self.at.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_a_phrase_are_excluded_by_a_glance() {
        let phrase = |text: &str| Phrase::new(vec![Term { text: text.into(), prefix: false }]);
        let excludes = |of: &str, text: &str| phrase(of).hint.unwrap().excludes(text);
        assert!(excludes("the error", "An error in the file"));
        for text in ["The Error", "the\n\terror", "theError", "the, thé error", "lathe errors"] {
            assert!(!excludes("the error", text), "{text}");
        }
        assert!(excludes("连接超时", "超时连接"));
        assert!(!excludes("连接超时", "数据库连接超时"));
        assert!(phrase("größe zwei").hint.is_none());
    }
}
