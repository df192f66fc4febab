//! What agents may spend, and what happens then.

use crate::reader::{Section, set};
use segno_base::key::{Key, KeyCode};
use segno_base::text::diagnostic::Reports;

/// From this part of a budget on, its user is notified.
pub const NEAR: f64 = 0.8;

/// The settings of `[budget]`, in US dollars; `None`: no limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// What all conversations may cost on a day.
    pub day: Option<f64>,
    /// What those of one project may.
    pub project: Option<f64>,
    /// What a conversation may cost in all.
    pub conversation: Option<f64>,
    pub at_limit: AtLimit,
    /// What ends an agent's turn.
    pub interrupt: Key,
}

/// What happens when a budget is used up, besides a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtLimit {
    Notify,
    /// Prompts wait, and are refused, until the user allows more.
    Hold,
    /// The turns under way are interrupted.
    Interrupt,
}

impl AtLimit {
    /// In the settings, by name.
    pub const ALL: [(&str, AtLimit); 3] =
        [("notify", AtLimit::Notify), ("hold", AtLimit::Hold), ("interrupt", AtLimit::Interrupt)];
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            day: None,
            project: None,
            conversation: None,
            at_limit: AtLimit::Notify,
            interrupt: Key::plain(KeyCode::Escape),
        }
    }
}

impl Budget {
    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let limits = [
            ("day", &mut self.day),
            ("project", &mut self.project),
            ("conversation", &mut self.conversation),
        ];
        for (name, limit) in limits {
            if let Some(dollars) = section.number(reports, name) {
                *limit = Some(dollars).filter(|dollars| *dollars > 0.0);
            }
        }
        set(&mut self.at_limit, section.choice(reports, "at_limit", &AtLimit::ALL));
        if let Some(key) = section.string(reports, "interrupt_key") {
            match key.get_ref().parse() {
                Ok(parsed) => self.interrupt = parsed,
                Err(error) => reports.error(key.span(), error.to_string()),
            }
        }
    }
}
