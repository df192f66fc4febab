//! What git says of the directories that panes are in: looked at by a process of its own when a
//! pane comes there, when git has changed something, and when an agent's turn has ended. Nothing is
//! looked at because time has passed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::server::project::glance::Look;
use crate::server::shared::Shared;
use segno_config::event_name::EventName;
use segno_core::attention::event_feed::WorkspaceEvent;
use segno_core::update::event::Event;
use segno_worktree::forge::PullRequest;
use segno_worktree::glance::{Glance, Seen};

/// Git replaces several files for one change.
const SOON: Duration = Duration::from_millis(200);
/// A look that took long is followed by a pause that is so many times as long.
const REST: u32 = 5;
/// Looks at once.
const LOOKS_MAX: usize = 2;

/// The directories that are looked at.
#[derive(Default)]
pub(in crate::server) struct Worktrees {
    trees: BTreeMap<PathBuf, Tree>,
    looking: usize,
}

#[derive(Default)]
struct Tree {
    /// When it is to be looked at.
    at: Option<Instant>,
    /// Not sooner than this.
    rested: Option<Instant>,
    looking: bool,
    glance: Option<Arc<Glance>>,
    /// The branch and the commit for which its pull request was asked last.
    asked: Option<Head>,
    /// The next look asks.
    asks: bool,
}

type Head = (Option<String>, Option<String>);

fn head(glance: &Glance) -> Head {
    (glance.branch.clone(), glance.commit.clone())
}

impl Tree {
    fn soon(&mut self, now: Instant) {
        let at = self.rested.map_or(now, |rested| rested.max(now)) + SOON;
        self.at.get_or_insert(at);
    }

    /// Takes over what was seen.
    fn seen(&mut self, seen: Option<Seen>, asked: bool, now: Instant) {
        let Some(Seen { mut glance, forge, .. }) = seen else {
            self.glance = None;
            return;
        };
        let is = head(&glance);
        if asked {
            self.asked = Some(is);
        } else {
            glance.pull_request = self.request().filter(|_| self.branch() == glance.branch);
            // Asked for by itself: that takes longer.
            if forge && self.asked.as_ref() != Some(&is) {
                self.asks = true;
                self.soon(now);
            }
        }
        if self.glance.as_deref() != Some(&glance) {
            self.glance = Some(Arc::new(glance));
        }
    }

    fn branch(&self) -> Option<String> {
        self.glance.as_ref()?.branch.clone()
    }

    fn request(&self) -> Option<PullRequest> {
        self.glance.as_ref()?.pull_request.clone()
    }
}

impl Worktrees {
    /// A pane is in a directory that may be in a repository.
    pub fn entered(&mut self, shared: &mut Shared, directory: PathBuf) {
        match self.trees.get(&directory).map(|tree| tree.glance.clone()) {
            Some(glance) => shared.handle(Event::Glanced { cwd: directory, glance }),
            None => self.trees.entry(directory).or_default().soon(Instant::now()),
        }
    }

    /// Git has changed something of these.
    pub fn changed(&mut self, directories: &[PathBuf]) {
        for directory in directories {
            if let Some(tree) = self.trees.get_mut(directory) {
                tree.soon(Instant::now());
            }
        }
    }

    /// An agent has done something in a directory: files may have changed, and it may have opened a
    /// pull request.
    pub fn after(&mut self, event: &WorkspaceEvent) {
        let ends = matches!(
            event.event,
            EventName::StateIdle
                | EventName::StateBlocked
                | EventName::StateError
                | EventName::PaneExited
        );
        if let Some(tree) = self.trees.get_mut(&event.cwd).filter(|_| ends) {
            tree.asked = None;
            tree.soon(Instant::now());
        }
    }

    /// When one is to be looked at.
    pub fn due(&self) -> Option<Instant> {
        let waiting = self.trees.values().filter(|tree| !tree.looking);
        waiting.filter_map(|tree| tree.at).min().filter(|_| self.looking < LOOKS_MAX)
    }

    /// Looks at those that are due, and forgets those in which no pane is.
    pub fn look(&mut self, shared: &mut Shared, now: Instant) {
        let used: BTreeSet<_> =
            shared.model.panes.values().map(|pane| pane.spec.cwd.clone()).collect();
        let before = self.trees.len();
        self.trees.retain(|directory, tree| used.contains(directory) || tree.looking);
        if self.trees.len() < before {
            let watch = shared.paths.clone();
            shared.aside(move || watch.retain(&used), |_: &mut Worktrees, _: &mut Shared, ()| {});
        }
        let asks_at_all = shared.config.worktree.pull_requests;
        for (directory, tree) in &mut self.trees {
            let is_due = tree.at.is_some_and(|at| at <= now) && !tree.looking;
            if !is_due || self.looking >= LOOKS_MAX {
                continue;
            }
            self.looking += 1;
            tree.at = None;
            tree.looking = true;
            let look = Look {
                program: shared.options.exe.clone(),
                env: shared.env.clone(),
                home: shared.options.home.clone(),
                directory: directory.clone(),
                asks: std::mem::take(&mut tree.asks) && asks_at_all,
            };
            let (watch, queue) = (shared.paths.clone(), shared.queue.clone());
            shared.aside(
                move || {
                    let mut seen = look.carry_out();
                    if let Ok(Some(seen)) = &mut seen {
                        let files = std::mem::take(&mut seen.watch);
                        watch.follow(&look.directory, files, &queue);
                        seen.forge &= asks_at_all;
                    }
                    (look.directory, look.asks, seen)
                },
                move |trees: &mut Worktrees, shared: &mut Shared, (directory, asked, seen)| {
                    trees.seen(shared, directory, asked, seen, now);
                },
            );
        }
    }

    fn seen(
        &mut self,
        shared: &mut Shared,
        directory: PathBuf,
        asked: bool,
        seen: Result<Option<Seen>, String>,
        begun: Instant,
    ) {
        self.looking = self.looking.saturating_sub(1);
        let Some(tree) = self.trees.get_mut(&directory) else { return };
        tree.looking = false;
        let now = Instant::now();
        tree.rested = Some(now + now.saturating_duration_since(begun) * REST);
        match seen {
            Ok(seen) => tree.seen(seen, asked, now),
            // What was seen before stays.
            Err(why) => {
                tracing::debug!(directory = %directory.display(), why, "cannot be looked at");
                return;
            }
        }
        let glance = tree.glance.clone();
        shared.handle(Event::Glanced { cwd: directory, glance });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(commit: &str) -> Option<Seen> {
        let glance =
            Glance { branch: Some("fix".into()), commit: Some(commit.into()), ..Glance::default() };
        Some(Seen { glance, forge: true, ..Seen::default() })
    }

    #[test]
    fn a_pull_request_is_asked_for_once_for_a_commit() {
        let now = Instant::now();
        let mut tree = Tree::default();
        tree.seen(seen("a"), false, now);
        assert!(tree.asks && tree.at.is_some());
        let mut answer = seen("a");
        let request = PullRequest { number: 1, state: "open".into(), url: "https://x".into() };
        answer.as_mut().unwrap().glance.pull_request = Some(request.clone());
        (tree.asks, tree.at) = (false, None);
        tree.seen(answer, true, now);
        tree.seen(seen("a"), false, now);
        assert!(!tree.asks && tree.at.is_none());
        assert_eq!(tree.request(), Some(request.clone()));
        // Another commit, the same branch: it stays until the answer.
        tree.seen(seen("b"), false, now);
        assert!(tree.asks);
        assert_eq!(tree.request(), Some(request));
        tree.seen(None, false, now);
        assert_eq!(tree.glance, None);
    }
}
