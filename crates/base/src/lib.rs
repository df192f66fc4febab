//! What every layer shares: ids, geometry, keys, cells (plain data), and the few things that must
//! be said to the operating system in one place only.

pub mod amount;
pub mod cell;
pub mod cluster;
pub mod day;
pub mod diagnostic;
pub mod executable;
pub mod frame;
pub mod geometry;
pub mod ids;
pub mod key;
pub mod lock_file;
pub mod os;
pub mod os_text;
pub mod path_text;
pub mod picture;
pub mod placeholder;
pub mod plain_text;
pub mod preset;
pub mod random;
pub mod text_chunk;
pub mod text_row;
pub mod unix_socket;
pub mod vanish;
