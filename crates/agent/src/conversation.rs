//! What is known of each conversation of a pane, those that are not on screen included: a
//! bounded table that forgets the ones touched longest ago.
//!
//! Must not know which one is on screen: `tracking` does.

use serde::{Deserialize, Serialize};

use crate::identity::SessionId;
use crate::past::Summary;
use crate::status::{Activity, Usage};

/// How many conversations of a pane are remembered.
pub const CONVERSATIONS_MAX: usize = 64;

/// What an agent does in a conversation, since the program last started.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Turn {
    /// `None`: nothing reported since the program started.
    pub activity: Option<Activity>,
    /// Milliseconds since the Unix epoch.
    pub since: u64,
    pub detail: Option<String>,
}

impl Turn {
    /// Applies what was reported. An error stays until the next turn: agents report "idle" right
    /// after one, and the user is to see that the turn failed. Whether it was taken over.
    pub fn observe(&mut self, activity: Activity, detail: Option<String>, at: u64) -> bool {
        let old = self.activity;
        if old == Some(Activity::Error) && activity == Activity::Idle {
            return false;
        }
        if old != Some(activity) {
            self.since = at;
            self.detail = None;
        }
        self.activity = Some(activity);
        // A repeated report with less detail removes nothing.
        self.detail = detail.or(self.detail.take());
        true
    }
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    pub session: SessionId,
    #[serde(default)]
    pub turn: Turn,
    #[serde(flatten)]
    pub summary: Summary,
    #[serde(default)]
    pub usage: Usage,
}

impl Conversation {
    fn new(session: SessionId) -> Conversation {
        Conversation {
            session,
            turn: Turn::default(),
            summary: Summary::default(),
            usage: Usage::default(),
        }
    }
}

/// The conversations, the one touched last at the end.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conversations(Vec<Conversation>);

impl Conversations {
    pub fn get(&self, session: &SessionId) -> Option<&Conversation> {
        self.0.iter().find(|c| c.session == *session)
    }

    /// All of them, the one touched last at the end.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Conversation> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The conversation, new if it was not known, now the one touched last. Makes room by
    /// forgetting the one touched longest ago, never `keep`.
    pub fn touch(&mut self, session: &SessionId, keep: Option<&SessionId>) -> &mut Conversation {
        let conversation = match self.0.iter().position(|c| c.session == *session) {
            Some(i) => self.0.remove(i),
            None => Conversation::new(session.clone()),
        };
        while self.0.len() >= CONVERSATIONS_MAX {
            let oldest = self.0.iter().position(|c| Some(&c.session) != keep).unwrap_or(0);
            self.0.remove(oldest);
        }
        let last = self.0.len();
        self.0.push(conversation);
        &mut self.0[last]
    }

    /// Forgets a conversation.
    pub fn remove(&mut self, session: &SessionId) {
        self.0.retain(|c| c.session != *session);
    }

    /// Forgets what the agent was doing in each: its program ended, so none of that lasts.
    pub fn end_turns(&mut self) {
        for conversation in &mut self.0 {
            conversation.turn = Turn::default();
        }
    }
}
