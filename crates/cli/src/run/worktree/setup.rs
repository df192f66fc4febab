//! What a project wants to run when a worktree is made and before it goes: `[worktree]` of its
//! `.segno.toml`, if the user trusts that. It runs in a pane, where it is seen and can be answered.

use crate::environment::Environment;
use crate::error::{CliError, REFUSED};
use crate::run::{Reach, call};
use segno_agent::start::StartRequest;
use segno_custom::project::worktree_commands::{self, Commands};
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{Close, Created, NewPane, PaneRef, StatusOf};
use segno_wire::control::panes::pane_info::PaneStatus;
use segno_wire::control::panes::wait::{Wait, WaitFor, Waited};
use segno_worktree::Context;
use segno_worktree::finish::Finish;
use segno_worktree::record::{self, Record};
use segno_worktree::start::Started;

/// The pane type of what must not run again by itself; it starts with variables.
const ONCE_TYPE: &str = "once";

/// A pane in which something has ended well. To be closed only when what follows has a pane: the
/// last one takes the daemon along.
#[must_use]
#[derive(Default)]
pub struct Done(Option<PaneRef>);

impl Done {
    /// Closes it.
    pub fn close(self, env: &Environment, what: &str) {
        let Some(pane) = self.0 else { return };
        let close = Call::PaneClose(Close { pane, force: false });
        // Somebody else may have closed it.
        let _: Result<serde_json::Value, _> = call(env, Reach::Look, what, &close);
    }
}

/// Runs `setup` in a worktree that was just made, and waits for its end.
pub fn run(env: &Environment, what: &str, started: &Started) -> Result<Done, CliError> {
    let Some(record) = started.record.as_ref().filter(|_| !started.existing) else {
        return Ok(Done(None));
    };
    let Some(line) = commands(env, record).and_then(|commands| commands.setup) else {
        return Ok(Done(None));
    };
    let done = in_a_pane(env, what, record, "setup", &line).map_err(|error| {
        error.todo(format!("fix it in {}; the worktree stays", record.path.display()))
    })?;
    let context = Context::new(env.home.clone());
    segno_worktree::include::settle(&context, record).map_err(super::failed(what))?;
    Ok(done)
}

/// Runs `teardown` before a worktree goes.
pub fn tear_down(
    env: &Environment,
    what: &str,
    context: &Context,
    finish: &Finish,
) -> Result<(), CliError> {
    let Some(record) = record::at(context, &finish.path) else { return Ok(()) };
    let Some(line) = commands(env, &record).and_then(|commands| commands.teardown) else {
        return Ok(());
    };
    // Nothing is torn down that would not go.
    segno_worktree::finish::check(context, finish).map_err(super::failed(what))?;
    in_a_pane(env, what, &record, "teardown", &line)?.close(env, what);
    Ok(())
}

/// Runs `pre_merge` in a worktree that is about to be merged.
pub fn before_merge(
    env: &Environment,
    what: &str,
    context: &Context,
    path: &std::path::Path,
) -> Result<(), CliError> {
    let Some(record) = record::at(context, path) else { return Ok(()) };
    let Some(line) = commands(env, &record).and_then(|commands| commands.pre_merge) else {
        return Ok(());
    };
    in_a_pane(env, what, &record, "pre_merge", &line)?.close(env, what);
    Ok(())
}

/// What the repository's own file says, not the worktree's: that one is the agent's to change.
fn commands(env: &Environment, record: &Record) -> Option<Commands> {
    let root = match record.repository.file_name().is_some_and(|name| name == ".git") {
        true => record.repository.parent()?,
        false => &record.repository,
    };
    match worktree_commands::trusted(&env.home, root) {
        Ok(commands) => commands,
        Err(why) => {
            eprintln!("segno: {}", crate::show::plain(&why));
            None
        }
    }
}

/// Runs a command line of the project's in a pane of its own, which stays when it ends badly.
fn in_a_pane(
    env: &Environment,
    what: &str,
    record: &Record,
    name: &str,
    line: &str,
) -> Result<Done, CliError> {
    let called = format!("{name} {}", record.name);
    // What an earlier run that failed has left on the screen is over with this one.
    if let Some(pane) = super::panes::all(env).ended(&called) {
        Done(Some(pane)).close(env, what);
    }
    let mut args = Vec::new();
    let variables = record.variables(&record::all(&Context::new(env.home.clone()))).into_iter();
    args.extend(variables.map(|(name, value)| format!("{name}={}", value.to_string_lossy())));
    args.extend(["/bin/sh".into(), "-c".into(), line.to_string()]);
    let start = StartRequest {
        type_name: ONCE_TYPE.into(),
        name: Some(called),
        cwd: record.path.clone(),
        args,
        umask: Some(env.umask),
        ..StartRequest::default()
    };
    let new = NewPane { start, from: env.own_pane(), ..NewPane::default() };
    let created: Created = call(env, Reach::Start, what, &Call::PaneNew(Box::new(new)))?;
    let pane = PaneRef::from(created.pane);
    let wait = Wait {
        pane: pane.clone(),
        panes: Vec::new(),
        wait_for: vec![WaitFor::Exited],
        any: false,
        timeout_ms: None,
    };
    let _: Waited = call(env, Reach::Start, what, &Call::PaneWait(wait))?;
    let of = Call::PaneStatus(StatusOf { pane: Some(pane.clone()) });
    let status: PaneStatus = call(env, Reach::Look, what, &of)?;
    match status.pane.exit.and_then(|exit| exit.code) {
        Some(0) => Ok(Done(Some(pane))),
        _ => {
            let why = format!("{name} of the project failed; `segno read {pane}` shows how");
            Err(CliError { code: REFUSED, ..CliError::new(what, why) })
        }
    }
}
