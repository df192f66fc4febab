//! That there is one daemon, that it can be reached, and that another follows it when it dies.

mod locks;
mod place;
pub(super) mod recover;
mod successor;

pub(super) use locks::Locks;
pub(super) use place::Place;
