//! What conversations have used, by day, pane, project and model.
//!
//! A tracker reports a conversation's total use so far, perhaps twice, late, or less than
//! before (when its agent has just started). So what counts is by how much the highest figures
//! known grow: whatever is read again changes nothing.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::SessionId;
use crate::status::Usage;
use crate::usage::counts::Counts;
use segno_base::ids::PaneId;
use segno_base::text::day::Day;

/// The key of what ran in no pane.
const NO_PANE: &str = "-";

/// What a conversation had used in all at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    pub day: Day,
    #[serde(rename = "type")]
    pub type_name: String,
    pub session: SessionId,
    /// `None`: it ran in no pane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pane: Option<PaneId>,
    /// The root directory of what it worked on.
    pub project: String,
    #[serde(flatten)]
    pub usage: Usage,
}

impl Entry {
    /// Whether a later entry says all that this one does: same conversation, same everything
    /// that is distinguished.
    pub fn is_covered_by(&self, later: &Entry) -> bool {
        self.is_of(later)
            && self.day == later.day
            && self.pane == later.pane
            && self.project == later.project
            && self.usage.model == later.usage.model
    }

    fn is_of(&self, other: &Entry) -> bool {
        self.session == other.session && self.type_name == other.type_name
    }
}

/// The highest figures known of each conversation.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    highest: HashMap<SessionId, Vec<(String, Counts)>>,
}

impl Ledger {
    /// What is known that a conversation has cost in all.
    pub fn cost(&self, session: &SessionId) -> f64 {
        let known = self.highest.get(session).into_iter().flatten();
        known.map(|(_, counts)| counts.cost).sum()
    }

    /// Records what a conversation has used in all; returns by how much that is more than was
    /// known, if at all.
    pub fn add(&mut self, entry: &Entry) -> Option<Counts> {
        let known = self.highest.entry(entry.session.clone()).or_default();
        let at = known.iter().position(|(name, _)| *name == entry.type_name).unwrap_or_else(|| {
            known.push((entry.type_name.clone(), Counts::default()));
            known.len() - 1
        });
        let highest = &mut known[at].1;
        let counts = entry.usage.counts.sound();
        let more = counts.beyond(*highest);
        *highest = highest.highest(counts);
        (!more.is_zero()).then_some(more)
    }
}

/// What sums are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Conversation,
    Pane,
    Project,
    #[default]
    Day,
    Model,
}

/// A sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sum {
    /// The conversation's id, the pane's, the project's directory, the day, or the model.
    pub key: String,
    /// The conversation's.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    /// When it was last used, in milliseconds since the Unix epoch.
    pub last: u64,
    /// How many conversations it is about.
    pub conversations: u64,
    /// The last one.
    pub model: Option<String>,
    /// Tokens in the model's context at the last turn, and how many it has room for: of a
    /// conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_limit: Option<u64>,
    #[serde(flatten)]
    pub counts: Counts,
}

/// Sums from a day on, those used last first.
pub fn sums<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    since: Option<Day>,
    by: By,
) -> Vec<Sum> {
    let mut ledger = Ledger::default();
    let mut places: HashMap<(String, Option<String>), usize> = HashMap::new();
    let mut counted = std::collections::HashSet::new();
    let mut sums: Vec<Sum> = Vec::new();
    for entry in entries {
        let Some(more) = ledger.add(entry) else { continue };
        if since.is_some_and(|since| entry.day < since) {
            continue;
        }
        let type_name = (by == By::Conversation).then(|| entry.type_name.clone());
        let key = match by {
            By::Conversation => entry.session.to_string(),
            By::Pane => entry.pane.map_or_else(|| NO_PANE.to_string(), |pane| pane.to_string()),
            By::Project => entry.project.clone(),
            By::Day => entry.day.to_string(),
            By::Model => entry.usage.model.clone().unwrap_or_default(),
        };
        let place = *places.entry((key.clone(), type_name.clone())).or_insert_with(|| {
            sums.push(Sum {
                key,
                type_name,
                last: 0,
                conversations: 0,
                model: None,
                context: None,
                context_limit: None,
                counts: Counts::default(),
            });
            sums.len() - 1
        });
        let sum = &mut sums[place];
        if counted.insert((place, &entry.session, &entry.type_name)) {
            sum.conversations += 1;
        }
        sum.counts = sum.counts.plus(more);
        if entry.at >= sum.last {
            sum.last = entry.at;
            sum.model = entry.usage.model.clone().or(sum.model.take());
            if by == By::Conversation {
                sum.context = entry.usage.context;
                sum.context_limit = entry.usage.context_limit;
            }
        }
    }
    match by {
        By::Day => sums.sort_by(|a, b| b.key.cmp(&a.key)),
        _ => sums.sort_by_key(|sum| std::cmp::Reverse(sum.last)),
    }
    sums
}

