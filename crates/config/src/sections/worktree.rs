//! Where worktrees live, and what is shown of them.

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

/// The settings of `[worktree]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worktree {
    pub place: Place,
    /// Whether the programs that know them are asked for pull requests.
    pub pull_requests: bool,
    /// What shows differences on a terminal: a program that reads a patch, or compares `{old}` and
    /// `{new}`. Empty: Segno.
    pub diff_program: String,
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
        Worktree { place: Place::Home, pull_requests: false, diff_program: String::new() }
    }

    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let places = [("beside", Place::Beside), ("below", Place::Below), ("home", Place::Home)];
        if let Some(line) = section.string(reports, "diff_program") {
            match line.get_ref().contains(char::is_control) {
                true => reports.error(line.span(), "a command line cannot hold this character"),
                false => self.diff_program = line.into_inner(),
            }
        }
        set(&mut self.pull_requests, section.boolean(reports, "pull_requests"));
        set(&mut self.place, section.choice(reports, "place", &places));
    }
}
