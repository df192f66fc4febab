//! Methods on panes: making and closing, prompts, keys and waits.

pub mod guest;
pub mod keys;
pub mod pane;
pub mod pane_info;
pub mod pane_ref;
pub mod prompt;
pub mod wait;
pub mod worktree;
