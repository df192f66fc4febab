//! That there is one daemon, that it can be reached, that another follows it when it dies, and what
//! happens to panes when the system starts and ends.

pub(super) mod leaving;
mod locks;
mod place;
pub(super) mod recover;
mod successor;

pub(super) use locks::Locks;
pub(super) use place::Place;
