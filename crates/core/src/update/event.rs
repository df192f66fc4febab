//! What happens to the workspace.

use crate::archive::{ArchiveFound, ArchiveNames, Passage, Said};
use crate::copy::Hits;
use crate::dialog::history::Restored;
use crate::dialog::palette::TextMatch;
use crate::dialog::usage::Sums;
use crate::layout::DividerPath;
use crate::layout::floating::Grip;
use crate::model::client::AttachMode;
use crate::model::pane::{ExitStatus, InputWaits};
use crate::panes::past_conversations::ConversationQuery;
use segno_agent::event::Event as AgentEvent;
use segno_agent::identity::{Record, SessionId};
use segno_agent::panetype::handler::Alert;
use segno_agent::past::PastConversation;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::{KeyEvent, MouseEvent};
use segno_base::screen::geometry::{Point, Size};
use segno_base::text::template::Template;
use segno_config::editable::Setting;
use segno_term::Notification;

#[derive(Debug, Clone)]
pub enum Event {
    ClientAttached {
        client: ClientId,
        size: Size,
        mode: AttachMode,
    },
    ClientResized {
        client: ClientId,
        size: Size,
    },
    ClientGone {
        client: ClientId,
    },
    Key {
        client: ClientId,
        event: KeyEvent,
    },
    Mouse {
        client: ClientId,
        target: Target,
        event: MouseEvent,
    },
    PasteStart {
        client: ClientId,
    },
    Paste {
        client: ClientId,
        bytes: Vec<u8>,
    },
    PasteEnd {
        client: ClientId,
    },
    /// The client's terminal window got or lost the focus.
    Focus {
        client: ClientId,
        gained: bool,
    },
    Started {
        pane: PaneId,
        pid: i32,
        /// The conversation that it begins, where its id is known already.
        assigned: Option<SessionId>,
        notes: Vec<String>,
    },
    StartFailed {
        pane: PaneId,
        why: String,
    },
    Exited {
        pane: PaneId,
        status: ExitStatus,
        /// Whether the program said that it does not know the conversation.
        stale: bool,
    },
    Title {
        pane: PaneId,
        title: String,
    },
    Cwd {
        pane: PaneId,
        cwd: std::path::PathBuf,
    },
    /// Which project a directory of a pane is in.
    ProjectFound {
        pane: PaneId,
        cwd: std::path::PathBuf,
        root: Option<std::path::PathBuf>,
    },
    /// What git says of a directory; nothing where it is in no repository.
    Glanced {
        cwd: std::path::PathBuf,
        glance: Option<std::sync::Arc<segno_worktree::glance::Glance>>,
    },
    Bell {
        pane: PaneId,
    },
    /// How much input has been waiting for the pane's program for a while, if any has.
    InputWaits {
        pane: PaneId,
        waits: Option<InputWaits>,
    },
    /// The pane's program wants its user to know something.
    Notified {
        pane: PaneId,
        notification: Notification,
    },
    /// A handler of the pane's type found something on its screen.
    Found {
        pane: PaneId,
        alert: Alert,
    },
    /// What the pane's session file says now.
    Recorded {
        pane: PaneId,
        recorded: Record,
    },
    Agent {
        pane: PaneId,
        event: AgentEvent,
    },
    TemplatesFound {
        client: ClientId,
        templates: Vec<Template>,
        /// Why some are missing.
        notes: Vec<String>,
    },
    DirectoryListed {
        client: ClientId,
        text: String,
        /// The directory that the text names, absolute, if there is one.
        directory: Option<std::path::PathBuf>,
        completions: Vec<String>,
    },
    ConversationsFound {
        client: ClientId,
        /// What was asked for.
        wanted: ConversationQuery,
        /// Seen last first.
        conversations: Vec<PastConversation>,
    },
    /// The settings as they are now, and why one was not changed.
    SettingsRead {
        client: ClientId,
        settings: Vec<Setting>,
        error: Option<String>,
    },
    /// What was used lately.
    UsageRead {
        client: ClientId,
        sums: Sums,
    },
    /// The row that a dialog's text was shown from, which is as far as it scrolls.
    DialogShown {
        client: ClientId,
        start: usize,
    },
    /// What a client reads in a pane has been searched.
    Searched {
        client: ClientId,
        pane: PaneId,
        hits: Hits,
    },
    /// Where a text stands in the panes.
    TextFound {
        client: ClientId,
        text: String,
        found: Vec<TextMatch>,
    },
    /// What the archive has for a query, or why it has nothing.
    ArchiveSearched {
        client: ClientId,
        query: String,
        found: Result<ArchiveFound, String>,
    },
    /// What stands in the archive, to choose from.
    ArchiveListed {
        client: ClientId,
        names: ArchiveNames,
    },
    /// What stands in a conversation of the archive.
    ArchiveRead {
        client: ClientId,
        passage: Passage,
        said: Result<Vec<Said>, String>,
    },
    /// The archive has been brought up to date.
    ArchiveUpdated,
    /// The archive can give an agent back the conversation that a pane asks about.
    ArchiveKeeps {
        pane: PaneId,
        session: SessionId,
    },
    /// A conversation was put back where its agent looks for it, or could not be.
    ConversationRestored {
        client: ClientId,
        restored: Restored,
    },
    /// What a conversation taught was kept, or that failed.
    Curated {
        type_name: String,
        session: SessionId,
        /// How it went, for the user.
        text: String,
        failed: bool,
    },
    /// A pane's text has another shape: its terminal was resized.
    Reflowed {
        pane: PaneId,
    },
    /// [`crate::model::workspace::Model::deadline`] has come.
    Tick,
}

/// What the mouse is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Tab(TabId),
    /// A pane's line in the sidebar.
    PaneEntry(PaneId),
    NewTab,
    Pane(PaneId),
    Divider {
        tab: TabId,
        path: DividerPath,
        at: Point,
    },
    /// The border of a tab's popup, held at this place.
    Popup {
        tab: TabId,
        grip: Grip,
        at: Point,
    },
    /// A pane, whose program is not to have this click.
    PaneMenu(PaneId),
    DialogRow(usize),
    /// An answer to a pane's question.
    Answer {
        pane: PaneId,
        index: usize,
    },
    Nothing,
}
