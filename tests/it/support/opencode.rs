//! A real opencode in a pane of a private Segno, driven as a person would: typing into a terminal, looking at its screen.
//!
//! Every step waits for what it leads to. The keys are the same in all supported versions; the texts that are waited for
//! are too.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::agents::{OpencodeHome, opencode};
use super::model_server::ModelServer;
use super::permit::Permit;
use super::segno::{Segno, arguments, for_a_while, wait_for};
use super::terminal::Terminal;

/// How long a test with agents may take, on a machine that does other things too.
const LIMIT: Duration = Duration::from_secs(600);
/// How long an agent may take for one step; starting takes several seconds of processor time.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// What a home screen shows when it can be typed into.
pub const READY: &str = "Ask anything";
/// What a session's screen shows when it can be typed into.
const SESSION: &str = "ctrl+p commands";

/// A Segno whose `opencode` is a certain version that talks to a fake model.
pub struct Bed {
    // In this order: first everything ends, then others may start.
    pub segno: Segno,
    pub model: ModelServer,
    pub home: OpencodeHome,
    /// The directory to work in.
    pub work: PathBuf,
    _permit: Permit,
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
        let permit = Permit::wait(agents);
        let model = ModelServer::start();
        let mut segno = Segno::at(name, LIMIT);
        let home = OpencodeHome::create(segno.user_home(), &model.base_url(), config);
        let programs = segno.directory("bin");
        symlink(program, programs.join("opencode")).expect("a link to opencode");
        for (name, value) in home.environment() {
            if name != "PATH" {
                segno.env(name, value);
            }
        }
        segno.path_first(&programs);
        let work = segno.directory("work");
        Self { segno, model, home, work, _permit: permit }
    }

    /// Opens a pane with opencode in the working directory and looks at it.
    pub fn open(&self, options: &[&str]) -> Pane<'_> {
        let work = self.work.to_str().expect("a path in UTF-8");
        let arguments = [&["new", "--type", "opencode", "--cwd", work], options].concat();
        let id = self.segno.ok(&arguments);
        self.segno.ok(&["focus", &id]);
        Pane { bed: self, id, terminal: self.terminal() }
    }

    /// Opens a pane in which nothing is said yet.
    pub fn open_ready(&self, options: &[&str]) -> Pane<'_> {
        let pane = self.open(options);
        pane.terminal.wait_text(READY);
        pane
    }

    /// An attached terminal, wide enough for opencode's texts.
    pub fn terminal(&self) -> Terminal {
        self.segno.terminal_of(140, 44, &["attach"]).with_patience(PATIENCE)
    }
}

/// A pane with opencode and a terminal that shows it.
pub struct Pane<'a> {
    bed: &'a Bed,
    pub id: String,
    pub terminal: Terminal,
}

impl Pane<'_> {
    /// Types a line and sends it.
    #[track_caller]
    pub fn enter(&self, text: &str) {
        self.terminal.type_text(text);
        self.terminal.wait_text(text);
        self.terminal.keys("enter");
    }

    /// Says something and waits for the answer to be complete. The answer stands on a line of its own.
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

    #[track_caller]
    pub fn wait_state(&self, state: &str) -> Value {
        self.wait_status(&format!("state {state}"), |status| status["state"] == state)
    }

    #[track_caller]
    pub fn wait_status(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.bed.segno.wait_status(&self.id, what, wanted)
    }

    /// What the pane's session file says now.
    pub fn recorded(&self) -> Option<String> {
        let text = self.bed.segno.file(&format!("sessions/opencode-{}.id", self.id))?;
        Some(text.trim_end_matches('\n').to_owned())
    }

    /// Waits until an id is recorded that is none of these, and that the status agrees; returns it.
    #[track_caller]
    pub fn wait_id(&self, known: &[&str]) -> String {
        let id = wait_for("another conversation's id", PATIENCE, || {
            self.recorded().filter(|id| id.starts_with("ses_") && !known.contains(&id.as_str()))
        });
        self.wait_status(&format!("session {id}"), |status| status["session"] == id.as_str());
        id
    }

    /// Waits until exactly this is recorded.
    #[track_caller]
    pub fn wait_recorded(&self, expected: &str) {
        let mut last = None;
        let found = || {
            last = self.recorded();
            (last.as_deref() == Some(expected)).then_some(())
        };
        wait_for(&format!("the record {expected:?}"), PATIENCE, found);
        let session = if expected.starts_with('@') { json!(null) } else { json!(expected) };
        self.wait_status(&format!("session {session}"), |status| status["session"] == session);
    }

    /// Waits until a new conversation, in which nothing is said yet, is recorded.
    #[track_caller]
    pub fn wait_recorded_new(&self) {
        self.wait_recorded("@new");
    }

    pub fn pid(&self) -> i32 {
        self.bed.segno.pane_pid(&self.id)
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
        let status = || self.bed.segno.status(&self.id);
        if last.is_empty() {
            let process = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let screen = self.terminal.screen();
            panic!("process {pid} is gone: {process}\n{:#}\n{screen}", status());
        }
        last.split_off(1)
    }

    /// A power cut; afterwards the pane is looked at again, and opencode runs anew.
    pub fn reboot(&mut self) {
        let before = self.pid();
        self.bed.segno.reboot();
        self.terminal = self.bed.terminal();
        self.wait_status("another process", |status| {
            status["pid"].as_i64().is_some_and(|pid| pid as i32 != before)
        });
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

    /// The reasons in the pane's history of conversations, with their ids, oldest first.
    pub fn history(&self) -> Vec<(Option<String>, String)> {
        let list = self.bed.segno.json(&["sessions", &self.id]);
        let entries = list["sessions"].as_array().expect("a list").clone();
        entries
            .iter()
            .map(|entry| {
                let reason = entry["reason"].as_str().unwrap_or_default().to_owned();
                (entry["session"].as_str().map(str::to_owned), reason)
            })
            .collect()
    }

    /// A variable that opencode was started with (Linux only).
    pub fn variable(&self, name: &str) -> Option<String> {
        let bytes = fs::read(format!("/proc/{}/environ", self.pid())).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let prefix = format!("{name}=");
        text.split('\0').find_map(|each| each.strip_prefix(&prefix)).map(str::to_owned)
    }
}
