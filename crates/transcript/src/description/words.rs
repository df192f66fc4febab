//! What stands in the rules: places, expressions, and words for what an agent calls otherwise.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use segno_base::text::expression::Expression;

use super::files::{Pattern, PatternError};
use super::path::{At, Path, PathError};
use crate::record;

/// One, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Many(Vec::new())
    }
}

impl<T> std::ops::Deref for Many<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// A place, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub Path);
/// Places, of which the first with something counts, or all of them together.
pub type Paths = Many<Place>;

impl FromStr for Place {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Place, PathError> {
        Path::parse(text).map(Place)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Pattern, PatternError> {
        Pattern::parse(text)
    }
}

impl Many<Place> {
    /// The first text that is not empty.
    pub fn text(&self, at: At<'_>) -> Option<String> {
        self.ranked(at).map(|(_, text)| text)
    }

    /// With the rank of its place.
    pub fn ranked(&self, at: At<'_>) -> Option<(usize, String)> {
        let mut texts = self.iter().enumerate().filter_map(|(n, p)| Some((n, p.0.text(at)?)));
        texts.find(|(_, text)| !text.is_empty())
    }

    /// Everything at all of the places, with something between.
    pub fn joined(&self, at: At<'_>, between: &str) -> String {
        let mut texts = Vec::new();
        self.iter().for_each(|place| place.0.texts(at, &mut texts));
        texts.retain(|text| !text.is_empty());
        texts.join(between)
    }

    pub fn json(&self, at: At<'_>) -> Option<String> {
        self.iter().find_map(|place| place.0.json(at))
    }

