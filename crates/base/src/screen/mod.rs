//! Plain data of a screen: cells, rows, pictures, and their geometry.

pub mod cell;
pub mod cluster;
pub mod frame;
pub mod geometry;
pub mod picture;
pub mod placeholder;
pub mod text_chunk;
pub mod text_row;
