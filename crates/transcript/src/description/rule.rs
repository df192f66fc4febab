//! The rules of a [`super::Transcript`]: what of a stored thing is what.
//!
//! In every rule, `where` has to hold and none of `unless` may. With `each` the rule looks at every
//! part there instead of the whole.

use serde::Deserialize;

use super::path::At;
use super::words::{Conditions, Paths, Place, Role, Status, Sum};

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
        pub struct $name {
            #[serde(default, rename = "where")]
            condition: Conditions,
            #[serde(default)]
            unless: Conditions,
            each: Option<Place>,
            $($(#[$of])* pub $field: $type,)*
        }

        impl $name {
            pub fn when(&self) -> When<'_> {
                let (condition, unless) = (&self.condition, &self.unless);
                When { condition, unless, each: self.each.as_ref() }
            }
        }
    };
}

rule! {
    /// Facts about the conversation; each at the first of its places where something is.
    ConversationRule {
        #[serde(default)]
        pub id: Paths,
        #[serde(default)]
        pub parent: Paths,
        #[serde(default)]
        pub fork: Paths,
        #[serde(default)]
        pub directory: Paths,
        /// One at an earlier place counts before one at a later, whenever they come.
        #[serde(default)]
        pub title: Paths,
        #[serde(default)]
        pub model: Paths,
        #[serde(default)]
        pub branch: Paths,
        #[serde(default)]
        pub created: Paths,
        #[serde(default)]
        pub updated: Paths,
        /// How many tokens the conversation takes up, and how many it may; the last said counts.
        /// Several places are added up.
        #[serde(default)]
        pub context: Sum,
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
        /// Without an id its place in the file is one.
        #[serde(default)]
        pub id: Paths,
        #[serde(default)]
        pub parent: Paths,
        pub role: Role,
        /// All of it, in order.
        #[serde(default)]
        pub text: Paths,
        #[serde(default)]
        pub reasoning: Paths,
        #[serde(default)]
        pub time: Paths,
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
        #[serde(default)]
        pub id: Paths,
        #[serde(default)]
        pub message: Paths,
        #[serde(default)]
        pub name: Paths,
        #[serde(default)]
        pub input: Paths,
        #[serde(default)]
        pub output: Paths,
        pub status: Option<Status>,
        #[serde(default)]
        pub time: Paths,
    }
}

rule! {
    /// What an answer used. Numbers at several places are added up; what has a minus before its place
    /// is taken off.
    UsageRule {
        /// What tells one answer from another: all of it together. Of several with one key the last
        /// counts.
        #[serde(default)]
        pub key: Paths,
        #[serde(default)]
        pub model: Paths,
        #[serde(default)]
        pub time: Paths,
        #[serde(default)]
        pub input: Sum,
        #[serde(default)]
        pub output: Sum,
        #[serde(default)]
        pub reasoning: Sum,
        #[serde(default)]
        pub cache_read: Sum,
        #[serde(default)]
        pub cache_write: Sum,
        /// Part of `cache_write`.
        #[serde(default)]
        pub cache_write_1h: Sum,
        /// What else its price depends on.
        #[serde(default)]
        pub tier: Paths,
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
/// conversation's id stands at a rule's `id`, and ends where its own stands there again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copied {
    /// What ends it, too.
    #[serde(default)]
    pub until: Conditions,
    /// Copies are written at once: so many seconds between two times end it, too.
    pub pause: Option<f64>,
}

impl When<'_> {
    /// Whether a rule looks at it.
    pub fn holds(&self, at: At<'_>) -> bool {
        self.condition.all(at) && !self.unless.some(at)
    }
}
