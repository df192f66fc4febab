//! Where everything in the home is.

use std::fs;
use std::path::{Path, PathBuf};

use super::Home;
use segno_agent::identity::SessionId;
use segno_base::ids::PaneId;

impl Home {
    pub fn config_file(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    pub fn keys_file(&self) -> PathBuf {
        self.0.join("keys.toml")
    }

    /// The user's themes.
    pub fn themes_dir(&self) -> PathBuf {
        self.0.join("themes")
    }

    /// The files of the user's themes, in order.
    pub fn theme_files(&self) -> Vec<PathBuf> {
        toml_files(&self.themes_dir())
    }

    /// The user's pane types.
    pub fn panes_dir(&self) -> PathBuf {
        self.0.join("panes")
    }

    /// The files of the user's pane types, in order.
    pub fn pane_files(&self) -> Vec<PathBuf> {
        toml_files(&self.panes_dir())
    }

    /// A pane type's assets.
    pub fn assets_dir(&self, type_name: &str) -> PathBuf {
        self.0.join("assets").join(type_name)
    }

    /// What shell panes find first in PATH.
    pub fn shims_dir(&self) -> PathBuf {
        self.0.join("shims")
    }

    /// What agents that open panes find first in PATH.
    pub fn tmux_dir(&self) -> PathBuf {
        self.0.join("shims-tmux")
    }

    /// Both: what stands in PATH because of the pane that a process was started in.
    pub fn first_in_path(&self) -> [PathBuf; 2] {
        [self.shims_dir(), self.tmux_dir()]
    }

    pub fn workspace_file(&self) -> PathBuf {
        self.0.join("workspace.json")
    }

    /// The archive of conversations; made by whoever fills it.
    pub fn archive_dir(&self) -> PathBuf {
        self.0.join("archive")
    }

    /// Where the user has logged in, the keys, and what was sent; made by the first login.
    pub fn sync_dir(&self) -> PathBuf {
        self.0.join("sync")
    }

    /// Whether anybody has logged in: then it has files.
    pub fn sync_targets_dir(&self) -> PathBuf {
        self.sync_dir().join("targets")
    }

    /// What the daemon is to know of sending.
    pub fn sync_status_file(&self) -> PathBuf {
        self.sync_dir().join("status.json")
    }

    /// The files of the user's services, in order.
    pub fn sink_files(&self) -> Vec<PathBuf> {
        toml_files(&self.0.join("sinks"))
    }

    /// Who may look from a browser; made by the first `segno web`.
    pub fn web_dir(&self) -> PathBuf {
        self.0.join("web")
    }

    /// Who was let in by a browser, and kept out.
    pub fn web_log(&self) -> PathBuf {
        self.0.join("log").join("web.log")
    }

    /// The database of a hub, where it has no other; made by the first `segno hub`.
    pub fn hub_dir(&self) -> PathBuf {
        self.0.join("hub")
    }

    /// Who was let in by a hub, and kept out.
    pub fn hub_log(&self) -> PathBuf {
        self.0.join("log").join("hub.log")
    }

    /// What is remembered of curations; made by the first.
    pub fn curate_dir(&self) -> PathBuf {
        self.0.join("curate")
    }

    /// What the daemon is to know of curation.
    pub fn curate_word_file(&self) -> PathBuf {
        self.curate_dir().join("status.json")
    }

    /// The newest events, for programs that follow them over a daemon's restart.
    pub fn event_log_file(&self) -> PathBuf {
        self.run_dir().join("events.jsonl")
    }

    /// What conversations have used.
    pub fn usage_file(&self) -> PathBuf {
        self.0.join("usage.jsonl")
    }

    /// The environments of those who attached and started.
    pub fn environment_file(&self) -> PathBuf {
        self.0.join("environment.json")
    }

    /// Leads to the SSH agent of the client that attached last.
    pub fn agent_link(&self) -> PathBuf {
        self.0.join("ssh-agent.sock")
    }

    /// Which project files the user trusts.
    pub fn trust_file(&self) -> PathBuf {
        self.0.join("trust.json")
    }

    pub fn sessions_dir(&self) -> PathBuf {
        self.0.join("sessions")
    }

    /// Where a pane's tracker keeps the id of the conversation on screen.
    pub fn session_file(&self, type_name: &str, pane: PaneId) -> PathBuf {
        self.sessions_dir().join(format!("{type_name}-{pane}.id"))
    }

    /// The conversations that were seen, for the new-pane dialog.
    pub fn history_file(&self) -> PathBuf {
        self.sessions_dir().join("history.json")
    }

    /// Copies of an agent's own files of a conversation.
    pub fn protected_dir(&self, type_name: &str, session: &SessionId) -> PathBuf {
        self.0.join("protected").join(type_name).join(session.as_str())
    }

    /// What is known of the worktrees that were made, and those that live here.
    pub fn worktrees_dir(&self) -> PathBuf {
        self.0.join("worktrees")
    }

    /// Worktrees that were removed and can be brought back.
    pub fn worktrees_trash_dir(&self) -> PathBuf {
        self.0.join("trash").join("worktrees")
    }

    /// How the tour ended; until then it is offered.
    pub fn tour_file(&self) -> PathBuf {
        self.0.join("tour")
    }

    /// The user's templates of prompts.
    pub fn prompts_dir(&self) -> PathBuf {
        self.0.join("prompts")
    }

    /// Their files, in order.
    pub fn prompt_files(&self) -> Vec<PathBuf> {
        files(&self.prompts_dir(), "md")
    }

    pub fn notes_dir(&self) -> PathBuf {
        self.0.join("notes")
    }

    /// What the user noted about a pane.
    pub fn note_file(&self, pane: PaneId) -> PathBuf {
        self.notes_dir().join(format!("{pane}.md"))
    }

    pub fn events_dir(&self) -> PathBuf {
        self.0.join("events")
    }

    /// Where a pane's tracker reports what it saw.
    pub fn events_file(&self, pane: PaneId) -> PathBuf {
        self.events_dir().join(format!("{pane}.jsonl"))
    }

    /// The directory with every pane's journal.
    pub fn journals_dir(&self) -> PathBuf {
        self.0.join("journal")
    }

    pub fn journal_dir(&self, pane: PaneId) -> PathBuf {
        self.journals_dir().join(pane.to_string())
    }

    /// What is only of use while something runs.
    pub fn run_dir(&self) -> PathBuf {
        self.0.join("run")
    }

    /// Marks of which pane has which conversation.
    pub fn claims_dir(&self) -> PathBuf {
        self.run_dir().join("claims")
    }

    /// Files generated for the program of a pane, for example a merged configuration.
    pub fn generated_dir(&self, pane: PaneId) -> PathBuf {
        self.run_dir().join("panes").join(pane.to_string())
    }

    /// What programs answered when they were asked for their version.
    pub fn generations_file(&self) -> PathBuf {
        self.run_dir().join("generations.json")
    }

    pub fn daemon_socket(&self) -> PathBuf {
        self.run_dir().join("daemon.sock")
    }

    pub fn keeper_socket(&self) -> PathBuf {
        self.run_dir().join("keeper.sock")
    }

    /// Who holds it is the daemon. It lies where nobody tidies up.
    pub fn daemon_lock(&self) -> PathBuf {
        self.0.join(".daemon.lock")
    }

    /// The daemon's lock of version 0.1. It is held too, so that neither version starts beside the
    /// other.
    pub fn daemon_lock_before(&self) -> PathBuf {
        self.run_dir().join("daemon.lock")
    }

    pub fn log_dir(&self) -> PathBuf {
        self.0.join("log")
    }

    pub fn daemon_log(&self) -> PathBuf {
        self.log_dir().join("daemon.log")
    }

    pub fn tracker_log(&self) -> PathBuf {
        self.log_dir().join("tracker.log")
    }

    /// Those that are made at the start.
    pub(super) fn directories(&self) -> [PathBuf; 14] {
        [
            self.panes_dir(),
            self.themes_dir(),
            self.shims_dir(),
            self.tmux_dir(),
            self.0.join("assets"),
            self.0.join("protected"),
            self.journals_dir(),
            self.log_dir(),
            self.sessions_dir(),
            self.events_dir(),
            self.notes_dir(),
            self.run_dir(),
            self.claims_dir(),
            self.run_dir().join("panes"),
        ]
    }
}

/// The TOML files in a directory, in order.
pub fn toml_files(dir: &Path) -> Vec<PathBuf> {
    files(dir, "toml")
}

/// The files in a directory with this extension, in order.
fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}
