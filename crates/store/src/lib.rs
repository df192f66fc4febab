//! Everything that Segno keeps below its home directory: where it is, how it is written so that
//! no crash loses it, and how it is read so that no other program can misuse it.
//!
//! Blocking; must not know what the kept things mean, and uses no clock and no environment.

pub mod agent;
pub mod curation;
pub mod file;
pub mod home;
pub mod logfile;
pub mod pane;
pub mod project;
pub mod trust;
pub mod usage_log;
pub mod workspace_file;
