//! Times: the shortest of several runs, which is the one that was disturbed least.

use std::time::{Duration, Instant};

pub struct Measure {
    wanted: Option<String>,
    quick: bool,
}

impl Measure {
    /// What the first argument and `QUICK` ask for.
    pub fn from_arguments() -> Measure {
        let wanted = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
        Measure { wanted, quick: std::env::var_os("QUICK").is_some() }
    }

    /// How much input a run gets.
    pub fn bytes(&self) -> usize {
        if self.quick { 1_000_000 } else { 8_000_000 }
    }

    pub fn wants(&self, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| name.starts_with(wanted.as_str()))
    }

    /// The time of one run.
    pub fn time(&self, name: &str, runs: u32, run: impl FnMut()) {
        if let Some(time) = self.best(name, runs, run) {
            println!("{name:32} {time:10.1?}");
        }
    }

    /// How many megabytes a second a run of so many bytes makes.
    pub fn rate(&self, name: &str, bytes: usize, runs: u32, run: impl FnMut()) {
        if let Some(time) = self.best(name, runs, run) {
            println!("{name:32} {:7.0} MB/s", bytes as f64 / 1e6 / time.as_secs_f64());
        }
    }

    fn best(&self, name: &str, runs: u32, mut run: impl FnMut()) -> Option<Duration> {
        if !self.wants(name) {
            return None;
        }
        let runs = if self.quick { 1 } else { runs };
        let times = (0..runs).map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        });
        times.min()
    }
}
