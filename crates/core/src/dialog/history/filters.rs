//! What narrows a search: filters as the query language has them, each a chip beside what is typed,
//! and the list from which they are added.

use super::HistoryDialog;
use crate::archive::ArchiveNames;
use crate::dialog::text_field::TextField;
use crate::fuzzy::score;

/// Choices that are offered at most.
const CHOICES_MAX: usize = 100;
/// From so many letters on, values are offered beside the kinds.
const VALUES_FROM: usize = 2;

/// What a search can be narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKind {
    Agent,
    Project,
    Branch,
    Role,
    After,
    Before,
    Tool,
    File,
    Model,
    Directory,
    Cost,
}

impl FilterKind {
    pub const ALL: [Self; 11] = [
        Self::Agent,
        Self::Project,
        Self::Branch,
        Self::Role,
        Self::After,
        Self::Before,
        Self::Tool,
        Self::File,
        Self::Model,
        Self::Directory,
        Self::Cost,
    ];

    /// What a query has before the value.
    pub fn key(self) -> &'static str {
        match self {
            Self::Agent => "agent:",
            Self::Project => "project:",
            Self::Branch => "branch:",
            Self::Role => "role:",
            Self::After => "after:",
            Self::Before => "before:",
            Self::Tool => "tool:",
            Self::File => "file:",
            Self::Model => "model:",
            Self::Directory => "cwd:",
            Self::Cost => "cost>",
        }
    }

    /// What it leaves.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Agent => "of this agent",
            Self::Project => "of this project",
            Self::Branch => "held on this branch",
            Self::Role => "said by you, the agent, or a tool",
            Self::After => "since then: 7d, yesterday, 2026-11-01",
            Self::Before => "before then: 7d, yesterday, 2026-11-01",
            Self::Tool => "calls of this tool",
            Self::File => "where this file was touched",
            Self::Model => "answered by this model",
            Self::Directory => "held in this directory or below it",
            Self::Cost => "in conversations that cost more dollars",
        }
    }

    /// The key that a query may have instead.
    fn other_key(self) -> Option<&'static str> {
        match self {
            Self::After => Some("since:"),
            Self::Before => Some("until:"),
            _ => None,
        }
    }

    /// Whether a query takes it for a filter with this value, and not for text.
    fn takes(self, value: &str) -> bool {
        match self {
            Self::Role => ROLES.contains(&value.to_ascii_lowercase().as_str()),
            Self::After | Self::Before => is_time(value),
            Self::Cost => value.trim_start_matches('$').parse::<f64>().is_ok_and(f64::is_finite),
            _ => !value.is_empty(),
        }
    }

    fn values(self, names: &ArchiveNames) -> Vec<String> {
        let fixed = |all: &[&str]| all.iter().map(ToString::to_string).collect();
        match self {
            Self::Agent => names.agents.clone(),
            Self::Project => names.projects.clone(),
            Self::Branch => names.branches.clone(),
            Self::Role => fixed(&ROLES),
            Self::After => fixed(&["today", "yesterday", "7d", "30d", "90d"]),
            Self::Before => fixed(&["today", "yesterday", "7d", "30d", "90d"]),
            Self::Tool => names.tools.clone(),
            Self::File => Vec::new(),
            Self::Model => names.models.clone(),
            Self::Directory => names.directories.clone(),
            Self::Cost => fixed(&["0.1", "1", "10"]),
        }
    }
}

const ROLES: [&str; 4] = ["user", "assistant", "tool", "system"];

/// `today`, `7d`, `2026-11`, `2026-11-29`, or that with a time of day.
fn is_time(value: &str) -> bool {
    let number = |text: &str, most: u32| {
        (1..=5).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_digit())
            && text.parse().is_ok_and(|n: u32| n <= most)
    };
    if matches!(value, "today" | "yesterday") {
        return true;
    }
    if let Some(ago) = value.strip_suffix(['m', 'h', 'd', 'w']) {
        return number(ago, 99_999);
    }
    let mut parts = value.split('-');
    let year = parts.next().is_some_and(|year| year.len() == 4 && number(year, 9999));
    let two = |part: Option<&str>, most| {
        part.is_some_and(|part| part.len() == 2 && part != "00" && number(part, most))
    };
    let month = two(parts.next(), 12);
    let day = parts.next();
    // The 31st of a shorter month is text to a query; so is it here.
    let day = day.is_none() || two(day, 28) || matches!(day, Some("29" | "30" | "31"));
    year && month && day && parts.next().is_none()
}

/// One filter of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub kind: FilterKind,
    pub value: String,
}

impl Filter {
    /// As the query language has it.
    pub fn text(&self) -> String {
        let (key, value) = (self.kind.key(), &self.value);
        match value.contains(char::is_whitespace) {
            true => format!("{key}\"{value}\""),
            false => format!("{key}{value}"),
        }
    }

    /// What this is of a query; `None` where it is text.
    pub fn parse(text: &str) -> Option<Filter> {
        FilterKind::ALL.into_iter().find_map(|kind| {
            let keys = [Some(kind.key()), kind.other_key()];
            let value = keys.into_iter().flatten().find_map(|key| text.strip_prefix(key))?;
            let value = value.strip_prefix('"').map_or(value, |rest| rest.trim_end_matches('"'));
            Filter::new(kind, value)
        })
    }

    fn new(kind: FilterKind, value: &str) -> Option<Filter> {
        let value: String = value.chars().filter(|c| *c != '"' && !c.is_control()).collect();
        let value = value.trim().to_string();
        kind.takes(&value).then_some(Filter { kind, value })
    }
}

