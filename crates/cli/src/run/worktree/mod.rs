//! `worktree …`: made, listed, finished and brought back by this process; the daemon is only asked
//! who is in one.

mod conflict;
pub mod diff;
mod diff_program;
mod panes;
pub mod setup;
mod start;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{now, paint};
use crate::args::{Prune, Worktree, WorktreeFinish, WorktreeList, WorktreeRestore};
use crate::environment::{self, Environment};
use crate::error::{CliError, NOT_FOUND, REFUSED};
use crate::{print, show};
use segno_worktree::finish::{self, Finish, Way};
use segno_worktree::forge::request;
use segno_worktree::list::{self, Tree};
use segno_worktree::{Context, Error, glance, trash};

pub use start::{for_new_pane, pane_for};

/// How long git may take for what is shown beside other things.
const LOOK_LIMIT: Duration = Duration::from_secs(5);

/// `worktree …`
pub fn worktree(env: &Environment, command: &Worktree) -> Result<(), CliError> {
    match command {
        Worktree::Add(args) => start::add(env, args),
        Worktree::List(args) => list_all(env, args),
        Worktree::Finish(args) => finish_one(env, args),
        Worktree::Prune(args) => prune(env, args),
        Worktree::Restore(args) => restore(env, args),
        Worktree::Look { directory, ask } => look(env, directory, *ask),
    }
}

/// What worktrees are made with; Segno's home is made when it is not there.
fn context(env: &Environment, what: &str) -> Result<Context, CliError> {
    env.home.create().map_err(|error| CliError::new(what, error))?;
    Ok(Context::new(env.home.clone()))
}

fn failed(what: &str) -> impl Fn(Error) -> CliError {
    move |error| {
        let code = match &error {
            Error::Unknown(_) | Error::NotInTrash(_) | Error::NoRepository(_) => NOT_FOUND,
            Error::Losses(_) | Error::Conflicts { .. } | Error::Refused(_) => REFUSED,
            _ => 1,
        };
        CliError { code, ..CliError::new(what, error) }
    }
}

fn seconds() -> u64 {
    now() / 1000
}

/// `worktree list`
fn list_all(env: &Environment, args: &WorktreeList) -> Result<(), CliError> {
    let what = "cannot list the worktrees";
    let context = context(env, what)?;
    let own = (!args.all).then_some(env.cwd.as_path());
    let trees = list::list(&context, own, args.size).map_err(failed(what))?;
    let panes = panes::all(env);
    let used: Vec<Vec<String>> = trees.iter().map(|tree| panes.names_in(&tree.path)).collect();
    match args.json {
        true => print::line(&show::worktree::list_json(&trees, &used)),
        false => print::line(&show::worktree::list(&trees, &used, now(), paint(env))),
    }
}

/// `worktree finish`
fn finish_one(env: &Environment, args: &WorktreeFinish) -> Result<(), CliError> {
    let what = "cannot finish the worktree";
    let context = context(env, what)?;
    let panes = panes::all(env);
    let path = find(env, &context, what, &panes, args.worktree.as_deref())?;
    let mut programs = Vec::new();
    if !args.keep && !args.close {
        programs = panes.busy_in(env, &path);
    }
    let way = match args {
        _ if args.leave => Way::Leave,
        _ if args.rebase => Way::Rebase,
        _ if args.squash => Way::Squash,
        _ => Way::Merge,
    };
    let wanted = Finish {
        path,
        way,
        into: args.into.clone(),
        message: args.message.clone(),
        keep: args.keep,
        to_trash: args.trash,
        programs,
        now: seconds(),
    };
    if args.pr {
        return ask_for(env, what, &context, &wanted, args.json);
    }
    if wanted.way != Way::Leave {
        // In this order nothing runs for what would not be merged.
        finish::check(&context, &wanted).map_err(failed(what))?;
        let fits = finish::rehearse(&context, &wanted);
        fits.map_err(|error| {
            conflict::offered(env, what, &panes, &wanted.path, error, args.ask_agent)
        })?;
        setup::before_merge(env, what, &context, &wanted.path)?;
    }
    if !args.keep {
        setup::tear_down(env, what, &context, &wanted)?;
    }
    if args.close {
        // Nobody is sent away for something that is refused.
        finish::check(&context, &wanted).map_err(failed(what))?;
        // Some of them may be closed by now, and the last one takes the daemon along.
        panes::all(env).close_in(env, what, &wanted.path)?;
    }
    let finished = finish::finish(&context, &wanted).map_err(failed(what))?;
    match args.json {
        true => print::line(&show::json("finished", &finished)),
        false => print::line(&show::worktree::finished(&finished)),
    }
}

