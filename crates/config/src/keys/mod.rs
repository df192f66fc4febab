//! Keys: what they are bound to, and the commands behind them.

pub mod chord;
pub mod command;
pub mod copy_command;
pub mod keymap;
pub mod keys_file;
