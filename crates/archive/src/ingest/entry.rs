//! A message or a tool call on its way into the archive.

use sha2::{Digest, Sha256};

use segno_transcript::record::{Message, Role, ToolCall, ToolStatus};

/// What an entry is. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    User = 0,
    Assistant = 1,
    System = 2,
    Tool = 3,
}

/// Of an entry's text, this much is stored; longer ones lose their middle.
pub const STORED_MAX: usize = 1 << 20;

/// All that is known of it by now. What is `None` is unknown, not gone.
#[derive(Debug, Default)]
pub struct Pending {
    pub conversation: i64,
    pub key: i64,
    pub native: String,
    pub kind: i64,
    pub parent: Option<i64>,
    /// The tool's name, or the model's.
    pub name: Option<String>,
    pub status: Option<i64>,
    pub time: Option<i64>,
    pub main: Option<String>,
    pub side: Option<String>,
    pub files: Vec<String>,
}

impl Pending {
    pub fn message(conversation: i64, message: Message) -> Self {
        let kind = match message.role {
            Role::User => Kind::User,
            Role::Assistant => Kind::Assistant,
            Role::System => Kind::System,
        };
        Self {
            conversation,
            key: message_key(&message.id),
            native: message.id,
            kind: kind as i64,
            parent: message.parent.as_deref().map(message_key),
            name: message.model,
            time: message.time,
            main: Some(message.text),
            side: message.reasoning,
            ..Self::default()
        }
    }

    pub fn tool(conversation: i64, call: ToolCall) -> Self {
        let status = |status| match status {
            ToolStatus::Running => 0,
            ToolStatus::Done => 1,
            ToolStatus::Failed => 2,
        };
        Self {
            conversation,
            key: key("tool", &call.id),
            native: call.id,
            kind: Kind::Tool as i64,
            parent: call.message.as_deref().map(message_key),
            name: call.name,
            status: call.status.map(status),
            time: call.time,
            main: call.input,
            side: call.output,
            files: call.files,
        }
    }

    /// What came later counts, where it says something.
    pub fn correct(&mut self, later: Self) {
        self.parent = later.parent.or(self.parent);
        self.name = later.name.or(self.name.take());
        self.status = later.status.or(self.status);
        // The first time is when it was asked for.
        self.time = self.time.or(later.time);
        self.main = later.main.or(self.main.take());
        self.side = later.side.or(self.side.take());
        if !later.files.is_empty() {
            self.files = later.files;
        }
        self.kind = later.kind;
    }

    /// Bytes of text that it holds in memory.
    pub fn size(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        length(&self.main) + length(&self.side) + 256
    }
}

/// A message's key in its conversation.
pub fn message_key(id: &str) -> i64 {
    key("message", id)
}

/// Short, and the same on every machine. Ids differ where kinds do.
pub fn key(kind: &str, id: &str) -> i64 {
    let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(id).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_le_bytes(first)
}

/// Sixteen bytes for a UUID as it is usually written, else the text's.
pub fn pack(id: &str) -> Vec<u8> {
    let bytes = id.as_bytes();
    let dashes = [8, 13, 18, 23];
    let usual = bytes.len() == 36
        && bytes.iter().enumerate().all(|(n, byte)| match dashes.contains(&n) {
            true => *byte == b'-',
            false => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    if !usual {
        // A text of sixteen bytes would be taken for a packed one.
        return if bytes.len() == 16 { [bytes, b"\0"].concat() } else { bytes.to_vec() };
    }
    let digits: Vec<u8> = bytes.iter().filter(|byte| **byte != b'-').copied().collect();
    let value = |digit: u8| if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 };
    digits.chunks(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}

/// The id that [`pack`] has packed.
pub fn unpack(packed: &[u8]) -> String {
    if packed.len() != 16 {
        let text = packed.strip_suffix(b"\0").filter(|rest| rest.len() == 16).unwrap_or(packed);
        return String::from_utf8_lossy(text).into_owned();
    }
    let mut id = String::with_capacity(36);
    for (n, byte) in packed.iter().enumerate() {
        if [4, 6, 8, 10].contains(&n) {
            id.push('-');
        }
        id.push_str(&format!("{byte:02x}"));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_they_were() {
        let uuid = "0123abcd-89ef-4567-8abc-def012345678";
        assert_eq!(pack(uuid).len(), 16);
        for id in [uuid, "", "msg_1", "sixteen bytes ok", "0123ABCD-89ef-4567-8abc-def012345678"] {
            assert_eq!(unpack(&pack(id)), id);
        }
    }

    #[test]
    fn an_output_completes_its_call() {
        let call = |input: Option<&str>, output: Option<&str>| ToolCall {
            id: "1".into(),
            input: input.map(Into::into),
            output: output.map(Into::into),
            ..ToolCall::default()
        };
        let mut pending = Pending::tool(1, call(Some("ls"), None));
        pending.correct(Pending::tool(1, call(None, Some("a b"))));
        assert_eq!((pending.main.as_deref(), pending.side.as_deref()), (Some("ls"), Some("a b")));
    }
}
