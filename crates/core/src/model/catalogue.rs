//! What the model needs to know of pane types: plain data that the server takes from the registry.

use std::collections::BTreeSet;

use crate::dialog::new_pane::TypeChoice;
use segno_agent::panetype::ClosePolicy;
use segno_base::key::Key;

/// What a pane without a name is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// The title of its type.
    Title,
    /// What runs in its shell, or where that is.
    Shell,
    /// The command line that it was opened with.
    CommandLine,
}

/// A pane type as the model sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeTraits {
    pub title: String,
    pub calls_itself: Calls,
    /// Counts against the limit of agents starting at once.
    pub is_agent: bool,
    pub tracked: bool,
    pub can_resume: bool,
    pub can_continue: bool,
    pub can_fork: bool,
    pub close: ClosePolicy,
    /// Starts again by itself when the workspace comes back.
    pub again: bool,
    /// The toggles that are on when nobody chose.
    pub toggled: BTreeSet<String>,
    /// Keys that its programs get even where they are bound without the prefix.
    pub raw: BTreeSet<Key>,
}

impl TypeTraits {
    /// For a pane whose type is gone: it stays in its place, so that nothing is lost.
    pub fn missing(type_name: &str) -> TypeTraits {
        TypeTraits {
            title: type_name.to_string(),
            calls_itself: Calls::Title,
            is_agent: false,
            tracked: true,
            can_resume: false,
            can_continue: false,
            can_fork: false,
            close: ClosePolicy::Never,
            again: true,
            toggled: BTreeSet::new(),
            raw: BTreeSet::new(),
        }
    }
}

/// The pane types there are.
pub trait Catalogue {
    /// `None` when there is no such type.
    fn traits(&self, type_name: &str) -> Option<TypeTraits>;

    /// What the new-pane dialog offers, sorted by kind.
    fn choices(&self) -> Vec<TypeChoice>;
}
