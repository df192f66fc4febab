//! What is done with text before it is indexed, and after it is found.

pub mod cap;
pub mod fold;
pub mod words;
