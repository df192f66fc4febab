//! The settings of notifications: what is worth one, and where it is shown.

use crate::reader::{Section, set};
use crate::sections::command_line::{CommandLine, command_lines};
use segno_base::text::diagnostic::Reports;

/// The settings of `[notifications]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notifications {
    /// An agent waits for the user.
    pub blocked: bool,
    /// An agent's turn ended in an error, a program ended badly, or a handler found an error.
    pub error: bool,
    /// An agent finished.
    pub finished: bool,
    /// Only turns of at least this length are worth it.
    pub finished_after_ms: u64,
    /// What programs themselves post (OSC 9, 777 and 99), and what handlers find besides errors.
    pub programs: bool,
    pub bell: bool,
    pub desktop: Desktop,
    /// Programs that show a notification; the first that can is used.
    pub commands: Vec<CommandLine>,
    /// Whether the terminal's bell rings with each.
    pub sound: bool,
    /// A pane calls outside Segno at most once in this time.
    pub interval_ms: u64,
}

/// Where notifications are shown outside Segno.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desktop {
    Off,
    /// By the terminals that can; where there is none, by a program.
    Auto,
    Terminal,
    Command,
}

impl Notifications {
    /// What the defaults are laid over.
    pub(crate) fn blank() -> Notifications {
        Notifications {
            blocked: false,
            error: false,
            finished: false,
            finished_after_ms: 0,
            programs: false,
            bell: false,
            desktop: Desktop::Off,
            commands: Vec::new(),
            sound: false,
            interval_ms: 0,
        }
    }

    pub(crate) fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        set(&mut self.blocked, section.boolean(reports, "blocked"));
        set(&mut self.error, section.boolean(reports, "error"));
        set(&mut self.finished, section.boolean(reports, "finished"));
        set(&mut self.finished_after_ms, seconds(section, reports, "finished_after_s"));
        set(&mut self.programs, section.boolean(reports, "programs"));
        set(&mut self.bell, section.boolean(reports, "bell"));
        let places = [
            ("off", Desktop::Off),
            ("auto", Desktop::Auto),
            ("terminal", Desktop::Terminal),
            ("command", Desktop::Command),
        ];
        set(&mut self.desktop, section.choice(reports, "desktop", &places));
        set(&mut self.commands, command_lines(section, reports, "commands"));
        set(&mut self.sound, section.boolean(reports, "sound"));
        set(&mut self.interval_ms, seconds(section, reports, "interval_s"));
    }
}

/// A number of seconds, at most a day, in milliseconds.
fn seconds(section: &mut Section<'_>, reports: &mut Reports<'_>, key: &'static str) -> Option<u64> {
    let seconds = section.integer(reports, key, 0..=86_400)?;
    u64::try_from(seconds).ok().map(|seconds| seconds * 1000)
}
