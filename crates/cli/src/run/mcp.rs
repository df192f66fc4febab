//! `mcp`: the Model Context Protocol on standard input and output.

use std::os::unix::net::UnixStream;
use std::sync::Arc;

use serde_json::Value;

use crate::args::Mcp;
use crate::caller::{CallError, Control, lasts};
use crate::environment::Environment;
use crate::error::CliError;
use crate::process::{self, ProcessError, readable_before};
use crate::run::history::answer;
use crate::run::panes::wait::next_daemon;
use segno_mcp::{Caller, Daemon, Failure, Settings};
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::control::panes::prompt::PromptEnded;

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
    segno_mcp::serve(settings, Arc::new(Calls(env.clone())))
        .map_err(|e| CliError::new(WHAT, e).todo("docs/for-agents.md says how agents are given it"))
}

/// A connection for each call: they may come at the same time, and a wait lasts.
pub(super) struct Calls(pub(super) Environment);

/// None: its caller has given up.
fn once(
    mut control: Control,
    call: &Call,
    caller: Option<&Caller>,
) -> Result<Option<Value>, CallError> {
    control.ask(call)?;
    // Whoever gives up hangs up, and the daemon waits for nothing either.
    if let Some(caller) = caller.filter(|_| lasts(call))
        && !readable_before(&control, caller)
    {
        return Ok(None);
    }
    control.answer().map(Some)
}

/// Whether a call that may have been carried out can be made again: it changes nothing, or its id
/// or key says that it is the same one.
fn repeats(call: &Call) -> bool {
    !matches!(call, Call::PaneSend(_) | Call::PaneKeys(_) | Call::PaneClose(_))
}

impl Daemon for Calls {
    fn call(&self, call: &Call, caller: Option<&Caller>) -> Result<Value, Failure> {
        // Looking starts no agents.
        let connect: fn(&Home) -> Result<UnixStream, ProcessError> = match call {
            Call::PaneNew(_) => process::ensure_daemon,
            _ => process::connect_to_look,
        };
        let mut connected = process::greet(&self.0.home, connect);
        loop {
            match connected.and_then(|control| Ok(once(control, call, caller)?)) {
                Err(ProcessError::Call(CallError::Gone)) if repeats(call) => {
                    connected = next_daemon(&self.0.home, connect);
                }
                answer => {
                    return answer.map_err(failure)?.ok_or_else(Failure::cancelled);
                }
            }
        }
    }

    fn answer(&self, prompt: &str, ended: &PromptEnded) -> Option<Value> {
        // The protocol's stream is no place for why not.
        let answer = answer::to_prompt(&self.0, "cannot prompt", prompt, ended).ok()??;
        serde_json::to_value(answer).ok()
    }
}

fn failure(error: ProcessError) -> Failure {
    let error = match error {
        ProcessError::Call(error) => error,
        ProcessError::NotRunning => {
            return Failure::new("no_daemon", error.to_string())
                .todo("`segno daemon start` brings every pane back");
        }
        other => return Failure::new("no_daemon", other.to_string()),
    };
    match error {
        CallError::Rpc(error) => Failure::rpc(&error),
        CallError::Hello(_) => Failure::new("version", error.to_string()),
        CallError::Gone => {
            Failure::new("no_daemon", error.to_string()).todo("look whether it was done; try again")
        }
        other => Failure::new("failed", other.to_string()),
    }
}
