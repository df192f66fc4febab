//! What the server keeps of each pane beside the model: how its program starts and ends, and the
//! input that waits for it.

use crate::core::effect::PaneInput;
use crate::core::model::{Conversation, ExitStatus};

use super::client::InputCredit;

/// A pane's program as the server sees it.
#[derive(Default)]
pub(super) struct Slot {
    /// Counts the pane's programs, to tell late news of one from news of the next.
    pub(super) run: u64,
    pub(super) pid: Option<i32>,
    /// The program ended with this status, and what it printed is still being read.
    pub(super) exit: Option<ExitStatus>,
    /// A start that waits for the program before to end.
    pub(super) pending: Option<(Conversation, Option<String>)>,
    pub(super) launching: bool,
    /// It comes back from the stored workspace, and has had no program of this daemon's.
    pub(super) returns: bool,
    /// A program that ended before its start was told.
    pub(super) early: Option<(i32, ExitStatus)>,
    /// The program told its working directory by OSC 7.
    pub(super) tells_cwd: bool,
    /// Input that waits until the program reads again.
    pub(super) held: Vec<InputCredit>,
    /// How its program was started, for `status --explain`.
    pub(super) facts: Vec<String>,
    /// What was typed while the program was being started.
    pub(super) ahead: Vec<PaneInput>,
}
