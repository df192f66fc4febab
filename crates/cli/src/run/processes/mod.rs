//! `ps`: the processes of panes.

pub mod close;
pub mod top;

use std::time::{Duration, Instant};

use super::{Reach, call, paint};
use crate::args::Ps;
use crate::environment::{Environment, PANE};
use crate::error::CliError;
use crate::show::processes::{Kin, Running};
use crate::{print, show};
use segno_base::ids::PaneId;
use segno_base::system::os::processes::{self, Process};
use segno_wire::control::Call;
use segno_wire::control::daemon::DaemonStatus;
use segno_wire::control::panes::pane::{PaneRef, StatusOf};
use segno_wire::control::panes::pane_info::{PaneInfo, PaneList, PaneStatus};

/// How long a look at what processes use takes: what they used meanwhile is shown.
const LOOK: Duration = Duration::from_millis(250);

/// `ps`
pub fn ps(env: &Environment, args: &Ps) -> Result<(), CliError> {
    const WHAT: &str = "cannot list the processes";
    let mut panes = panes(env, WHAT)?;
    let only = args.pane.as_ref().map(|pane| named(env, WHAT, pane)).transpose()?;
    if let Some(only) = only {
        panes.retain(|pane| pane.id == only);
    }
    let before = (processes::all(), Instant::now());
    std::thread::sleep(LOOK);
    let (after, meanwhile) = (processes::all(), before.1.elapsed());
    let mut running = running(env, WHAT, &panes, after)?;
    running.measure(&before.0, meanwhile);
    if let Some(only) = only {
        running.orphans.retain(|orphan| orphan.pane == only);
    }
    match args.json {
        true => print::line(&show::processes::json(&running)),
        false => print::line(&show::processes::list(&running, paint(env))),
    }
}

fn panes(env: &Environment, what: &str) -> Result<Vec<PaneInfo>, CliError> {
    let list: PaneList = call(env, Reach::Look, what, &Call::PaneList)?;
    Ok(list.panes)
}

/// The id of a pane; also of one that is closed.
fn named(env: &Environment, what: &str, pane: &PaneRef) -> Result<PaneId, CliError> {
    if let PaneRef::Id(id) = pane {
        return Ok(*id);
    }
    let of = StatusOf { pane: Some(pane.clone()) };
    let status: PaneStatus = call(env, Reach::Look, what, &Call::PaneStatus(of))?;
    Ok(status.pane.id)
}

/// What runs in these panes of all processes, and what has outlived panes of this home.
fn running(
    env: &Environment,
    what: &str,
    panes: &[PaneInfo],
    all: Vec<Process>,
) -> Result<Running, CliError> {
    let daemon: DaemonStatus = call(env, Reach::Look, what, &Call::DaemonStatus)?;
    let ours = [Some(daemon.pid), daemon.keeper_pid, Some(std::process::id() as i32)];
    let home = env.home.path().to_string_lossy().into_owned();
    let pane_of = |process: &Process| -> Option<PaneId> {
        let belongs = processes::variable(process.pid, "SEGNO_HOME")? == home;
        let pane = processes::variable(process.pid, PANE)?;
        (belongs && !ours.contains(&Some(process.pid))).then(|| pane.parse().ok())?
    };
    let roots: Vec<_> = panes.iter().map(|pane| (pane.clone(), pane.pid)).collect();
    Ok(Running::of(&Kin::new(all), &roots, pane_of))
}

/// What a process has used of a processor since a look, in percent.
fn grown(before: &[Process], now: &Process, meanwhile: Duration) -> f64 {
    let same = |then: &&Process| then.pid == now.pid && then.born == now.born;
    let used = before.iter().find(same).map_or(Duration::ZERO, |then| then.cpu);
    let share = now.cpu.saturating_sub(used).as_secs_f64() / meanwhile.as_secs_f64().max(0.001);
    share * 100.0
}

impl Running {
    /// Fills in what each has used since a look.
    fn measure(&mut self, before: &[Process], meanwhile: Duration) {
        self.each(|entry| entry.cpu = Some(grown(before, &entry.process, meanwhile)));
    }
}
