//! How a program lists its own past conversations, those that Segno never saw included.
//!
//! Pure: what the program printed comes in, and is not trusted.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::agent::event::one_line;
use crate::agent::identity::SessionId;

/// More are not taken over.
const LISTED_MAX: usize = 500;
/// The longest title, in characters.
const TEXT_MAX: usize = 200;
/// Before this, a number counts seconds, not milliseconds: the year 2286, or 1970.
const SECONDS_MAX: f64 = 1e10;

/// A place in JSON, as in RFC 6901: `/id`.
type Pointer = String;

/// How they are listed: the program is run with these arguments in the directory and prints JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub args: Vec<String>,
    /// Where the list is in it.
    pub list: Pointer,
    /// Where, in each item, its id, title, directory and last use are.
    pub session: Pointer,
    pub title: Option<Pointer>,
    pub directory: Option<Pointer>,
    pub at: Option<Pointer>,
}

/// A conversation as its program lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub session: SessionId,
    pub title: Option<String>,
    /// Milliseconds since the Unix epoch; 0 when it does not say.
    pub at: u64,
}

impl Listing {
    /// Those of a directory. `allowed`: the pane type's rule for ids.
    pub fn read(&self, json: &[u8], cwd: &Path, allowed: &dyn Fn(&str) -> bool) -> Vec<Listed> {
        let Ok(value) = serde_json::from_slice::<Value>(json) else { return Vec::new() };
        let items = value.pointer(&self.list).and_then(Value::as_array);
        let here = |item: &&Value| match &self.directory {
            None => true,
            Some(place) => {
                let directory = item.pointer(place).and_then(Value::as_str).unwrap_or_default();
                Path::new(directory).components().collect::<PathBuf>() == cwd
            }
        };
        let listed = |item: &Value| {
            let id = item.pointer(&self.session)?.as_str()?;
            let session = SessionId::try_from(id.to_string()).ok().filter(|_| allowed(id))?;
            let at_place = |place: &Option<Pointer>| item.pointer(place.as_deref()?);
            let title = at_place(&self.title).and_then(Value::as_str);
            let title = title.map(|title| one_line(title, TEXT_MAX)).filter(|t| !t.is_empty());
            let at = at_place(&self.at).and_then(Value::as_f64).unwrap_or(0.0);
            let at = if at < SECONDS_MAX { at * 1000.0 } else { at };
            // A cast from a float is bounded.
            Some(Listed { session, title, at: at as u64 })
        };
        items.into_iter().flatten().filter(here).filter_map(listed).take(LISTED_MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_taken_over_and_the_rest_is_not() {
        let listing = Listing {
            args: Vec::new(),
            list: "/all".into(),
            session: "/id".into(),
            title: Some("/info/title".into()),
            directory: Some("/in".into()),
            at: Some("/at".into()),
        };
        let json = br#"{"all": [
            {"id": "s1", "info": {"title": "A\nb"}, "in": "/w/", "at": 1763730000000},
            {"id": "s2", "in": "/w", "at": 1763730000},
            {"id": "s3", "in": "/other", "at": -7},
            {"id": "--x", "in": "/w"}, {"id": "x1", "in": "/w"}, {"id": 7, "in": "/w"}, 7, null
        ]}"#;
        let read = |json: &[u8]| listing.read(json, Path::new("/w"), &|id| id.starts_with('s'));
        let found: Vec<_> =
            read(json).into_iter().map(|l| (l.session.to_string(), l.title, l.at)).collect();
        let at = 1_763_730_000_000;
        assert_eq!(found, [("s1".into(), Some("A b".into()), at), ("s2".into(), None, at)]);
        for bad in [&b""[..], b"[]", b"{\"all\": 7}", b"\xff"] {
            assert_eq!(read(bad), []);
        }
    }
}
