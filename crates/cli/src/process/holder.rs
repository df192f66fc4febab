//! Who holds a home: known by the daemon's lock, also where its socket is gone or it is silent.

use segno_base::system::lock_file::{self, Holder};
use segno_store::home::Home;

/// The daemon's process, of this version or the one before; `None` when none runs.
pub fn of(home: &Home) -> Option<Holder> {
    lock_file::holder(&home.daemon_lock()).or_else(|| lock_file::holder(&home.daemon_lock_before()))
}
