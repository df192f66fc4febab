//! The list of notifications: bounded, newest last, each seen or not.
//!
//! Must not decide what is worth a notification: `notify` does.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use segno_base::ids::PaneId;

/// How many are kept; the oldest go first.
pub const NOTICES_MAX: usize = 100;
/// The longest text kept, in characters.
const TEXT_MAX: usize = 300;
/// So many call outside Segno within [`WINDOW`], from all panes together.
const CALLS_MAX: usize = 20;
const WINDOW: u64 = 60_000;

/// Why somebody is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    Blocked,
    Error,
    /// A handler of the pane's type found something that may need care,
    Warning,
    /// or that is only worth knowing.
    Info,
    Finished,
    /// The program in the pane posted it.
    Program,
    Bell,
}

impl NoticeKind {
    /// What calls and JSON call it.
    pub fn name(self) -> &'static str {
        match self {
            NoticeKind::Blocked => "blocked",
            NoticeKind::Error => "error",
            NoticeKind::Warning => "warning",
            NoticeKind::Info => "info",
            NoticeKind::Finished => "finished",
            NoticeKind::Program => "program",
            NoticeKind::Bell => "bell",
        }
    }
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub pane: PaneId,
    /// What the pane was called then.
    pub label: String,
    pub kind: NoticeKind,
    /// One line, no control characters.
    pub text: String,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    /// Whether somebody has looked at the pane since.
    pub seen: bool,
    /// How often it came, one after the other.
    pub count: u32,
}

impl Notice {
    pub fn new(pane: PaneId, label: &str, kind: NoticeKind, text: &str, at: u64) -> Notice {
        let clean = |text: &str| -> String {
            let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
            one_line.take(TEXT_MAX).collect::<String>().trim().to_string()
        };
        let (label, text) = (clean(label), clean(text));
        Notice { pane, label, kind, text, at, seen: false, count: 1 }
    }

    /// What it is about, for where there is room for a title.
    pub fn title(&self) -> String {
        format!("{} {}", self.pane, self.label)
    }
}

/// All notifications.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    /// Newest last.
    list: VecDeque<Notice>,
    /// When each pane called outside last.
    called: BTreeMap<PaneId, u64>,
    /// When any did, within the window.
    calls: VecDeque<u64>,
}

impl Notices {
    /// Takes over what was stored.
    pub fn restored(list: Vec<Notice>) -> Notices {
        let mut notices = Notices::default();
        notices.list.extend(list);
        notices.trim();
        notices
    }

    /// Adds one; the same again, while nobody has looked, counts instead.
    pub fn add(&mut self, notice: Notice) {
        let same = |old: &Notice| {
            old.pane == notice.pane
                && !old.seen
                && old.kind == notice.kind
                && old.text == notice.text
        };
        let last = self.list.iter().rposition(|old| old.pane == notice.pane);
        let count = last
            .filter(|at| same(&self.list[*at]))
            .and_then(|at| self.list.remove(at))
            .map_or(1, |old| old.count.saturating_add(1));
        self.list.push_back(Notice { count, ..notice });
        self.trim();
    }

    /// Whether a pane may call outside now; if so, it has.
    pub fn may_call(&mut self, pane: PaneId, now: u64, interval: u64) -> bool {
        while self.calls.front().is_some_and(|at| at.saturating_add(WINDOW) <= now) {
            self.calls.pop_front();
        }
        let too_soon = self.called.get(&pane).is_some_and(|at| now < at.saturating_add(interval));
        if too_soon || self.calls.len() >= CALLS_MAX {
            return false;
        }
        self.called.insert(pane, now);
        self.calls.push_back(now);
        true
    }

    /// Somebody looks at the pane.
    pub fn see(&mut self, pane: PaneId) {
        for notice in self.list.iter_mut().filter(|notice| notice.pane == pane) {
            notice.seen = true;
        }
    }

    /// The pane is gone, and nobody can be led to it any more.
    pub fn forget(&mut self, pane: PaneId) {
        self.list.retain(|notice| notice.pane != pane);
        self.called.remove(&pane);
    }

    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Removes one, by its place from the newest.
    pub fn remove(&mut self, newest: usize) {
        if let Some(at) = self.list.len().checked_sub(newest + 1) {
            self.list.remove(at);
        }
    }

    /// Newest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Notice> + DoubleEndedIterator {
        self.list.iter().rev()
    }

    pub fn unseen(&self) -> usize {
        self.list.iter().filter(|notice| !notice.seen).count()
    }

    fn trim(&mut self) {
        let excess = self.list.len().saturating_sub(NOTICES_MAX);
        self.list.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pane(n: u32) -> PaneId {
        PaneId::new(n).unwrap()
    }

    fn notice(n: u32, text: &str, at: u64) -> Notice {
        Notice::new(pane(n), "shell", NoticeKind::Program, text, at)
    }

    #[test]
    fn the_same_again_counts() {
        let mut notices = Notices::default();
        for at in 1..4 {
            notices.add(notice(1, "a\nb", at));
        }
        notices.add(notice(2, "a b", 5));
        let list: Vec<_> = notices.iter().map(|n| (n.text.as_str(), n.count, n.at)).collect();
        assert_eq!(list, [("a b", 1, 5), ("a b", 3, 3)]);
        notices.see(pane(1));
        assert_eq!(notices.unseen(), 1);
        notices.add(notice(1, "a b", 9));
        assert_eq!(notices.iter().next().map(|n| n.count), Some(1));
        notices.remove(0);
        notices.forget(pane(2));
        assert_eq!(notices.iter().map(|n| n.at).collect::<Vec<_>>(), [3]);
        notices.remove(7);
        notices.clear();
        assert_eq!(notices.iter().len(), 0);
    }

    #[test]
    fn a_pane_calls_once_in_its_time() {
        let mut notices = Notices::default();
        assert!(notices.may_call(pane(1), 1_000, 500));
        assert!(!notices.may_call(pane(1), 1_499, 500));
        assert!(notices.may_call(pane(2), 1_499, 500));
        assert!(notices.may_call(pane(1), 1_500, 500));
        assert!(notices.may_call(pane(1), 1_500, 0));
    }

    proptest! {
        #[test]
        fn never_too_many_are_kept_or_call(steps in prop::collection::vec((1..9u32, 0..900u64), 0..400)) {
            let mut notices = Notices::default();
            let (mut now, mut calls) = (0, Vec::new());
            for (n, pause) in steps {
                now += pause;
                notices.add(notice(n, &now.to_string(), now));
                prop_assert!(notices.iter().len() <= NOTICES_MAX);
                if notices.may_call(pane(n), now, 0) {
                    calls.push(now);
                }
                let recent = calls.iter().filter(|at| **at + WINDOW > now).count();
                prop_assert!(recent <= CALLS_MAX);
            }
        }
    }
}
