//! What the server keeps of each pane beside the model: how its program starts and ends, and the
//! input that waits for it.

use crate::core::model::workspace::{Conversation, ExitStatus};
use crate::core::update::effect::PaneInput;

use crate::server::client::connection::InputCredit;

/// A pane's program as the server sees it.
#[derive(Default)]
pub(in crate::server) struct Slot {
    /// Counts the pane's programs, to tell late news of one from news of the next.
    pub(in crate::server) run: u64,
    pub(in crate::server) pid: Option<i32>,
    /// The program ended with this status, and what it printed is still being read.
    pub(in crate::server) exit: Option<ExitStatus>,
    /// A start that waits for the program before to end.
    pub(in crate::server) pending: Option<(Conversation, Option<String>)>,
    pub(in crate::server) launching: bool,
    /// It comes back from the stored workspace, and has had no program of this daemon's.
    pub(in crate::server) returns: bool,
    /// A program that ended before its start was told.
    pub(in crate::server) early: Option<(i32, ExitStatus)>,
    /// The program told its working directory by OSC 7.
    pub(in crate::server) tells_cwd: bool,
    /// Input that waits until the program reads again.
    pub(in crate::server) held: Vec<InputCredit>,
    /// How its program was started, for `status --explain`.
    pub(in crate::server) facts: Vec<String>,
    /// The program goes on although it does not know its conversation, and is being ended.
    pub(in crate::server) missing: bool,
    /// What was typed while the program was being started.
    pub(in crate::server) ahead: Vec<PaneInput>,
}
