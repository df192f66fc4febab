//! What a terminal is made of: cells, rows, grids, modes, the palette.

pub(crate) mod cell;
pub(crate) mod event;
pub(crate) mod grid;
pub(crate) mod mode_set;
pub mod modes;
pub(crate) mod notice;
pub(crate) mod palette;
pub(crate) mod row;
pub(crate) mod screen;
