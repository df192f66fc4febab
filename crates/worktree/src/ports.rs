//! A range of ports for each worktree, so that two servers of one project do not meet.

use std::net::{Ipv4Addr, TcpListener};

use serde::{Deserialize, Serialize};

use crate::record::Record;

/// Ports that belong to one worktree for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub first: u16,
    pub count: u16,
}

impl Ports {
    /// The last one.
    pub fn last(self) -> u16 {
        self.first.saturating_add(self.count.saturating_sub(1))
    }
}

/// Below what systems give out by themselves.
const FROM: u16 = 20_000;
const TO: u16 = 30_000;
/// How many a worktree gets.
const COUNT: u16 = 10;

/// The first range that no other worktree has, and on which nothing listens. `None` when all are
/// taken.
pub(crate) fn free(others: &[Record]) -> Option<Ports> {
    let taken: Vec<u16> = others.iter().filter_map(|r| r.ports).map(|ports| ports.first).collect();
    let ranges = (FROM..TO).step_by(COUNT.into()).filter(|first| !taken.contains(first));
    ranges.map(|first| Ports { first, count: COUNT }).find(|ports| {
        let listens = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
        !(ports.first..=ports.last()).any(listens)
    })
}
