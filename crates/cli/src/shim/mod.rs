//! Shims: this program under another program's name, found first in a shell pane's PATH. It asks
//! the daemon what the real program is to be started with, and becomes it: the same process, so
//! that job control and exit status are the program's own.
//!
//! It must never be in the way: without an answer the real program is started as it was typed.

mod ask;
mod become_program;
mod place;
pub mod shell;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use super::environment::{self, Environment, Invocation};
use super::error::CliError;
use become_program::{Program, becomes};
use place::Places;
use segno_store::agent::shims::RETURN;
use segno_wire::control::panes::guest::{ShellStart, StartWith};

/// What a shell says with of a program that is not there.
const NOT_FOUND: u8 = 127;
const NOT_STARTED: u8 = 126;

/// Runs as a shim, where this process was started as one.
pub fn run() -> Option<ExitCode> {
    let invoked = environment::invocation();
    let name = invoked.name()?.to_os_string();
    // Everything that is not a shim begins so, or is a link of the kernel's.
    if name == "segno" || name == "exe" {
        return None;
    }
    let places = Places::of(&invoked)?;
    if name == RETURN {
        return Some(go_back().unwrap_or_else(|error| error.report()));
    }
    let shown = name.to_string_lossy().into_owned();
    let Some(real) = places.behind() else {
        eprintln!("{shown}: command not found");
        return Some(ExitCode::from(NOT_FOUND));
    };
    let started = plan(&invoked, &shown, &real);
    let arg0 = match invoked.by_path() {
        true => real.clone().into_os_string(),
        false => invoked.arg0.clone(),
    };
    let program = match started {
        Some(with) => Program { path: real, arg0, args: with.args, env: Some(with.env), cwd: None },
        None => Program { path: real, arg0, args: invoked.args, env: None, cwd: None },
    };
    let error = becomes(program);
    eprintln!("{shown}: {error}");
    Some(ExitCode::from(NOT_STARTED))
}

/// What the daemon says, if this is to be asked at all.
fn plan(invoked: &Invocation, name: &str, real: &Path) -> Option<StartWith> {
    // Nobody looks at a conversation that is in a pipe.
    if !invoked.interactive {
        return None;
    }
    let args: Option<Vec<String>> =
        invoked.args.iter().map(|arg| arg.to_str().map(str::to_string)).collect();
    let env = Environment::read().ok()?;
    env.pane.as_ref()?;
    let asked = ShellStart {
        program: name.to_string(),
        path: real.to_path_buf(),
        args: args?,
        cwd: env.cwd.clone(),
        env: environment::variables(),
    };
    match ask::ask(&env.home, asked) {
        Ok(starts) => {
            if let Some(note) = starts.note {
                eprintln!("segno: {note}");
            }
            starts.with
        }
        Err(why) => {
            eprintln!("segno: {name}: its conversation is not kept: {why}");
            None
        }
    }
}

/// Goes back to the agent that the pane's shell had.
pub fn go_back() -> Result<ExitCode, CliError> {
    const WHAT: &str = "cannot go back to the agent";
    let env = Environment::read()?;
    if env.pane.is_none() {
        return Err(CliError::new(WHAT, "this is no pane"));
    }
    let variables = environment::variables();
    let asked = ShellStart { cwd: env.cwd.clone(), env: variables, ..ShellStart::default() };
    let starts = ask::ask(&env.home, asked).map_err(|why| CliError::new(WHAT, why))?;
    let Some(with) = starts.with else {
        let why = starts.note.unwrap_or_else(|| "the daemon does not say how".to_string());
        return Err(CliError::new(WHAT, why));
    };
    eprintln!("segno: back in {}; ctrl+c leaves the shell alone", with.program);
    let error = becomes(Program {
        path: with.path,
        arg0: OsString::from(with.program),
        args: with.args,
        env: Some(with.env),
        cwd: Some(with.cwd),
    });
    Err(CliError::new(WHAT, error))
}
