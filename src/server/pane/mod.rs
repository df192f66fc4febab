//! A pane at run time: its process, its terminal, its input and output.

pub(in crate::server) mod cwd;
pub(in crate::server) mod input_queue;
pub(in crate::server) mod launch;
pub(in crate::server) mod output_log;
pub(in crate::server) mod output_pipe;
pub(in crate::server) mod process;
pub(in crate::server) mod process_state;
pub(in crate::server) mod pty_channel;
pub(in crate::server) mod rebuild;
pub(in crate::server) mod runtime;
pub(in crate::server) mod search;
pub(in crate::server) mod terminal;
pub(in crate::server) mod terminal_events;
