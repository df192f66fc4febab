//! `close`: a pane and its program, and what that leaves behind.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::args::Close;
use crate::environment::Environment;
use crate::error::{CliError, NOT_FOUND, REFUSED};
use crate::run::panes::pane::done;
use crate::run::processes::{named, panes, running};
use crate::show;
use segno_base::family;
use segno_base::ids::PaneId;
use segno_base::system::os::process;
use segno_base::system::os::processes::{self, Process};
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{self as wire, PaneRef};
use segno_wire::control::panes::pane_info::PaneInfo;

const WHAT: &str = "cannot close";
/// How long a program may take to end after it was asked to, and what it started after it.
const ENDS: Duration = Duration::from_secs(6);
const FOLLOWS: Duration = Duration::from_secs(1);
/// How long what outlives a pane may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(3);
/// How often it is looked whether something has ended.
const LOOK: Duration = Duration::from_millis(30);

/// `close`
pub fn close(env: &Environment, args: &Close) -> Result<(), CliError> {
    let Some(given) = args.pane.clone().or_else(|| env.own_pane()) else {
        let why = "this is no pane, and none is named";
        return Err(CliError::usage(WHAT, why).todo("`segno ls` lists them"));
    };
    let all = panes(env, WHAT)?;
    let id = named(env, WHAT, &given)?;
    if !args.children {
        return close_one(env, args, &all, &given, id);
    }
    let family: Vec<_> = all.iter().map(|pane| (pane.id, pane.parent)).collect();
    let mut wanted = family::below(&family, id);
    // It cannot open more meanwhile, unless it is the one that this runs in.
    let own = env.pane.as_deref() == Some(id.to_string().as_str());
    wanted.insert(if own { wanted.len() } else { 0 }, id);
    let pinned = |id: &&PaneId| all.iter().any(|pane| pane.id == **id && pane.pinned);
    if let Some(pinned) = wanted.iter().find(pinned).filter(|_| !args.force) {
        let why = format!("{pinned} is pinned");
        return Err(CliError::new(WHAT, why).coded(REFUSED).todo("--force closes it"));
    }
    // One that opened the others may close them as it ends.
    let closed = |other: PaneId| match close_one(env, args, &all, &other.into(), other) {
        Err(gone) if gone.code == NOT_FOUND && other != id => Ok(()),
        done => done,
    };
    wanted.into_iter().try_for_each(closed)
}

/// Closes a pane, which was named so.
fn close_one(
    env: &Environment,
    args: &Close,
    all: &[PaneInfo],
    given: &PaneRef,
    id: PaneId,
) -> Result<(), CliError> {
    let pane = all.iter().find(|pane| pane.id == id);
    // Before it is closed nobody has been taken over by another process yet.
    let started = started(env, id, pane)?;
    let closed = wire::Close { pane: id.into(), force: args.force };
    match (pane, args.all && !started.is_empty()) {
        // What outlived a pane that is closed.
        (None, true) => {}
        _ => done(env, WHAT, &Call::PaneClose(closed)).map_err(|error| match error.code {
            // As it was named.
            NOT_FOUND => CliError::new(WHAT, format!("there is no pane {:?}", given.to_string()))
                .coded(NOT_FOUND)
                .todo("`segno ls` lists them"),
            _ => error,
        })?,
    }
    let leader = pane.and_then(|pane| pane.pid);
    if let Some(leader) = leader {
        let own: Vec<_> = started.iter().filter(|p| p.pid == leader).cloned().collect();
        until_gone(&own, ENDS);
    }
    let rest = until_gone(&started, if pane.is_some() { FOLLOWS } else { Duration::ZERO });
    if rest.is_empty() {
        return Ok(());
    }
    if !args.all {
        let what = show::processes::left_behind(id, &rest);
        eprintln!("segno: {what}; `segno close {id} --all` ends them");
        return Ok(());
    }
    signal(&rest, Signal::SIGTERM);
    let rest = until_gone(&rest, GRACE);
    signal(&rest, Signal::SIGKILL);
    match until_gone(&rest, GRACE).as_slice() {
        [] => Ok(()),
        rest => Err(CliError::new(WHAT, show::processes::left_behind(id, rest))),
    }
}

/// Everything that a pane has started, as far as the system shows it.
fn started(
    env: &Environment,
    id: PaneId,
    pane: Option<&PaneInfo>,
) -> Result<Vec<Process>, CliError> {
    let pane = pane.map(std::slice::from_ref).unwrap_or_default();
    let mut running = running(env, WHAT, pane, processes::all())?;
    running.orphans.retain(|orphan| orphan.pane == id);
    let mut started = Vec::new();
    running.each(|entry| started.push(entry.process.clone()));
    Ok(started)
}

fn runs(process: &Process) -> bool {
    let same = process::born(process.pid).is_none_or(|born| born == process.born);
    same && process::exists(process.pid) && !process::is_defunct(process.pid)
}

/// Waits for the end of processes; answers those that do not.
fn until_gone(all: &[Process], patience: Duration) -> Vec<Process> {
    let end = Instant::now() + patience;
    loop {
        let rest: Vec<_> = all.iter().filter(|process| runs(process)).cloned().collect();
        if rest.is_empty() || Instant::now() >= end {
            return rest;
        }
        std::thread::sleep(LOOK);
    }
}

fn signal(all: &[Process], signal: Signal) {
    for process in all.iter().filter(|process| process.pid > 1 && runs(process)) {
        // It may have ended meanwhile.
        let _ = kill(Pid::from_raw(process.pid), signal);
    }
}
