//! The messages between daemon and keeper. Frozen: an old keeper must serve a new daemon, so
//! messages and fields are only ever added, and what is added must be dispensable.
//! `docs/protocol.md` is the specification, and the golden bytes of its tests hold it.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use segno_base::ids::PaneId;
use segno_base::text::os_text;

/// The protocol's version; both sides must speak the same.
pub const PROTOCOL: u32 = 1;

/// How many descriptors can be stashed with a pane.
pub const STASH_MAX: usize = 3;

/// What each side says first. Its shape never changes, in no version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "hello")]
pub struct Hello {
    pub protocol: u32,
    /// The release of the program, for messages.
    pub release: String,
    /// What the sender wants to be, or is.
    pub role: Role,
}

/// A peer's part in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Keeper,
    /// Owns the panes. There is one: a later one takes over from an earlier.
    Daemon,
    /// May list, and gets no events.
    #[serde(other)]
    Observer,
}

impl Hello {
    /// This program's.
    pub fn ours(role: Role) -> Hello {
        Hello { protocol: PROTOCOL, release: env!("CARGO_PKG_VERSION").to_string(), role }
    }

    /// Why the two cannot work together, in one line, seen from the daemon's side; `None` when
    /// they can.
    pub fn mismatch(daemon: &Hello, keeper: &Hello) -> Option<String> {
        if daemon.protocol == keeper.protocol {
            return None;
        }
        let (older, what_to_do) = if keeper.protocol < daemon.protocol {
            (
                "the running keeper is older",
                "go on with the older segno, or end all panes with `segno kill --all` of that one",
            )
        } else {
            ("the daemon is older than the running keeper", "start the newer segno")
        };
        Some(format!(
            "{older}: keeper {} (protocol {}), daemon {} (protocol {}); {what_to_do}",
            printable(&keeper.release),
            keeper.protocol,
            printable(&daemon.release),
            daemon.protocol,
        ))
    }
}

fn printable(release: &str) -> String {
    release.chars().filter(|c| c.is_ascii_graphic()).take(40).collect()
}

/// A request and the number by which its answer is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: u64,
    #[serde(flatten)]
    pub body: RequestBody,
}

/// What a daemon asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RequestBody {
    Spawn(SpawnRequest),
    List,
    Take {
        pane: PaneId,
    },
    Kill {
        pane: PaneId,
        grace_ms: u64,
        /// Replaces the pane's note.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    Ack {
        pane: PaneId,
    },
    /// One descriptor comes along: the pane's terminal.
    Deposit {
        pane: PaneId,
        pid: i32,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// So many descriptors come along, at most [`STASH_MAX`]: anything the daemon wants to get
    /// back with the terminal.
    Stash {
        pane: PaneId,
        fds: u8,
    },
    Shutdown {
        grace_ms: u64,
    },
    /// What to start when this daemon's connection ends without a [`RequestBody::Leave`].
    Succeed(Successor),
    /// The daemon ends in order: nothing is to be started.
    Leave,
    /// From a newer daemon; answered by `failed`.
    #[serde(other)]
    Unknown,
}

impl RequestBody {
    /// How many descriptors come along.
    pub fn fds(&self) -> usize {
        match self {
            RequestBody::Deposit { .. } => 1,
            RequestBody::Stash { fds, .. } => usize::from(*fds),
            _ => 0,
        }
    }
}

/// A program to start in a new terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpawnRequest {
    pub pane: PaneId,
    /// A path, or a name that is looked up in the `PATH` of `env`.
    #[serde(with = "os_text::one")]
    pub program: OsString,
    /// Without the program's own name.
    #[serde(with = "os_text::list")]
    pub args: Vec<OsString>,
    /// The whole environment: nothing is inherited, and nothing is added.
    #[serde(with = "os_text::pairs")]
    pub env: Vec<(OsString, OsString)>,
    #[serde(with = "os_text::path")]
    pub cwd: PathBuf,
    pub cols: u16,
    pub rows: u16,
    /// What the daemon wants to know of the pane should everything else be lost; `list` tells it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The program's file mode creation mask; left out, and by an older keeper always: the keeper's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub umask: Option<u32>,
}

/// The daemon that is to follow one that dies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// A path; when it is gone, the keeper starts what it runs itself.
    #[serde(with = "os_text::one")]
    pub program: OsString,
    /// Without the program's own name.
    #[serde(with = "os_text::list")]
    pub args: Vec<OsString>,
    /// The whole environment.
    #[serde(with = "os_text::pairs")]
    pub env: Vec<(OsString, OsString)>,
}

/// How starting a daemon again has gone, while none is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revival {
    /// Starts in a row.
    pub starts: usize,
    /// Whether no more are tried.
    pub given_up: bool,
    /// Why the last one failed, as far as is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What the keeper says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// One descriptor comes along: the terminal.
    Spawned {
        id: u64,
        pid: i32,
    },
    Listed {
        id: u64,
        panes: Vec<HeldPane>,
        /// Only while a daemon that died is to be replaced.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revival: Option<Revival>,
    },
    /// One descriptor comes along, the terminal; and so many more that were stashed.
    Taken {
        id: u64,
        stash: u8,
    },
    Done {
        id: u64,
    },
    Failed {
        id: u64,
        message: String,
    },
    /// Unasked: a pane's program ended. Said to the daemon that is connected at that moment; a
    /// later one learns it from `list`.
    Exited {
        pane: PaneId,
        pid: i32,
        status: ExitStatus,
    },
    /// Unasked: another daemon took over, and this connection ends.
    Superseded,
    /// From a newer keeper; ignored.
    #[serde(other)]
    Unknown,
}

impl Message {
    /// Which request it answers.
    pub fn answers(&self) -> Option<u64> {
        match self {
            Message::Spawned { id, .. }
            | Message::Listed { id, .. }
            | Message::Taken { id, .. }
            | Message::Done { id }
            | Message::Failed { id, .. } => Some(*id),
            Message::Exited { .. } | Message::Superseded | Message::Unknown => None,
        }
    }

    /// How many descriptors come along.
    pub fn fds(&self) -> usize {
        match self {
            Message::Spawned { .. } => 1,
            Message::Taken { stash, .. } => 1 + usize::from(*stash),
            _ => 0,
        }
    }
}

/// A pane that the keeper holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPane {
    pub pane: PaneId,
    pub pid: i32,
    #[serde(flatten)]
    pub state: HeldState,
    /// As it came with `spawn`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Whether a held pane's program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HeldState {
    Running,
    /// Ended and not acknowledged yet.
    Exited {
        status: ExitStatus,
    },
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitStatus {
    Code(i32),
    Signal(i32),
    /// It was not this keeper's child, so its status went elsewhere.
    Unknown,
}

#[cfg(test)]
mod tests;
