//! Time and memory.

use std::time::{Duration, Instant};

/// Time that this thread has had a core for, where the system says; else the time that went by. So
/// other work on the machine is not measured.
pub struct Clock {
    core: Option<Duration>,
    wall: Instant,
}

impl Clock {
    fn core() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
    }

    pub fn now() -> Self {
        Self { core: Self::core(), wall: Instant::now() }
    }

    pub fn elapsed(&self) -> Duration {
        match (self.core, Self::core()) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.wall.elapsed(),
        }
    }
}

pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub fn median(mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..9).map(|_| run()).collect();
    times.sort();
    times[times.len() / 2]
}

/// The most that was resident since this was called the last time, in megabytes; 0 where the
/// system does not say.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    // Resets it.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0)
        / 1024
}
