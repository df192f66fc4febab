//! What is stored for each pane.

pub mod environment_file;
pub mod history;
pub mod journal;
pub mod note;
pub mod session_file;
pub mod spool;
pub mod spool_append;
