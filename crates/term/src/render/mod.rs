//! Frames → the escape sequences that make one client's terminal show them.
//!
//! Knows what that terminal can do and what it shows; knows no panes, and does no I/O.

mod capabilities;
mod clusters;
mod notification;
mod pen;
mod picture;
#[cfg(feature = "testing")]
pub mod reference;
mod renderer;
mod row;
mod scroll;
mod session;
#[cfg(test)]
mod tests;

pub use capabilities::{Capabilities, ColorDepth};
pub use clusters::{Clusters, Kind as ClusterKind};
pub use notification::{Notifications, notification};
pub use renderer::Renderer;
pub use session::{SetupOptions, bell, clipboard, resize, setup, teardown};
