//! What calls with a key have made, so that a call that is made again makes nothing and answers the
//! same. Kept with the workspace for a day.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::PaneId;

/// How long a key is remembered, in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;
/// How many are.
const KEYS_MAX: usize = 1000;
/// The longest key, in bytes.
pub const KEY_MAX: usize = 200;

/// A key and what was made for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    method: String,
    key: String,
    /// Milliseconds since the Unix epoch.
    at: u64,
    panes: Vec<PaneId>,
}

/// The keys of a day, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Keyed(VecDeque<Made>);

impl Keyed {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The panes that a call of this method with this key has made, also those closed since.
    pub fn find(&self, method: &str, key: &str, now: u64) -> Option<&[PaneId]> {
        let fresh = |made: &&Made| now.saturating_sub(made.at) < DAY;
        let same = |made: &&Made| made.method == method && made.key == key;
        self.0.iter().find(same).filter(fresh).map(|made| made.panes.as_slice())
    }

    /// One more pane was made by a call of this method with this key.
    pub fn made(&mut self, method: &str, key: &str, pane: PaneId, now: u64) {
        self.0.retain(|made| now.saturating_sub(made.at) < DAY);
        if let Some(made) = self.0.iter_mut().find(|m| m.method == method && m.key == key) {
            return made.panes.push(pane);
        }
        if self.0.len() >= KEYS_MAX {
            self.0.pop_front();
        }
        let (method, key) = (method.to_string(), key.to_string());
        self.0.push_back(Made { method, key, at: now, panes: vec![pane] });
    }
}

impl Model {
    /// A call of this method with this key has made a pane. What comes of it is stored before it is
    /// done, so that it is not done twice by the next daemon.
    pub fn note_key(&mut self, method: &str, key: Option<&str>, pane: PaneId, cx: &mut Context) {
        if let Some(key) = key {
            self.keyed.made(method, key, pane, cx.now);
            cx.out.push(Effect::SaveFirst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_for_its_method_and_for_a_day() {
        let pane = |n| PaneId::new(n).unwrap();
        let mut keyed = Keyed::default();
        keyed.made("layout.apply", "k", pane(1), 5);
        keyed.made("layout.apply", "k", pane(2), 6);
        assert_eq!(keyed.find("layout.apply", "k", 7), Some(&[pane(1), pane(2)][..]));
        assert_eq!(keyed.find("pane.new", "k", 7), None);
        assert_eq!(keyed.find("layout.apply", "k", DAY + 5), None);
        keyed.made("layout.apply", "k", pane(3), DAY + 5);
        assert_eq!(keyed.find("layout.apply", "k", DAY + 6), Some(&[pane(3)][..]));
        for n in 0..2000 {
            keyed.made("pane.new", &n.to_string(), pane(4), DAY + 7);
        }
        assert_eq!(keyed.0.len(), KEYS_MAX);
        let stored = serde_json::to_string(&keyed).unwrap();
        assert_eq!(serde_json::from_str::<Keyed>(&stored).unwrap(), keyed);
    }
}
