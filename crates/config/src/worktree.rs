//! Where worktrees live.

use super::reader::{Section, set};
use segno_base::diagnostic::Reports;

/// The settings of `[worktree]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worktree {
    pub place: Place,
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
    pub(super) fn blank() -> Worktree {
        Worktree { place: Place::Home }
    }

    pub(super) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let places = [("beside", Place::Beside), ("below", Place::Below), ("home", Place::Home)];
        set(&mut self.place, section.choice(reports, "place", &places));
    }
}
