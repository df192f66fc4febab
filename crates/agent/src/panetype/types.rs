//! A pane type that passed every check: templates parsed, expressions checked.
//!
//! Plain data; `check` makes it, `launch` uses it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::identity::SessionId;
use crate::mapping::{Mapping, Pointer};
use crate::panetype::conversations::Listing;
use crate::panetype::handler::Handler;
use crate::panetype::program::generation::GenerationRule;
use crate::panetype::text::template::{Placeholder, Template};
use crate::panetype::text::typed::Typed;
use crate::panetype::text::words::{self, WordsError};
use crate::start::StartRequest;
use crate::status::Activity;
use crate::usage::pricing::Model;
use crate::usage::quota::QuotaRule;
use crate::usage::tally::Rule;
use segno_base::key::Key;
use segno_base::text::expression::Expression;
use segno_transcript::description::{Described, Transcript};

/// What a pane type is for; the new-pane dialog groups by it, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Agent,
    Shell,
    Tool,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Agent => "agent",
            Kind::Shell => "shell",
            Kind::Tool => "tool",
        }
    }
}

/// Whether a pane closes when its program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClosePolicy {
    Always,
    /// Closes on exit status 0, and stays to be read otherwise.
    #[default]
    Success,
    Never,
}

/// Where a new pane's directory comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CwdRule {
    /// The dialog asks, and offers the focused pane's.
    Ask,
    /// The focused pane's.
    #[default]
    Inherit,
}

/// Where a type comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Embedded,
    User(PathBuf),
}

/// One pane type.
#[derive(Debug, Clone)]
pub struct PaneType {
    pub name: String,
    pub title: String,
    pub kind: Kind,
    pub homepage: Option<String>,
    /// Which of its conversations the program deletes by itself, for people.
    pub deletes: Option<String>,
    /// Not offered: something else opens it.
    pub hidden: bool,
    pub command: CommandRule,
    /// How its program's generations are distinguished, where they need different things.
    pub generation: Option<GenerationRule>,
    pub close: ClosePolicy,
    /// Whether its program is started again by itself when the pane comes back.
    pub again: bool,
    /// Keys that its programs get even where they are bound without the prefix.
    pub raw_keys: BTreeSet<Key>,
    /// How what its program asks is answered by keys, where that is known.
    pub answer: Option<AnswerRule>,
    /// Whether what its program prints is kept on disk.
    pub keep_scrollback: bool,
    /// In the order of the file: a later one may use an earlier one.
    pub computed: Vec<Computed>,
    pub tracker: Option<Tracker>,
    /// How transcripts show what conversations used.
    pub usage: Option<UsageRule>,
    pub resume: Option<Resume>,
    /// What command lines mean that start its program in a shell.
    pub typed: Typed,
    /// How past conversations of its program are found.
    pub conversations: Listing,
    /// Where its program keeps conversations, and what stands in them.
    pub transcripts: Vec<Arc<Transcript>>,
    pub handlers: Vec<Handler>,
    /// Where its program looks for skills, in the user's home; the first that is known counts.
    pub skill: Vec<Template>,
    pub source: Source,
}

/// Keys that answer a question of the program's.
#[derive(Debug, Clone)]
pub struct AnswerRule {
    /// What is on the screen while it asks one that they answer.
    pub screen: Expression,
    /// At least one.
    pub answers: Vec<AnswerKeys>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerKeys {
    /// `allow`, `always` or `deny`.
    pub name: &'static str,
    /// Pressed one after the other.
    pub keys: Vec<Key>,
}

/// How the program is started.
#[derive(Debug, Clone)]
pub struct CommandRule {
    pub program: Template,
    pub args: Vec<Template>,
    pub cwd: CwdRule,
    /// Empty: the program accepts no first prompt.
    pub prompt_args: Vec<Template>,
    /// Empty: the program lets no model be chosen.
    pub model_args: Vec<Template>,
    /// In place of all others, for a prompt that is carried out without a terminal. Empty: the
    /// program cannot do that.
    pub run_args: Vec<Template>,
    pub unset_env: Vec<String>,
    pub env: Vec<(String, Template)>,
    pub toggles: Vec<Toggle>,
    pub fields: Vec<Field>,
}

/// A value that is made anew at each start.
#[derive(Debug, Clone)]
pub struct Computed {
    pub name: String,
    pub what: ComputedValue,
}

#[derive(Debug, Clone)]
pub enum ComputedValue {
    /// The SHA-256 of compact JSON with sorted keys, in hexadecimal digits.
    Sha256(JsonTemplate),
    /// A random UUID.
    Uuid,
    /// A port of the loopback interface that nothing listens on.
    Port,
}

/// A switch of the new-pane dialog.
#[derive(Debug, Clone)]
pub struct Toggle {
    pub name: String,
    pub label: String,
    pub args: Vec<Template>,
    /// Variables that are set while it is on.
    pub env: Vec<(String, Template)>,
    /// Whether the program finds a `tmux` that answers with Segno's panes.
    pub tmux: bool,
    pub default: bool,
    /// The only generation of the program that accepts the arguments.
    pub generation: Option<String>,
}

/// A text of the new-pane dialog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub default: String,
    pub required: bool,
    /// Whether the value is a line of words, each of which gets the arguments.
    pub words: bool,
    /// Used when the value is not empty.
    pub args: Vec<Template>,
}

