//! Real agents, pinned versions, a fake model: what a pane records, shows and comes back to.
//!
//! `SEGNO_TEST_AGENTS=0` switches all of this off.

/// Runs a test with the newest opencode.
macro_rules! newest_version {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            #[test]
            fn newest() {
                crate::e2e::with_agent(|| super::$test(crate::support::agents::OPENCODE_NEWEST));
            }
        })*
    };
}

/// Runs a test with the newest and with the oldest supported opencode.
macro_rules! both_versions {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            use crate::support::agents::{OPENCODE_NEWEST, OPENCODE_OLDEST};

            #[test]
            fn newest() {
                crate::e2e::with_agent(|| super::$test(OPENCODE_NEWEST));
            }

            #[test]
            fn oldest() {
                crate::e2e::with_agent(|| super::$test(OPENCODE_OLDEST));
            }
        })*
    };
}

mod agents;
mod archived;
mod browser;
mod curate;
mod forked;
mod inspector;
mod mcp;
mod opencode;
mod outside;
mod sync;
mod teams;
mod turns;
mod worktrees;

/// Runs a test of an agent whose one version is tested.
fn with_agent(test: impl Fn()) {
    if crate::support::agents::agents_enabled() {
        twice_at_most(test);
    }
}

/// Runs a test, and once more in a fresh home when it failed. The agents are real programs with
/// hiccups of their own on a busy machine, such as a key that is missed; what Segno does wrong
/// fails both times. The first failure is printed either way.
fn twice_at_most(test: impl Fn()) {
    let first = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&test));
    if first.is_err() {
        eprintln!("once more, in a fresh home");
        test();
    }
}