/// Words and what stands between quotes, each with where it ends.
fn words(text: &str) -> Vec<(usize, &str)> {
    let (mut words, mut begin, mut quoted) = (Vec::new(), None, false);
    for (at, c) in text.char_indices() {
        quoted ^= c == '"';
        match (c.is_whitespace() && !quoted, begin) {
            (true, Some(from)) => {
                words.push((at, &text[from..at]));
                begin = None;
            }
            (false, None) => begin = Some(at),
            _ => {}
        }
    }
    words
}

/// Takes the filters out of what is typed that are complete: those before the cursor with a blank
/// after them.
pub(super) fn taken(field: &mut TextField) -> Vec<Filter> {
    let (left, right) = field.split();
    let (mut kept, mut from, mut filters) = (String::new(), 0, Vec::new());
    for (end, word) in words(left) {
        if let Some(filter) = Filter::parse(word) {
            kept.push_str(&left[from..end - word.len()]);
            from = end + left[end..].chars().next().map_or(0, char::len_utf8);
            filters.push(filter);
        }
    }
    if !filters.is_empty() {
        kept.push_str(&left[from..]);
        *field = TextField::at(kept, right);
    }
    filters
}

/// Something that the list of filters offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// One of its values is chosen next.
    Kind(FilterKind),
    Add(Filter),
    /// The n-th filter goes.
    Remove(usize),
}

/// The list of filters, open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrowing {
    /// Whose values are listed; `None`: the kinds.
    pub kind: Option<FilterKind>,
    pub field: TextField,
    pub selected: usize,
}

impl HistoryDialog {
    /// What the list of filters offers for what is typed there.
    pub fn choices(&self) -> Vec<Choice> {
        let Some(narrowing) = &self.narrowing else { return Vec::new() };
        let typed = narrowing.field.text().trim();
        let mut choices: Vec<Choice> = match narrowing.kind {
            Some(kind) => self.values(kind, typed).map(Choice::Add).collect(),
            None => {
                let fits = |kind: &FilterKind| score(typed, kind.key()).is_some();
                let kinds = FilterKind::ALL.into_iter().filter(fits).map(Choice::Kind);
                let values = |kind: FilterKind| self.values(kind, typed);
                let many = typed.chars().count() >= VALUES_FROM;
                let known = FilterKind::ALL.into_iter().filter(|_| many).flat_map(values);
                let removed = self.filters.iter().enumerate();
                let removed = removed.filter(|(_, one)| score(typed, &one.text()).is_some());
                let removed = removed.map(|(n, _)| Choice::Remove(n));
                kinds.chain(known.map(Choice::Add)).chain(removed).collect()
            }
        };
        choices.truncate(CHOICES_MAX);
        // What is in no list can be typed in full.
        let own = match narrowing.kind {
            Some(kind) => Filter::new(kind, typed),
            None => Filter::parse(typed),
        };
        let own = own.map(Choice::Add).filter(|own| !choices.contains(own));
        choices.extend(own);
        choices
    }

    /// The values of a kind that fit, without those that are chosen already.
    fn values(&self, kind: FilterKind, typed: &str) -> impl Iterator<Item = Filter> {
        let values = kind.values(&self.names).into_iter();
        let fitting = values.filter(|value| score(typed, value).is_some());
        let filters = fitting.filter_map(|value| Filter::new(kind, &value));
        filters.filter(|filter| !self.filters.contains(filter)).collect::<Vec<_>>().into_iter()
    }

    /// Takes what the n-th row of the list stands for; true when the search is another one now.
    pub(super) fn narrow(&mut self, row: usize) -> bool {
        let choice = self.choices().get(row).cloned();
        match choice {
            None => return false,
            Some(Choice::Kind(kind)) => {
                self.narrowing = Some(Narrowing { kind: Some(kind), ..Narrowing::default() });
                return false;
            }
            Some(Choice::Add(filter)) => self.add(filter),
            Some(Choice::Remove(n)) => drop(self.filters.remove(n)),
        }
        self.narrowing = None;
        true
    }

    /// Adds a filter. Of agents, projects, branches, roles, tools and files there may be several.
    pub(super) fn add(&mut self, filter: Filter) {
        use FilterKind::{After, Before, Cost, Directory, Model};
        if matches!(filter.kind, After | Before | Cost | Directory | Model) {
            self.filters.retain(|other| other.kind != filter.kind);
        }
        if !self.filters.contains(&filter) {
            self.filters.push(filter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_query_takes_for_a_filter_is_one() {
        for (text, same) in [
            ("agent:demo", "agent:demo"),
            ("role:User", "role:User"),
            ("since:7d", "after:7d"),
            ("until:2026-11", "before:2026-11"),
            ("after:2026-11-29", "after:2026-11-29"),
            ("cost>0.5", "cost>0.5"),
            ("project:\"my app\"", "project:\"my app\""),
        ] {
            assert_eq!(Filter::parse(text).map(|filter| filter.text()).as_deref(), Some(same));
        }
        for text in ["role:nobody", "after:soon", "after:2026-13", "agent:", "cost>much", "a:b"] {
            assert_eq!(Filter::parse(text), None, "{text}");
        }
    }

    #[test]
    fn complete_filters_are_taken_out_of_what_is_typed() {
        let mut field = TextField::new("race role:user cond project:\"my app\" role:tool");
        let taken = taken(&mut field);
        let texts: Vec<_> = taken.iter().map(Filter::text).collect();
        assert_eq!(texts, ["role:user", "project:\"my app\""]);
        assert_eq!(field.text(), "race cond role:tool");
        assert_eq!(super::taken(&mut field), []);
    }
}
