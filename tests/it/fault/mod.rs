//! What may go wrong, done on purpose: processes killed at any instant, disks full, files spoiled.
//!
//! Repeated tests draw their instants from a seed, which they print and take from `SEGNO_SEED`.

mod disk;
mod files;
mod footprint;
mod input;
pub mod kill;
mod limits;
mod locks;
mod many;
mod records;
mod revival;
mod silent;
mod slow_reader;
mod versions;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::segno::Segno;

/// Numbers from a seed (xorshift64*), for instants and orders.
pub struct Seed(u64);

impl Seed {
    /// From `SEGNO_SEED`, or the clock; printed, so that a failure shows it.
    pub fn new() -> Seed {
        let clock =
            || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |t| t.as_nanos() as u64);
        let seed = std::env::var("SEGNO_SEED")
            .ok()
            .and_then(|s| s.parse().ok())
            .unwrap_or_else(clock)
            .max(1);
        eprintln!("SEGNO_SEED={seed}");
        Seed(seed)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % limit.max(1)
    }

    /// Lets an amount of time pass that nothing depends on: the instant of a fault.
    pub fn pause(&mut self, at_most: Duration) {
        std::thread::sleep(Duration::from_micros(self.below(at_most.as_micros() as u64)));
    }
}

/// Opens a pane that runs this shell command; its id.
pub fn pane_running(segno: &Segno, command: &str) -> String {
    segno.ok(&["new", "--type", "shell", "--", "-c", command])
}

/// What a pane shows, scrollback included.
pub fn everything(segno: &Segno, pane: &str) -> String {
    segno.ok(&["read", pane, "--all"])
}

/// The daemon's log, for a failure's message.
pub fn log(segno: &Segno) -> String {
    segno.file("log/daemon.log").unwrap_or_default()
}
