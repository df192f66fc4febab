//! What is remembered from one stored thing to the next, and across readings.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::{Conversation, Role};

/// Whether it is as it was, and need not be kept.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How many messages are remembered to which later ones may belong, and how long they may get.
const JOINED_MAX: usize = 4;
const JOINED_TEXT_MAX: usize = 256 << 10;
/// How many ids are remembered under which a message is known otherwise.
const ALIASES_MAX: usize = 256;

/// What is known of a conversation before anything of it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    /// Its id, where that is known for certain.
    pub id: Option<String>,
    /// Its id where nothing says it; empty where `id` is known.
    pub fallback: String,
    pub parent: Option<String>,
    pub directory: Option<String>,
}

/// What is remembered. Plain data that can be kept; its size is bounded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Carry {
    pub(super) facts: Facts,
    /// The facts that were said last.
    pub(super) said: Option<Facts>,
    /// At which of its places the title was.
    pub(super) title_rank: Option<usize>,
    /// Within copied history.
    pub(super) copied: Option<CopiedHistory>,
    /// The usage rule that found figures.
    pub(super) figures: Option<usize>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) now: Now,
    /// Something was the conversation's own, so that what follows is.
    #[serde(skip_serializing_if = "is_default")]
    pub(super) own: bool,
    /// What waits until something later says whether it was copied, with its places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) waiting: Vec<(Value, String)>,
    /// What waited at the end of what there was had to be taken for the conversation's own.
    #[serde(skip_serializing_if = "is_default")]
    pub(super) guessed: bool,
    joined: VecDeque<Joined>,
    aliases: VecDeque<(Id, String)>,
}

/// How far it was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "KeptHistory")]
pub(super) struct CopiedHistory {
    /// When the last of it was stored, if that is known.
    pub last: Option<i64>,
}

/// Cursors of before have the time alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeptHistory {
    Last(i64),
    History { last: Option<i64> },
}

impl From<KeptHistory> for CopiedHistory {
    fn from(kept: KeptHistory) -> CopiedHistory {
        match kept {
            KeptHistory::Last(at) => CopiedHistory { last: Some(at) },
            KeptHistory::History { last } => CopiedHistory { last },
        }
    }
}

/// What only counts while the conversation goes on. Changes of it are no record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Now {
    /// Tokens that it takes up, and may.
    pub context: Option<u64>,
    pub context_limit: Option<u64>,
    /// The model that rules of the conversation name; what answers name is in the facts.
    pub model: Option<String>,
    /// The agent has it with itself.
    pub internal: bool,
    /// Where nothing else says the directory.
    pub directory_sha256: Option<String>,
}

/// [`Conversation`] as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    pub id: Option<String>,
    pub parent: Option<String>,
    pub fork: Option<String>,
    pub directory: Option<String>,
    pub title: Option<String>,
    pub model: Option<String>,
    pub branch: Option<String>,
    pub created: Option<i64>,
    pub updated: Option<i64>,
}

impl Facts {
    pub fn new(start: &Start, id: Option<String>) -> Facts {
        let (parent, directory) = (start.parent.clone(), start.directory.clone());
        Facts { id, parent, directory, ..Facts::default() }
    }

    pub fn conversation(&self, id: &str) -> Conversation {
        Conversation {
            id: id.to_string(),
            parent: self.parent.clone(),
            forked_from: self.fork.clone(),
            directory: self.directory.clone(),
            title: self.title.clone(),
            model: self.model.clone(),
            branch: self.branch.clone(),
            created: self.created,
            updated: self.updated,
        }
    }
}

/// An id that is only compared. Of hundreds in each cursor, a hash (FNV-1a) takes up half as much
/// as the text of a UUID, which compresses badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "KeptId")]
struct Id(u64);

/// Cursors of before have the text.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeptId {
    Hash(u64),
    Text(String),
}

impl Id {
    fn of(text: &str) -> Id {
        let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Id(hash)
    }
}

