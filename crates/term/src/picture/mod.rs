//! Pictures that programs print: kitty's graphics protocol and sixel.
//!
//! Their data is kept as it came, cleaned and bounded, and decoded by nobody but the client's
//! terminal; only its size is read. A picture hangs on the row that its top is in, by a [`Pin`], so
//! that it goes wherever that row goes.

mod command;
mod kitty;
mod placeholder;
mod sixel;
mod size;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(super) use sixel::begins as begins_sixel;
pub(super) use store::Pictures;

/// Where a picture hangs on a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pin {
    /// The column, or the place in a line.
    pub col: usize,
    /// The placement's number.
    pub placement: u64,
}

/// The most pictures on one row; another one takes the oldest's place.
pub(super) const MAX_PINS: usize = 64;

/// Which pictures can be drawn somewhere, and are answered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Graphics {
    /// Kitty's protocol.
    pub kitty: bool,
    /// Sixel (DCS q).
    pub sixel: bool,
}
