//! A real opencode in a pane of a private Segno, driven as a person would: typing into a terminal,
//! looking at its screen.
//!
//! Every step waits for what it leads to. The keys are the same in all supported versions; the
//! texts that are waited for are too.

use std::fs;
use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use super::agent;
use super::agents::{OpencodeHome, opencode};
use super::segno::{arguments, for_a_while};

pub use super::agent::PATIENCE;

/// What a home screen shows when it can be typed into.
pub const READY: &str = "Ask anything";
/// What a session's screen shows when it can be typed into.
const SESSION: &str = "ctrl+p commands";

/// A Segno whose `opencode` is a certain version that talks to a fake model.
pub struct Bed {
    bed: agent::Bed,
    pub home: OpencodeHome,
}

impl Deref for Bed {
    type Target = agent::Bed;

    fn deref(&self) -> &agent::Bed {
        &self.bed
    }
}

impl DerefMut for Bed {
    fn deref_mut(&mut self) -> &mut agent::Bed {
        &mut self.bed
    }
}

impl Bed {
    /// With one agent, and opencode's plugin package in place.
    pub fn new(version: &str) -> Self {
        Self::with(version, 1, json!({}))
    }

    /// With so many agents at a time, and this merged into `opencode.json`.
    pub fn with(version: &str, agents: usize, config: Value) -> Self {
        let bed = Self::make(version, agents, config, "segno");
        let home = bed.home.clone().with_plugin_package();
        Self { home, ..bed }
    }

    /// With one agent, where opencode would first fetch its plugin package.
    pub fn without_package(version: &str) -> Self {
        Self::make(version, 1, json!({}), "segno")
    }

    /// With one agent, and with `SEGNO_HOME` being this name in the test's directory.
    pub fn at(version: &str, name: &str) -> Self {
        let bed = Self::make(version, 1, json!({}), name);
        let home = bed.home.clone().with_plugin_package();
        Self { home, ..bed }
    }

    fn make(version: &str, agents: usize, config: Value, name: &str) -> Self {
        let program = opencode(version);
        let mut bed = agent::Bed::at(name, "opencode", &[&program], agents).sized(140, 44);
        let home = OpencodeHome::create(bed.segno.user_home(), &bed.model.base_url(), config);
        for (name, value) in home.environment() {
            if name != "PATH" {
                bed.segno.env(name, value);
            }
        }
        Self { bed, home }
    }

    /// Opens a pane with opencode in the working directory and looks at it.
    pub fn open(&self, options: &[&str]) -> Pane<'_> {
        Pane(self.bed.begin(options))
    }

    /// Opens a pane in which nothing is said yet.
    pub fn open_ready(&self, options: &[&str]) -> Pane<'_> {
        let pane = self.open(options);
        pane.terminal.wait_text(READY);
        pane
    }
}

/// A pane with opencode and a terminal that shows it.
pub struct Pane<'a>(agent::Pane<'a>);

impl<'a> Deref for Pane<'a> {
    type Target = agent::Pane<'a>;

    fn deref(&self) -> &agent::Pane<'a> {
        &self.0
    }
}

impl DerefMut for Pane<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Pane<'_> {
    /// Types a line and sends it.
    #[track_caller]
    pub fn enter(&self, text: &str) {
        self.terminal.type_text(text);
        self.terminal.wait_text(text);
        self.terminal.keys("enter");
    }

    /// Says something and waits for the answer to be complete. The answer stands on a line of its
    /// own.
    #[track_caller]
    pub fn prompt(&self, text: &str, answer: &str) {
        self.enter(text);
        // Answers are indented; the prompt that may quote them has a bar before it.
        self.terminal.wait_text(&format!("     {answer}"));
        self.wait_idle();
    }

    /// Lets the model say something.
    #[track_caller]
    pub fn say(&self, text: &str) {
        self.prompt(&format!("SAY {text}"), text);
    }

    /// A new conversation, in which nothing is said yet.
    #[track_caller]
    pub fn new_conversation(&self) {
        self.enter("/new");
        self.terminal.wait_text(READY);
    }

    /// Picks the conversation below the selected one from the list.
    #[track_caller]
    pub fn pick_older(&self, shows: &str) {
        self.enter("/sessions");
        self.terminal.wait_text("Search");
        self.terminal.keys("down");
        self.terminal.keys("enter");
        self.terminal.wait_gone("Search");
        self.terminal.wait_text(shows);
    }

    #[track_caller]
    pub fn wait_idle(&self) -> Value {
        self.wait_state("idle")
    }

    /// Waits until a new conversation, in which nothing is said yet, is recorded.
    #[track_caller]
    pub fn wait_recorded_new(&self) {
        self.wait_recorded("@new");
    }

    /// The arguments that opencode was started with.
    #[track_caller]
    pub fn arguments(&self) -> Vec<String> {
        let pid = self.pid();
        // Right after the fork they are still the keeper's.
        let mut last = Vec::new();
        for_a_while(PATIENCE / 2, || {
            last = arguments(pid);
            last.first().is_some_and(|first| first.ends_with("opencode"))
        });
        let status = self.wait_status("anything", |_| true);
        if last.is_empty() {
            let process = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let screen = self.terminal.screen();
            panic!("process {pid} is gone: {process}\n{status:#}\n{screen}");
        }
        last.split_off(1)
    }

    /// A power cut, after which the conversation must be back by its id and on screen.
    #[track_caller]
    pub fn reboots_into(&mut self, id: &str, shows: &str) {
        self.reboot();
        assert_eq!(self.arguments(), ["--session", id]);
        self.terminal.wait_text(shows);
        self.wait_recorded(id);
        self.wait_idle();
    }

    /// A power cut, after which there must be a new conversation.
    #[track_caller]
    pub fn reboots_into_new(&mut self) {
        self.reboot();
        assert_eq!(self.arguments(), [""; 0]);
        self.terminal.wait_text(READY);
        self.wait_recorded_new();
    }

    /// Waits until the session screen can be typed into.
    pub fn wait_session(&self) {
        self.terminal.wait_text(SESSION);
    }

    /// A variable that opencode was started with (Linux only).
    pub fn variable(&self, name: &str) -> Option<String> {
        let bytes = fs::read(format!("/proc/{}/environ", self.pid())).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let prefix = format!("{name}=");
        text.split('\0').find_map(|each| each.strip_prefix(&prefix)).map(str::to_owned)
    }
}
