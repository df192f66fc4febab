//! Stored bytes as JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Value};

/// What a line or a document says.
pub(super) fn parsed(bytes: &[u8]) -> Option<Value> {
    let bytes = unmarked(bytes);
    serde_json::from_slice(bytes).ok().or_else(|| match mended(bytes) {
        Cow::Owned(mended) => serde_json::from_slice(&mended).ok(),
        Cow::Borrowed(_) => None,
    })
}

/// A document of which one list is not held in memory but as text.
pub(super) struct Apart<'a> {
    text: Vec<u8>,
    list: &'a str,
    /// All but the list.
    pub rest: Value,
}

impl<'a> Apart<'a> {
    /// `None`: it is no JSON, or no object.
    pub fn new(bytes: Vec<u8>, list: &'a str) -> Option<Apart<'a>> {
        let text = match mended(&bytes) {
            Cow::Owned(mended) => mended,
            Cow::Borrowed(_) => bytes,
        };
        let rest = all_of(unmarked(&text), Parts { list, show: None }).ok()?;
        Some(Apart { text, list, rest })
    }

    /// Shows the items of the list, until one cannot be read.
    pub fn items(&self, show: &mut dyn FnMut(&Value)) -> Result<(), serde_json::Error> {
        all_of(unmarked(&self.text), Parts { list: self.list, show: Some(show) }).map(|_| ())
    }
}

fn all_of(text: &[u8], parts: Parts<'_>) -> Result<Value, serde_json::Error> {
    let mut from = Deserializer::from_slice(text);
    let found = parts.deserialize(&mut from)?;
    from.end().map(|()| found)
}

/// All parts of a document but a list, or nothing but the items of that.
struct Parts<'a> {
    list: &'a str,
    show: Option<&'a mut dyn FnMut(&Value)>,
}

impl<'de> DeserializeSeed<'de> for Parts<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Parts<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut rest = Map::new();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match (&mut self.show, key == self.list) {
                (Some(show), true) => map.next_value_seed(Items(show))?,
                (None, false) => drop(rest.insert(key.into_owned(), map.next_value()?)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(rest))
    }
}

struct Items<'a>(&'a mut dyn FnMut(&Value));

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element::<Value>()? {
            self.0(&item);
        }
        Ok(())
    }

    /// A text may hold the list.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        match serde_json::from_str(text) {
            Ok(Value::Array(items)) => items.iter().for_each(self.0),
            Ok(Value::Object(object)) => object.values().for_each(self.0),
            _ => {}
        }
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    /// The items of an object are its values.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((_, item)) = map.next_entry::<IgnoredAny, Value>()? {
            self.0(&item);
        }
        Ok(())
    }
}

/// An editor may have put a byte order mark first.
fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// A program that was cut off within a letter, or printed bytes of another encoding, or has cut a
/// text within a letter, spoils letters, not all that stands beside them.
fn mended(bytes: &[u8]) -> Cow<'_, [u8]> {
    let text = String::from_utf8_lossy(bytes);
    match (without_halves(text.as_bytes()), text) {
        (Some(mended), _) => mended.into(),
        (None, Cow::Owned(text)) => text.into_bytes().into(),
        (None, Cow::Borrowed(_)) => bytes.into(),
    }
}

/// With a letter for each half of one: programs that count in UTF-16 cut texts between the two.
fn without_halves(text: &[u8]) -> Option<Vec<u8>> {
    let half = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        matches!(unit, 0xD800..=0xDFFF).then_some(unit)
    };
    let (mut mended, mut at) = (None, 0);
    while at < text.len() {
        at += match (text[at], half(at), half(at + 6)) {
            (b'\\', Some(..0xDC00), Some(0xDC00..)) => 12,
            (b'\\', Some(_), _) => {
                let mended = mended.get_or_insert_with(|| text.to_vec());
                mended[at..at + 6].copy_from_slice(b"\\ufffd");
                6
            }
            (b'\\', None, _) => 2,
            _ => 1,
        };
    }
    mended
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

    #[test]
    fn a_list_is_read_apart_from_the_rest() {
        let bytes = b"\xef\xbb\xbf{\"l\":[1,{\"t\":\"gr\xfcn \\ud83d\"}],\"a\":[2]}";
        let apart = Apart::new(bytes.to_vec(), "l").unwrap();
        assert_eq!(apart.rest, serde_json::json!({ "a": [2] }));
        let mut items = Vec::new();
        apart.items(&mut |item| items.push(item.clone())).unwrap();
        assert_eq!(
            items,
            [serde_json::json!(1), serde_json::json!({ "t": "gr\u{fffd}n \u{fffd}" })]
        );
        let object = Apart::new(br#"{"l":{"x":3}}"#.into(), "l").unwrap();
        let mut sum = 0;
        object.items(&mut |item| sum += item.as_i64().unwrap()).unwrap();
        assert_eq!(sum, 3);
        for torn in [r#"{"l":[1"#, r#"{"l":[1]"#, r#"{"l":[1]}}"#, "[1]", "7"] {
            assert!(Apart::new(torn.into(), "l").is_none(), "{torn}");
        }
        let broken = Apart::new(br#"{"l":[1,1e999]}"#.into(), "l").unwrap();
        assert!(broken.items(&mut |_| {}).is_err());
    }
}
