//! What sequences do to the state.

pub(crate) mod control;
pub(crate) mod edit;
pub(crate) mod join;
pub(crate) mod osc;
pub(crate) mod print;
pub(crate) mod query;
pub(crate) mod rect;
pub(crate) mod resize;
pub(crate) mod sgr;
