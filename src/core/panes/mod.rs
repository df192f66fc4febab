//! Panes: how they begin, what they are marked with, how they come back.

pub mod attributes;
pub(in crate::core) mod installed;
pub mod lifecycle;
pub mod past_conversations;
pub mod popup;
pub mod prompt_queue;
pub(in crate::core) mod prompting;
pub(in crate::core) mod sleep;
pub(in crate::core) mod start_queue;
pub mod synchronize;
