//! The help: every key by group, narrowed by what is typed.

use crate::core::dialog::text_field::TextField;
use crate::view::{Composer, KeyEntry, text};

use super::panel::{Panel, Row, Show};

/// The columns of one column of keys; from twice that on there are two.
const COLUMN: u16 = 44;
const GAP: u16 = 3;

impl Composer<'_> {
    pub(super) fn help(&self, filter: &TextField, scroll: usize) -> Panel {
        let theme = self.theme();
        let wide = 2 * COLUMN + GAP;
        let two = self.panel_room(wide) == wide;
        let cols = if two { wide } else { COLUMN };
        let room = self.panel_room(cols);
        let entries: Vec<KeyEntry> = self
            .context
            .keys
            .entries()
            .into_iter()
            .filter(|entry| matches(entry, filter.text()))
            .collect();
        let column = if two { COLUMN } else { room };
        let groups = self.help_groups(&entries, column);
        let mut rows = if two { beside(groups) } else { groups.into_iter().flatten().collect() };
        if rows.is_empty() {
            rows.push(Row::new("no key does that", theme.quiet));
        }
        let head = vec![
            Row::new("find: ", theme.quiet).field(filter, room.saturating_sub(6), theme.text, true),
            Row::default(),
        ];
        Panel {
            title: "Keys".to_string(),
            head,
            rows,
            show: Show::From(scroll),
            hints: "type to find · ↑↓ scroll · esc closes".to_string(),
            cols,
        }
    }

    /// The rows of each group: its heading, its keys, an empty row.
    fn help_groups(&self, entries: &[KeyEntry], column: u16) -> Vec<Vec<Row>> {
        let theme = self.theme();
        let keys_width = entries.iter().map(|e| text::width(&e.keys)).max().unwrap_or(0);
        let keys_width = keys_width.min(column / 2);
        let mut groups: Vec<(&str, Vec<Row>)> = Vec::new();
        for entry in entries {
            let keys = text::fit(&entry.keys, keys_width);
            let row = Row::new(keys, theme.accent).pad(keys_width + 2, theme.text).and(
                text::fit(&entry.description, column.saturating_sub(keys_width + 2)),
                theme.text,
            );
            match groups.iter_mut().find(|(group, _)| *group == entry.group) {
                Some((_, rows)) => rows.push(row),
                None => {
                    let heading = Row::new(text::fit(&entry.group, column), theme.quiet);
                    groups.push((&entry.group, vec![heading, row]));
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
}

/// Every typed word occurs in the entry.
fn matches(entry: &KeyEntry, filter: &str) -> bool {
    let text = format!("{} {} {}", entry.keys, entry.description, entry.group).to_lowercase();
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
