//! Lines that have left the screen, packed.

pub(crate) mod anchor;
pub(crate) mod codec;
pub(crate) mod frozen;
pub(crate) mod history;
pub(crate) mod layout;
pub(crate) mod runs;
