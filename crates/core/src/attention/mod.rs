//! Who wants the user's attention, and how the user notices.

pub mod budget;
pub mod duplicate_conversation;
pub mod event_feed;
pub mod notices;
pub(crate) mod notify;
pub mod queue;
pub(crate) mod rule_hit;
pub(crate) mod screen_reader;
