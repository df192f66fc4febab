//! Bytes into sequences.

pub(crate) mod csi;
pub(crate) mod parser;
pub(crate) mod utf8;
