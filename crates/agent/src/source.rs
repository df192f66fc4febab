//! Who says what an agent does, and whose word counts.

use serde::{Deserialize, Serialize};

/// Where a report comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What stands on the screen, looked at from outside.
    Text,
    /// The title that the agent gives its terminal.
    Title,
    /// A file that the agent keeps of itself.
    File,
    /// A command that the agent runs at certain moments.
    Hook,
    /// A plugin in the agent's engine: sees every conversation, but not what is on screen.
    Server,
    /// A plugin in the agent's user interface: sees what the user sees.
    Screen,
}

impl Source {
    /// How much a source's word counts: one of a higher rank is believed alone, and of several of
    /// one rank the latest is.
    pub fn rank(self) -> u8 {
        match self {
            Source::Text => 0,
            // All three are the agent's own word, each at moments at which the others are silent.
            Source::Title | Source::File | Source::Hook => 1,
            Source::Server => 2,
            Source::Screen => 3,
        }
    }

    /// The source's name in a tracker's line.
    pub fn parse(name: &str) -> Option<Source> {
        Some(match name {
            "text" => Source::Text,
            "title" => Source::Title,
            "file" => Source::File,
            "hook" => Source::Hook,
            "server" => Source::Server,
            "screen" => Source::Screen,
            _ => return None,
        })
    }

    /// For people.
    pub fn described(self) -> &'static str {
        match self {
            Source::Text => "the text on its screen",
            Source::Title => "the title of its terminal",
            Source::File => "a file it keeps",
            Source::Hook => "its hooks",
            Source::Server => "its server's events",
            Source::Screen => "what is on its screen",
        }
    }
}

/// On what something rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub from: Source,
    /// The rule and what it met, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Evidence {
    pub fn described(&self) -> String {
        match &self.by {
            Some(by) => format!("{}: {by}", self.from.described()),
            None => self.from.described().to_string(),
        }
    }
}

/// Whether a source is to be believed besides those that have reported.
pub fn counts(from: Source, best: &Option<Evidence>) -> bool {
    best.as_ref().is_none_or(|best| best.from.rank() <= from.rank())
}
