//! What a token allows, and of which panes. Pure.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use segno_base::ids::PaneId;

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum May {
    /// Look.
    Watch,
    /// Also answer what agents ask, by the answers that their types know.
    Answer,
    /// Also type.
    Full,
}

impl May {
    pub fn name(self) -> &'static str {
        match self {
            May::Watch => "watch",
            May::Answer => "answer",
            May::Full => "full",
        }
    }
}

/// Of which panes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// Every pane, and past conversations.
    All,
    /// Those in this directory, and below it.
    Project(PathBuf),
    /// One.
    Pane(PaneId),
}

/// Both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    pub may: May,
    pub over: Over,
}

impl Scope {
    /// Everything.
    pub const FULL: Scope = Scope { may: May::Full, over: Over::All };

    /// Whether it is about this pane, which is in that directory.
    pub fn has(&self, pane: PaneId, cwd: &Path) -> bool {
        let plain = !cwd.components().any(|part| part == Component::ParentDir);
        match &self.over {
            Over::All => true,
            Over::Project(root) => plain && cwd.starts_with(root),
            Over::Pane(one) => *one == pane,
        }
    }

    /// Whether it allows this much.
    pub fn allows(&self, what: May) -> bool {
        self.may >= what
    }

    /// Whether past conversations may be read: they are not one pane's.
    pub fn reads_history(&self) -> bool {
        self.over == Over::All
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.may.name())?;
        match &self.over {
            Over::All => write!(f, "all"),
            Over::Project(root) => write!(f, "{}", root.display()),
            Over::Pane(pane) => write!(f, "{pane}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_about_its_panes_alone() {
        let (p1, p2) = (PaneId::new(1).unwrap(), PaneId::new(2).unwrap());
        let of = |over| Scope { may: May::Watch, over };
        assert!(of(Over::All).has(p1, Path::new("/x")));
        assert!(of(Over::Pane(p1)).has(p1, Path::new("/x")));
        assert!(!of(Over::Pane(p1)).has(p2, Path::new("/x")));
        let project = of(Over::Project("/src/app".into()));
        assert!(project.has(p1, Path::new("/src/app/deep")));
        for outside in ["/src/apple", "/src", "/src/app/../other", ""] {
            assert!(!project.has(p1, Path::new(outside)), "{outside}");
        }
        assert!(!project.reads_history() && of(Over::All).reads_history());
    }

    #[test]
    fn more_contains_less() {
        assert!(Scope::FULL.allows(May::Watch));
        let watch = Scope { may: May::Watch, over: Over::All };
        assert!(!watch.allows(May::Answer) && !watch.allows(May::Full));
    }
}