/// `worktree finish --pr`
fn ask_for(
    env: &Environment,
    what: &str,
    context: &Context,
    wanted: &Finish,
    json: bool,
) -> Result<(), CliError> {
    let whole = Finish { way: Way::Leave, keep: true, ..wanted.clone() };
    finish::check(context, &whole).map_err(failed(what))?;
    setup::before_merge(env, what, context, &wanted.path)?;
    let (into, message) = (wanted.into.as_deref(), wanted.message.as_deref());
    let has = &environment::has_program;
    let done = request::request(context, &wanted.path, into, message, has);
    let done = done.map_err(failed(what))?;
    match json {
        true => print::line(&show::json("requested", &done)),
        false => print::line(&show::worktree::requested(&done)),
    }
}

/// The worktree that is meant: of a pane, by name, branch or directory.
fn find(
    env: &Environment,
    context: &Context,
    what: &str,
    panes: &panes::Panes,
    meant: Option<&str>,
) -> Result<PathBuf, CliError> {
    let Some(meant) = meant else { return Ok(env.cwd.clone()) };
    let trees = list::list(context, Some(&env.cwd), false).unwrap_or_default();
    let trees: Vec<Tree> = match trees.is_empty() {
        false => trees,
        true => list::list(context, None, false).map_err(failed(what))?,
    };
    let called = |tree: &&Tree| {
        tree.branch.as_deref() == Some(meant)
            || tree.record.as_ref().is_some_and(|record| record.name == meant || record.id == meant)
    };
    if let Some(tree) = trees.iter().find(called) {
        return Ok(tree.path.clone());
    }
    if let Some(directory) = panes.directory_of(meant) {
        return Ok(directory);
    }
    let directory = env.cwd.join(meant);
    match directory.is_dir() {
        true => Ok(directory),
        false => Err(failed(what)(Error::Unknown(meant.to_string()))),
    }
}

/// `worktree look`
fn look(env: &Environment, directory: &Path, ask: bool) -> Result<(), CliError> {
    let what = "cannot look at the worktree";
    let context = Context { look_limit: LOOK_LIMIT, ..context(env, what)? };
    let seen = glance::look(&context, directory, &environment::has_program, ask);
    let seen = serde_json::to_string(&seen.map_err(failed(what))?);
    print::line(&seen.map_err(|error| CliError::new(what, error))?)
}

/// `worktree prune`
fn prune(env: &Environment, args: &Prune) -> Result<(), CliError> {
    let what = "cannot prune the worktrees";
    let context = context(env, what)?;
    let own = (!args.all).then_some(env.cwd.as_path());
    let panes = panes::all(env);
    let is_used = |path: &Path| !panes.names_in(path).is_empty();
    let pruned = list::prune(&context, own, seconds(), args.dry_run, &is_used);
    let pruned = pruned.map_err(failed(what))?;
    let line = |one: &list::Pruned| show::plain(&format!("{}: {}", one.path.display(), one.why));
    print::line(&pruned.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// `worktree restore`
fn restore(env: &Environment, args: &WorktreeRestore) -> Result<(), CliError> {
    let what = "cannot bring the worktree back";
    let context = context(env, what)?;
    let Some(name) = &args.worktree else {
        let kept = trash::all(&context);
        return match args.json.json {
            true => print::line(&show::json("trash", &kept)),
            false => print::line(&show::worktree::trash(&kept, now(), paint(env))),
        };
    };
    let record = trash::restore(&context, name).map_err(failed(what))?;
    match args.json.json {
        true => print::line(&show::json("worktree", &record)),
        false => print::line(&record.path.display().to_string()),
    }
}
