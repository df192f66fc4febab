//! Who wants the user's attention, and how the user notices.

pub mod budget;
pub mod duplicate_conversation;
pub mod event_feed;
pub mod notices;
pub(in crate::core) mod notify;
pub mod queue;
pub(in crate::core) mod rule_hit;
pub(in crate::core) mod screen_reader;
