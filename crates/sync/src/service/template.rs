//! Templates: JSON and texts with `{places}` that are filled from what is known of an item.
//!
//! A text that is one place alone becomes the value itself, with its type; a member whose value is
//! unknown is left out. A place names a value by a dotted path, or several of which the first that
//! is known counts, and may have filters: `{title, conversation.id | first 80}`.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// What stays as it is in an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as it stands in an address.
pub fn address_part(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// A JSON value with places.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    Literal(Value),
    Text(Text),
    List(Vec<Template>),
    Map(Vec<(String, Template)>),
}

/// A text with places.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Plain(String),
    Place(Place),
}

#[derive(Debug, Clone, PartialEq)]
struct Place {
    /// Of these, the first that is known.
    paths: Vec<Vec<String>>,
    filters: Vec<Filter>,
}

#[derive(Debug, Clone, PartialEq)]
enum Filter {
    /// So many characters.
    First(usize),
    /// Its first line that says something.
    Line,
    /// Milliseconds since the Unix epoch as RFC 3339.
    Iso,
    /// The same in seconds.
    Seconds,
    /// The value as JSON text.
    Json,
}

impl Template {
    /// Reads a template; the error says what is wrong with it.
    pub fn parse(value: &Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => match Text::parse(text)? {
                Text(pieces) if pieces.iter().all(|piece| matches!(piece, Piece::Plain(_))) => {
                    Self::Literal(Value::String(Text(pieces).render(&Value::Null)))
                }
                text => Self::Text(text),
            },
            Value::Array(items) => {
                Self::List(items.iter().map(Self::parse).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => Self::Map(
                members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), Self::parse(value)?)))
                    .collect::<Result<_, String>>()?,
            ),
            other => Self::Literal(other.clone()),
        })
    }

    /// The names below `under` that its places want.
    pub fn names<'t>(&'t self, under: &str, names: &mut BTreeSet<&'t str>) {
        match self {
            Self::Literal(_) => {}
            Self::Text(text) => text.names(under, names),
            Self::List(items) => items.iter().for_each(|item| item.names(under, names)),
            Self::Map(members) => members.iter().for_each(|(_, value)| value.names(under, names)),
        }
    }

    /// The value; `None` where it is one place whose value is unknown.
    pub fn render(&self, known: &Value) -> Option<Value> {
        Some(match self {
            Self::Literal(value) => value.clone(),
            Self::Text(text) => text.value(known)?,
            Self::List(items) => {
                Value::Array(items.iter().filter_map(|item| item.render(known)).collect())
            }
            Self::Map(members) => Value::Object(
                members
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), value.render(known)?)))
                    .collect::<Map<_, _>>(),
            ),
        })
    }
}

impl Text {
    /// Reads a text; `{{` and `}}` stand for braces.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '{' | '}' if rest.starts_with(c) => {
                    plain.push(c);
                    rest = &rest[1..];
                }
                '{' => {
                    let end = rest.find('}').ok_or_else(|| format!("{text:?}: `{{` has no end"))?;
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    let place =
                        Place::parse(&rest[..end]).map_err(|why| format!("{text:?}: {why}"))?;
                    pieces.push(Piece::Place(place));
                    rest = &rest[end + 1..];
                }
                '}' => return Err(format!("{text:?}: `}}` has no beginning; write `}}}}`")),
                c => plain.push(c),
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        Ok(Self(pieces))
    }

    /// As text; what is unknown is empty.
    pub fn render(&self, known: &Value) -> String {
        self.joined(known, |text| text)
    }

    /// As part of an address: values are encoded, what stands around them is not.
    pub fn render_address(&self, known: &Value) -> String {
        self.joined(known, |text| address_part(&text))
    }

    /// The names below `under` that its places want.
    pub fn names<'t>(&'t self, under: &str, names: &mut BTreeSet<&'t str>) {
        let places = self.0.iter().filter_map(|piece| match piece {
            Piece::Plain(_) => None,
            Piece::Place(place) => Some(&place.paths),
        });
        names.extend(places.flatten().filter_map(|path| match &path[..] {
            [first, name, ..] if first == under => Some(name.as_str()),
            _ => None,
        }));
    }

    /// Whether all that it needs is known.
    pub fn is_known(&self, known: &Value) -> bool {
        self.0.iter().all(|piece| match piece {
            Piece::Plain(_) => true,
            Piece::Place(place) => place.value(known).is_some(),
        })
    }

    fn joined(&self, known: &Value, encode: impl Fn(String) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Plain(text) => text.clone(),
            Piece::Place(place) => {
                place.value(known).map_or(String::new(), |v| encode(as_text(&v)))
            }
        };
        self.0.iter().map(piece).collect()
    }

    fn value(&self, known: &Value) -> Option<Value> {
        match &self.0[..] {
            [Piece::Place(place)] => place.value(known),
            _ => Some(Value::String(self.render(known))),
        }
    }
}

