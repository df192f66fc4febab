//! Stored bytes as JSON.

use std::borrow::Cow;

use serde_json::Value;

/// What a line or a document says. A program that was cut off within a letter, or printed bytes
/// of another encoding, or has cut a text within a letter, spoils letters, not all that stands
/// beside them; an editor may have put a byte order mark first.
pub(super) fn parsed(bytes: &[u8]) -> Option<Value> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::from_slice(bytes).ok().or_else(|| {
        let text = String::from_utf8_lossy(bytes);
        match (without_halves(text.as_bytes()), text) {
            (Some(mended), _) => serde_json::from_slice(&mended).ok(),
            (None, Cow::Owned(text)) => serde_json::from_str(&text).ok(),
            (None, Cow::Borrowed(_)) => None,
        }
    })
}

/// With a letter for each half of one: programs that count in UTF-16 cut texts between the two.
fn without_halves(text: &[u8]) -> Option<Vec<u8>> {
    let half = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        matches!(unit, 0xD800..=0xDFFF).then_some(unit)
    };
    let (mut mended, mut found, mut at) = (text.to_vec(), false, 0);
    while at < text.len() {
        at += match (text[at], half(at), half(at + 6)) {
            (b'\\', Some(..0xDC00), Some(0xDC00..)) => 12,
            (b'\\', Some(_), _) => {
                mended[at..at + 6].copy_from_slice(b"\\ufffd");
                found = true;
                6
            }
            (b'\\', None, _) => 2,
            _ => 1,
        };
    }
    found.then_some(mended)
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
        let halves = br#"{"t":"a\ud83d b\ude00\ud83d\ude00 c\\ud83d\ud83d"}"#;
        let mended = "a\u{fffd} b\u{fffd}\u{1f600} c\\ud83d\u{fffd}";
        assert_eq!(text(halves).as_deref(), Some(mended));
    }
}
