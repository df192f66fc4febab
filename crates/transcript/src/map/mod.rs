//! Records out of stored things, by the rules of a description. Pure: what is stored comes as JSON,
//! one thing after the other; what has to be remembered between them is plain data.

mod carry;
mod mapper;
mod tag;
pub mod time;
mod tools;
mod usage;

pub use carry::{Carry, Now, Start};
pub use mapper::Mapper;
