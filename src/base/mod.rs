//! What every layer shares: ids, geometry, keys, cells. Plain data; no effects.

pub mod cell;
pub mod diagnostic;
pub mod frame;
pub mod geometry;
pub mod ids;
pub mod key;
pub mod path_text;
