//! Why a tool could not do what it was asked for: a stable code, a reason, and what to do.

use serde::Serialize;

use segno_archive::Error as ArchiveError;
use segno_wire::rpc::{RpcError, code};

/// What a program or a model can act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Stable; docs/for-agents.md lists them.
    pub code: &'static str,
    /// One line.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into(), todo: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn todo(self, todo: impl Into<String>) -> Failure {
        Failure { todo: Some(todo.into()), ..self }
    }

    /// Arguments that do not fit.
    pub fn arguments(message: impl Into<String>) -> Failure {
        Failure::new("bad_arguments", message)
    }

    /// Nobody wants to know any more.
    pub fn cancelled() -> Failure {
        Failure::new("cancelled", "the client has cancelled the request")
    }

    /// What the daemon answered.
    pub fn rpc(error: &RpcError) -> Failure {
        let name = match error.code {
            code::NOT_FOUND => "not_found",
            code::AMBIGUOUS => "ambiguous",
            code::REFUSED => "refused",
            code::PROTOCOL | code::NO_METHOD => "version",
            code::INVALID_PARAMS => "bad_arguments",
            code::STOPPING => "no_daemon",
            _ => "failed",
        };
        Failure::new(name, &error.message)
    }

    /// What the archive says went wrong.
    pub fn archive(error: &ArchiveError) -> Failure {
        match error {
            ArchiveError::Unknown(_) => Failure::new("not_found", error.to_string())
                .todo("history_search and history_list show the ids"),
            ArchiveError::Ambiguous(_) => {
                Failure::new("ambiguous", error.to_string()).todo("write more of the id")
            }
            ArchiveError::Pattern(_) => Failure::arguments(error.to_string()),
            ArchiveError::Busy => Failure::new("busy", error.to_string()).todo("try again"),
            _ => Failure::new("failed", error.to_string()),
        }
    }
}
