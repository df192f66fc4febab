//! What the archive of conversations says, as dialogs show it. It comes from outside; nothing here
//! knows a database.

use std::path::PathBuf;

use segno_agent::identity::SessionId;

/// Which conversation of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArchivedId {
    pub type_name: String,
    /// The agent's own.
    pub id: String,
}

impl ArchivedId {
    /// As commands take it.
    pub fn name(&self) -> String {
        format!("{}:{}", self.type_name, self.id)
    }

    /// As a pane resumes it, if one can.
    pub fn session(&self) -> Option<SessionId> {
        SessionId::try_from(self.id.clone()).ok()
    }
}

/// What a search found, the best first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArchiveFound {
    pub conversations: Vec<FoundConversation>,
    /// All that there is was looked at.
    pub complete: bool,
}

/// What stands in the archive, to choose from: each kind the most frequent or newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArchiveNames {
    pub agents: Vec<String>,
    pub projects: Vec<String>,
    pub branches: Vec<String>,
    pub directories: Vec<String>,
    pub tools: Vec<String>,
    pub models: Vec<String>,
}

/// A conversation in which something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundConversation {
    pub of: ArchivedId,
    /// What is resumed: itself, or the conversation that started it.
    pub opens: ArchivedId,
    /// The conversation that it was forked from.
    pub forked_from: Option<String>,
    pub title: Option<String>,
    pub directory: Option<PathBuf>,
    /// Milliseconds since the Unix epoch, of what was said last.
    pub time: Option<u64>,
    /// Its agent has deleted it.
    pub gone: bool,
    /// The best of what was found in it.
    pub hits: Vec<FoundEntry>,
}

/// A message or a tool call that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEntry {
    pub entry: String,
    /// Who said it, or which tool it was.
    pub who: String,
    /// A line of it.
    pub text: String,
    /// Begin and end of what was found, in bytes of `text`.
    pub marks: Vec<(usize, usize)>,
}

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    pub of: ArchivedId,
    /// Only this entry and those around it.
    pub around: Option<String>,
}

/// A message, or a tool's call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub entry: String,
    /// Who said it, or which tool it was.
    pub who: String,
    pub tool: bool,
    /// Milliseconds since the Unix epoch.
    pub time: Option<u64>,
    /// What was said, or what the tool was given.
    pub text: String,
    /// What was thought before, or what the tool answered.
    pub detail: String,
}

/// What a conversation is put back for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoredFor {
    /// A new pane resumes it.
    NewPane,
    /// A new pane forks it.
    Fork,
    /// The pane that has asked what to do resumes it.
    Pane(segno_base::ids::PaneId),
}
