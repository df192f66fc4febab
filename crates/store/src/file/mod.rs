//! Ways to read and write files: atomically, safely in directories of others, with care for the
//! user's.

pub mod atomic;
pub mod foreign;
pub mod protected;
pub mod set_aside;
pub mod user_file;
