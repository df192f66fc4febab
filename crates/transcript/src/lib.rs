//! What agents store of their conversations: described by data, read into [`record`]s.

pub mod record;
