//! Carrying out the commands: one function each, from parsed arguments to printed text.

pub mod api;
pub mod attach;
pub mod budget;
pub mod clients;
pub mod curate;
pub mod daemon;
pub mod doctor;
pub mod events;
pub mod history;
pub mod hub;
pub mod mcp;
pub mod notices;
pub mod pane_attributes;
pub mod panes;
pub mod processes;
pub mod project;
pub mod service;
pub mod skill;
pub mod sync;
pub mod types;
pub mod update;
pub mod usage;
pub mod web;
pub mod worktree;

use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;

use super::caller::CallError;
use super::environment::Environment;
use super::error::CliError;
use super::process::{self, ProcessError};
use super::show::table::Paint;
use segno_wire::control::Call;

/// Whether a command may start the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It changes something, so that there has to be a daemon.
    Start,
    /// It only looks, and starting agents would be a surprise.
    Look,
}

/// Makes one call; `what` begins the error line.
pub fn call<T: DeserializeOwned>(
    env: &Environment,
    reach: Reach,
    what: &str,
    call: &Call,
) -> Result<T, CliError> {
    let connect = match reach {
        Reach::Start => process::ensure_daemon,
        Reach::Look => process::connect_to_look,
    };
    let mut control = process::greet(&env.home, connect).map_err(|e| process_error(what, e))?;
    match control.call(call) {
        // Looking twice does no harm, and the next daemon is as good.
        Err(CallError::Gone) if reach == Reach::Look => {
            control = process::greet(&env.home, connect).map_err(|e| process_error(what, e))?;
            control.call(call)
        }
        other => other,
    }
    .map_err(|e| call_error(what, e))
}

/// As [`call`] for a look, or what is known without a daemon when none runs.
pub fn look<T: DeserializeOwned>(
    env: &Environment,
    what: &str,
    request: &Call,
    without: impl FnOnce() -> Result<T, CliError>,
) -> Result<T, CliError> {
    match process::connect_to_look(&env.home) {
        Err(ProcessError::NotRunning) => without(),
        _ => call(env, Reach::Look, what, request),
    }
}

/// A failed call as an error line.
pub fn call_error(what: &str, error: CallError) -> CliError {
    match error {
        CallError::Rpc(error) => CliError::rpc(what, &error),
        CallError::Gone => CliError::new(what, error).todo("try again; nothing is lost"),
        other => CliError::new(what, other),
    }
}

/// A daemon out of reach as an error line.
pub fn process_error(what: &str, error: ProcessError) -> CliError {
    match error {
        ProcessError::NotRunning => CliError::new(what, error)
            .todo("`segno` or `segno daemon start` brings everything back"),
        ProcessError::Call(error) => call_error(what, error),
        other => CliError::new(what, other),
    }
}

/// Milliseconds since the Unix epoch.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The colours and the width that standard output may have.
pub fn paint(env: &Environment) -> Paint {
    Paint { on: env.color, columns: env.columns }
}
