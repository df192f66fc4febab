//! Strict stand-ins for services that receive conversations: those of the tests of `segno-sync`.

#[path = "../../../crates/sync/tests/it/support/events.rs"]
pub mod events;
#[path = "../../../crates/sync/tests/it/support/server.rs"]
pub mod server;
#[path = "../../../crates/sync/tests/it/support/sessions.rs"]
pub mod sessions;

/// What they let in.
pub const KEY: &str = "key_0123456789abcdef";
