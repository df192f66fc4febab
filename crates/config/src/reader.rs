//! Reads a TOML text key by key, so that every finding has its line and an unknown key is noticed.
//!
//! Knows no setting: `config/` and `panetype/` ask for theirs. What was asked for is what is
//! known, so that the list of known keys cannot differ from the code that reads them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::added::ADDED;
use segno_base::text::diagnostic::{Reports, closest};

/// Parses `text`, reporting what is not TOML. What could be understood is there all the same.
pub fn parse<'t>(text: &'t str, reports: &mut Reports<'_>) -> Spanned<DeTable<'t>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().unwrap_or(0..0);
        reports.error(at, format!("not TOML: {}", error.message().replace('\n', " ")));
    }
    table
}

/// Puts what could be read in its place, and leaves the place as it is otherwise.
pub(super) fn set<T>(place: &mut T, read: Option<T>) {
    if let Some(value) = read {
        *place = value;
    }
}

/// What a value has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    String,
    /// A string that is not empty.
    Filled,
    Boolean,
    Integer(RangeInclusive<i64>),
    /// A number that is not negative.
    Number,
    /// One of these words.
    Choice(Vec<&'static str>),
    Strings,
    /// Strings under any keys.
    StringMap,
    Table,
    /// Lists of strings under any keys.
    StringLists,
    Tables,
    /// A string, or a list of them.
    Texts,
    /// A table of anything.
    Object,
    Anything,
}

/// What else has to be so. Readers check it in their own words; it is noted for the schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// The key is there.
    Needed,
    /// A string, or each of a list, fits this expression.
    Fits(&'static str),
    /// The names in a table fit this expression.
    NamesFit(&'static str),
    /// The names in a table are among these.
    Names(Vec<&'static str>),
    /// A list has so many items.
    Items(usize),
    /// Nothing stands in a list twice.
    Unique,
}

/// A key that was asked for.
#[derive(Debug, Clone)]
pub struct Key {
    pub wanted: Wanted,
    pub limits: Vec<Limit>,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Wanted::String | Wanted::Filled => "a string in quotes",
            Wanted::Boolean => "true or false",
            Wanted::Integer(range) => {
                return write!(f, "a whole number from {} to {}", range.start(), range.end());
            }
            Wanted::Number => "a number that is not negative",
            Wanted::Choice(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
                return write!(f, "one of {}", words.join(", "));
            }
            Wanted::Strings => "a list of strings, as in [\"a\", \"b\"]",
            Wanted::StringMap => "a table of strings",
            Wanted::Table | Wanted::StringLists => "a table",
            Wanted::Tables => "a list of tables",
            Wanted::Texts => "a string in quotes, or a list of them",
            Wanted::Object => "a table",
            Wanted::Anything => "a value",
        };
        f.write_str(text)
    }
}

/// What a reader asked for, by path (`looks.status.left`). The schemas in `docs/` are made of it,
/// so that they cannot differ from the code that reads.
pub type Asked = RefCell<BTreeMap<String, Key>>;

/// A table being read.
#[derive(Debug)]
pub struct Section<'t> {
    table: &'t DeTable<'t>,
    span: Range<usize>,
    /// `command.` for the keys of `[command]`.
    path: String,
    asked: Vec<&'static str>,
    /// Where what is asked for is written down, if somebody wants to know.
    record: Option<&'t Asked>,
}

