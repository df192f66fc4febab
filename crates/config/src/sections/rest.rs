//! When agents that nobody needs sleep.

use crate::reader::{Section, set};
use segno_base::text::diagnostic::Reports;

/// The settings of `[restore]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rest {
    /// Whether agents that nobody sees stay asleep when the workspace comes back.
    pub lazy: bool,
    /// Milliseconds after which an idle agent that nobody sees sleeps; `None`: never.
    pub after: Option<u64>,
}

impl Rest {
    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        set(&mut self.lazy, section.boolean(reports, "lazy"));
        if let Some(hours) = section.integer(reports, "sleep_after_h", 0..=10_000) {
            let hours = u64::try_from(hours).ok().filter(|hours| *hours > 0);
            self.after = hours.map(|hours| hours * 3_600_000);
        }
    }
}
