//! What must be asked of the operating system, in one place each.

pub mod executable;
pub mod lock_file;
pub mod os;
pub mod random;
pub mod terminal_writer;
pub mod unix_socket;
pub mod vanish;
