//! Everything that can happen to the server, as one queue of messages.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::agent::guest::{AtPrompt, GuestEnded};
use super::aside::{Lane, Then};
use crate::server::agent::usage::transcript_usage::TranscriptsRead;
use crate::server::client::connection::InputCredit;
use crate::server::pane::terminal::TerminalEvent;
use segno_base::ids::{ClientId, PaneId};
use segno_core::attention::budget::Costs;
use segno_core::update::event::Event;
use segno_keeper::client::KeeperEvent;
use segno_store::curation;
use segno_sync::word::Word;
use segno_wire::attach::AttachParams;
use segno_wire::control::Call;
use segno_wire::frame::FromClient;
use segno_wire::rpc::RpcError;

/// What a call is answered with.
pub(super) type Answer = Result<serde_json::Value, RpcError>;

/// Who makes a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// The process, where the system says.
    pub pid: Option<i32>,
    /// The pane that it runs in, as it says itself.
    pub pane: Option<PaneId>,
}

#[derive(Debug)]
pub(super) enum Message {
    /// A client wants to attach; its connection has said hello.
    Attach {
        stream: Arc<UnixStream>,
        params: AttachParams,
        /// One of the connections that there may be.
        seat: OwnedSemaphorePermit,
        /// Answered with the client's id, once the server knows it.
        accepted: oneshot::Sender<(ClientId, u64)>,
    },
    Client {
        client: ClientId,
        frame: FromClient,
        /// Given back when the frame was handled, so that a client cannot flood the queue.
        credit: Option<InputCredit>,
    },
    /// A client hands over its terminal.
    ClientTerminal {
        client: ClientId,
        terminal: OwnedFd,
    },
    /// A client's connection ended.
    ClientGone {
        client: ClientId,
    },
    /// A client took everything that was sent to it.
    ClientFlushed {
        client: ClientId,
    },
    Call {
        call: Box<Call>,
        caller: Caller,
        answer: oneshot::Sender<Answer>,
    },
    Pane {
        pane: PaneId,
        run: u64,
        event: TerminalEvent,
    },
    /// Something that was done beside the owner has ended.
    Aside {
        lane: Option<Lane>,
        then: Option<Then>,
    },
    Keeper(KeeperEvent),
    /// An agent that was typed in a shell has ended.
    GuestEnded(GuestEnded),
    /// A shell starts in which an agent is to come back.
    AtPrompt(AtPrompt),
    /// A pane's session file may be behind.
    CompareRecord(PaneId),
    /// A lock, a socket or a directory may have been removed.
    Vanished,
    /// Files below the home changed.
    Files(Vec<PathBuf>),
    /// Git changed something of these directories, or one of them may be back.
    PathsChanged(Vec<PathBuf>),
    /// What was found aside for the model.
    Event(Event),
    /// A line for a client.
    Say {
        client: ClientId,
        text: String,
    },
    /// What conversations used, by their transcripts.
    TranscriptsRead(Box<TranscriptsRead>),
    /// What conversations have cost.
    Costs(Box<Costs>),
    /// A user's command on an event has ended.
    HookEnded,
    /// The process that fills the archive has ended.
    ArchiveUpdated,
    /// The process that sends conversations has ended.
    Sent(Word),
    /// The process that curates conversations has ended.
    Curated(Box<curation::Word>),
    /// The workspace was stored, or not.
    Saved(Result<(), String>),
    /// SIGTERM or SIGINT.
    Stop,
}
