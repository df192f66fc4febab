//! Past conversations as a program lists them itself.

use serde_json::Value;

use super::{LISTED_MAX, Listed, Pointer, Scope, TEXT_MAX};
use crate::event::one_line;
use crate::past::Summary;

/// Before this, a number counts seconds, not milliseconds: the year 2286, or 1970.
const SECONDS_MAX: f64 = 1e10;

/// How they are listed: the program is run with these arguments in the directory and prints JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    pub args: Vec<String>,
    /// Where the list is in it.
    pub list: Pointer,
    /// Where, in each item, its id, title, what was said first and last, directory and last use
    /// are.
    pub session: Pointer,
    pub title: Option<Pointer>,
    pub first_prompt: Option<Pointer>,
    pub last_prompt: Option<Pointer>,
    pub directory: Option<Pointer>,
    pub at: Option<Pointer>,
}

impl Printed {
    /// Those of a directory.
    pub fn read(&self, json: &[u8], wanted: Scope<'_>) -> Vec<Listed> {
        let Ok(value) = serde_json::from_slice::<Value>(json) else { return Vec::new() };
        let items = value.pointer(&self.list).and_then(Value::as_array);
        let here = |item: &&Value| match &self.directory {
            None => true,
            Some(place) => {
                let directory = item.pointer(place).and_then(Value::as_str).unwrap_or_default();
                wanted.is_here(directory)
            }
        };
        let listed = |item: &Value| {
            let session = wanted.session(item.pointer(&self.session)?.as_str()?)?;
            let at_place = |place: &Option<Pointer>| item.pointer(place.as_deref()?);
            let text = |place: &Option<Pointer>| {
                let text = at_place(place).and_then(Value::as_str)?;
                Some(one_line(text, TEXT_MAX)).filter(|text| !text.is_empty())
            };
            let at = at_place(&self.at).and_then(Value::as_f64).unwrap_or(0.0);
            // A cast from a float is bounded.
            let at = if at < SECONDS_MAX { at * 1000.0 } else { at } as u64;
            Some(Listed {
                session,
                summary: Summary {
                    title: text(&self.title),
                    first_prompt: text(&self.first_prompt),
                    last_prompt: text(&self.last_prompt),
                },
                at,
            })
        };
        items.into_iter().flatten().filter(here).filter_map(listed).take(LISTED_MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn what_fits_is_taken_over_and_the_rest_is_not() {
        let listing = Printed {
            args: Vec::new(),
            list: "/all".into(),
            session: "/id".into(),
            title: Some("/info/title".into()),
            first_prompt: Some("/first".into()),
            last_prompt: Some("/last".into()),
            directory: Some("/in".into()),
            at: Some("/at".into()),
        };
        let json = br#"{"all": [
            {"id": "s1", "info": {"title": "A\nb"}, "in": "/w/", "at": 1763730000000, "first": "f\ng", "last": 7},
            {"id": "s2", "in": "/w", "at": 1763730000},
            {"id": "s3", "in": "/other", "at": -7},
            {"id": "--x", "in": "/w"}, {"id": "x1", "in": "/w"}, {"id": 7, "in": "/w"}, 7, null
        ]}"#;
        let allowed = |id: &str| id.starts_with('s');
        let wanted = Scope { names: &[PathBuf::from("/w")], allowed: &allowed };
        let read = |json: &[u8]| listing.read(json, wanted);
        let found: Vec<_> = read(json)
            .into_iter()
            .map(|l| (l.session.to_string(), l.summary.title, l.summary.first_prompt, l.at))
            .collect();
        let at = 1_763_730_000_000;
        assert_eq!(
            found,
            [
                ("s1".into(), Some("A b".into()), Some("f g".into()), at),
                ("s2".into(), None, None, at)
            ]
        );
        for bad in [&b""[..], b"[]", b"{\"all\": 7}", b"\xff"] {
            assert_eq!(read(bad), []);
        }
    }
}