/// Only the entries that matter for sums: of several in a row about the same, the last.
pub fn compacted(entries: Vec<Entry>) -> Vec<Entry> {
    let mut last: HashMap<(String, SessionId), usize> = HashMap::new();
    let mut kept: Vec<Option<Entry>> = Vec::with_capacity(entries.len());
    let mut ledger = Ledger::default();
    for entry in entries {
        if ledger.add(&entry).is_none() {
            continue;
        }
        let key = (entry.type_name.clone(), entry.session.clone());
        if let Some(&at) = last.get(&key)
            && kept[at].as_ref().is_some_and(|before| before.is_covered_by(&entry))
        {
            // Some figure may be lower than before; the highest of each is what counts.
            let before = kept[at].take().map(|before| before.usage).unwrap_or_default();
            let usage = highest(before, entry.usage);
            last.insert(key, kept.len());
            kept.push(Some(Entry { usage, ..entry }));
        } else {
            last.insert(key, kept.len());
            kept.push(Some(entry));
        }
    }
    kept.into_iter().flatten().collect()
}

fn highest(before: Usage, now: Usage) -> Usage {
    Usage { counts: before.counts.sound().highest(now.counts.sound()), ..now }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(at: u64, session: u8, pane: u32, output: u64) -> Entry {
        Entry {
            at,
            day: Day::of(at / 1000, 0),
            type_name: "a".into(),
            session: SessionId::try_from(format!("s{session}")).unwrap(),
            pane: PaneId::new(pane),
            project: "/p".into(),
            usage: Usage {
                counts: Counts { output, cost: output as f64, ..Counts::default() },
                ..Usage::default()
            },
        }
    }

    const DAY: u64 = 86_400_000;

    #[test]
    fn each_day_and_pane_has_what_was_used_in_it() {
        let list = [entry(0, 1, 1, 5), entry(DAY, 1, 2, 8), entry(DAY, 2, 2, 3)];
        let outputs = |by, since| -> Vec<(String, u64, u64)> {
            let sum = |s: &Sum| (s.key.clone(), s.counts.output, s.conversations);
            sums(&list, since, by).iter().map(sum).collect()
        };
        let (first, second) = ("1970-01-01".to_string(), "1970-01-02".to_string());
        assert_eq!(outputs(By::Day, None), [(second.clone(), 6, 2), (first, 5, 1)]);
        assert_eq!(outputs(By::Day, second.parse().ok()), [(second, 6, 2)]);
        assert_eq!(outputs(By::Pane, None), [("p2".into(), 6, 2), ("p1".into(), 5, 1)]);
        assert_eq!(outputs(By::Project, None), [("/p".into(), 11, 2)]);
        let conversations = outputs(By::Conversation, None);
        assert_eq!(conversations, [("s1".into(), 8, 1), ("s2".into(), 3, 1)]);
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let one = (0..4 * DAY, 1..4u8, 1..4u32, 0..50u64);
        prop::collection::vec(one, 0..40).prop_map(|list| {
            let mut list: Vec<_> = list.into_iter().map(|(a, s, p, o)| entry(a, s, p, o)).collect();
            list.sort_by_key(|entry| entry.at);
            list
        })
    }

    proptest! {
        #[test]
        fn what_is_read_again_changes_nothing(list in entries(), from in 0..40usize) {
            let again: Vec<_> = list.iter().chain(list.iter().skip(from)).cloned().collect();
            for by in [By::Conversation, By::Pane, By::Project, By::Day, By::Model] {
                prop_assert_eq!(sums(&again, None, by), sums(&list, None, by));
            }
        }

        #[test]
        fn compacting_changes_no_sum(list in entries()) {
            let fewer = compacted(list.clone());
            prop_assert!(fewer.len() <= list.len());
            for by in [By::Pane, By::Day, By::Conversation] {
                let counts = |list: &[Entry]| -> Vec<(String, Counts)> {
                    // Sums of dollars differ in their last bits with the order.
                    let micros = |c: Counts| Counts { cost: (c.cost * 1e6).round() / 1e6, ..c };
                    let mut sums: Vec<_> =
                        sums(list, None, by).into_iter().map(|s| (s.key, micros(s.counts))).collect();
                    sums.sort_by(|a, b| a.0.cmp(&b.0));
                    sums
                };
                prop_assert_eq!(counts(&fewer), counts(&list));
            }
            prop_assert_eq!(compacted(fewer.clone()).len(), fewer.len());
        }

        #[test]
        fn a_conversation_has_its_highest_figures(list in entries()) {
            for sum in sums(&list, None, By::Conversation) {
                let of = |e: &&Entry| e.session.as_str() == sum.key;
                let highest = list.iter().filter(of).map(|e| e.usage.counts.output).max();
                prop_assert_eq!(Some(sum.counts.output), highest);
            }
        }
    }
}
