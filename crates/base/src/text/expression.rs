//! Regular expressions from files that people write. They are checked when the file is read, and
//! compiled when somebody first looks for one: the built-in pane types have more than a hundred,
//! and a start that compiled them all spent a quarter of its time on that.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use regex::{Captures, Regex, RegexBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What one that is compiled may take, in bytes, so that no file can make it use much memory.
const SIZE_MAX: usize = 1 << 20;
/// How deep groups may be within each other.
const DEPTH_MAX: u32 = 50;
/// Up to this length, in bytes, one without counted repetitions is not worth refusing.
const SMALL: usize = 200;
/// What only compiling can refuse: repetitions and classes with names, and turning off Unicode.
const DOUBTFUL: [&str; 4] = ["{", r"\p", r"\P", "(?"];

/// A regular expression.
#[derive(Clone)]
pub struct Expression(Arc<Inner>);

struct Inner {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

/// No regular expression, or one that is too large.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ExpressionError(String);

impl Expression {
    pub fn new(text: &str) -> Result<Expression, ExpressionError> {
        let expression =
            Expression(Arc::new(Inner { text: text.to_owned(), compiled: OnceLock::new() }));
        if text.len() > SMALL || doubtful(text) {
            let built = build(text).map_err(|error| ExpressionError::last_line(&error))?;
            let _ = expression.0.compiled.set(Some(built));
        } else {
            let mut parser = regex_syntax::ast::parse::ParserBuilder::new();
            let read = parser.nest_limit(DEPTH_MAX).build().parse(text);
            read.map_err(|error| ExpressionError::last_line(&error))?;
        }
        Ok(expression)
    }

    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The expression compiled; `None` where that needs too much memory, and no text fits.
    pub fn compiled(&self) -> Option<&Regex> {
        let build = || RegexBuilder::new(&self.0.text).nest_limit(DEPTH_MAX).build().ok();
        self.0.compiled.get_or_init(build).as_ref()
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.compiled().is_some_and(|regex| regex.is_match(text))
    }

    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.compiled()?.captures(text)
    }

    /// The names of its groups in their order, the whole match first.
    pub fn groups(&self) -> Vec<Option<&str>> {
        self.compiled().map(|regex| regex.capture_names().collect()).unwrap_or_default()
    }

    /// Whether it fits the empty text.
    pub fn fits_empty(&self) -> bool {
        let parsed = regex_syntax::parse(self.as_str());
        let least = parsed.ok().and_then(|parsed| parsed.properties().minimum_len());
        least == Some(0) && self.is_match("")
    }
}

/// Whether it may be refused though it is written right.
fn doubtful(text: &str) -> bool {
    let named = text.replace("(?P<", "(").replace("(?:", "(").replace("(?i)", "");
    DOUBTFUL.iter().any(|part| named.contains(part))
}

fn build(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(SIZE_MAX).nest_limit(DEPTH_MAX).build()
}

impl ExpressionError {
    /// The message draws the expression over several lines; its last one says why.
    fn last_line(error: &impl ToString) -> ExpressionError {
        let error = error.to_string();
        let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        ExpressionError(why.to_owned())
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Expression, ExpressionError> {
        Expression::new(text)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Expression, D::Error> {
        Expression::new(&String::deserialize(from)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for Expression {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.as_str())
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Expression {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_compiled_when_it_is_used_and_refused_when_it_is_read() {
        let expression = Expression::new("^a+(?P<rest>.*)$").unwrap();
        assert!(expression.0.compiled.get().is_none());
        assert_eq!(&expression.captures("aab").unwrap()["rest"], "b");
        assert!(expression.0.compiled.get().is_some());
        assert_eq!(expression.groups(), [None, Some("rest")]);
        assert!(!expression.is_match("b"));

        let unclosed = Expression::new("(a").unwrap_err();
        assert_eq!(unclosed.to_string(), "unclosed group");
        let large = Expression::new(r"(\w{100}){100}").unwrap_err();
        assert!(large.to_string().contains("size limit"), "{large}");
        assert!(Expression::new(&"(".repeat(100)).is_err());
    }

    #[test]
    fn what_fits_empty_is_known_without_compiling_what_cannot() {
        for (text, fits) in [("a*", true), ("a", false), ("^$", true), (r"\b", false)] {
            assert_eq!(Expression::new(text).unwrap().fits_empty(), fits, "{text}");
        }
        let expression = Expression::new("Not found").unwrap();
        assert!(!expression.fits_empty());
        assert!(expression.0.compiled.get().is_none());
    }

    proptest! {
        #[test]
        fn what_is_accepted_compiles(text in r"[a-cpPux&~:<>!=()\[\]*+?|\\wbB^$.{},0-9-]{0,20}") {
            let compiles = build(&text).is_ok();
            prop_assert_eq!(Expression::new(&text).is_ok(), compiles);
            if let Ok(expression) = Expression::new(&text) {
                prop_assert!(expression.compiled().is_some());
            }
        }
    }
}
