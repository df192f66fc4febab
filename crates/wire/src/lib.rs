//! What goes over the daemon's socket, as pure codecs and plain types: the hello, the control
//! messages (JSON-RPC lines) and the attach frames (binary). `docs/control.md` is the written form.
//!
//! Must not open sockets, read clocks or know how anything is carried out.

pub mod attach;
pub mod control;
pub mod frame;
pub mod hello;
pub mod line;
pub mod rpc;

/// The protocol's number. It grows only when something that exists changes its meaning; new
/// methods, fields and frame kinds do not change it.
pub const PROTOCOL: u32 = 1;

/// This program's version, as shown to the peer and to people.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
