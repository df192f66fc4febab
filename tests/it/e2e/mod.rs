//! Real agents, pinned versions, a fake model: what a pane records, shows and comes back to.
//!
//! `SEGNO_TEST_AGENTS=0` switches all of this off.

/// Runs a test with the newest and with the oldest supported opencode.
macro_rules! both_versions {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            use crate::support::agents::{OPENCODE_NEWEST, OPENCODE_OLDEST, agents_enabled};

            #[test]
            fn newest() {
                if agents_enabled() {
                    super::$test(OPENCODE_NEWEST);
                }
            }

            #[test]
            fn oldest() {
                if agents_enabled() {
                    super::$test(OPENCODE_OLDEST);
                }
            }
        })*
    };
}

mod conversation;
mod endings;
mod several;
mod states;
mod surroundings;
