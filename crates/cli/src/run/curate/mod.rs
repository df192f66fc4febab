//! `curate`: what a conversation taught is kept as notes, by an agent that runs without a terminal.
//! Needs no daemon; the daemon starts `curate --background` and reads the word that it leaves.

mod agent;
mod cost;
mod due;
mod kept;
mod known;
mod plan;

use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use crate::args;
use crate::environment::{self, Environment};
use crate::error::{CliError, NOT_FOUND, REFUSED, TIMEOUT};
use crate::run::history;
use crate::{print, show};
use agent::{End, Stops};
use due::{Next, State};
use known::Known;
use plan::{Plan, Setup};
use segno_agent::usage::ledger::Entry;
use segno_archive::Archive;
use segno_archive::query::time::Now;
use segno_base::system::lock_file::LockFile;
use segno_base::system::os;
use segno_store::curation::{Ended, Word};

const WHAT: &str = "cannot curate";
/// Of what `--json` prints. What is added does not change it.
const VERSION: u32 = 1;

/// Runs what was asked for; 1 when the agent failed, 124 when it took too long.
pub fn curate(env: &Environment, args: &args::Curate) -> Result<ExitCode, CliError> {
    match &args.id {
        Some(id) => by_hand(env, id, args),
        None => by_itself(env).map(|()| ExitCode::SUCCESS),
    }
}

/// How a run went.
struct Report {
    /// A line for the user.
    text: String,
    end: End,
    notes: Vec<String>,
    printed: String,
    usage: Vec<Entry>,
}

impl Report {
    fn code(&self) -> u8 {
        match self.end {
            End::Status(status) => u8::from(!status.success()),
            End::TooLong => TIMEOUT,
            End::Stopped => 1,
        }
    }
}

fn now() -> i64 {
    Now::system().milliseconds()
}

/// A time that all is after that is said from now on, also where an agent notes whole seconds.
fn before_now() -> i64 {
    Now::system().second() - 1
}

fn by_hand(env: &Environment, id: &str, args: &args::Curate) -> Result<ExitCode, CliError> {
    if environment::is_curating() {
        let why = "this is a curation itself";
        return Err(CliError::new(WHAT, why).coded(REFUSED));
    }
    let setup = Setup::of(&env.home);
    history::update_quietly(env, WHAT)?;
    let archive = known::open(env, WHAT)?.ok_or_else(|| {
        CliError::new(WHAT, "nothing is archived yet").todo("`segno history update` begins it")
    })?;
    let of = known::find(&archive, id).map_err(|e| archive_failed(&e))?;
    let begin = || State::new(before_now(), setup.times());
    let mut state = kept::state(env, WHAT, None)?.unwrap_or_else(begin);
    if state.is_own(&of.seen) || of.is_marked(&archive).map_err(|e| archive_failed(&e))? {
        let why = "it is a curation's own conversation";
        return Err(CliError::new(WHAT, why).coded(REFUSED));
    }
    let plan = setup.plan(env, WHAT, &of, !args.dry_run)?;
    if args.dry_run {
        return shown(&of, &plan, args.json).map(|()| ExitCode::SUCCESS);
    }
    let lock = LockFile::try_acquire(&kept::lock_path(env, WHAT)?);
    let Some(lock) = lock.map_err(|e| CliError::new(WHAT, e))? else {
        let busy = CliError::new(WHAT, "another curation is under way").coded(REFUSED);
        return Err(busy.todo("try again when it has ended"));
    };
    // Another may have ended meanwhile.
    state = kept::state(env, WHAT, Some(&lock))?.unwrap_or(state);
    let report = carry_out(env, &setup, &of, &plan, &mut state, &lock)?;
    if args.json {
        let report = json!({
            "version": VERSION,
            "conversation": { "agent": of.seen.agent, "id": of.seen.id },
            "type": plan.type_name,
            "directory": plan.directory,
            "notes": report.notes,
            "succeeded": report.code() == 0,
            "text": report.text,
            "output": report.printed,
            "usage": report.usage,
        });
        print::line(&format!("{report:#}"))?;
    } else {
        let printed = segno_base::text::plain_text::lines(report.printed.trim_end());
        print::line(&format!("{printed}\n{}\n{}", report.text, plan.directory.display()))?;
    }
    Ok(ExitCode::from(report.code()))
}

