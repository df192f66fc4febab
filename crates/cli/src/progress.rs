//! The progress of long work as a bar, on a terminal only; elsewhere nothing is shown.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Redrawn by itself so often, so that the time goes on.
const TICK: Duration = Duration::from_millis(200);
const TEMPLATE: &str = "{prefix} {bar:24} {pos} of {len}{msg} · {elapsed}";
/// Where nobody knows how much there is.
const COUNT: &str = "{prefix} {spinner} {pos} {msg} · {elapsed}";

/// A bar that is gone when this is dropped.
pub struct Progress {
    bar: ProgressBar,
    shown: bool,
}

impl Progress {
    /// For work that is called so; nothing is drawn before [`Progress::at`].
    pub fn new(what: &'static str, shown: bool) -> Progress {
        Progress::of(what, TEMPLATE, shown)
    }

    /// The same for work of which nobody knows how much there is.
    pub fn count(what: &'static str, shown: bool) -> Progress {
        Progress::of(what, COUNT, shown)
    }

    fn of(what: &'static str, template: &str, shown: bool) -> Progress {
        let target = match shown {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▌ "));
        bar.set_prefix(what);
        Progress { bar, shown: false }
    }

    /// So many things are done.
    pub fn so_many(&mut self, done: u64, things: &'static str) {
        if !self.shown {
            self.shown = true;
            self.bar.enable_steady_tick(TICK);
        }
        self.bar.set_position(done);
        self.bar.set_message(things);
    }

    /// So many of all are done; `more` is said behind that.
    pub fn at(&mut self, done: u64, all: u64, more: &str) {
        if !self.shown {
            self.shown = true;
            self.bar.enable_steady_tick(TICK);
        }
        self.bar.set_length(all);
        self.bar.set_position(done.min(all));
        self.bar.set_message(format!(", {more}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
