//! Queries into SQL with parameters, and into the index's own language with everything quoted.

use rusqlite::types::Value;

use super::{Filters, Query, Term};
use crate::text::{fold, words};

/// How an index is asked for words.
#[derive(Debug, Clone, Copy)]
pub struct Syntax {
    pub and: &'static str,
    pub or: &'static str,
    /// Between what is wanted and what is not.
    pub without: &'static str,
    /// A word, which may go on.
    pub word: fn(&str, bool) -> String,
}

/// Of SQLite's FTS5.
pub const FTS5: Syntax = Syntax {
    and: " AND ",
    or: " OR ",
    without: " NOT ",
    word: |word, prefix| format!("\"{word}\"{}", if prefix { "*" } else { "" }),
};

/// Of PostgreSQL's `tsquery`.
pub const TSQUERY: Syntax = Syntax {
    and: " & ",
    or: " | ",
    without: " & !",
    word: |word, prefix| {
        let word = word.replace('\\', "\\\\").replace('\'', "''");
        format!("'{word}'{}", if prefix { ":*" } else { "" })
    },
};

/// Values of numbered parameters.
pub type Values = Vec<Value>;

/// The words as the index is asked for them; `None` where there is nothing to ask it for. It yields
/// all that has them, and more: see [`super::matcher::Phrases`].
pub fn expression(query: &Query, syntax: &Syntax) -> Option<String> {
    expression_by(query, syntax, &|_| None)
}

/// The words that begin so, where somebody knows them.
pub type Known<'a> = &'a dyn Fn(&str) -> Option<Vec<String>>;

/// As [`expression`], with words instead of their beginnings.
pub fn expression_by(query: &Query, syntax: &Syntax, known: Known<'_>) -> Option<String> {
    let any = |terms: &[Term]| {
        let terms: Vec<String> =
            terms.iter().filter_map(|term| indexed(term, syntax, known)).collect();
        (!terms.is_empty()).then(|| format!("({})", terms.join(syntax.or)))
    };
    let all: Vec<String> = query.all.iter().filter_map(|terms| any(terms)).collect();
    if all.is_empty() {
        return None;
    }
    let all = all.join(syntax.and);
    Some(match exclusion(query, syntax) {
        Some(none) => format!("({all}){}({none})", syntax.without),
        None => all,
    })
}

/// Of these, none; as far as the index alone knows.
pub fn exclusion(query: &Query, syntax: &Syntax) -> Option<String> {
    let exact = query.none.iter().filter(|term| is_exact(term));
    let none: Vec<String> = exact.filter_map(|term| indexed(term, syntax, &|_| None)).collect();
    (!none.is_empty()).then(|| none.join(syntax.or))
}

/// Whether the index knows what has it.
pub fn is_exact(term: &Term) -> bool {
    tokens(&term.text).len() <= 1 && split(term).is_none()
}

fn indexed(term: &Term, syntax: &Syntax, known: Known<'_>) -> Option<String> {
    let whole = tokens(&term.text);
    let last = whole.last()?;
    // A single character of dense writing is indexed as the first of a pair.
    let alone = last.0.chars().count() == 1 && last.0.starts_with(fold::is_dense);
    let all = |tokens: &[(String, String)], prefix: bool| {
        let one = |(n, (token, source)): (usize, &(String, String))| {
            let prefix = prefix && n + 1 == tokens.len();
            let begun = |word: &str| prefix.then(|| known(word)).flatten();
            let word = |word: &str| match begun(word) {
                Some(words) if !words.is_empty() => {
                    let words: Vec<_> = words.iter().map(|w| (syntax.word)(w, false)).collect();
                    format!("({})", words.join(syntax.or))
                }
                _ => (syntax.word)(word, prefix),
            };
            // Before, the index folded on its own, and not all that is folded now.
            match token == source {
                true => word(token),
                false => format!("({}{}{})", word(token), syntax.or, word(source)),
            }
        };
        format!("({})", tokens.iter().enumerate().map(one).collect::<Vec<_>>().join(syntax.and))
    };
    let whole = all(&whole, term.prefix || alone);
    // `fooBar` also finds `foo_bar`.
    Some(match split(term) {
        Some(parts) => {
            format!("({whole}{}{})", syntax.or, all(&tokens(&parts), term.prefix))
        }
        None => whole,
    })
}

/// With spaces between the parts of `camelCase`, where there are any.
fn split(term: &Term) -> Option<String> {
    let words: Vec<&str> = words::words(&term.text).map(|word| &term.text[word.at]).collect();
    let parts: Vec<&str> = words.iter().flat_map(|word| fold::split_camel(word)).collect();
    (parts.len() > words.len()).then(|| parts.join(" "))
}

/// Tokens of the index, and what stands for them in lower case.
fn tokens(text: &str) -> Vec<(String, String)> {
    let mut tokens = Vec::new();
    fold::tokens(text, &mut |token, source| tokens.push((token.to_owned(), source.to_lowercase())));
    tokens
}

/// What a conversation `c` must be.
pub fn conversations(filters: &Filters) -> (String, Values) {
    let mut values = Values::new();
    (conversation(filters, &mut values), values)
}

/// What a conversation `c` must be, and have at least one entry that is what entries must be.
pub fn conversations_with_entries(filters: &Filters) -> (String, Values) {
    let (mut clause, mut values) = conversations(filters);
    if concerns_entries(filters) {
        clause += &has_entry(&own(filters, &mut values).join(" AND "));
    }
    (clause, values)
}

/// That a conversation `c` has an entry `e` that is this.
fn has_entry(own: &str) -> String {
    format!(" AND EXISTS (SELECT 1 FROM entry e WHERE e.conversation = c.id AND {own})")
}

