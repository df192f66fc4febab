//! The keeper: a small process that outlives the daemon and holds what must not die with it, the
//! children and their terminals. Blocking and single-threaded; no tokio, no terminal emulation,
//! no settings, and almost no decisions: it does what the daemon asks and remembers how children
//! ended. `docs/protocol.md` specifies what the two say to each other.
//!
//! * [`process`]: the main of `segno keeper`, and how a daemon starts it;
//! * [`client`]: the daemon's handle;
//! * [`protocol`], [`frame`]: the messages and how they travel;
//! * `serve`, `connection`, `panes`, `spawn`, `kill`, `place`, `revive`: the inside of the process.

pub mod client;
mod connection;
pub mod frame;
mod kill;
mod panes;
mod place;
pub mod process;
pub mod protocol;
mod revive;
mod serve;
mod spawn;
#[cfg(test)]
mod tests;

pub use client::{Keeper, KeeperError, KeeperEvent, Spawned, Taken};
pub use process::{Paths, run, start};
pub use protocol::{ExitStatus, HeldPane, HeldState, SpawnRequest};
