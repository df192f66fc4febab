//! `mcp`: the Model Context Protocol on standard input and output.

use std::sync::Arc;

use serde_json::Value;

use crate::args::Mcp;
use crate::caller::CallError;
use crate::environment::Environment;
use crate::error::CliError;
use crate::process::{self, ProcessError};
use segno_mcp::{Daemon, Failure, Settings};
use segno_store::home::Home;
use segno_wire::control::Call;

/// Serves one client until it goes.
pub fn mcp(env: &Environment, args: &Mcp) -> Result<(), CliError> {
    const WHAT: &str = "cannot serve";
    let project = args.project.as_ref().map(|directory| {
        let directory = env.cwd.join(directory);
        directory
            .canonicalize()
            .map_err(|e| CliError::usage(WHAT, format!("{}: {e}", directory.display())))
    });
    let settings = Settings {
        read_only: args.read_only,
        project: project.transpose()?,
        own: env.pane.as_ref().and_then(|pane| pane.parse().ok()),
        cwd: env.cwd.clone(),
        home: env.home.clone(),
    };
    segno_mcp::serve(settings, Arc::new(Calls(env.home.clone())))
        .map_err(|e| CliError::new(WHAT, e).todo("docs/for-agents.md says how agents are given it"))
}

/// A connection for each call: they may come at the same time, and a wait lasts.
pub(super) struct Calls(pub(super) Home);

impl Daemon for Calls {
    fn call(&self, call: &Call) -> Result<Value, Failure> {
        // Looking starts no agents.
        let connect = match call {
            Call::PaneNew(_) => process::ensure_daemon,
            _ => process::connect_to_look,
        };
        let mut control = process::greet(&self.0, connect).map_err(|e| match e {
            ProcessError::Call(error) => failure(error),
            ProcessError::NotRunning => Failure::new("no_daemon", e.to_string())
                .todo("`segno daemon start` brings every pane back"),
            other => Failure::new("no_daemon", other.to_string()),
        })?;
        control.call(call).map_err(failure)
    }
}

fn failure(error: CallError) -> Failure {
    match error {
        CallError::Rpc(error) => Failure::rpc(&error),
        CallError::Hello(_) => Failure::new("version", error.to_string()),
        CallError::Gone => {
            Failure::new("no_daemon", error.to_string()).todo("look whether it was done; try again")
        }
        other => Failure::new("failed", other.to_string()),
    }
}
