//! What the daemon lives on: its locks and its place, so that there is one daemon and it can be
//! reached; another that follows it when it dies; threads and descriptors, neither of which the
//! system gives without end; and what happens to its panes when the system starts and ends.

pub(in crate::server) mod config_reload;
mod descriptors;
pub(in crate::server) mod diagnostics;
pub(in crate::server) mod fs_watcher;
pub(in crate::server) mod keeper_link;
pub(super) mod leaving;
mod locks;
pub(in crate::server) mod pane_types;
pub(in crate::server) mod place;
pub(super) mod recover;
pub(in crate::server) mod restore;
pub(in crate::server) mod saver;
pub(in crate::server) mod shutdown;
pub(in crate::server) mod successor;
pub(in crate::server) mod write_ahead;

pub(super) use descriptors::{NoRoom, Room, connections_max};
pub(super) use locks::Locks;
pub(super) use place::Place;

use std::time::{Duration, Instant};

use crate::server::aside::Orders;
use config_reload::Settings;
use diagnostics::Diagnostics;
use saver::Saver;
use segno_base::system::os::Footprint;

/// By then what a start leaves for later is done: programs were looked for, journals synced.
const SETTLED: Duration = Duration::from_secs(3);

/// The daemon's own state.
pub(super) struct Lifecycle {
    pub place: Place,
    pub settings: Settings,
    pub saver: Saver,
    pub diagnostics: Diagnostics,
    pub orders: Orders,
    pub footprint: Footprint,
    pub started: Instant,
    /// A signal has ended it.
    pub stopped_by_signal: bool,
}

impl Lifecycle {
    pub fn new(place: Place, settings: Settings, saver: Saver) -> Lifecycle {
        let started = Instant::now();
        Lifecycle {
            place,
            settings,
            saver,
            diagnostics: Diagnostics::default(),
            orders: Orders::default(),
            footprint: Footprint::of_start(started).and_at(started + SETTLED),
            started,
            stopped_by_signal: false,
        }
    }

    /// When something is to be done though nothing happens.
    pub fn due(&self) -> Option<Instant> {
        let saver = [self.saver.due(), self.saver.leaving_until()];
        let all = saver.into_iter().chain([self.settings.read_at, self.footprint.due()]);
        all.flatten().min()
    }
}
