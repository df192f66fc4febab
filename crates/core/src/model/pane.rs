//! A pane: how it was asked for, what is known of it, and where its program is in its life.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::guest::Guests;
use crate::model::catalogue::{Calls, TypeTraits};
use crate::panes::attributes::Extras;
use crate::panes::driven::Driven;
use crate::panes::prompt_queue::Prompts;
use segno_agent::identity::{Record, Recorded, SessionId};
use segno_agent::start::{Beginning, Conversation, StartRequest};
use segno_agent::status::Status;
use segno_agent::tracking::Tracking;
use segno_agent::usage::quota::Quota;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Size;
use segno_base::text::plain_text;
use segno_worktree::glance::Glance;

#[derive(Debug, Clone)]
pub struct Pane {
    pub id: PaneId,
    /// How it was asked for; its directory follows that of the program.
    pub spec: StartRequest,
    /// The pane that it was asked for from. That may be closed by now: ids are not given again.
    pub parent: Option<PaneId>,
    pub extras: Extras,
    pub traits: TypeTraits,
    pub life: Life,
    /// `None` for a pane type without a tracker.
    pub tracking: Option<Tracking>,
    /// The agents that were typed in its shell.
    pub guests: Guests,
    /// What the pane's session file says: decides, with its tracking, how the program is started
    /// again.
    pub recorded: Record,
    /// The root of the project that its directory is in, as far as that is known.
    pub project: Option<PathBuf>,
    /// What git says of its directory, as far as that is known.
    pub glance: Option<Arc<Glance>>,
    /// The title its program set (OSC 0 and 2); one line, no control characters.
    pub title: String,
    /// The program in the foreground of its shell, unless that is the shell itself.
    pub foreground: Option<String>,
    /// What the user should know of this pane, for example a tracker that was left out.
    pub notes: Vec<String>,
    /// How many of the notes somebody has looked at.
    pub notes_read: usize,
    /// Rang the bell or finished while no client looked.
    pub unseen: bool,
    /// How much of its service's allowance its agent says is used up.
    pub quotas: Vec<Quota>,
    /// Why its prompts are held: what was spent, and what might be.
    pub over_budget: Option<String>,
    /// Since when it sleeps: its program was ended, or is being ended, until somebody wants it.
    pub asleep: Option<u64>,
    /// Whether [`Effect::Sleep`] was asked for, and is not decided yet.
    ///
    /// [`Effect::Sleep`]: crate::update::effect::Effect::Sleep
    pub dozes: bool,
    /// What ran in it when it was stored, until it is known whether that still does.
    pub run: Option<Run>,
    /// When its program ended, once that is known; until the next one runs.
    pub ended: Option<u64>,
    /// Since when its agent has been at a turn that has not ended.
    pub busy_since: Option<u64>,
    /// What waits of its input, once it has been waiting for a while.
    pub input_waits: Option<InputWaits>,
    /// The question that the pane asks instead of showing its program, if any.
    pub choice: Option<StaleChoice>,
    /// The size its terminal has.
    pub size: Size,
    /// What its agent is to be asked.
    pub prompts: Prompts,
    /// Who drives it now from outside.
    pub driven: Option<Driven>,
}

impl Pane {
    /// A pane that nothing is known of but how it was asked for.
    pub fn new(id: PaneId, spec: StartRequest, traits: TypeTraits, life: Life, size: Size) -> Pane {
        Pane {
            id,
            spec,
            parent: None,
            extras: Extras::default(),
            tracking: traits.tracked.then(Tracking::default),
            traits,
            life,
            guests: Guests::default(),
            recorded: Record::default(),
            project: None,
            glance: None,
            title: String::new(),
            foreground: None,
            notes: Vec::new(),
            notes_read: 0,
            unseen: false,
            quotas: Vec::new(),
            over_budget: None,
            driven: None,
            asleep: None,
            dozes: false,
            run: None,
            ended: None,
            busy_since: None,
            input_waits: None,
            choice: None,
            size,
            prompts: Prompts::default(),
        }
    }

    /// What its agent is doing; `None` for a pane type without a tracker.
    pub fn agent(&self) -> Option<Status> {
        self.tracking.as_ref().map(Tracking::status)
    }

    /// The conversation that its program comes back to: the newest that is known of, whether the
    /// session file or the events say so.
    pub fn returns_to(&self) -> &Recorded {
        let file = &self.recorded;
        match self.tracking.as_ref() {
            Some(tracking) if tracking.is_behind(file) => tracking.recorded(),
            _ => &file.shown,
        }
    }

