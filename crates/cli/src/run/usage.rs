//! `usage`.

use super::{Reach, call, now, paint};
use crate::args::{Since, Usage};
use crate::environment::Environment;
use crate::error::CliError;
use crate::{print, show};
use segno_wire::control::Call;
use segno_wire::control::usage::{UsageAsked, UsageReport};

/// `usage`
pub fn usage(env: &Environment, args: &Usage) -> Result<(), CliError> {
    let (since, days) = match args.since {
        Some(Since::Day(day)) => (Some(day), None),
        Some(Since::Days(days)) => (None, Some(days)),
        None => (None, None),
    };
    let asked = UsageAsked { by: Some(args.by), since, days };
    let what = "cannot read what was used";
    // Also what was noted before the last daemon ended.
    let report: UsageReport = call(env, Reach::Start, what, &Call::UsageReport(asked))?;
    match args.json {
        true => print::line(&show::usage::report_json(&report)),
        false => print::line(&show::usage::report(&report, now(), paint(env))),
    }
}
