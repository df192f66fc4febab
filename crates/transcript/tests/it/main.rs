//! What is read equals what was said.

mod agents;
mod descriptions;
mod hostile;
mod reading;
mod support;