/// What an entry `e` of a conversation `c` must be, and an answer's tokens `u` of it.
pub fn said_and_used(filters: &Filters) -> (String, String, Values) {
    let (about, mut values) = conversations(filters);
    if !concerns_entries(filters) {
        return (about.clone(), about, values);
    }
    let own = own(filters, &mut values).join(" AND ");
    let mut used = about.clone() + &has_entry(&own);
    for (sign, time) in [(">=", filters.since), ("<", filters.until)] {
        if let Some(time) = time {
            used += &format!(" AND u.time {sign} {}", bind(&mut values, time));
        }
    }
    (format!("{about} AND {own}"), used, values)
}

/// Adds a value; its parameter.
pub fn bind(values: &mut Values, value: impl Into<Value>) -> String {
    values.push(value.into());
    format!("?{}", values.len())
}

fn conversation(filters: &Filters, values: &mut Values) -> String {
    let mut clauses = Vec::new();
    let mut one_of = |all: &[String], values: &mut Values, clause: &dyn Fn(&str) -> String| {
        if !all.is_empty() {
            let any: Vec<String> =
                all.iter().map(|one| clause(&bind(values, one.clone()))).collect();
            clauses.push(format!("({})", any.join(" OR ")));
        }
    };
    one_of(&filters.agent, values, &|it| format!("lower(c.agent) = lower({it})"));
    one_of(&filters.project, values, &|it| {
        format!(
            "(lower(substr(c.directory, -length({it}) - 1)) = '/' || lower({it})
             OR EXISTS (SELECT 1 FROM context x WHERE x.agent = c.agent AND x.native = c.native
             AND lower(x.project) = lower({it})))"
        )
    });
    // Case counts, as it does for git.
    one_of(&filters.branch, values, &|it| {
        format!(
            "(c.branch = {it} OR EXISTS (SELECT 1 FROM context x WHERE x.agent = c.agent
             AND x.native = c.native AND x.branch = {it}))"
        )
    });
    if let Some(cwd) = &filters.cwd {
        let it = bind(values, cwd.trim_end_matches('/').to_owned());
        clauses.push(format!(
            "(c.directory = {it} OR substr(c.directory, 1, length({it}) + 1) = {it} || '/')"
        ));
    }
    if let Some(model) = &filters.model {
        let it = bind(values, model.clone());
        clauses.push(format!(
            "(instr(lower(c.model), lower({it})) OR EXISTS (SELECT 1 FROM usage u
             JOIN name n ON n.id = u.model WHERE u.conversation = c.id
             AND instr(lower(n.text), lower({it}))))"
        ));
    }
    if let Some(dollars) = filters.cost_above {
        let it = bind(values, dollars);
        clauses.push(format!(
            "(SELECT coalesce(sum(u.cost), 0) FROM usage u WHERE u.conversation = c.id) > {it}"
        ));
    }
    for none in &filters.none {
        let about = conversation(none, values);
        if about != "1" {
            clauses.push(not(&about));
        }
    }
    if clauses.is_empty() { "1".into() } else { clauses.join(" AND ") }
}

/// What is unknown is not that.
fn not(clause: &str) -> String {
    format!("NOT coalesce(({clause}), 0)")
}

/// What an entry `e` must be, its conversation included.
pub fn entries(filters: &Filters, values: &mut Values) -> String {
    let about = conversation(filters, values);
    let mut clauses = Vec::new();
    if about != "1" {
        clauses.push(format!("e.conversation IN (SELECT c.id FROM conversation c WHERE {about})"));
    }
    clauses.extend(own(filters, values));
    if clauses.is_empty() { "1".into() } else { clauses.join(" AND ") }
}

/// What an entry `e` must be, whatever its conversation is.
fn own(filters: &Filters, values: &mut Values) -> Vec<String> {
    let mut clauses = Vec::new();
    if !filters.role.is_empty() {
        let roles: Vec<String> = filters.role.iter().map(|r| r.number().to_string()).collect();
        clauses.push(format!("e.kind IN ({})", roles.join(", ")));
    }
    if !filters.tool.is_empty() {
        let tools: Vec<String> = filters
            .tool
            .iter()
            .map(|tool| format!("lower({})", bind(values, tool.clone())))
            .collect();
        clauses.push(format!(
            "e.kind = 3 AND e.name IN (SELECT id FROM name WHERE lower(text) IN ({}))",
            tools.join(", ")
        ));
    }
    for file in &filters.file {
        let it = bind(values, file.trim_start_matches("./").to_owned());
        clauses.push(format!(
            "e.id IN (SELECT t.entry FROM touched t JOIN name n ON n.id = t.path
             WHERE instr(n.text, {it}))"
        ));
    }
    if let Some(since) = filters.since {
        clauses.push(format!("e.time >= {}", bind(values, since)));
    }
    if let Some(until) = filters.until {
        clauses.push(format!("e.time < {}", bind(values, until)));
    }
    for none in &filters.none {
        let own = own(none, values);
        if !own.is_empty() {
            clauses.push(not(&own.join(" AND ")));
        }
    }
    if !filters.all {
        clauses.push("e.gone IS NULL".into());
    }
    clauses
}

/// Whether a filter asks for something that only an entry has, so that a title alone is no hit.
pub fn concerns_entries(filters: &Filters) -> bool {
    !(filters.role.is_empty() && filters.tool.is_empty() && filters.file.is_empty())
        || filters.since.is_some()
        || filters.until.is_some()
        || filters.none.iter().any(concerns_entries)
}
