//! What everything that changes the model is given: the one thing that is passed along.

use crate::model::catalogue::Catalogue;
use crate::update::effect::Effect;
use segno_config::keys::keymap::KeyMap;
use segno_config::sections::notifications::Notifications;

/// An update of the model: what it may know of the world outside, and what it wants done there.
pub struct Context<'a> {
    pub keys: &'a KeyMap,
    pub types: &'a dyn Catalogue,
    pub default_type: &'a str,
    pub confirm_close: bool,
    pub parallel_starts: usize,
    pub notifications: &'a Notifications,
    pub copy: crate::copy::Tools<'a>,
    /// Milliseconds since the Unix epoch.
    pub now: u64,
    /// In the order in which it is to be done.
    pub out: Vec<Effect>,
}
