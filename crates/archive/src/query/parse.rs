//! The query language: words, `"phrases"`, `-word`, `a OR b`, `prefix*`, `key:value`, `cost>1`.
//!
//! There are no errors: what makes no sense is searched as text.

use super::time::{self, Now};
use super::{Filters, Query, Role, Term};

/// A query from what a user typed.
pub fn parse(text: &str, now: &Now) -> Query {
    let mut items = items(text);
    // Quotes around nothing.
    items.retain(|item| !item.text.trim().is_empty());
    let mut query = Query::default();
    let mut or = false;
    let mut latest = None;
    for (n, item) in items.iter().enumerate() {
        let between = n > 0 && n + 1 < items.len();
        if item.text == "OR" && !item.quoted && between && !or {
            // Of several values of one filter, one suffices anyhow.
            let next = items[n + 1].key();
            if latest.is_some() && next == latest && is_filter(&items[n + 1], now) {
                continue;
            }
            if !query.all.is_empty() {
                or = true;
                continue;
            }
        }
        let joined = std::mem::take(&mut or);
        latest = None;
        if !item.quoted && !joined && filter(&mut query.filters, &item.text, now) {
            latest = item.key();
            continue;
        }
        if let Some(text) = item.excluded() {
            let mut filters = Filters { all: true, ..Filters::default() };
            match !item.quoted && filter(&mut filters, text, now) {
                true => query.filters.none.push(filters),
                false => query.none.push(term(text)),
            }
        } else {
            let term = term(&item.text);
            match query.all.last_mut().filter(|_| joined) {
                Some(alternatives) => alternatives.push(term),
                None => query.all.push(vec![term]),
            }
        }
    }
    query
}

/// What stands between spaces, or between quotes.
#[derive(Debug, Default)]
struct Item {
    text: String,
    quoted: bool,
    minus: bool,
}

impl Item {
    /// What stands before its colon, if it has one.
    fn key(&self) -> Option<&str> {
        self.text.split_once(':').map(|(key, _)| key).filter(|_| !self.quoted)
    }

    fn excluded(&self) -> Option<&str> {
        match self.quoted {
            true => self.minus.then_some(self.text.as_str()),
            false => {
                self.text.strip_prefix('-').filter(|rest| rest.contains(char::is_alphanumeric))
            }
        }
    }
}

fn items(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (minus, body) = match rest.strip_prefix("-\"") {
            Some(_) => (true, &rest[1..]),
            None => (false, rest),
        };
        let (item, after) = if let Some(body) = body.strip_prefix('"') {
            let (text, mut after) = body.split_once('"').unwrap_or((body, ""));
            let mut text = text.to_owned();
            if let Some(rest) = after.strip_prefix('*') {
                text.push('*');
                after = rest;
            }
            (Item { text, quoted: true, minus }, after)
        } else if let Some((key, value)) = quoted_value(body) {
            let (value, after) = value.split_once('"').unwrap_or((value, ""));
            (Item { text: format!("{key}{value}"), ..Item::default() }, after)
        } else {
            let end = body.find(char::is_whitespace).unwrap_or(body.len());
            (Item { text: body[..end].to_owned(), ..Item::default() }, &body[end..])
        };
        items.push(item);
        rest = after.trim_start();
    }
    items
}

/// `key:"value with spaces` or `-key:"value…`: the key with its colon, and what follows the quote.
fn quoted_value(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(":\"")?;
    let name = key.strip_prefix('-').unwrap_or(key);
    let is_key = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    is_key.then(|| (&text[..=key.len()], value))
}

/// A term, whose last word goes on where a star stands.
fn term(text: &str) -> Term {
    match text.strip_suffix('*') {
        Some(word) if word.ends_with(char::is_alphanumeric) => {
            Term { text: word.into(), prefix: true }
        }
        _ => Term { text: text.into(), prefix: false },
    }
}

fn is_filter(item: &Item, now: &Now) -> bool {
    !item.quoted && filter(&mut Filters::default(), &item.text, now)
}

/// Takes it as a filter; `false` when it is none.
fn filter(filters: &mut Filters, item: &str, now: &Now) -> bool {
    if let Some(dollars) = item.strip_prefix("cost>") {
        let dollars = dollars.trim_start_matches('$').parse::<f64>().ok().filter(|n| n.is_finite());
        filters.cost_above = dollars.or(filters.cost_above);
        return dollars.is_some();
    }
    let Some((key, value)) = item.split_once(':').filter(|(_, value)| !value.is_empty()) else {
        return false;
    };
    let text = || value.to_owned();
    match key {
        "agent" => filters.agent.push(text()),
        "project" => filters.project.push(text()),
        "branch" => filters.branch.push(text()),
        "tool" => filters.tool.push(text()),
        "file" => filters.file.push(text()),
        "cwd" => filters.cwd = Some(text()),
        "model" => filters.model = Some(text()),
        "role" => match Role::named(value) {
            Some(role) => filters.role.push(role),
            None => return false,
        },
        "before" | "until" | "after" | "since" => match time::parse(value, now) {
            Some(time) if matches!(key, "before" | "until") => filters.until = Some(time),
            Some(time) => filters.since = Some(time),
            None => return false,
        },
        _ => return false,
    }
    true
}