/// One conversation that is due, if one is; and word for the daemon.
fn by_itself(env: &Environment) -> Result<(), CliError> {
    let setup = Setup::of(&env.home);
    if !setup.config.curate.enabled || environment::is_curating() {
        return Ok(());
    }
    let lock = LockFile::acquire(&kept::lock_path(env, WHAT)?);
    let lock = lock.map_err(|e| CliError::new(WHAT, e))?;
    let times = setup.times();
    let mut state = match kept::state(env, WHAT, Some(&lock))? {
        Some(state) => state,
        None => {
            let state = State::new(before_now(), times);
            kept::store(env, WHAT, &lock, &state)?;
            state
        }
    };
    // From here on it may take long, and everything else of the machine goes first.
    os::give_way();
    history::update_quietly(env, WHAT)?;
    let Some(archive) = known::open(env, WHAT)? else {
        return leave(env, &Word::default());
    };
    let mut all = candidates(&setup, &archive, &state)?;
    let (mut ended, mut problems) = (None, Vec::new());
    if let Some(n) = due(&archive, &mut all, &state, &setup)? {
        let of = &all[n];
        // What cannot be planned is claimed as well: trying again at once would not mend it.
        let report = match setup.plan(env, WHAT, of, true) {
            Ok(plan) => carry_out(env, &setup, of, &plan, &mut state, &lock),
            Err(error) => {
                state.claim(&of.seen, String::new(), now(), times);
                state.ended(now());
                kept::store(env, WHAT, &lock, &state)?;
                Err(error)
            }
        };
        match report {
            Ok(report) => {
                // For the daemon's log.
                print::line(&report.text)?;
                ended = Some(ended_as(of, report));
            }
            Err(error) => problems.push(format!("{}: {}", error.what, error.why)),
        }
    }
    drop(lock);
    let seen: Vec<_> = all.iter().map(|one| one.seen.clone()).collect();
    let next = match state.next(&seen, times, now()) {
        Next::Now(_) => Some(now()),
        Next::At(at) => Some(at),
        Next::Nothing => None,
    };
    leave(env, &Word { next: next.and_then(|at| u64::try_from(at).ok()), problems, ended })
}

fn candidates(setup: &Setup, archive: &Archive, state: &State) -> Result<Vec<Known>, CliError> {
    let mut all = known::since(archive, state.since).map_err(|e| archive_failed(&e))?;
    all.retain(|one| setup.can(&one.seen.agent));
    Ok(all)
}

/// The one that is due now; those that turn out to be a curation's are taken out.
fn due(
    archive: &Archive,
    all: &mut Vec<Known>,
    state: &State,
    setup: &Setup,
) -> Result<Option<usize>, CliError> {
    loop {
        let seen: Vec<_> = all.iter().map(|one| one.seen.clone()).collect();
        let Next::Now(n) = state.next(&seen, setup.times(), now()) else { return Ok(None) };
        if !all[n].is_marked(archive).map_err(|e| archive_failed(&e))? {
            return Ok(Some(n));
        }
        all.remove(n);
    }
}