impl From<KeptId> for Id {
    fn from(kept: KeptId) -> Id {
        match kept {
            KeptId::Hash(hash) => Id(hash),
            KeptId::Text(text) => Id::of(&text),
        }
    }
}

/// A message that goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Joined {
    pub key: String,
    pub id: String,
    role: String,
    pub text: String,
    pub reasoning: String,
    pub parent: Option<String>,
    pub time: Option<i64>,
}

impl Joined {
    pub fn new(key: String, id: String, role: Role) -> Joined {
        let (text, reasoning) = (String::new(), String::new());
        Joined { key, id, role: format!("{role:?}"), text, reasoning, parent: None, time: None }
    }
}

impl Carry {
    pub(super) fn new(facts: Facts) -> Carry {
        Carry { facts, ..Carry::default() }
    }

    /// What is known of the conversation that was read last. Its id is empty where nothing said it.
    pub fn conversation(&self) -> Conversation {
        self.facts.conversation(self.facts.id.as_deref().unwrap_or_default())
    }

    /// The id of that conversation, where something said it.
    pub fn id(&self) -> Option<&str> {
        self.facts.id.as_deref()
    }

    /// What of it counts now.
    pub fn now(&self) -> &Now {
        &self.now
    }

    /// The message of a key, taken out; unless it got too long to be remembered.
    pub(super) fn unjoin(&mut self, key: &str, role: Role) -> Option<Joined> {
        let role = format!("{role:?}");
        let at = self.joined.iter().position(|known| known.key == key && known.role == role)?;
        self.joined.remove(at)
    }

    pub(super) fn join(&mut self, joined: Joined) {
        if joined.text.len() + joined.reasoning.len() <= JOINED_TEXT_MAX {
            self.joined.push_back(joined);
        }
        if self.joined.len() > JOINED_MAX {
            self.joined.pop_front();
        }
    }

    /// From now on, who names `id` means `is`; nothing, if that is empty.
    pub(super) fn alias(&mut self, id: String, is: String) {
        self.aliases.push_back((Id::of(&id), is));
        if self.aliases.len() > ALIASES_MAX {
            self.aliases.pop_front();
        }
    }

    pub(super) fn has_alias(&self, id: &str) -> bool {
        let id = Id::of(id);
        self.aliases.iter().any(|(known, _)| *known == id)
    }

    /// The message that an id means, or what messages have in common that are one; `None`: none.
    pub(super) fn meant(&self, id: String) -> Option<String> {
        let joined = self.joined.iter().find(|joined| joined.key == id);
        let hash = Id::of(&id);
        let known = self.aliases.iter().rev().find(|(known, _)| *known == hash);
        let meant = known.map(|(_, is)| is).or(joined.map(|joined| &joined.id));
        meant.cloned().or(Some(id)).filter(|id| !id.is_empty())
    }

    /// Nothing that follows belongs to what came before.
    pub(super) fn forget_messages(&mut self) {
        self.joined.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copied_history_without_a_time_is_copied_after_a_break() {
        for last in [None, Some(7)] {
            let now = Carry { copied: Some(CopiedHistory { last }), ..Carry::default() };
            let kept = serde_json::to_string(&now).unwrap();
            assert_eq!(serde_json::from_str::<Carry>(&kept).unwrap(), now);
        }
        let before: Carry = serde_json::from_str(r#"{"copied": 7}"#).unwrap();
        assert_eq!(before.copied, Some(CopiedHistory { last: Some(7) }));
    }

    #[test]
    fn aliases_are_known_also_where_their_text_was_kept() {
        let mut now = Carry::default();
        now.alias("other".into(), "message".into());
        let kept = serde_json::to_string(&now).unwrap();
        assert!(!kept.contains("other"), "{kept}");
        for kept in [kept.as_str(), r#"{"aliases": [["other", "message"]]}"#] {
            let carry: Carry = serde_json::from_str(kept).unwrap();
            assert_eq!(carry, now);
            assert!(carry.has_alias("other") && !carry.has_alias("message"));
            assert_eq!(carry.meant("other".into()).as_deref(), Some("message"));
        }
    }
}
