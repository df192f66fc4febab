//! The rules of a [`super::Transcript`]: what of a stored thing is what.
//!
//! In every rule, `where` has to hold and none of `unless` may. With `each` the rule looks at every
//! part there instead of the whole.

use serde::Deserialize;

use super::path::{At, Path};
use super::words::{Conditions, Paths, Place, Role, Status, Sum, VisitPaths};

/// What of a stored thing a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct When<'a> {
    pub condition: &'a Conditions,
    pub unless: &'a Conditions,
    pub each: Option<&'a Place>,
}

/// A rule has what every rule has, and is strict about keys.
macro_rules! rule {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name {
            /// Expressions for what must be at these paths.
            #[serde(default, rename = "where")]
            condition: Conditions,
            /// Expressions for what must not be at these paths.
            #[serde(default)]
            unless: Conditions,
            /// A list; the rule looks at each item of it.
            each: Option<Place>,
            $($(#[$of])* pub $field: $type,)*
        }

        impl $name {
            pub fn when(&self) -> When<'_> {
                let (condition, unless) = (&self.condition, &self.unless);
                When { condition, unless, each: self.each.as_ref() }
            }

            /// Shows the places that it looks at, as far as they begin at the whole.
            pub fn visit_paths(&self, show: &mut dyn FnMut(&Path)) {
                let each = self.each.as_ref().map(|Place(path)| path);
                if let Some(path) = each {
                    show(path);
                }
                let mut shown = |path: &Path| {
                    if each.is_none() || path.is_of_whole() {
                        show(path);
                    }
                };
                self.condition.visit_paths(&mut shown);
                self.unless.visit_paths(&mut shown);
                $(self.$field.visit_paths(&mut shown);)*
            }
        }
    };
}

rule! {
    /// Facts about the conversation; each at the first of its places where something is.
    ConversationRule {
        /// Its id, where the file does not say it.
        #[serde(default)]
        pub id: Paths,
        /// The conversation that started it.
        #[serde(default)]
        pub parent: Paths,
        /// The conversation that it is a fork of, or that one's file, as `files` say it.
        #[serde(default)]
        pub fork: Paths,
        /// Where it was held.
        #[serde(default)]
        pub directory: Paths,
        /// What it is called. One at an earlier place counts before one at a later, whenever they
        /// come.
        #[serde(default)]
        pub title: Paths,
        /// The model that answers.
        #[serde(default)]
        pub model: Paths,
        /// The branch that was checked out.
        #[serde(default)]
        pub branch: Paths,
        /// When it began.
        #[serde(default)]
        pub created: Paths,
        /// When it was last used.
        #[serde(default)]
        pub updated: Paths,
        /// How many tokens the conversation occupies; the last value counts. Several places are
        /// added up.
        #[serde(default)]
        pub context: Sum,
        /// How many tokens it may occupy.
        #[serde(default)]
        pub context_limit: Sum,
        /// Where only this says in which directory it is held.
        #[serde(default)]
        pub directory_sha256: Paths,
    }
}

rule! {
    /// A message. Of several rules the first that fits counts.
    MessageRule {
        /// Its id; without one its place in the file is one.
        #[serde(default)]
        pub id: Paths,
        /// The message that it follows.
        #[serde(default)]
        pub parent: Paths,
        /// Who said it: user, assistant, system, a path where one of the usual words stands, or a
        /// table of a path (at) and words.
        pub role: Role,
        /// What was said: all of it, in order.
        #[serde(default)]
        pub text: Paths,
        /// The tag that the agent puts around what was said: it is left out.
        pub tag: Option<String>,
        /// What was thought.
        #[serde(default)]
        pub reasoning: Paths,
        /// When.
        #[serde(default)]
        pub time: Paths,
        /// The model that said it.
        #[serde(default)]
        pub model: Paths,
        /// What messages have in common that are one.
        #[serde(default)]
        pub join: Paths,
        /// What stands between their texts.
        pub glue: Option<String>,
    }
}

rule! {
    /// A call of a tool, its result, or both.
    ToolRule {
        /// The call's id, which its result has too.
        #[serde(default)]
        pub id: Paths,
        /// The message that it belongs to.
        #[serde(default)]
        pub message: Paths,
        /// The tool's name.
        #[serde(default)]
        pub name: Paths,
        /// What it was given.
        #[serde(default)]
        pub input: Paths,
        /// What it answered.
        #[serde(default)]
        pub output: Paths,
        /// How it went: running, done, failed, a path where one of the usual words stands, or a
        /// table of a path (at) and words.
        pub status: Option<Status>,
        /// When.
        #[serde(default)]
        pub time: Paths,
    }
}

rule! {
    /// What an answer used. Numbers at several places are added up; what has a minus before its
    /// place is taken off.
    UsageRule {
        /// What distinguishes one answer from another: all of it together. Of several with one key
        /// the last counts.
        #[serde(default)]
        pub key: Paths,
        /// The model that answered.
        #[serde(default)]
        pub model: Paths,
        /// When.
        #[serde(default)]
        pub time: Paths,
        /// Tokens that it was given, without those of the cache.
        #[serde(default)]
        pub input: Sum,
        /// Tokens that it said.
        #[serde(default)]
        pub output: Sum,
        /// Of these, tokens that it thought.
        #[serde(default)]
        pub reasoning: Sum,
        /// Tokens that came from the cache.
        #[serde(default)]
        pub cache_read: Sum,
        /// Tokens that went into the cache.
        #[serde(default)]
        pub cache_write: Sum,
        /// Part of `cache_write`.
        #[serde(default)]
        pub cache_write_1h: Sum,
        /// What else its price depends on.
        #[serde(default)]
        pub tier: Paths,
        /// In US dollars.
        #[serde(default)]
        pub cost: Sum,
        /// Left out once a rule before it has found figures in the file.
        #[serde(default)]
        pub fallback: bool,
    }
}

rule! {
    /// What is taken back.
    RemoveRule {
        /// The message from which on.
        #[serde(default)]
        pub from: Paths,
        /// The message.
        #[serde(default)]
        pub message: Paths,
        /// The whole conversation.
        #[serde(default)]
        pub conversation: bool,
    }
}

/// History that a conversation's file begins with and that is another's. It begins where another
/// conversation's id stands at a rule's `id`, and ends where its own stands there again; or each
/// thing says it for those before it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Copied {
    /// What ends it, too.
    #[serde(default)]
    pub until: Conditions,
    /// Copies are written at once: so many seconds between two times end it, too.
    pub pause: Option<f64>,
    /// Where the id of the conversation stands from which something was copied. What is before it,
    /// back to the last thing of which that is known, was copied with it.
    #[serde(default)]
    pub from: Paths,
    /// What is older than a fork was copied into it, up to the first thing that is newer.
    #[serde(default)]
    pub older: bool,
    /// What is not copied, if nothing is at `from`: it, and what is before it.
    #[serde(default)]
    pub own: Conditions,
}

impl When<'_> {
    /// Whether a rule looks at it.
    pub fn holds(&self, at: At<'_>) -> bool {
        self.condition.all(at) && !self.unless.some(at)
    }
}
