//! What the model wants done outside of it.

use std::path::PathBuf;

use crate::archive::{ArchivedId, Passage, RestoredFor};
use crate::attention::event_feed::WorkspaceEvent;
use crate::attention::notices::Notice;
use crate::copy::{Seek, Selected};
use crate::dialog::new_pane::NewInWorktree;
use crate::dialog::palette::TextMatch;
use crate::panes::past_conversations::ConversationQuery;
use segno_agent::start::Beginning;
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyEvent, MouseEvent};
use segno_base::screen::geometry::Size;

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start the pane's program; answered by `Started` or `StartFailed`.
    Start {
        pane: PaneId,
        beginning: Beginning,
    },
    /// End the pane's program; answered by `Exited`, unless it is forgotten.
    Kill {
        pane: PaneId,
    },
    /// The pane's agent seems to have been idle for long: read all that it has said, and have it
    /// sleep if that is so; answered by [`Model::fall_asleep`].
    ///
    /// [`Model::fall_asleep`]: crate::model::workspace::Model::fall_asleep
    Sleep {
        pane: PaneId,
    },
    /// Somebody wants a sleeping pane: read what is recorded of it, and start its program.
    Wake {
        pane: PaneId,
    },
    /// The prompts that wait for the pane's agent are others now.
    PromptsChanged {
        pane: PaneId,
    },
    /// The pane is gone: end its program and remove what is stored of it.
    Forget {
        pane: PaneId,
    },
    /// Encode for the modes of the pane's program and write to it.
    Input {
        pane: PaneId,
        input: PaneInput,
    },
    Resize {
        pane: PaneId,
        size: Size,
    },
    Scroll {
        pane: PaneId,
        scroll: Scroll,
    },
    /// The workspace's structure changed: store it.
    Save,
    /// Store the structure before anything else of this change is done: it must not be done twice.
    SaveFirst,
    /// What is stored beside the structure changed (a status, a title): store it when convenient.
    SaveSoon,
    /// What clients see changed.
    Redraw,
    /// Only one client's dialog or message changed.
    RedrawClient(ClientId),
    Detach {
        client: ClientId,
        reason: DetachReason,
    },
    /// Answered by `TemplatesFound`.
    FindTemplates {
        client: ClientId,
        /// In whose project they are looked for, too.
        directory: std::path::PathBuf,
    },
    /// Answered by `DirectoryListed`.
    ListDirectory {
        client: ClientId,
        text: String,
    },
    /// Answered by `ProjectFound`.
    FindProject {
        pane: PaneId,
        cwd: PathBuf,
        /// Whether the pane was opened just now: its project may have more to open.
        opened: bool,
    },
    /// Open what the project of a directory has to open, after asking if need be.
    OpenProject {
        client: ClientId,
        directory: PathBuf,
    },
    /// The answer to the question whether a project's file is trusted.
    TrustAnswered {
        client: ClientId,
        file: PathBuf,
        /// Of the content that was shown.
        hash: String,
        trusted: bool,
    },
    /// Show what was done where a pane is, to comment on it.
    Review {
        client: ClientId,
        pane: PaneId,
    },
    /// Make a worktree, get it ready, and open a pane in it.
    NewInWorktree {
        client: ClientId,
        start: Box<NewInWorktree>,
    },
    /// Answered by `ConversationsFound`.
    FindConversations {
        client: ClientId,
        wanted: ConversationQuery,
    },
    /// Put a text on a client's clipboard.
    Copy {
        client: ClientId,
        text: String,
    },
    /// Give the pane what was copied last, as a paste.
    PasteCopied {
        pane: PaneId,
    },
    /// Give the pane a text, as a paste.
    PasteText {
        pane: PaneId,
        text: String,
    },
    /// Drop input the program has not read.
    DropInput {
        client: ClientId,
        pane: PaneId,
    },
    /// Put together what is selected in what a client reads in a pane, and copy it.
    CopyMany {
        client: ClientId,
        pane: PaneId,
        selected: Selected,
    },
    /// Search what a client reads in a pane. Answered by `Searched`.
    Seek {
        client: ClientId,
        pane: PaneId,
        seek: Seek,
    },
    /// Open a link or a path that stands in a pane.
    Open {
        client: ClientId,
        pane: PaneId,
        target: String,
    },
    /// Open the pane's screen and history in the user's editor.
    EditScrollback {
        client: ClientId,
        pane: PaneId,
    },
    /// Open the tour through Segno.
    Tour {
        client: ClientId,
    },
    /// Change a setting in the user's file, by its key, to a value or back to its default; then
    /// read them all. Answered by `SettingsRead`.
    Settings {
        client: ClientId,
        change: Option<(String, Option<String>)>,
    },
    /// Add up what was used. Answered by `UsageRead`.
    ReadUsage {
        client: ClientId,
    },
    /// Open the pane's note in the user's editor.
    EditNote {
        client: ClientId,
        pane: PaneId,
    },
    /// Log what the pane prints to this file, as the user typed it; `None` ends that.
    Log {
        client: ClientId,
        pane: PaneId,
        path: Option<String>,
    },
    /// Save what the pane has printed in this file, as the user typed it.
    SaveScrollback {
        client: ClientId,
        pane: PaneId,
        path: String,
    },
    /// Answered by `TextFound`.
    FindText {
        client: ClientId,
        text: String,
    },
    /// Search the archive; answered by `ArchiveSearched`. Only a client's newest query counts.
    SearchArchive {
        client: ClientId,
        query: String,
    },
    /// List what stands in the archive, to choose from; answered by `ArchiveListed`.
    ListArchived {
        client: ClientId,
    },
    /// Read in the archive; answered by `ArchiveRead`.
    ReadArchive {
        client: ClientId,
        passage: Passage,
    },
    /// Bring the archive up to date; answered by `ArchiveUpdated`.
    UpdateArchive,
    /// Write a conversation to a file of this directory, and say to which.
    ExportArchived {
        client: ClientId,
        of: ArchivedId,
        directory: PathBuf,
    },
    /// Does the archive keep what a pane's agent has deleted? Answered by `ArchiveKeeps` if so.
    FindKept {
        pane: PaneId,
        of: ArchivedId,
    },
    /// Put a conversation back where its agent looks for it; answered by `ConversationRestored`.
    RestoreArchived {
        client: ClientId,
        of: ArchivedId,
        /// Where it was held.
        directory: Option<PathBuf>,
        for_whom: RestoredFor,
    },
    /// Scroll a pane to a line that was found.
    ShowText(TextMatch),
    /// Ring the clients' bells.
    Bell,
    /// Show a notification outside Segno.
    Notify(Box<Notice>),
    /// For subscribers.
    Emit(Box<WorkspaceEvent>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetachReason {
    Asked,
    /// The last pane was closed.
    Empty,
    /// There is no such pane as the one that it showed alone.
    Closed,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PaneInput {
    Key(KeyEvent),
    /// Relative to the pane.
    Mouse(MouseEvent),
    PasteStart,
    Paste(Vec<u8>),
    PasteEnd,
    Focus(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scroll {
    /// Lines; positive is back into the history.
    Lines(i32),
    /// Half screens; positive is back into the history.
    HalfPages(i32),
    Top,
    Bottom,
}