impl Place {
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split('|').map(str::trim);
        let paths = parts.next().unwrap_or_default().split(',').map(str::trim);
        let paths: Vec<Vec<String>> =
            paths.map(|path| path.split('.').map(Into::into).collect()).collect();
        if paths.iter().flatten().any(String::is_empty) {
            return Err(format!("`{{{text}}}` names no value"));
        }
        let filters = parts.map(Filter::parse).collect::<Result<_, _>>()?;
        Ok(Self { paths, filters })
    }

    fn value(&self, known: &Value) -> Option<Value> {
        let find = |path: &Vec<String>| {
            let found = path.iter().try_fold(known, |value, name| value.get(name))?;
            (!found.is_null()).then(|| found.clone())
        };
        let value = self.paths.iter().find_map(find)?;
        self.filters.iter().try_fold(value, |value, filter| filter.apply(value))
    }
}

impl Filter {
    fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let filter = match (words.next(), words.next().map(str::parse)) {
            (Some("first"), Some(Ok(n))) => Self::First(n),
            (Some("line"), None) => Self::Line,
            (Some("iso"), None) => Self::Iso,
            (Some("seconds"), None) => Self::Seconds,
            (Some("json"), None) => Self::Json,
            _ => {
                return Err(format!(
                    "{text:?} is no filter: first N, line, iso, seconds, json are"
                ));
            }
        };
        Ok(filter)
    }

    fn apply(&self, value: Value) -> Option<Value> {
        Some(match self {
            Self::First(n) => Value::String(as_text(&value).chars().take(*n).collect()),
            Self::Line => {
                let text = as_text(&value);
                let line = text.lines().map(str::trim).find(|line| !line.is_empty());
                Value::String(line.unwrap_or_default().into())
            }
            Self::Iso => {
                let time = jiff::Timestamp::from_millisecond(value.as_i64()?).ok()?;
                Value::String(time.to_string())
            }
            Self::Seconds => Value::from(value.as_i64()? / 1000),
            Self::Json => Value::String(value.to_string()),
        })
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rendered(template: Value) -> Option<Value> {
        let known = json!({
            "id": "m1", "time": 1_795_953_600_000_i64, "title": null, "tokens": 3,
            "conversation": { "id": "a/b c", "list": [1, "x"] },
        });
        Template::parse(&template).unwrap().render(&known)
    }

    #[test]
    fn a_place_alone_keeps_its_type_and_what_is_unknown_is_left_out() {
        let found = rendered(json!({
            "id": "{id}", "n": "{tokens}", "none": "{title}", "no": "{nothing.here}",
            "list": "{conversation.list}", "either": "{title, id}", "fix": 1, "text": "<{tokens}{title}>",
        }));
        let wanted = json!({
            "id": "m1", "n": 3, "list": [1, "x"], "either": "m1", "fix": 1, "text": "<3>",
        });
        assert_eq!(found, Some(wanted));
        assert_eq!(rendered(json!("{title}")), None);
    }

    #[test]
    fn filters_and_braces() {
        assert_eq!(rendered(json!("{time | iso}")), Some(json!("2026-11-29T12:00:00Z")));
        assert_eq!(rendered(json!("{time | seconds}")), Some(json!(1_795_953_600)));
        assert_eq!(rendered(json!("{conversation.id | first 2}")), Some(json!("a/")));
        assert_eq!(rendered(json!("{conversation.list | json}")), Some(json!("[1,\"x\"]")));
        assert_eq!(rendered(json!("{{{id}}}")), Some(json!("{m1}")));
        for wrong in ["{id", "id}", "{}", "{a..b}", "{id | loud}", "{id | first}"] {
            assert!(Template::parse(&json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_in_an_address_are_encoded() {
        let text = Text::parse("/x/{conversation.id}?q={id}").unwrap();
        let known = json!({ "id": "é&", "conversation": { "id": "a/b c" } });
        assert_eq!(text.render_address(&known), "/x/a%2Fb%20c?q=%C3%A9%26");
        assert!(text.is_known(&known) && !text.is_known(&json!({})));
    }
}
