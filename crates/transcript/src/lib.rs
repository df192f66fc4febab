//! What agents store of their conversations: described by data and read into [`record`]s.
//!
//! A [`description`] says where an agent keeps its conversations and what stands where in them. The
//! pure [`map`] makes records of one stored thing after the other; what opens files and databases
//! is in `read` and `sqlite`, behind the feature of that name. No agent is known here by name.

pub mod description;
pub mod map;
#[cfg(feature = "read")]
pub mod read;
pub mod record;
#[cfg(feature = "read")]
pub mod sqlite;
