//! Any real agent in a pane of a private Segno, with a fake model: what every agent must do alike.
//!
//! What is an agent's own (its program, its settings, its keys) is in its file of `e2e/`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::archived;
use super::model_server::{
    CACHED_TOKENS, COMPLETION_TOKENS, ModelServer, PROMPT_TOKENS, Reply, Request,
};
use super::permit::Permit;
use super::segno::{Segno, arguments, for_a_while, wait_for};
use super::terminal::Terminal;

/// How long a test may take, on a machine that does other things too.
const LIMIT: Duration = Duration::from_secs(600);
/// How long an agent may take for one step; starting takes several seconds of processor time.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A Segno with one agent that talks to a fake model.
pub struct Bed {
    // In this order: first everything ends, then others may start.
    pub segno: Segno,
    pub model: ModelServer,
    /// The directory to work in.
    pub work: PathBuf,
    /// The pane type.
    agent: &'static str,
    /// Columns and rows of the terminals that look.
    size: (u16, u16),
    _permit: Permit,
}

impl Bed {
    /// With the agent's command line in front of its arguments, as its pane type's program.
    pub fn new(agent: &'static str, command: &[&Path]) -> Self {
        Self::at("segno", agent, command, 1)
    }

    /// With `SEGNO_HOME` being this name in the test's directory, and so many agents at a time.
    pub fn at(name: &str, agent: &'static str, command: &[&Path], agents: usize) -> Self {
        let permit = Permit::wait(agents);
        let model = ModelServer::start();
        let mut segno = Segno::at(name, LIMIT);
        let programs = segno.directory("bin");
        let words: Vec<_> = command.iter().map(|word| format!("'{}'", word.display())).collect();
        let script = format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "));
        let program = programs.join(agent);
        fs::write(&program, script).expect("the agent's program");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its rights");
        segno.path_first(&programs);
        let work = segno.directory("work");
        Self { segno, model, work, agent, size: (120, 40), _permit: permit }
    }

    /// With larger terminals, for agents with long texts.
    pub fn sized(self, cols: u16, rows: u16) -> Self {
        Self { size: (cols, rows), ..self }
    }

    /// The agent's pane type, and the name of its program.
    pub fn agent(&self) -> &'static str {
        self.agent
    }

    /// Writes a file below the user's home.
    pub fn write_home(&self, relative: &str, text: &str) {
        let path = self.segno.user_home().join(relative);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("its directory");
        fs::write(path, text).expect("a file in the home");
    }

    /// Opens a pane in the working directory and waits for what the agent shows when it can be
    /// typed into.
    pub fn open(&self, options: &[&str], ready: &str) -> Pane<'_> {
        let pane = self.begin(options);
        pane.terminal.wait_text(ready);
        pane
    }

    /// Opens a pane in a conversation that the agent does not know: it asks, and is answered to
    /// begin a new one. Answers that one's id.
    #[track_caller]
    pub fn asks_and_begins_anew(&self, ready: &str) -> (Pane<'_>, String) {
        let lost = "01234567-89ab-4cde-8f01-23456789abcd";
        let pane = self.open(&["--session", lost], "choose another");
        pane.terminal.keys("1");
        pane.terminal.wait_text(ready);
        let id = pane.wait_id(&[lost]);
        (pane, id)
    }

    /// Opens a pane in the working directory and looks at it.
    pub fn begin(&self, options: &[&str]) -> Pane<'_> {
        let work = self.work.to_str().expect("a path in UTF-8");
        let arguments = [&["new", "--type", self.agent, "--cwd", work], options].concat();
        self.look_at(&self.segno.ok(&arguments))
    }

    /// A pane that was opened otherwise.
    pub fn look_at(&self, id: &str) -> Pane<'_> {
        self.segno.ok(&["focus", id]);
        Pane { bed: self, id: id.to_string(), terminal: self.terminal() }
    }

    pub fn terminal(&self) -> Terminal {
        let (cols, rows) = self.size;
        self.segno.terminal_of(cols, rows, &["attach"]).with_patience(PATIENCE)
    }
}

/// A pane with the agent and a terminal that shows it.
pub struct Pane<'a> {
    bed: &'a Bed,
    pub id: String,
    pub terminal: Terminal,
}

