//! The settings of shell panes: whether agents that are typed there are followed.

use toml::Spanned;

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

/// The settings of `[shells]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shells {
    /// Whether agents that are typed in shell panes are followed.
    pub follow: bool,
    /// Types that are not.
    pub except: Vec<String>,
    pub come_back: ComeBack,
}

/// How an agent comes back in a shell that is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComeBack {
    /// By itself.
    Start,
    /// The command is typed, and the user presses enter.
    Ask,
    /// By `segno return` alone.
    Off,
}

impl Shells {
    /// What the defaults are laid over.
    pub(crate) fn blank() -> Shells {
        Shells { follow: false, except: Vec::new(), come_back: ComeBack::Off }
    }

    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        set(&mut self.follow, section.boolean(reports, "follow"));
        let names = |names: Vec<Spanned<String>>, _: &mut Reports<'_>| {
            names.into_iter().map(Spanned::into_inner).collect()
        };
        section.list(reports, ["except", "except-"], &mut self.except, names);
        let ways = [("start", ComeBack::Start), ("ask", ComeBack::Ask), ("off", ComeBack::Off)];
        set(&mut self.come_back, section.choice(reports, "come_back", &ways));
    }

    /// Whether typed agents of this type are followed.
    pub fn follows(&self, type_name: &str) -> bool {
        self.follow && self.except.iter().all(|except| except != type_name)
    }
}
