//! Panes: how they begin, what they are marked with, how they come back.

pub mod attributes;
pub mod driven;
pub(crate) mod installed;
pub mod lifecycle;
pub mod past_conversations;
pub mod popup;
pub mod prompt_queue;
pub(crate) mod prompting;
pub(crate) mod sleep;
pub(crate) mod start_queue;
pub mod synchronize;
