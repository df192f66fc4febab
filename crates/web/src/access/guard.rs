//! Failed attempts, and for how long nothing is tried after too many. Pure.

use std::collections::HashMap;
use std::net::IpAddr;

/// Failures of one address before it is locked out, and of all together.
const FEW: u32 = 5;
const MANY: u32 = 50;
/// The first lock, in milliseconds; each further one is twice as long, up to an hour.
const FIRST: u64 = 60_000;
const LONGEST: u64 = 3_600_000;
/// Addresses that are remembered; more share one count.
const ADDRESSES: usize = 256;

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    failures: u32,
    locks: u32,
    until: u64,
}

impl Count {
    fn fail(&mut self, limit: u32, now: u64) {
        self.failures += 1;
        if self.failures >= limit {
            let length = FIRST.saturating_mul(1 << self.locks.min(10)).min(LONGEST);
            *self = Count { failures: 0, locks: self.locks + 1, until: now + length };
        }
    }
}

/// Who has guessed.
#[derive(Debug, Default)]
pub struct Guard {
    each: HashMap<IpAddr, Count>,
    all: Count,
}

impl Guard {
    /// Until when an address is locked out, in milliseconds since the Unix epoch; `None`: it may
    /// try.
    pub fn locked(&self, address: IpAddr, now: u64) -> Option<u64> {
        let own = self.each.get(&address).map_or(0, |count| count.until);
        Some(own.max(self.all.until)).filter(|until| *until > now)
    }

    /// It has failed.
    pub fn failed(&mut self, address: IpAddr, now: u64) {
        self.all.fail(MANY, now);
        if self.each.len() < ADDRESSES || self.each.contains_key(&address) {
            self.each.entry(address).or_default().fail(FEW, now);
        }
    }

    /// It has not: its failures are forgotten.
    pub fn succeeded(&mut self, address: IpAddr) {
        self.each.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn who_guesses_waits_longer_each_time() {
        let mut guard = Guard::default();
        let fail = |guard: &mut Guard, now| (0..FEW).for_each(|_| guard.failed(address(1), now));
        fail(&mut guard, 0);
        assert_eq!(guard.locked(address(1), 1), Some(FIRST));
        assert_eq!(guard.locked(address(2), 1), None);
        assert_eq!(guard.locked(address(1), FIRST), None);
        fail(&mut guard, FIRST);
        assert_eq!(guard.locked(address(1), FIRST), Some(3 * FIRST));
        guard.succeeded(address(1));
        assert_eq!(guard.locked(address(1), FIRST), None);
    }

    #[test]
    fn many_addresses_are_locked_out_together() {
        let mut guard = Guard::default();
        (0..50).for_each(|n| guard.failed(address(n), 0));
        assert_eq!(guard.locked(address(200), 1), Some(FIRST));
    }
}