/// Why a field's text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("it must not be empty")]
    Missing,
    #[error(transparent)]
    Words(#[from] WordsError),
}

impl Field {
    /// What its arguments are given for: nothing, the text, or each of its words.
    pub fn values(&self, text: &str) -> Result<Vec<String>, FieldError> {
        match text {
            "" if self.required => Err(FieldError::Missing),
            "" => Ok(Vec::new()),
            _ if self.words => Ok(words::split(text)?),
            _ => Ok(vec![text.to_string()]),
        }
    }
}

/// What follows the conversation from inside the program.
#[derive(Debug, Clone, Default)]
pub struct Tracker {
    /// Names of the files that it consists of.
    pub assets: Vec<String>,
    pub session_id: Option<SessionRule>,
    /// Given at every start.
    pub args: Vec<Template>,
    /// How `segno hook` understands what the program gives it.
    pub hook: Option<Mapping>,
    /// Files that the program keeps of itself.
    pub watch: Vec<Watch>,
    /// What the title of its terminal says; the first that fits.
    pub title: Vec<StatePattern>,
    /// How the title shows the conversation on screen.
    pub title_session: Option<TitleSession>,
    /// What the text on its screen says; the first that fits.
    pub screen: Vec<StatePattern>,
    pub env: Vec<(String, Template)>,
    pub json_env: Vec<JsonEnv>,
    pub json_file: Vec<JsonFile>,
}

/// A file that the program keeps of itself.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Patterns, in the order in which they are tried.
    pub files: Vec<Template>,
    pub format: Format,
    pub mapping: Mapping,
}

impl Watch {
    /// Whether each file is one conversation's: then its messages need not name it.
    pub fn of_a_conversation(&self) -> bool {
        let mut files = self.files.iter();
        !self.files.is_empty() && files.all(|file| file.contains(Placeholder::Session))
    }
}

/// How messages stand in a watched file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The file is one.
    #[default]
    Json,
    /// Each line is one.
    Lines,
    /// Each is written over several lines, from `{` to `}`.
    Blocks,
}

/// How the title of a terminal shows the conversation on screen.
#[derive(Debug, Clone)]
pub struct TitleSession {
    /// With the groups `session` (the id, or its beginning), `title` (the conversation's) and
    /// `hidden` (what people need not see).
    pub regex: Expression,
    /// Patterns of the file that has the whole id, and where in it.
    pub files: Vec<Template>,
    pub session: Option<Pointer>,
}

/// What conversations used, where no tracker reports it.
#[derive(Debug, Clone)]
pub struct UsageRule {
    pub transcripts: Vec<TranscriptRule>,
    /// What is known of models; the first that fits counts.
    pub models: Vec<Model>,
    /// Where its transcripts say how much of an allowance is used up.
    pub quotas: Vec<QuotaRule>,
}

/// Transcripts that are understood in one way.
#[derive(Debug, Clone)]
pub struct TranscriptRule {
    /// Patterns; every file that they stand for is one.
    pub files: Vec<Template>,
    /// Each line is a message; otherwise the whole file is one.
    pub lines: bool,
    /// Where in a message the list is whose items are the messages.
    pub each: Option<Pointer>,
    pub rule: Rule,
}

/// A text that shows what an agent does.
#[derive(Debug, Clone)]
pub struct StatePattern {
    pub regex: Expression,
    pub state: Activity,
    /// What it waits for, or what went wrong, for people.
    pub detail: Option<String>,
}

/// What this type's session ids look like.
#[derive(Debug, Clone)]
pub struct SessionRule {
    /// As written, for the tracker.
    pub text: String,
    /// Matches a whole id.
    pub(super) whole: Expression,
}

/// JSON that is merged into what the user has in a variable.
#[derive(Debug, Clone)]
pub struct JsonEnv {
    pub name: String,
    pub merge: JsonTemplate,
    /// Lists of the user's that the variable would replace; the first file that exists counts.
    pub seed: Vec<Seed>,
    pub condition: Condition,
}

/// A list of the user's in a file, which a variable replaces instead of adding to it.
#[derive(Debug, Clone)]
pub struct Seed {
    pub file: Template,
    /// The list's key in the file.
    pub from: String,
    /// Its key in the variable.
    pub to: String,
    /// The keys of what is a list of two values in the file, and an object in the variable.
    pub pair: Option<[String; 2]>,
}

/// Where an entry is made.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Only for this generation of the program.
    pub generation: Option<String>,
    /// Only while this toggle is on.
    pub toggle: Option<String>,
    /// Only where all of these exist.
    pub exist: Vec<Template>,
    /// Relative paths: only where each exists in the pane's directory, and in each above it, that
    /// has its first part.
    pub above: Vec<Template>,
    /// The message to the user where that is not so.
    pub else_note: Option<String>,
}

