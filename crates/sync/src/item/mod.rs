//! What a target is sent of a conversation: items in an order, each with the values that templates
//! may use.

mod known;
mod plan;

pub use known::{About, Counts, Values, about, fill, parts, project, unique};
pub use plan::{END, Moment, Plan, Planned, SESSION, What, plan};

use sha2::{Digest, Sha256};

/// A number for a text; the same on every machine.
pub fn number(text: &str) -> i64 {
    let hash = Sha256::digest(text);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_le_bytes(first)
}
