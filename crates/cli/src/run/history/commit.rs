//! `history commit`: which conversation made a commit. Git prints the beginning of a commit's name
//! when it is made, and agents keep what their tools print. Where none did, its files and its time
//! say who has likely made it.

use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;

use super::likely::{self, Likely};
use super::{archive, failed};
use crate::args;
use crate::environment::Environment;
use crate::error::{CliError, NOT_FOUND};
use crate::run::paint;
use crate::{print, show};
use segno_archive::query::time::Now;
use segno_archive::query::{self, How, Options, Query, Role, SearchReport, Term};
use segno_archive::read::Reveal;
use segno_worktree::Context;
use segno_worktree::git::Git;

const WHAT: &str = "cannot find the conversation";
const BUDGET: Duration = Duration::from_secs(5);
/// Git abbreviates names to no less.
const SHORT: usize = 7;
/// A day before the commit and one after it; clocks differ.
const AROUND_MS: i64 = 24 * 60 * 60 * 1000;

/// Says it; 1 when none is known.
pub fn commit(env: &Environment, args: &args::Commit) -> Result<ExitCode, CliError> {
    let (name, time_ms) = made(env, &args.commit)?;
    let now = Now::system();
    let short = name.get(..SHORT).unwrap_or(&name).to_string();
    let mut query =
        Query { all: vec![vec![Term { text: short, prefix: true }]], ..Query::default() };
    query.filters.role.push(Role::Tool);
    query.filters.since = Some(time_ms.saturating_sub(AROUND_MS));
    query.filters.until = Some(time_ms.saturating_add(AROUND_MS));
    let options = Options {
        limit: args.limit,
        context: 0,
        how: How::Words,
        budget: BUDGET,
        reveal: Reveal::No,
        now: now.clone(),
    };
    let archive = archive(env, WHAT)?;
    let report = query::search(&archive, &query, &options).map_err(|e| failed(WHAT, &e))?;
    let mut answer = Answer { report, likely: Vec::new() };
    if answer.report.results.is_empty() {
        let context = Context::new(env.home.clone());
        let commit = likely::Commit { name: &name, time_ms };
        answer.likely = likely::likely(&archive, &context, &env.cwd, &commit, args.limit);
    }
    let none = answer.report.results.is_empty() && answer.likely.is_empty();
    match args.json {
        true => super::look::json(&answer)?,
        false if none => {
            eprintln!("segno: no conversation is known in which {name} was made");
        }
        false if answer.likely.is_empty() => {
            print::line(&show::history::search(&answer.report, &now, paint(env)))?;
        }
        false => print::line(&show::history::likely(&answer.likely, &now, paint(env)))?,
    }
    Ok(ExitCode::from(u8::from(none)))
}

/// Conversations whose tools printed its name; without any, those that have likely made it.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    report: SearchReport,
    likely: Vec<Likely>,
}

/// A commit's whole name, and when it was made, in milliseconds since the Unix epoch.
fn made(env: &Environment, named: &str) -> Result<(String, i64), CliError> {
    let context = Context::new(env.home.clone());
    let git = Git::look(&context, &env.cwd);
    let show = git.call(["log", "-1", "--format=%H %ct", "--end-of-options"]);
    let unknown = |why: &str| {
        CliError::new(WHAT, why.to_string()).coded(NOT_FOUND).todo("go to its repository")
    };
    let printed = show.arg(named).text().map_err(|error| unknown(&error.to_string()))?;
    let (name, time) = printed.split_once(' ').ok_or_else(|| unknown("git says nothing of it"))?;
    let time: i64 = time.trim().parse().map_err(|_| unknown("git says no time of it"))?;
    Ok((name.to_string(), time.saturating_mul(1000)))
}