    /// The conversation that its program is in or will be started with.
    pub fn session(&self) -> Option<SessionId> {
        match &self.life {
            Life::Queued(Beginning { conversation, .. }) | Life::Starting { conversation } => {
                match conversation {
                    Conversation::Resume(id) => Some(id.clone()),
                    Conversation::New | Conversation::Fork(_) | Conversation::ContinueLast => None,
                }
            }
            _ => match self.tracking.as_ref()?.recorded() {
                Recorded::Id(id) => Some(id.clone()),
                Recorded::New | Recorded::Nothing => None,
            },
        }
    }

    /// Whether its program runs or will.
    pub fn is_live(&self) -> bool {
        matches!(self.life, Life::Queued(_) | Life::Starting { .. } | Life::Running { .. })
    }

    /// What to call it: its name, else what runs in it. That is the title of a guest or of its
    /// type; in a shell the program in its foreground, or the directory; of a command line that.
    pub fn label(&self) -> Cow<'_, str> {
        let title = &self.traits.title;
        let guest = || self.guests.active.as_ref().map(|guest| guest.title.as_str());
        if let Some(name) = self.spec.name.as_deref().or_else(guest) {
            return name.into();
        }
        match self.traits.calls_itself {
            Calls::Title => title.into(),
            Calls::Shell => match (&self.foreground, self.spec.cwd.file_name()) {
                (Some(program), _) => program.into(),
                (None, Some(name)) => plain_text::line(&name.to_string_lossy()).into(),
                (None, None) if self.spec.cwd.has_root() => "/".into(),
                (None, None) => title.into(),
            },
            Calls::CommandLine => {
                let line = self.spec.fields.values().chain(&self.spec.args);
                let line = line.map(String::as_str).collect::<Vec<_>>().join(" ");
                match line.trim() {
                    line if line.is_empty() || line.starts_with('-') => title.into(),
                    line => plain_text::line(line).into(),
                }
            }
        }
    }
}

/// Where a pane's program is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// Waits for its turn to start.
    Queued(Beginning),
    /// Handed to the keeper; its process is not known yet.
    Starting { conversation: Conversation },
    Running {
        pid: i32,
        /// Milliseconds since the Unix epoch.
        since: u64,
        conversation: Conversation,
    },
    Exited {
        status: ExitStatus,
        /// Milliseconds since the Unix epoch.
        at: u64,
    },
    /// Could not be started.
    Failed { why: String },
}

/// A program that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub pid: i32,
    /// Milliseconds since the Unix epoch.
    pub since: u64,
}

/// Input that a program does not take as fast as it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputWaits {
    /// Bytes that wait.
    pub bytes: usize,
    /// It has taken none for a while.
    pub stalled: bool,
    /// Bytes that found no room behind those.
    pub lost: usize,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitStatus {
    Code(i32),
    Signal(i32),
    /// Ended while nobody could take its status.
    Unknown,
}

impl ExitStatus {
    /// Whether it says that something went wrong.
    pub fn failed(self) -> bool {
        !matches!(self, ExitStatus::Code(0) | ExitStatus::Unknown)
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitStatus::Code(0) => f.write_str("exited"),
            ExitStatus::Code(code) => write!(f, "exited with status {code}"),
            ExitStatus::Signal(signal) => write!(f, "ended by signal {signal}"),
            ExitStatus::Unknown => f.write_str("ended"),
        }
    }
}

/// The agent did not know the conversation it was started with: what now?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleChoice {
    pub session: SessionId,
    /// The answer the cursor is on, an index into [`StaleChoice::answers`].
    pub selected: usize,
    pub can_continue: bool,
    /// The archive can give the agent the conversation back.
    pub can_restore: bool,
}

/// An answer to a stale conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleAnswer {
    Fresh,
    ContinueLast,
    ChooseAnother,
    /// Put it back from the archive, and resume it.
    Restore,
}

impl StaleChoice {
    /// What can be answered. That the archive has it is known last, so that comes last: no number
    /// changes its meaning while one looks at it.
    pub fn answers(&self) -> &'static [StaleAnswer] {
        use StaleAnswer::{ChooseAnother, ContinueLast, Fresh, Restore};
        match (self.can_continue, self.can_restore) {
            (true, true) => &[Fresh, ContinueLast, ChooseAnother, Restore],
            (true, false) => &[Fresh, ContinueLast, ChooseAnother],
            (false, true) => &[Fresh, ChooseAnother, Restore],
            (false, false) => &[Fresh, ChooseAnother],
        }
    }
}
