//! Stored bytes as JSON.

use serde_json::Value;

/// What a line or a document says. A program that was cut off within a letter, or printed bytes
/// of another encoding, spoils letters, not all that stands beside them; an editor may have put a
/// byte order mark first.
pub(super) fn parsed(bytes: &[u8]) -> Option<Value> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::from_slice(bytes).ok().or_else(|| match std::str::from_utf8(bytes) {
        Ok(_) => None,
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(bytes)).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoilt_letters_and_marks_cost_nothing_else() {
        let text =
            |bytes: &[u8]| parsed(bytes).map(|value| value["t"].as_str().unwrap().to_owned());
        assert_eq!(text(b"{\"t\":\"gr\xfcn\"}").as_deref(), Some("gr\u{fffd}n"));
        assert_eq!(text(b"\xef\xbb\xbf{\"t\":\"first\"}").as_deref(), Some("first"));
        assert_eq!(text(b"{\"t\":\"\xe2\x82"), None);
    }
}