impl Pane<'_> {
    /// Types a line, and enters it when it stands on the screen. Agents take keys that come too
    /// fast for a paste.
    #[track_caller]
    pub fn enter(&self, text: &str) {
        let there = || self.terminal.screen().contains(text);
        // What is typed while a screen is made anew may be lost.
        for _ in 0..5 {
            self.terminal.type_text(text);
            if for_a_while(Duration::from_secs(10), there) {
                break;
            }
        }
        let asked = self.bed.model.requests().len();
        let arrived = || self.bed.model.requests().len() > asked || !there();
        for _ in 0..10 {
            self.terminal.keys("enter");
            if for_a_while(Duration::from_secs(3), arrived) {
                return;
            }
        }
    }

    /// Lets the model say something, and waits for the end of the turn.
    #[track_caller]
    pub fn say(&self, text: &str) {
        self.enter(&format!("SAY {text}"));
        let said = |screen: &str| screen.matches(text).count() > 1;
        self.terminal.wait(said, &format!("the answer {text:?}"));
        self.wait_state("idle");
    }

    /// Waits until the archive has exactly this of what was said in a conversation.
    #[track_caller]
    pub fn wait_archived(&self, id: &str, said: &[&str]) {
        archived::wait_said(&self.bed.segno, id, said);
    }

    /// Lets the agent ask for a command in a dialog that shows this: the pane is blocked and says
    /// by what, the terminal says yes, the command runs, the turn ends.
    #[track_caller]
    pub fn asks_before(&self, prompt: &str, dialog: &str) {
        let command = prompt.split_once(' ').map_or(prompt, |(_, command)| command);
        self.enter(prompt);
        self.terminal.wait_text(dialog);
        let status = self.wait_state("blocked");
        assert!(status["detail"].to_string().contains(command), "{status:#}");
        self.terminal.keys("enter");
        self.terminal.wait_text("Ran it.");
        self.wait_state("idle");
    }

    /// Lets the user end a turn of an agent that shows that it thinks.
    #[track_caller]
    pub fn is_interrupted(&self) {
        self.enter("HANG");
        self.wait_state("working");
        self.terminal.wait_text("Thinking");
        self.terminal.keys("escape");
        self.wait_state("idle");
    }

    /// Waits until all conversations together have used what those answers of the model said that
    /// count; answers what is reported of the one used last.
    #[track_caller]
    pub fn wait_used(&self, counts: impl Fn(&Request) -> bool) -> Value {
        let answered = |r: &Request| !matches!(r.reply, Reply::Status(_) | Reply::Hang);
        wait_for("the figures of the model's answers", PATIENCE, || {
            let report = self.bed.segno.json(&["usage", "--by", "conversation", "--since", "1d"]);
            let rows = report["usage"].as_array()?;
            let used = |figure: &str| rows.iter().filter_map(|r| r[figure].as_u64()).sum::<u64>();
            let requests = self.bed.model.requests();
            let answers = requests.iter().filter(|r| answered(r) && counts(r)).count() as u64;
            let agree = used("input") == answers * (PROMPT_TOKENS - CACHED_TOKENS)
                && used("cache_read") == answers * CACHED_TOKENS
                && used("output") == answers * COMPLETION_TOKENS;
            (agree && answers > 0).then(|| rows[0].clone())
        })
    }

    /// Enters one of the agent's own commands, which it may complete while it is typed.
    #[track_caller]
    pub fn command(&self, text: &str) {
        self.terminal.type_text(text);
        self.terminal.wait_text(text);
        self.terminal.keys("enter");
    }

    /// The pane's conversations over time, with what led to each.
    pub fn history(&self) -> Vec<(Option<String>, String)> {
        let sessions = self.bed.segno.json(&["sessions", &self.id])["sessions"].take();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let entries = sessions.as_array().expect("a list of conversations");
        let entry = |e: &Value| (text(&e["session"]), text(&e["reason"]).unwrap_or_default());
        entries.iter().map(entry).collect()
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
        let text = self.bed.segno.file(&format!("sessions/{}-{}.id", self.bed.agent, self.id))?;
        Some(text.trim_end_matches('\n').to_owned())
    }

    /// Waits until an id is recorded that is none of these, and that the status agrees; returns it.
    #[track_caller]
    pub fn wait_id(&self, known: &[&str]) -> String {
        let id = wait_for("another conversation's id", PATIENCE, || {
            let id = self.recorded()?;
            (!id.starts_with('@') && !known.contains(&id.as_str())).then_some(id)
        });
        self.wait_status(&format!("session {id}"), |status| status["session"] == json!(id));
        id
    }

    /// Waits until exactly this is recorded, and the status agrees; `@new` is a conversation that
    /// has no id yet.
    #[track_caller]
    pub fn wait_recorded(&self, expected: &str) {
        wait_for(&format!("the record {expected:?}"), PATIENCE, || {
            (self.recorded().as_deref() == Some(expected)).then_some(())
        });
        let session = if expected.starts_with('@') { json!(null) } else { json!(expected) };
        self.wait_status(&format!("session {session}"), |status| status["session"] == session);
    }

    pub fn pid(&self) -> i32 {
        self.bed.segno.pane_pid(&self.id)
    }

    /// The whole command line that runs, once it has these words next to each other.
    #[track_caller]
    pub fn wait_arguments(&self, words: &[&str]) -> Vec<String> {
        let mut last = Vec::new();
        let found = for_a_while(PATIENCE / 2, || {
            last = arguments(self.pid());
            last.windows(words.len()).any(|window| window == words)
        });
        assert!(found, "{words:?} are not in {last:?}");
        last
    }

    /// A power cut; afterwards the pane is looked at again, and the agent runs anew.
    #[track_caller]
    pub fn reboot(&mut self) {
        let before = self.pid();
        self.bed.segno.reboot();
        // After a real one no process has its number. A dead one that the system has not cleared
        // away yet looks alive to agents, which then say that their conversation is in use.
        for_a_while(PATIENCE / 4, || kill(Pid::from_raw(before), None) == Err(Errno::ESRCH));
        self.terminal = self.bed.terminal();
        self.wait_status("another process", |status| {
            status["pid"].as_i64().is_some_and(|pid| pid as i32 != before)
        });
    }

    /// A power cut, after which the conversation must be back by its id and on screen.
    #[track_caller]
    pub fn reboots_into(&mut self, words: &[&str], id: &str, shows: &str) {
        self.reboot();
        self.wait_arguments(words);
        // Not the screen from before, which stands above until the agent has drawn.
        self.terminal.wait_text(shows);
        self.wait_recorded(id);
    }
}
