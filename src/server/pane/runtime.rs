//! What a pane has at run time, beside what the model knows of it. It is dropped as a whole when
//! the pane is closed.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::server::agent::observer::Watching;
use crate::server::agent::record::RecordState;
use crate::server::agent::spool_reader::SpoolState;
use crate::server::client::connection::InputCredit;
use crate::server::pane::process_state::ProcessState;
use crate::server::pane::terminal::Terminal;
use segno_agent::panetype::handler::RuleHits;
use segno_agent::start::Beginning;
use segno_base::ids::PaneId;
use segno_core::update::effect::PaneInput;
use segno_term::encode::PasteEncoder;

/// All panes, and those whose programs still end although the pane is gone.
#[derive(Default)]
pub(in crate::server) struct Panes {
    open: BTreeMap<PaneId, PaneRuntime>,
    pub closing: HashSet<PaneId>,
    /// When their working directories are looked up next.
    pub directories_at: Option<Instant>,
}

/// One pane.
#[derive(Default)]
pub(in crate::server) struct PaneRuntime {
    /// Counts the pane's programs, to distinguish what one reports late from what the next one
    /// does.
    pub run: u64,
    pub process: ProcessState,
    /// Stays when the program has ended: its screen is still shown.
    pub terminal: Option<Arc<Terminal>>,
    /// It comes back from the stored workspace, and has had no program of this daemon's.
    pub returns: bool,
    /// What it waits for, when its directory was gone.
    pub awaits: Option<Awaited>,
    /// The program reports its working directory by OSC 7.
    pub reports_cwd: bool,
    /// How its program was started, for `status --explain`.
    pub facts: Vec<String>,
    /// Input that waits until the program reads again.
    pub held: Vec<InputCredit>,
    /// What was typed while the program was being started.
    pub ahead: Vec<PaneInput>,
    /// A paste that has begun and not ended.
    pub paste: Option<PasteEncoder>,
    /// The journal cannot be written.
    pub journal_fails: bool,
    /// How far its tracker's reports were read.
    pub spool: SpoolState,
    /// Whether its session file is behind.
    pub record: RecordState,
    /// What is seen of its agent from outside.
    pub watching: Watching,
    /// What the rules of its type have found on the screen.
    pub rule_hits: RuleHits,
}

/// A directory that is gone.
pub(in crate::server) struct Awaited {
    pub directory: PathBuf,
    /// How the pane's program starts when it is back.
    pub beginning: Beginning,
}

impl Panes {
    pub fn get(&self, pane: PaneId) -> Option<&PaneRuntime> {
        self.open.get(&pane)
    }

    pub fn get_mut(&mut self, pane: PaneId) -> Option<&mut PaneRuntime> {
        self.open.get_mut(&pane)
    }

    /// The pane, which is there from now on. Only for panes of the model.
    pub fn entry(&mut self, pane: PaneId) -> &mut PaneRuntime {
        self.open.entry(pane).or_default()
    }

    /// When something is to be looked at though nothing happens.
    pub fn due(&self) -> Option<Instant> {
        let screens = self.open.values().filter_map(|runtime| runtime.watching.due());
        screens.chain(self.directories_at).min()
    }

    pub fn remove(&mut self, pane: PaneId) -> Option<PaneRuntime> {
        self.open.remove(&pane)
    }

    pub fn contains(&self, pane: PaneId) -> bool {
        self.open.contains_key(&pane)
    }

    pub fn iter(&self) -> impl Iterator<Item = (PaneId, &PaneRuntime)> {
        self.open.iter().map(|(pane, runtime)| (*pane, runtime))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (PaneId, &mut PaneRuntime)> {
        self.open.iter_mut().map(|(pane, runtime)| (*pane, runtime))
    }

    pub fn terminal(&self, pane: PaneId) -> Option<&Arc<Terminal>> {
        self.get(pane)?.terminal.as_ref()
    }

    pub fn terminals(&self) -> impl Iterator<Item = &Arc<Terminal>> {
        self.open.values().filter_map(|runtime| runtime.terminal.as_ref())
    }

    /// Which of the pane's programs is the present one.
    pub fn run(&self, pane: PaneId) -> Option<u64> {
        self.get(pane).map(|runtime| runtime.run)
    }
}
