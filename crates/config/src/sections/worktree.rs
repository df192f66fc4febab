//! Where worktrees live, and what is shown of them.

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

/// The settings of `[worktree]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worktree {
    pub place: Place,
    /// Whether the programs that know them are asked for pull requests.
    pub pull_requests: bool,
}

/// Where worktrees of a repository are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Next to it.
    Beside,
    /// In it.
    Below,
    /// In Segno's home.
    Home,
}

impl Worktree {
    /// What the defaults are laid over.
    pub(crate) fn blank() -> Worktree {
        Worktree { place: Place::Home, pull_requests: false }
    }

    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let places = [("beside", Place::Beside), ("below", Place::Below), ("home", Place::Home)];
        set(&mut self.pull_requests, section.boolean(reports, "pull_requests"));
        set(&mut self.place, section.choice(reports, "place", &places));
    }
}
