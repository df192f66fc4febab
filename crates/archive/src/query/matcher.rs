//! Where a query's terms stand in a text, as the index would find them.

use std::ops::Range;

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
    all: Vec<Matcher>,
    none: Option<Matcher>,
}

impl Phrases {
    /// `None` where the index knows everything.
    pub fn new(query: &Query) -> Option<Self> {
        let matcher =
            |terms: Vec<Term>| Matcher::new(&Query { all: vec![terms], ..Query::default() });
        let all: Vec<Matcher> = query
            .all
            .iter()
            .filter(|terms| !terms.iter().all(is_exact))
            .map(|terms| matcher(terms.clone()))
            .collect();
        let none: Vec<Term> = query.none.iter().filter(|term| !is_exact(term)).cloned().collect();
        let none = (!none.is_empty()).then(|| matcher(none));
        (!all.is_empty() || none.is_some()).then_some(Self { all, none })
    }

    /// Whether an entry that the index yields for the query is one that was asked for.
    pub fn hold(&self, main: &str, side: &str) -> bool {
        let has = |matcher: &Matcher| matcher.is_in(main) || matcher.is_in(side);
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
