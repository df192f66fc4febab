//! Why a pane cannot be started as asked.

use crate::panetype::text::template::FillError;
use crate::panetype::text::words;

/// Why a pane cannot be started as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    #[error("{}: not found; {}", program.escape_debug(), advice(homepage))]
    NotFound { program: String, homepage: Option<String> },
    #[error("{0:?} is no session id of a {1} pane; `segno sessions` lists those that are known")]
    BadSession(String, String),
    #[error("a {0} pane cannot return to a conversation; start it without one")]
    CannotResume(String),
    #[error("a {0} pane cannot fork a conversation; resume it, or choose another type")]
    CannotFork(String),
    #[error("a {0} pane takes no {1}; leave it out, or choose another type")]
    Unsupported(String, &'static str),
    #[error("a {ty} pane has no {what} {name:?}; it has {known}")]
    Unknown { ty: String, what: &'static str, name: String, known: String },
    #[error("{0} ({1}) is required; give it with --set {0}=VALUE")]
    MissingField(String, String),
    #[error("{0} ({1}): {2}")]
    Words(String, String, words::WordsError),
    #[error("the {0} holds a NUL character, which no program can be given; remove it")]
    Nul(&'static str),
    #[error("the {0} cannot be built: {1}")]
    Fill(&'static str, FillError),
    #[error("the computed value {0:?} cannot be made: {1}")]
    Compute(String, String),
}

fn advice(homepage: &Option<String>) -> String {
    match homepage {
        Some(url) => format!("install it ({url}) or add its directory to PATH"),
        None => "install it or add its directory to PATH".to_string(),
    }
}
