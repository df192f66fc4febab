//! What a pane type says about where its agent keeps conversations and what stands where in them:
//! `[[transcript]]` of its TOML.
//!
//! Everything that is stored becomes JSON: a line, a document, a row, a section of Markdown. Rules
//! look at one such thing after the other and say what of it is a fact of the conversation, a
//! message, a call of a tool, a figure or a removal.

pub mod files;
mod load;
pub mod path;
pub mod rule;
#[cfg(feature = "schema")]
mod schema;
pub mod words;

pub use load::{Fault, parse};

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;

use segno_base::text::expression::Expression;

use files::Pattern;
use rule::{ConversationRule, Copied, MessageRule, RemoveRule, ToolRule, UsageRule};
use words::{Conditions, Many, Place, Touches};

/// What an agent's pane type says.
#[derive(Debug, Clone)]
pub struct Described {
    /// The pane type's name.
    pub agent: String,
    pub transcripts: Vec<Arc<Transcript>>,
}

/// One store of an agent's conversations.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transcript {
    /// Where its files are, or its database.
    #[serde(default)]
    pub files: Many<Pattern>,
    /// What prints it instead: a program and its arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// What is in its files.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "form"))]
    pub form: Form,
    /// How a database is asked.
    pub database: Option<Database>,
    /// Files that belong to a JSON document, level by level.
    #[serde(default)]
    pub tree: Vec<Below>,
    /// How the lines of Markdown are distinguished.
    #[serde(default)]
    pub section: Vec<Section>,
    /// Lists of things in what is stored; rules look at each of these, too, as if stored alone.
    #[serde(default)]
    pub each: Many<Place>,
    /// Left out for conversations that an earlier `[[transcript]]` of the type has.
    #[serde(default)]
    pub fallback: bool,
    /// When something was stored, where a rule does not say it.
    #[serde(default)]
    pub time: Many<Place>,
    /// What no rule but those of the conversation looks at.
    #[serde(default)]
    pub unless: Conditions,
    /// What marks conversations that the agent has with itself: they are kept, and not offered to
    /// be resumed.
    #[serde(default)]
    pub internal: Conditions,
    /// How what was copied from another conversation is distinguished from its own.
    pub copied: Option<Copied>,
    /// What says something about the conversation.
    #[serde(default)]
    pub conversation: Vec<ConversationRule>,
    /// What is a message.
    #[serde(default)]
    pub message: Vec<MessageRule>,
    /// What is a call of a tool, or its result.
    #[serde(default)]
    pub tool: Vec<ToolRule>,
    /// What says how much an answer used.
    #[serde(default)]
    pub usage: Vec<UsageRule>,
    /// What takes something back.
    #[serde(default)]
    pub remove: Vec<RemoveRule>,
    /// Which files a tool touched, by its name.
    #[serde(default)]
    pub touches: Touches,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A JSON document in each line; lines are only ever added, or all written anew.
    #[default]
    Lines,
    /// One JSON document.
    Json,
    /// Text whose lines begin sections.
    Markdown,
}

/// The words of [`Form`], without a schema for each.
#[cfg(feature = "schema")]
fn form(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "enum": ["lines", "json", "markdown"], "default": "lines" })
}

/// How a SQLite database is asked. It is only ever read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Database {
    /// Without all of these tables it is not asked.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Lists conversations. The column `conversation` has the id; `version` changes whenever a row
    /// of it does, and nothing is read as long as it stays. Rules look at these rows, too.
    pub conversations: String,
    /// What `:conversation` says, in order. `:since` is the value of the column `since` of the row
    /// when it was read before, or nothing.
    pub rows: Many<String>,
    /// Lists what there was in `:directory` to be returned to, newest first, at most as many as one
    /// looks at: the columns `conversation`, `title`, `updated`, `first_prompt` and `last_prompt`.
    /// Without it the rows of `conversations` do, without prompts.
    pub past: Option<String>,
    /// A program and its arguments that print `{conversation}`.
    #[serde(default)]
    pub export: Vec<String>,
    /// A program and its arguments that put back what was printed, from the file `{file}`.
    #[serde(default)]
    pub import: Vec<String>,
}

/// Files below a document: a path relative to its directory, in which `*` is any part of a name and
/// `{/x}` what stands there in the document above.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Below(pub Vec<Vec<BelowPiece>>);

/// A piece of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BelowPiece {
    Text(String),
    Any,
    Value(path::Path),
}

/// Lines that begin a section of Markdown. The named groups of the expression become its keys,
/// beside `section` and `text`; lines that fit none are the section `text`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Section {
    /// What rules find at `/section`.
    pub name: String,
    /// An expression for a line that begins it.
    #[serde(rename = "match")]
    pub expression: Expression,
}

impl TryFrom<String> for Below {
    type Error = String;

    fn try_from(text: String) -> Result<Below, String> {
        // What stands in braces has slashes of its own.
        let mut names = vec![Vec::new()];
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '*', '/']) {
            let (before, special) = rest.split_at(at);
            let name = names.last_mut().expect("never empty");
            if !before.is_empty() {
                name.push(BelowPiece::Text(before.to_string()));
            }
            rest = &special[1..];
            match special.as_bytes()[0] {
                b'*' => name.push(BelowPiece::Any),
                b'/' => names.push(Vec::new()),
                _ => {
                    let (path, after) = rest.split_once('}').ok_or("a brace is left open")?;
                    let path = path::Path::parse(path).map_err(|why| why.to_string())?;
                    name.push(BelowPiece::Value(path));
                    rest = after;
                }
            }
        }
        if !rest.is_empty() {
            names.last_mut().expect("never empty").push(BelowPiece::Text(rest.to_string()));
        }
        if names.iter().any(Vec::is_empty) {
            return Err("it is relative, and no name in it is empty".to_string());
        }
        Ok(Below(names))
    }
}

/// A place in a TOML text, in bytes.
pub type Span = Range<usize>;
