//! Reading the archive: conversations and what was said in them, as data to print.
//!
//! All reports serialise; `version` says of which shape they are. Times are milliseconds since the
//! Unix epoch. Secrets are hidden unless [`Reveal::Yes`].

mod changed;
mod check;
mod conversation;
mod entry;
mod files;
mod names;
mod secrets;
mod stats;

pub use changed::{
    Changed, Contents, Figures, Piece, changed_since, contents, from_sources, is_forgotten, one,
    source,
};
pub use check::{Check, check};
pub use conversation::{Conversation, List, ListOptions, Listed, list, resolve};
pub use entry::{Entry, Reveal, Show, Shown, Status, show};
pub use files::{Files, Touch, files};
pub use names::{Names, names};
pub use secrets::{Secrets, secrets};
pub use stats::{Kept, Stats, Tally, kept, stats};

pub(crate) use conversation::{COLUMNS as CONVERSATION_COLUMNS, conversation, from_row, titled};
pub(crate) use entry::{finish, raw, secret_places};

/// Of the reports' shapes. What is added does not change it.
pub const VERSION: u32 = 1;

#[cfg(test)]
mod tests;
