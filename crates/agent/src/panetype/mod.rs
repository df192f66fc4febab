//! Pane types: what can run in a pane, as data. One TOML text is one type.
//!
//! Knows no program by name. Must not spawn, write files or read the environment: `launch`
//! computes a plan from what it is given, and the server carries it out.

mod check;
pub mod conversations;
pub mod embedded;
pub mod handler;
pub mod hook;
pub mod launch;
pub mod program;
pub mod registry;
pub mod scaffold;
pub mod text;
pub mod types;

pub use check::{Checked, advice, check};
pub use registry::Registry;
pub use types::{
    ClosePolicy, CwdRule, Field, Format, Kind, PaneType, Resume, Source, Toggle, Tracker,
    UsageRule, Watch,
};

#[cfg(test)]
mod docs_test;
#[cfg(test)]
mod schema_test;