/// JSON that is merged into a copy of a file of the user's, which a variable names or which the
/// program would read by itself.
#[derive(Debug, Clone)]
pub struct JsonFile {
    /// The variable that names the file, and then the copy.
    pub name: Option<String>,
    /// The user's file where no variable names it; the first one that exists.
    pub from: Vec<Template>,
    /// Arguments that name the copy.
    pub args: Vec<Template>,
    /// The copy's file name.
    pub file: String,
    pub merge: JsonTemplate,
    /// Keys that hold paths relative to the user's file.
    pub absolute: Vec<String>,
    pub condition: Condition,
}

/// JSON with placeholders in its strings.
#[derive(Debug, Clone)]
pub enum JsonTemplate {
    Text(Template),
    Bool(bool),
    Integer(i64),
    Float(f64),
    List(Vec<JsonTemplate>),
    Object(Vec<(String, JsonTemplate)>),
}

/// How the program returns to a conversation.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    pub with_id: Vec<Template>,
    pub without_id: Vec<Template>,
    /// The arguments to begin a conversation under an id of Segno's choice, a UUID.
    pub assign: Vec<Template>,
    /// The arguments to begin another conversation with what was said in one.
    pub fork: Vec<Template>,
    /// The arguments, after those, to have it under an id of Segno's choice, a UUID.
    pub fork_assign: Vec<Template>,
    /// Where a conversation is stored, as patterns: one that was never stored can only be begun.
    pub exists: Vec<Template>,
    /// What is in such a file once something was said; without it, any such file will do.
    pub said: Option<Expression>,
    /// Where running programs say which conversation they are in.
    pub in_use: Option<InUse>,
    /// Files that are copied before the program returns to their conversation.
    pub protect: Vec<Template>,
    pub not_found: Vec<Expression>,
}

/// Files in which running programs say which conversation they are in.
#[derive(Debug, Clone)]
pub struct InUse {
    /// Patterns.
    pub files: Vec<Template>,
    /// Places in such a file.
    pub session: Pointer,
    pub pid: Pointer,
}

impl PaneType {
    /// Whether a text is a session id that this type may be started with.
    pub fn session_id_ok(&self, text: &str) -> bool {
        let rule = self.tracker.as_ref().and_then(|tracker| tracker.session_id.as_ref());
        SessionId::try_from(text.to_string()).is_ok()
            && rule.is_none_or(|rule| rule.whole.is_match(text))
    }

    /// Whether a program that printed this did not know the conversation it was started with.
    pub fn not_found(&self, text: &str) -> bool {
        let patterns = self.resume.iter().flat_map(|resume| &resume.not_found);
        patterns.into_iter().any(|pattern| pattern.is_match(text))
    }

    /// Where its program keeps conversations, for who reads them.
    pub fn described(&self) -> Described {
        Described { agent: self.name.clone(), transcripts: self.transcripts.clone() }
    }

    /// Whether files say what a conversation of this type uses, or what it is called.
    pub fn reads_transcripts(&self) -> bool {
        let rules = self.usage.iter().any(|usage| !usage.transcripts.is_empty());
        rules || self.transcripts.iter().any(|transcript| transcript.says_what_shows())
    }

    /// Whether the conversations that its agent has can be listed.
    pub fn lists_conversations(&self) -> bool {
        !self.conversations.is_empty() || !self.transcripts.is_empty()
    }

    /// Whether a pane of this type can be brought back to a conversation by its id.
    pub fn resumes_by_id(&self) -> bool {
        self.resume.as_ref().is_some_and(|resume| !resume.with_id.is_empty())
    }

    /// Whether a pane of this type can begin with what was said in another conversation.
    pub fn forks(&self) -> bool {
        self.resume.as_ref().is_some_and(|resume| !resume.fork.is_empty())
    }

    /// Whether a pane of this type can be started in its newest conversation.
    pub fn continues_last(&self) -> bool {
        self.resume.as_ref().is_some_and(|resume| !resume.without_id.is_empty())
    }

    /// The toggles that are on when nobody chose.
    pub fn default_toggles(&self) -> BTreeSet<String> {
        let on = self.command.toggles.iter().filter(|toggle| toggle.default);
        on.map(|toggle| toggle.name.clone()).collect()
    }

    /// The toggles that are on where this was asked for.
    pub fn toggles_on<'a>(&self, start: &'a StartRequest) -> Cow<'a, BTreeSet<String>> {
        match &start.toggles {
            Some(toggles) => Cow::Borrowed(toggles),
            None => Cow::Owned(self.default_toggles()),
        }
    }

    pub fn has_toggle(&self, name: &str) -> bool {
        self.command.toggles.iter().any(|toggle| toggle.name == name)
    }

    pub fn has_field(&self, name: &str) -> bool {
        self.command.fields.iter().any(|field| field.name == name)
    }

    pub fn takes_prompt(&self) -> bool {
        !self.command.prompt_args.is_empty()
    }

    /// Whether its program can carry out a prompt without a terminal.
    pub fn runs_headless(&self) -> bool {
        !self.command.run_args.is_empty()
    }

    pub fn takes_model(&self) -> bool {
        !self.command.model_args.is_empty()
    }
}
