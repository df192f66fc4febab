//! Everything that Segno keeps below its home directory: where it is, how it is written so that
//! no crash loses it, and how it is read so that no other program can misuse it.
//!
//! Blocking; must not know what the kept things mean, and uses no clock and no environment.

pub mod assets;
pub mod atomic;
pub mod database;
pub mod environment_file;
pub mod foreign;
pub mod history;
pub mod home;
pub mod journal;
pub mod logfile;
pub mod note;
pub mod protected;
pub mod session_file;
pub mod set_aside;
pub mod shims;
pub mod spool;
pub mod spool_append;
pub mod transcript;
pub mod trust;
pub mod usage_log;
pub mod user_file;
pub mod workspace_file;