impl<'t> Section<'t> {
    pub fn root(table: &'t Spanned<DeTable<'t>>) -> Section<'t> {
        let (span, path, asked) = (0..0, String::new(), Vec::new());
        Section { table: table.get_ref(), span, path, asked, record: None }
    }

    /// Like [`Section::root`]; writes down what is asked for.
    pub fn recorded(table: &'t Spanned<DeTable<'t>>, record: &'t Asked) -> Section<'t> {
        Section { record: Some(record), ..Section::root(table) }
    }

    /// Notes what a key has to be that is asked for in another way.
    pub fn record(&self, key: &str, wanted: Wanted) {
        if let Some(record) = self.record {
            let mut keys = record.borrow_mut();
            let new = Key { wanted: wanted.clone(), limits: Vec::new() };
            keys.entry(format!("{}{key}", self.path)).or_insert(new).wanted = wanted;
        }
    }

    /// Notes what else has to be so of a key that was asked for.
    pub fn limit(&self, key: &str, limit: Limit) {
        if let Some(record) = self.record
            && let Some(key) = record.borrow_mut().get_mut(&format!("{}{key}", self.path))
            && !key.limits.contains(&limit)
        {
            key.limits.push(limit);
        }
    }

    /// The value of a key that has to be something.
    fn wanted(&mut self, key: &'static str, wanted: Wanted) -> Option<&'t Spanned<DeValue<'t>>> {
        self.record(key, wanted);
        self.value(key)
    }

    /// Where the table begins; where something missing is reported.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The value of a key, whatever its type.
    pub fn value(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.get(key)
    }

    pub fn string(&mut self, reports: &mut Reports, key: &'static str) -> Option<Spanned<String>> {
        let value = self.wanted(key, Wanted::String)?;
        let string = value.get_ref().as_str().map(|s| Spanned::new(value.span(), s.to_string()));
        string.or_else(|| self.refuse(reports, key, value, &Wanted::String))
    }

    pub fn boolean(&mut self, reports: &mut Reports, key: &'static str) -> Option<bool> {
        let value = self.wanted(key, Wanted::Boolean)?;
        value.get_ref().as_bool().or_else(|| self.refuse(reports, key, value, &Wanted::Boolean))
    }

    /// A whole number within `range`.
    pub fn integer(
        &mut self,
        reports: &mut Reports,
        key: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        let wanted = Wanted::Integer(range.clone());
        let value = self.wanted(key, wanted.clone())?;
        let number = integer(value.get_ref()).filter(|n| range.contains(n));
        number.or_else(|| self.refuse(reports, key, value, &wanted))
    }

    /// A number that is not negative.
    pub fn number(&mut self, reports: &mut Reports, key: &'static str) -> Option<f64> {
        let value = self.wanted(key, Wanted::Number)?;
        let number = match value.get_ref() {
            DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
            other => integer(other).map(|number| number as f64),
        };
        let number = number.filter(|number: &f64| number.is_finite() && *number >= 0.0);
        number.or_else(|| self.refuse(reports, key, value, &Wanted::Number))
    }

    /// One of a few words.
    pub fn choice<T: Copy>(
        &mut self,
        reports: &mut Reports,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let wanted = Wanted::Choice(choices.iter().map(|(name, _)| *name).collect());
        let value = self.wanted(key, wanted.clone())?;
        let word = value.get_ref().as_str();
        let chosen = choices.iter().find(|(name, _)| Some(*name) == word).map(|(_, value)| *value);
        chosen.or_else(|| self.refuse(reports, key, value, &wanted))
    }

    /// A list of strings. Items of another type are reported and left out.
    pub fn strings(
        &mut self,
        reports: &mut Reports,
        key: &'static str,
    ) -> Option<Vec<Spanned<String>>> {
        let value = self.wanted(key, Wanted::Strings)?;
        let Some(items) = value.get_ref().as_array() else {
            return self.refuse(reports, key, value, &Wanted::Strings);
        };
        let mut strings = Vec::with_capacity(items.len());
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) => strings.push(Spanned::new(item.span(), text.to_string())),
                None => {
                    self.refuse::<()>(reports, key, item, &"a string in quotes as item");
                }
            }
        }
        Some(strings)
    }

    /// A list that `key` replaces, and `key +=` adds to: the second name is [`crate::added`]'s.
    pub fn list(
        &mut self,
        reports: &mut Reports<'_>,
        [key, added]: [&'static str; 2],
        list: &mut Vec<String>,
        usable: fn(Vec<Spanned<String>>, &mut Reports<'_>) -> Vec<String>,
    ) {
        if let Some(items) = self.strings(reports, key) {
            *list = usable(items, reports);
        }
        if let Some(items) = self.strings(reports, added) {
            let added = usable(items, reports);
            list.retain(|item| !added.contains(item));
            list.extend(added);
        }
    }

    /// A table of strings under any keys, in the order of the text.
    pub fn string_map(
        &mut self,
        reports: &mut Reports,
        key: &'static str,
    ) -> Vec<(Spanned<String>, Spanned<String>)> {
        let Some(value) = self.wanted(key, Wanted::StringMap) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.refuse::<()>(reports, key, value, &Wanted::StringMap);
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (name, value) in in_order(table) {
            let name = Spanned::new(name.span(), name.get_ref().to_string());
            match value.get_ref().as_str() {
                Some(text) => pairs.push((name, Spanned::new(value.span(), text.to_string()))),
                None => {
                    let key = format!("{key}.{}", name.get_ref());
                    self.refuse::<()>(reports, &key, value, &Wanted::String);
                }
            }
        }
        pairs
    }

    /// Lists of strings under any keys, in the order of the text.
    pub fn string_lists(&mut self, reports: &mut Reports) -> Vec<(String, Vec<Spanned<String>>)> {
        // The section itself was recorded as a table of named keys.
        if let Some(record) = self.record {
            let path = self.path.trim_end_matches('.').to_string();
            let lists = Key { wanted: Wanted::StringLists, limits: Vec::new() };
            record.borrow_mut().insert(path, lists);
        }
        let mut lists = Vec::new();
        for (name, value) in in_order(self.table) {
            let Some(items) = value.get_ref().as_array() else {
                self.refuse::<()>(reports, name.get_ref(), value, &Wanted::Strings);
                continue;
            };
            let mut strings = Vec::new();
            for item in items.iter() {
                match item.get_ref().as_str() {
                    Some(text) => strings.push(Spanned::new(item.span(), text.to_string())),
                    None => {
                        let wanted = "a string in quotes as item";
                        self.refuse::<()>(reports, name.get_ref(), item, &wanted);
                    }
                }
            }
            lists.push((name.get_ref().to_string(), strings));
        }
        lists
    }

    /// A table below this one.
    pub fn section(&mut self, reports: &mut Reports, key: &'static str) -> Option<Section<'t>> {
        let value = self.wanted(key, Wanted::Table)?;
        match value.get_ref().as_table() {
            Some(table) => Some(self.below(key, table, value.span())),
            None => self.refuse(reports, key, value, &Wanted::Table),
        }
    }

    /// A list of tables, written `[[key]]`.
    pub fn sections(&mut self, reports: &mut Reports, key: &'static str) -> Vec<Section<'t>> {
        let Some(value) = self.wanted(key, Wanted::Tables) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            let wanted = format!("a list of tables, written [[{}{key}]]", self.path);
            self.refuse::<()>(reports, key, value, &wanted);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table() {
                Some(table) => sections.push(self.below(key, table, item.span())),
                None => {
                    self.refuse::<()>(reports, key, item, &"a table as item");
                }
            }
        }
        sections
    }

    /// Reports a key that must be there and is not, or is empty.
    pub fn required(
        &mut self,
        reports: &mut Reports,
        key: &'static str,
    ) -> Option<Spanned<String>> {
        self.record(key, Wanted::Filled);
        self.limit(key, Limit::Needed);
        if self.value(key).is_none() {
            let path = &self.path;
            reports
                .error(self.span.clone(), format!("`{path}{key}` is missing; add {key} = \"…\""));
            return None;
        }
        self.filled(reports, key)
    }

    /// Whether a list is absent or empty that must not be.
    pub fn lacks_items(&mut self, key: &'static str) -> bool {
        self.limit(key, Limit::Needed);
        self.limit(key, Limit::Items(1));
        let value = self.value(key);
        value.is_none_or(|value| value.get_ref().as_array().is_some_and(|items| items.is_empty()))
    }

    /// A string that may be absent, but not empty.
    pub fn filled(&mut self, reports: &mut Reports, key: &'static str) -> Option<Spanned<String>> {
        let text = self.string(reports, key);
        self.record(key, Wanted::Filled);
        let text = text?;
        if text.get_ref().trim().is_empty() {
            reports.error(text.span(), format!("`{}{key}` is empty; give it a value", self.path));
            return None;
        }
        Some(text)
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self, reports: &mut Reports) {
        for (key, _) in in_order(self.table) {
            let (name, span) = (key.get_ref().as_ref(), key.span());
            if self.asked.contains(&name) {
                continue;
            }
            if let Some(key) = name.strip_suffix(ADDED).filter(|key| self.asked.contains(key)) {
                let message = format!("nothing is added to `{}{key}`; write `{key} =`", self.path);
                reports.warning(span, message);
                continue;
            }
            let known = || self.asked.iter().copied().filter(|key| !key.ends_with(ADDED));
            let what = match closest(name, known()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", known().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("unknown key `{}{}`; {what}", self.path, name.escape_debug());
            reports.warning(span, message);
        }
    }

    fn below(&self, key: &str, table: &'t DeTable<'t>, span: Range<usize>) -> Section<'t> {
        let path = format!("{}{key}.", self.path);
        Section { table, span, path, asked: Vec::new(), record: self.record }
    }

    fn refuse<T>(
        &self,
        reports: &mut Reports,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        wanted: &dyn fmt::Display,
    ) -> Option<T> {
        let actual = shown(value.get_ref());
        let message = format!("`{}{key}` is {actual}; write {wanted}", self.path);
        reports.error(value.span(), message);
        None
    }
}

/// A table's entries in the order of the text; the parser keeps them by name.
pub fn in_order<'t>(
    table: &'t DeTable<'t>,
) -> Vec<(&'t Spanned<toml::de::DeString<'t>>, &'t Spanned<DeValue<'t>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// A TOML integer that fits 64 bits.
pub fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => {
            let short: String = text.chars().take(40).collect();
            format!("the string {short:?}")
        }
        DeValue::Integer(number) => format!("the number {}", number.as_str()),
        DeValue::Float(number) => format!("the number {}", number.as_str()),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date".to_string(),
        DeValue::Array(_) => "a list".to_string(),
        DeValue::Table(_) => "a table".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostics(
        text: &str,
        read: impl FnOnce(&mut Section<'_>, &mut Reports<'_>),
    ) -> Vec<String> {
        let mut reports = Reports::new("f", text);
        let table = parse(text, &mut reports);
        let mut root = Section::root(&table);
        read(&mut root, &mut reports);
        root.finish(&mut reports);
        reports.finish().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn wrong_types_say_what_they_are_and_what_is_wanted() {
        let text = "a = 1\nb = \"x\"\nc = [1, \"y\"]\nd = 99\ne = \"z\"\n";
        let lines = diagnostics(text, |root, reports| {
            assert!(root.string(reports, "a").is_none());
            assert!(root.boolean(reports, "b").is_none());
            assert_eq!(root.strings(reports, "c").map(|l| l.len()), Some(1));
            assert!(root.integer(reports, "d", 1..=9).is_none());
            assert!(root.choice(reports, "e", &[("p", 1), ("q", 2)]).is_none());
        });
        assert_eq!(
            lines,
            [
                "f:1:5: error: `a` is the number 1; write a string in quotes",
                "f:2:5: error: `b` is the string \"x\"; write true or false",
                "f:3:6: error: `c` is the number 1; write a string in quotes as item",
                "f:4:5: error: `d` is the number 99; write a whole number from 1 to 9",
                "f:5:5: error: `e` is the string \"z\"; write one of \"p\", \"q\"",
            ]
        );
    }

    #[test]
    fn unknown_keys_are_reported_with_a_suggestion() {
        let lines = diagnostics("[general]\nmuose = true\nzzzzzzz = 1\n", |root, reports| {
            let mut general = root.section(reports, "general").unwrap();
            assert_eq!(general.boolean(reports, "mouse"), None);
            general.finish(reports);
        });
        assert_eq!(
            lines,
            [
                "f:2:1: warning: unknown key `general.muose`; did you mean `mouse`?",
                "f:3:1: warning: unknown key `general.zzzzzzz`; known here: mouse",
            ]
        );
    }

    #[test]
    fn what_follows_a_broken_line_is_still_read() {
        let lines = diagnostics("a = \nb = \"x\"\n", |root, reports| {
            root.value("a");
            assert_eq!(root.string(reports, "b").map(|s| s.into_inner()).as_deref(), Some("x"));
        });
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("f:1:"), "{lines:?}");
    }
}
