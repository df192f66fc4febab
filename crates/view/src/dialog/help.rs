//! The help: every key by group, narrowed by what is typed.

use super::panel::{Panel, Row, Show};
use crate::{Composer, KeyEntry, text};
use segno_core::dialog::text_field::TextField;
use segno_core::model::client::Client;

/// The columns of one of two columns of keys.
const COLUMN: u16 = 52;
/// The columns where there is only one.
const SINGLE: u16 = 76;
const GAP: u16 = 3;

impl Composer<'_> {
    pub(super) fn help(&self, filter: &TextField, scroll: usize) -> Panel {
        let theme = self.theme();
        let wide = 2 * COLUMN + GAP;
        let two = self.panel_room(wide) == wide;
        let cols = if two { wide } else { SINGLE };
        let room = self.panel_room(cols);
        let prefix = self.context.keys.prefix();
        let mut all = tabs_as_one(self.context.keys.entries());
        let first: Vec<KeyEntry> = if filter.text().is_empty() {
            let find = |name: &&str| all.iter().find(|entry| entry.name == **name);
            let group = || "Start here".to_string();
            let begin = START.iter().filter_map(find);
            begin.map(|entry| KeyEntry { group: group(), ..entry.clone() }).collect()
        } else {
            Vec::new()
        };
        all.extend(self.attached());
        let entries: Vec<KeyEntry> = first
            .into_iter()
            .chain(all.into_iter().filter(|entry| matches(entry, filter.text())))
            .map(|entry| KeyEntry { keys: after(&prefix, &entry.keys), ..entry })
            .collect();
        let column = if two { COLUMN } else { room };
        let groups = self.help_groups(&entries, column);
        let mut rows = if two { beside(groups) } else { groups.into_iter().flatten().collect() };
        if rows.is_empty() {
            rows.push(Row::new("No matches", theme.quiet));
        }
        let head = vec![
            Row::new("find: ", theme.quiet).field(filter, room.saturating_sub(6), theme.text, true),
            Row::default(),
        ];
        Panel {
            title: format!("Keys after {prefix}"),
            head,
            rows,
            show: Show::From(scroll),
            hints: "type to find · ↑↓ scroll · esc close".to_string(),
            cols,
        }
    }

    /// Who is attached, when that is more than one.
    fn attached(&self) -> Vec<KeyEntry> {
        let clients = &self.model.clients;
        let entry = |client: &Client| {
            let here = (client.id == self.client.id).then(|| "this one".to_string());
            let tab = self.model.tabs.iter().position(|tab| Some(tab.id) == client.tab);
            let facts = [
                Some(format!("{}x{}", client.size.cols, client.size.rows)),
                tab.map(|index| format!("tab {}", index + 1)),
                client.read_only.then(|| "read only".to_string()),
                here,
            ];
            KeyEntry {
                keys: format!("c{}", client.id.0),
                description: facts.into_iter().flatten().collect::<Vec<_>>().join(", "),
                group: "Attached".to_string(),
                name: "clients".to_string(),
            }
        };
        if clients.len() > 1 { clients.values().map(entry).collect() } else { Vec::new() }
    }

    /// The rows of each group: its heading, its keys, an empty row.
    fn help_groups(&self, entries: &[KeyEntry], column: u16) -> Vec<Vec<Row>> {
        let theme = self.theme();
        let keys_width = entries.iter().map(|e| text::width(&e.keys)).max().unwrap_or(0);
        let keys_width = keys_width.min(column / 2);
        let mut groups: Vec<(&str, Vec<Row>)> = Vec::new();
        for entry in entries {
            let rows = self.help_entry(entry, keys_width, column);
            match groups.iter_mut().find(|(group, _)| *group == entry.group) {
                Some((_, known)) => known.extend(rows),
                None => {
                    let heading = Row::new(text::fit(&entry.group, column), theme.quiet);
                    groups.push((&entry.group, [vec![heading], rows].concat()));
                }
            }
        }
        groups
            .into_iter()
            .map(|(_, mut rows)| {
                rows.push(Row::default());
                rows
            })
            .collect()
    }

    /// The keys and what they do, in as many rows as that needs.
    fn help_entry(&self, entry: &KeyEntry, keys_width: u16, column: u16) -> Vec<Row> {
        let theme = self.theme();
        let indent = keys_width + 2;
        let lines = text::wrap(&entry.description, column.saturating_sub(indent).max(1), 4);
        let mut keys = text::fit(&entry.keys, keys_width);
        let mut rows = Vec::new();
        for line in lines {
            let first = Row::new(std::mem::take(&mut keys), theme.accent);
            rows.push(first.pad(indent, theme.text).and(line, theme.text));
        }
        if rows.is_empty() {
            rows.push(Row::new(keys, theme.accent));
        }
        rows
    }
}

/// What is shown first to somebody who has typed nothing.
const START: &[&str] = &[
    "new-pane",
    "palette",
    "next-waiting",
    "resume",
    "history",
    "split-right",
    "zoom",
    "copy-mode",
    "settings",
    "detach",
];

/// The tabs by their number in one line.
fn tabs_as_one(entries: Vec<KeyEntry>) -> Vec<KeyEntry> {
    let mut all: Vec<KeyEntry> = Vec::new();
    for entry in entries {
        let is_tab = |entry: &KeyEntry| entry.name.starts_with("select-tab-");
        match all.last_mut().filter(|last| is_tab(last) && is_tab(&entry)) {
            Some(last) => {
                let first = last.keys.split(" … ").next().unwrap_or_default();
                let key = entry.keys.rsplit(' ').next().unwrap_or_default();
                last.keys = format!("{first} … {key}");
                last.description = "Go to the tab of this number".to_string();
            }
            None => all.push(entry),
        }
    }
    all
}

/// Keys as they follow the prefix; those that need none say so.
fn after(prefix: &str, keys: &str) -> String {
    let key = |key: &str| match key.strip_prefix(prefix).and_then(|key| key.strip_prefix(' ')) {
        Some(key) => key.to_string(),
        None if key.starts_with('c') && !key.contains('+') => key.to_string(),
        None => format!("{key} alone"),
    };
    keys.split(", ").map(key).collect::<Vec<_>>().join(", ")
}

/// Every typed word occurs in the entry.
fn matches(entry: &KeyEntry, filter: &str) -> bool {
    let KeyEntry { name, keys, description, group } = entry;
    let text = format!("{keys} {description} {group} {name}").to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The groups in two columns of about equal height, none torn apart.
fn beside(groups: Vec<Vec<Row>>) -> Vec<Row> {
    let half = groups.iter().map(Vec::len).sum::<usize>().div_ceil(2);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for group in groups {
        // By where its middle falls, so that one long group does not push all others right.
        if right.is_empty() && left.len() + group.len() / 2 < half {
            left.extend(group);
        } else {
            right.extend(group);
        }
    }
    let height = left.len().max(right.len());
    left.resize(height, Row::default());
    right.resize(height, Row::default());
    left.into_iter()
        .zip(right)
        .map(|(left, right)| left.pad(COLUMN + GAP, Default::default()).join(right))
        .collect()
}