    /// Milliseconds.
    pub fn time(&self, at: At<'_>) -> Option<i64> {
        self.iter().find_map(|place| {
            let mut found = None;
            place.0.visit(at, &mut |value| {
                found = found.or_else(|| crate::map::time::milliseconds(value))
            });
            found
        })
    }
}

/// What a key of a rule looks at.
pub trait VisitPaths {
    fn visit_paths(&self, show: &mut dyn FnMut(&Path));
}

impl VisitPaths for Paths {
    fn visit_paths(&self, show: &mut dyn FnMut(&Path)) {
        self.iter().for_each(|Place(path)| show(path));
    }
}

impl VisitPaths for Sum {
    fn visit_paths(&self, show: &mut dyn FnMut(&Path)) {
        self.0.iter().for_each(|term| show(&term.path));
    }
}

impl VisitPaths for Conditions {
    fn visit_paths(&self, show: &mut dyn FnMut(&Path)) {
        self.0.iter().for_each(|(path, _)| show(path));
    }
}

impl VisitPaths for Role {
    fn visit_paths(&self, show: &mut dyn FnMut(&Path)) {
        if let Role::At(places, _) = self {
            places.visit_paths(show);
        }
    }
}

impl VisitPaths for Option<Status> {
    fn visit_paths(&self, show: &mut dyn FnMut(&Path)) {
        if let Some(Status::At(places, _)) = self {
            places.visit_paths(show);
        }
    }
}

impl VisitPaths for Option<String> {
    fn visit_paths(&self, _: &mut dyn FnMut(&Path)) {}
}

impl VisitPaths for bool {
    fn visit_paths(&self, _: &mut dyn FnMut(&Path)) {}
}

/// Numbers that are added up, or taken off.
#[derive(Debug, Clone, Default)]
pub struct Sum(Vec<Term>);

#[derive(Debug, Clone)]
pub struct Term {
    path: Path,
    minus: bool,
}

impl FromStr for Term {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Term, PathError> {
        let (path, minus) = match text.strip_prefix('-') {
            Some(path) => (path, true),
            None => (text, false),
        };
        Ok(Term { path: Path::parse(path)?, minus })
    }
}

impl Sum {
    /// `None` when there is no number at any of the places.
    pub fn of(&self, at: At<'_>) -> Option<f64> {
        let numbers = self.0.iter().filter_map(|term| {
            let number = term.path.number(at)?;
            Some(if term.minus { -number } else { number })
        });
        numbers.reduce(|a, b| a + b).map(|sum| sum.max(0.0))
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Sum, D::Error> {
        Many::<Term>::deserialize(from).map(|many| Sum(many.0))
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Place, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// Expressions that texts at places have to fit.
#[derive(Debug, Clone, Default)]
pub struct Conditions(Vec<(Path, Expression)>);

impl Conditions {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn all(&self, at: At<'_>) -> bool {
        self.0.iter().all(|(path, fits)| path.any(at, &|text| fits.is_match(text)))
    }

    pub fn some(&self, at: At<'_>) -> bool {
        self.0.iter().any(|(path, fits)| path.any(at, &|text| fits.is_match(text)))
    }
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Conditions, D::Error> {
        let pairs = Pairs::<Place, Expression>::deserialize(from)?;
        Ok(Conditions(pairs.0.into_iter().map(|(path, fits)| (path.0, fits)).collect()))
    }
}

/// Which files tools touched: by expressions of their names, places below their input, or
/// expressions with a group that the whole input is searched with.
#[derive(Debug, Clone, Default)]
pub struct Touches(pub Vec<(Expression, Vec<Touched>)>);

#[derive(Debug, Clone)]
pub enum Touched {
    At(Path),
    Said(Expression),
}

impl FromStr for Touched {
    type Err = String;

    fn from_str(text: &str) -> Result<Touched, String> {
        if text.starts_with('/') {
            return Path::parse(text).map(Touched::At).map_err(|why| why.to_string());
        }
        let said = Expression::new(text).map_err(|why| why.to_string())?;
        match said.groups().len() {
            2 => Ok(Touched::Said(said)),
            _ => Err("it begins with a slash, or is an expression with one group".to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for Touches {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Touches, D::Error> {
        let pairs = Pairs::<Expression, Many<Touched>>::deserialize(from)?;
        Ok(Touches(pairs.0.into_iter().map(|(name, places)| (name, places.0)).collect()))
    }
}

/// Who said it: always the same, or by what stands somewhere. What is none of the words has no
/// message.
#[derive(Debug, Clone)]
pub enum Role {
    Always(record::Role),
    At(Paths, Vec<(String, record::Role)>),
}

const ROLES: [(&str, record::Role, &[&str]); 3] = [
    ("user", record::Role::User, &["user", "human"]),
    ("assistant", record::Role::Assistant, &["assistant", "model"]),
    ("system", record::Role::System, &["system", "developer"]),
];

impl Role {
    pub fn of(&self, at: At<'_>) -> Option<record::Role> {
        match self {
            Role::Always(role) => Some(*role),
            Role::At(places, words) => {
                let found = places.text(at)?;
                words.iter().find(|(word, _)| *word == found).map(|(_, role)| *role)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Role, D::Error> {
        let (constant, at, words) = mapped(from, &ROLES)?;
        match (constant, at) {
            (Some(role), _) => Ok(Role::Always(role)),
            (None, at) => Ok(Role::At(at, words)),
        }
    }
}

/// How a call of a tool went.
#[derive(Debug, Clone)]
pub enum Status {
    Always(record::ToolStatus),
    At(Paths, Vec<(String, record::ToolStatus)>),
}

const STATUSES: [(&str, record::ToolStatus, &[&str]); 3] = [
    ("running", record::ToolStatus::Running, &["running", "pending"]),
    ("done", record::ToolStatus::Done, &["done", "completed", "success"]),
    ("failed", record::ToolStatus::Failed, &["failed", "error"]),
];

impl Status {
    pub fn of(&self, at: At<'_>) -> Option<record::ToolStatus> {
        match self {
            Status::Always(status) => Some(*status),
            Status::At(places, words) => {
                let found = places.text(at)?;
                words.iter().find(|(word, _)| *word == found).map(|(_, status)| *status)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Status, D::Error> {
        let (constant, at, words) = mapped(from, &STATUSES)?;
        match (constant, at) {
            (Some(status), _) => Ok(Status::Always(status)),
            (None, at) => Ok(Status::At(at, words)),
        }
    }
}

type Mapped<T> = (Option<T>, Paths, Vec<(String, T)>);

/// One of the words, a place at which words as usual are, or a table of a place and words.
fn mapped<'de, D: Deserializer<'de>, T: Copy>(
    from: D,
    known: &[(&'static str, T, &[&str])],
) -> Result<Mapped<T>, D::Error> {
    let usual = || {
        let all = known
            .iter()
            .flat_map(|(_, value, words)| words.iter().map(|w| (w.to_string(), *value)));
        all.collect::<Vec<_>>()
    };
    let names = || known.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
    let table = match TextOrTable::deserialize(from)? {
        TextOrTable::Text(text) if text.starts_with(['/', '$']) => {
            let place = text.parse().map_err(de::Error::custom)?;
            return Ok((None, Many(vec![place]), usual()));
        }
        TextOrTable::Text(text) => {
            let found = known.iter().find(|(name, ..)| *name == text);
            let why = || de::Error::custom(format!("{text:?} is none of {}, nor a path", names()));
            return found
                .map(|(_, value, _)| (Some(*value), Many::default(), Vec::new()))
                .ok_or_else(why);
        }
        TextOrTable::Table(table) => table,
    };
    let (mut at, mut words) = (Many::default(), Vec::new());
    for (key, texts) in table {
        if key == "at" {
            let places: Result<Vec<Place>, _> = texts.0.iter().map(|text| text.parse()).collect();
            at = Many(places.map_err(de::Error::custom)?);
            continue;
        }
        let why = || de::Error::custom(format!("{key:?} is not known; there are at, {}", names()));
        let (_, value, _) = known.iter().find(|(name, ..)| *name == key).ok_or_else(why)?;
        words.extend(texts.0.into_iter().map(|text| (text, *value)));
    }
    match at.is_empty() {
        true => Err(de::Error::custom("`at` is missing; add at = \"/…\"")),
        false => Ok((None, at, words)),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrTable {
    Text(String),
    Table(std::collections::BTreeMap<String, Many<String>>),
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Many<T>, D::Error> {
        struct Texts<T>(PhantomData<T>);
        impl<'de, T: FromStr<Err: Display>> Visitor<'de> for Texts<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
                text.parse().map(|one| vec![one]).map_err(|why| refused(text, why))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
                let mut many = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    many.push(text.parse().map_err(|why| refused(&text, why))?);
                }
                Ok(many)
            }
        }
        from.deserialize_any(Texts(PhantomData)).map(Many)
    }
}

fn refused<E: de::Error>(text: &str, why: impl Display) -> E {
    E::custom(format!("{text:?} cannot be used: {why}"))
}

/// A table, in its order.
struct Pairs<K, V>(Vec<(K, V)>);

impl<'de, K: FromStr<Err: Display>, V: Deserialize<'de>> Deserialize<'de> for Pairs<K, V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Pairs<K, V>, D::Error> {
        struct Table<K, V>(PhantomData<(K, V)>);
        impl<'de, K: FromStr<Err: Display>, V: Deserialize<'de>> Visitor<'de> for Table<K, V> {
            type Value = Vec<(K, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<(K, V)>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let parsed = key.parse().map_err(|why| refused(&key, why))?;
                    pairs.push((parsed, map.next_value()?));
                }
                Ok(pairs)
            }
        }
        from.deserialize_map(Table(PhantomData)).map(Pairs)
    }
}
