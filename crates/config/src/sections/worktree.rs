//! Where worktrees live.

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

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
    pub(crate) fn blank() -> Worktree {
        Worktree { place: Place::Home }
    }

    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let places = [("beside", Place::Beside), ("below", Place::Below), ("home", Place::Home)];
        set(&mut self.place, section.choice(reports, "place", &places));
    }
}
