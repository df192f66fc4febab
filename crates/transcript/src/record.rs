//! What is read of an agent's storage, as plain data that is the same for every agent.
//!
//! A source is read in steps; each step yields records. Records repeat and correct each other: one
//! with an id that was seen before replaces what is known under it, and a fact that a record leaves
//! out is unknown, not gone.

/// One thing that a source says.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    Conversation(Conversation),
    Message(Message),
    Tool(ToolCall),
    Usage(Usage),
    Removal(Removal),
}

/// What is known of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// The agent's own id.
    pub id: String,
    /// The conversation that started this one, as a subagent's.
    pub parent: Option<String>,
    /// The conversation that this one was copied from.
    pub forked_from: Option<String>,
    pub directory: Option<String>,
    pub title: Option<String>,
    pub model: Option<String>,
    pub branch: Option<String>,
    /// Milliseconds since the Unix epoch, as all times here.
    pub created: Option<i64>,
    pub updated: Option<i64>,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    User,
    Assistant,
    /// Neither: instructions, summaries, notes of the agent's own.
    System,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub conversation: String,
    /// Unique in its conversation, and the same whenever the source is read again.
    pub id: String,
    /// What it answers, where messages form a tree.
    pub parent: Option<String>,
    pub role: Role,
    pub text: String,
    /// What the model thought before it answered.
    pub reasoning: Option<String>,
    pub time: Option<i64>,
    pub model: Option<String>,
}

/// A tool that was run. Its output comes in a later record, which may leave out everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    pub conversation: String,
    pub id: String,
    /// The message that asked for it.
    pub message: Option<String>,
    pub name: Option<String>,
    /// JSON, or text where the agent stores text.
    pub input: Option<String>,
    pub output: Option<String>,
    pub status: Option<ToolStatus>,
    /// Files that it read or wrote, as the agent names them.
    pub files: Vec<String>,
    pub time: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolStatus {
    Running,
    Done,
    Failed,
}

/// Tokens of one answer. Records with one key are one answer, of which the last counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    pub conversation: String,
    pub key: String,
    pub model: Option<String>,
    /// Tokens that were sent, without those of the cache.
    pub input: u64,
    pub output: u64,
    /// Part of `output` where the agent counts it there.
    pub reasoning: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    /// Part of `cache_write`: what is kept for an hour, which costs more.
    pub cache_write_1h: u64,
    /// What else its price depends on, such as its speed.
    pub tier: Option<String>,
    /// Dollars, where the agent says.
    pub cost: Option<f64>,
    pub time: Option<i64>,
}

/// What the agent has taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// Everything from this message on.
    From { conversation: String, message: String },
    /// One message.
    Message { conversation: String, message: String },
    /// All of it.
    Conversation { conversation: String },
}
