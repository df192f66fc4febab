//! `history …`: the archive of conversations. Needs no daemon.

pub mod answer;
mod commit;
mod likely;
mod look;
mod open;
mod remove;
mod turns;
mod update;

use std::process::ExitCode;

use crate::args;
use crate::environment::Environment;
use crate::error::{CliError, NOT_FOUND, REFUSED};
use segno_archive::query::time::{self, Now};
use segno_archive::query::{Filters, Query, parse};
use segno_archive::{Archive, Error};

pub use likely::Likely;
pub use look::recent;
pub(in crate::run) use update::{of_agent as update_agent, quietly as update_quietly};

/// Runs what was asked for; what finds nothing ends like `grep`.
pub fn history(env: &Environment, command: &args::History) -> Result<ExitCode, CliError> {
    match command {
        args::History::Search(args) => return look::search(env, args),
        args::History::Query(args) => look::query(env, args),
        args::History::List(args) => look::list(env, args),
        args::History::Show(args) => look::show(env, args),
        args::History::Export(args) => look::export(env, args),
        args::History::Files(args) => look::files(env, args),
        args::History::Stats(args) => look::stats(env, args),
        args::History::Secrets(args) => look::secrets(env, args),
        args::History::Commit(args) => return commit::commit(env, args),
        args::History::Check(args) => return look::check(env, args.json),
        args::History::Open(args) => open::open(env, args),
        args::History::Forget(args) => remove::forget(env, args),
        args::History::Restore(args) => remove::restore(env, args),
        args::History::Update(args) => update::update(env, args),
        args::History::Import(args) => update::import(env, args),
        args::History::Rebuild(args) => update::rebuild(env, args),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// The archive to look into. One that does not exist is filled first.
fn archive(env: &Environment, what: &str) -> Result<Archive, CliError> {
    let directory = env.home.archive_dir();
    let open = || Archive::read(&directory).map_err(|e| failed(what, &e));
    if let Some(archive) = open()? {
        return Ok(archive);
    }
    update::fill(env, what)?;
    open()?.ok_or_else(|| {
        CliError::new(what, "nothing is archived yet").todo("`segno history update` begins it")
    })
}

/// What the archive says went wrong.
fn failed(what: &str, error: &Error) -> CliError {
    let said = CliError::new(what, error);
    match error {
        Error::Newer { .. } => CliError { code: REFUSED, ..said }.todo("update this Segno"),
        Error::Busy => CliError { code: REFUSED, ..said }.todo("try again when it has ended"),
        Error::Damaged(_) => said.todo("`segno history rebuild` builds it again"),
        Error::Full => said.todo("make room on the disk"),
        Error::Unknown(_) => {
            CliError { code: NOT_FOUND, ..said }.todo("`segno history list` shows what there is")
        }
        Error::NoMessage(_) => CliError { code: NOT_FOUND, ..said }
            .todo("`segno history show ID --json` has the ids of its messages"),
        Error::Ambiguous(_) => CliError { code: NOT_FOUND, ..said }.todo("write more of it"),
        _ => said,
    }
}

/// A query of words and options.
fn query(
    env: &Environment,
    what: &str,
    words: &[String],
    options: &args::Filters,
    now: &Now,
) -> Result<Query, CliError> {
    let mut query = parse(&words.join(" "), now);
    narrow(env, what, &mut query.filters, options, now)?;
    Ok(query)
}

/// Narrows what is looked at by the options of a command.
fn narrow(
    env: &Environment,
    what: &str,
    filters: &mut Filters,
    options: &args::Filters,
    now: &Now,
) -> Result<(), CliError> {
    filters.agent.extend(options.agent.iter().cloned());
    filters.project.extend(options.project.iter().cloned());
    filters.branch.extend(options.branch.iter().cloned());
    filters.role.extend(options.role.iter().copied());
    filters.tool.extend(options.tool.iter().cloned());
    filters.file.extend(options.file.iter().cloned());
    if let Some(cwd) = &options.cwd {
        filters.cwd = Some(env.cwd.join(cwd).to_string_lossy().into_owned());
    }
    if options.model.is_some() {
        filters.model.clone_from(&options.model);
    }
    if let Some(since) = &options.since {
        filters.since = Some(moment(what, since, now)?);
    }
    if let Some(until) = &options.until {
        filters.until = Some(moment(what, until, now)?);
    }
    filters.all |= options.all;
    Ok(())
}

pub(in crate::run) fn moment(what: &str, text: &str, now: &Now) -> Result<i64, CliError> {
    time::parse(text, now).ok_or_else(|| {
        CliError::usage(what, format!("{text:?} is no time"))
            .todo("write a day (2026-11-21), today, yesterday, or so long ago: 12h, 7d, 2w")
    })
}
