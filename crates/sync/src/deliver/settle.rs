//! Whether a target's turn has come, and how its pass ended: pauses, the log, and what is reported.

use super::pass::{Outcome, Report, Way};
use super::schedule;
use crate::error::Result;
use crate::state::{Standing, State};
use crate::target::Target;

/// What is reported of a target whose turn has not come; `None`: a pass is due.
pub fn put_off(state: &State, target: &Target, way: Way, now: i64) -> Result<Option<Report>> {
    let report = Report { target: target.name.clone(), ..Report::default() };
    if target.paused {
        return Ok(Some(Report { paused: true, ..report }));
    }
    let standing = state.standing(&target.name)?;
    let waits = way == Way::ByItself
        && (standing.stopped || schedule::is_put_off(standing.not_before, now));
    waits.then(|| reported(state, report, standing)).transpose()
}

/// Notes that a target's pass could not even begin: the next attempt is put off like any other.
pub fn fail(state: &State, target: &str, why: String, now: i64, chance: u64) -> Result<Report> {
    let report = Report { target: target.into(), ..Report::default() };
    let outcome = Outcome::Later { why, asked: None };
    settle(state, report, state.standing(target)?, outcome, Way::ByItself, now, chance)
}

/// Notes how a pass ended; of a dry run it is only reported.
pub(super) fn settle(
    state: &State,
    report: Report,
    before: Standing,
    outcome: Outcome,
    way: Way,
    now: i64,
    chance: u64,
) -> Result<Report> {
    let problem = before.problem.clone();
    let standing = after(before, outcome, now, chance);
    if way != Way::Dry {
        let text = match (&problem, &standing.problem) {
            (before, Some(why)) if before.as_ref() != Some(why) => Some(why.as_str()),
            (Some(_), None) => Some("it works again"),
            _ => None,
        };
        if let Some(text) = text {
            state.log(&report.target, now, text)?;
        }
        state.stand(&report.target, &standing)?;
    }
    reported(state, report, standing)
}

/// How a target stands after a pass that ended so.
fn after(before: Standing, outcome: Outcome, now: i64, chance: u64) -> Standing {
    let mut standing = before;
    match outcome {
        Outcome::Done => {
            return Standing { stamp: standing.stamp, ..Standing::default() };
        }
        Outcome::Later { why, asked } => {
            standing.failures = standing.failures.saturating_add(1);
            let pause = schedule::pause(standing.failures, asked, chance);
            standing.not_before = now.saturating_add(pause);
            standing.problem = Some(why);
        }
        Outcome::Interrupted => return standing,
        Outcome::Stop { why } => {
            standing.stopped = true;
            standing.problem = Some(why);
        }
    }
    standing.waiting_since.get_or_insert(now);
    standing
}

fn reported(state: &State, report: Report, standing: Standing) -> Result<Report> {
    Ok(Report {
        next: state.next(&report.target, &standing)?,
        stopped: standing.stopped,
        waiting_since: standing.waiting_since,
        problem: standing.problem,
        ..report
    })
}
