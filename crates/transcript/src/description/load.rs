//! From the text of a pane type to checked descriptions.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::path::Path;
use super::words::{Place, VisitPaths};
use super::{BelowPiece, Form, Span, Transcript};

/// Why a description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Where, in the bytes of the text.
    pub span: Option<Span>,
    /// What, why, and what to do.
    pub message: String,
}

#[derive(Deserialize)]
struct PaneType {
    #[serde(default)]
    transcript: Vec<Spanned<Transcript>>,
}

/// The `[[transcript]]` of a pane type's text; other keys are somebody else's.
pub fn parse(text: &str) -> Result<Vec<Transcript>, Vec<Fault>> {
    let pane_type: PaneType = toml::from_str(text).map_err(|error| {
        vec![Fault { span: error.span(), message: error.message().to_string() }]
    })?;
    let mut faults = Vec::new();
    for transcript in &pane_type.transcript {
        let fault = |message| Fault { span: Some(transcript.span()), message };
        faults.extend(transcript.get_ref().faults().into_iter().map(fault));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(pane_type.transcript.into_iter().map(Spanned::into_inner).collect())
}

impl Transcript {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |when: bool, message: &str| {
            if when {
                faults.push(message.to_string());
            }
        };
        let printed = !self.command.is_empty();
        fault(
            self.files.is_empty() != printed,
            "it has to come from somewhere, and from one place only; give it either files = [\"…\"] or command = [\"…\"]",
        );
        fault(
            self.database.is_some() && (printed || self.form != Form::Lines),
            "a database is a file and has no form; remove `command` and `form`, or [transcript.database]",
        );
        fault(
            self.database.as_ref().is_some_and(|database| database.rows.is_empty()),
            "`database.rows` is missing; add the SQL that lists what `:conversation` says",
        );
        fault(
            self.database.as_ref().is_some_and(|database| {
                let uses =
                    |list: &[String], name| list.iter().skip(1).any(|arg| arg.contains(name));
                let (export, import) = (&database.export, &database.import);
                let neither = export.is_empty() && import.is_empty();
                let both = uses(export, "{conversation}") && uses(import, "{file}");
                !(neither || both)
            }),
            "what is exported has to be imported; give `database.export` with {conversation} and `database.import` with {file}, or neither",
        );
        fault(
            !self.tree.is_empty() && self.form != Form::Json,
            "only a JSON document has files below it; add form = \"json\", or remove `tree`",
        );
        fault(
            self.section.is_empty() == (self.form == Form::Markdown),
            "Markdown has sections, and nothing else has; add form = \"markdown\" and [[transcript.section]], or remove both",
        );
        fault(
            self.message.is_empty()
                && self.conversation.is_empty()
                && self.usage.is_empty()
                && self.tool.is_empty(),
            "nothing of it is used; add [[transcript.message]]",
        );
        fault(
            self.message.iter().any(|rule| rule.text.is_empty() && rule.reasoning.is_empty()),
            "a message says nothing; add its `text`",
        );
        let is_name = |tag: &String| {
            !tag.is_empty()
                && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        };
        fault(
            self.message.iter().filter_map(|rule| rule.tag.as_ref()).any(|tag| !is_name(tag)),
            "a tag is no name; write it without brackets, as tag = \"query\"",
        );
        fault(
            self.tool.iter().any(|rule| rule.name.is_empty() && rule.output.is_empty()),
            "a tool has neither name nor output; add `name`, `output` or both",
        );
        fault(
            self.remove.iter().any(|rule| {
                let places = !rule.from.is_empty() as u8 + !rule.message.is_empty() as u8;
                places + rule.conversation as u8 != 1
            }),
            "what is removed is one thing; give [[transcript.remove]] one of from, message and conversation = true",
        );
        faults
    }

    /// Whether it is about files in which conversations go on now: single ones, as the agent writes
    /// them in its present version.
    pub fn is_live(&self) -> bool {
        let files = self.database.is_none() && self.command.is_empty() && self.tree.is_empty();
        files && !self.fallback
    }

    /// Whether it says what an agent shows of a conversation that goes on: figures or a title.
    pub fn says_what_shows(&self) -> bool {
        let titled = self.conversation.iter().any(|rule| !rule.title.is_empty());
        self.is_live() && (titled || !self.usage.is_empty())
    }

    /// The conversation that something is: its id, or the file that it is in.
    pub fn conversation_of(&self, said: String) -> String {
        match said.contains('/') {
            true => self.files.iter().find_map(|of| of.said_by(&said)?.session).unwrap_or(said),
            false => said,
        }
    }

    /// Columns of a row that hold JSON: those below which a path goes on.
    pub fn json_columns(&self) -> BTreeSet<String> {
        let mut columns = BTreeSet::new();
        self.visit_paths(&mut |path| columns.extend(path.column().map(String::from)));
        columns
    }

    /// The key of a document's list whose items can be looked at one by one, as no rule looks at
    /// them as parts of the document.
    pub fn list_apart(&self) -> Option<&str> {
        let [Place(each)] = &self.each[..] else { return None };
        let list = each.list()?;
        let mut apart = self.copied.is_none();
        let mut look = |path: &Path| apart &= !path.goes_through(list);
        self.visit_paths(&mut look);
        for piece in self.tree.iter().flat_map(|below| below.0.iter().flatten()) {
            if let BelowPiece::Value(path) = piece {
                look(path);
            }
        }
        apart.then_some(list)
    }

    /// Shows the places in what is stored that rules look at.
    fn visit_paths(&self, show: &mut dyn FnMut(&Path)) {
        self.time.visit_paths(show);
        self.unless.visit_paths(show);
        self.internal.visit_paths(show);
        self.conversation.iter().for_each(|rule| rule.visit_paths(show));
        self.message.iter().for_each(|rule| rule.visit_paths(show));
        self.tool.iter().for_each(|rule| rule.visit_paths(show));
        self.usage.iter().for_each(|rule| rule.visit_paths(show));
        self.remove.iter().for_each(|rule| rule.visit_paths(show));
    }
}