/// Claims the time, runs the agent, and notes what came of it.
fn carry_out(
    env: &Environment,
    setup: &Setup,
    of: &Known,
    plan: &Plan,
    state: &mut State,
    lock: &LockFile,
) -> Result<Report, CliError> {
    // Until then, whoever ends this process ends it at once.
    let stops = Stops::watch().map_err(|e| CliError::new(WHAT, e))?;
    let before = kept::notes(&plan.directory);
    let directory = plan.directory.to_string_lossy().into_owned();
    state.claim(&of.seen, directory, now(), setup.times());
    kept::store(env, WHAT, lock, state)?;
    let ran = agent::run(&plan.start, &plan.directory, lock, plan.limit, &stops);
    state.ended(now());
    kept::store(env, WHAT, lock, state)?;
    let program = plan.start.program.display();
    let (end, printed) = ran.map_err(|e| CliError::new(WHAT, format!("{program}: {e}")))?;
    let notes = kept::changed(&before, &kept::notes(&plan.directory));
    let usage = match state.runs.last() {
        // Notes are worth more than what they cost.
        Some(run) => cost::note(env, WHAT, setup, plan, run).unwrap_or_else(|error| {
            eprintln!("{error}");
            Vec::new()
        }),
        None => Vec::new(),
    };
    let text = said(of, end, &notes, &printed, plan.limit, &usage);
    Ok(Report { text, end, notes, printed, usage })
}

/// A line for the user.
fn said(
    of: &Known,
    end: End,
    notes: &[String],
    printed: &str,
    limit: Duration,
    usage: &[Entry],
) -> String {
    /// Notes that are named.
    const NAMED: usize = 3;
    let called = show::plain(&of.called());
    let last = || printed.lines().map(str::trim).rfind(|line| !line.is_empty());
    let text = match end {
        End::Status(status) if status.success() && notes.is_empty() => {
            format!("curated {called}: nothing new to keep")
        }
        End::Status(status) if status.success() => {
            let more = notes.len().saturating_sub(NAMED);
            let named = notes.iter().take(NAMED).map(|note| show::plain(note));
            let named = named.collect::<Vec<_>>().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("curated {called}: notes in {named}{more}")
        }
        End::Status(status) => {
            let why = last().map_or_else(|| status.to_string(), show::plain);
            format!("the curation of {called} failed: {why}")
        }
        End::TooLong => {
            let minutes = limit.as_secs() / 60;
            format!("the curation of {called} took longer than {minutes} min and was ended")
        }
        End::Stopped => format!("the curation of {called} was stopped"),
    };
    let cost: f64 = usage.iter().map(|entry| entry.usage.counts.cost).sum();
    if cost > 0.0 { format!("{text} (${cost:.2})") } else { text }
}

/// What the daemon is to know of a run.
fn ended_as(of: &Known, report: Report) -> Ended {
    Ended {
        type_name: of.seen.agent.clone(),
        session: of.seen.id.clone(),
        failed: report.code() != 0,
        text: report.text,
        usage: report.usage,
    }
}

fn leave(env: &Environment, word: &Word) -> Result<(), CliError> {
    word.leave(&env.home).map_err(|e| CliError::new(WHAT, e))
}

/// Prints what would be run.
fn shown(of: &Known, plan: &Plan, as_json: bool) -> Result<(), CliError> {
    let args: Vec<_> = plan.start.args.iter().map(|arg| arg.to_string_lossy()).collect();
    if as_json {
        let plan = json!({
            "version": VERSION,
            "conversation": { "agent": of.seen.agent, "id": of.seen.id },
            "type": plan.type_name,
            "program": plan.start.program,
            "args": args,
            "directory": plan.directory,
            "prompt": plan.prompt,
        });
        return print::line(&format!("{plan:#}"));
    }
    let options = args.iter().filter(|arg| **arg != plan.prompt);
    let options: Vec<_> = options.map(|arg| show::plain(arg)).collect();
    let lines = [
        format!("would run {} {} PROMPT", plan.start.program.display(), options.join(" ")),
        format!("in {}", plan.directory.display()),
        format!("for at most {} min, with this prompt:\n", plan.limit.as_secs() / 60),
        segno_base::text::plain_text::lines(&plan.prompt),
    ];
    print::line(&lines.join("\n"))
}

fn archive_failed(error: &segno_archive::Error) -> CliError {
    use segno_archive::Error;
    let said = CliError::new(WHAT, error);
    match error {
        Error::Unknown(_) => said.coded(NOT_FOUND).todo("`segno history list` shows what there is"),
        Error::Ambiguous(_) => said.coded(NOT_FOUND).todo("write more of it"),
        _ => said,
    }
}
