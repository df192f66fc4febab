//! Commands on panes: what is in them, prompts, queues and waits.

pub mod files;
pub mod pane;
pub mod prompt;
pub mod queue;
pub mod template;
pub mod wait;
