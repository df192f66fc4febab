//! `doctor`: looks at everything that can be wrong and says what to do. Changes nothing.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::ExitCode;

use crate::environment::{self, Environment};
use crate::error::CliError;
use crate::run::doctor::terminal::{self, Known};
use crate::run::{Reach, call, daemon, paint};
use crate::show::doctor::{Check, Verdict, report, report_json};
use crate::{external, print, process, show};
use segno_store::file::user_file;
use segno_term::render::Capabilities;
use segno_wire::VERSION;
use segno_wire::control::Call;
use segno_wire::control::client::{ClientList, TerminalInfo};
use segno_wire::control::daemon::DaemonStatus;
use segno_wire::control::types::TypeList;

/// The largest file of settings, in bytes.
const FILE_MAX: u64 = 1 << 20;

/// Checks and reports; exit code 1 when something does not work.
pub fn doctor(env: &Environment, json: bool) -> Result<ExitCode, CliError> {
    let mut checks = vec![home(env)];
    // First: where the daemon does not answer, no further call waits for it.
    let status = daemon::status(env);
    checks.extend(super::archive::checks(env));
    checks.extend(terminals(env, status.is_ok()));
    checks.extend(config(env));
    checks.extend(crate::run::doctor::shell::check(&env.home));
    match status {
        Ok(Some(status)) => {
            checks.extend(running(&status));
            match call::<TypeList>(env, Reach::Look, "pane types", &Call::TypesList) {
                Ok(types) => checks.extend(pane_types(&types)),
                Err(e) => checks.push(bad("pane types", e.why, e.todo)),
            }
        }
        Ok(None) => {
            checks.push(none_runs(env));
            checks.extend(pane_types(&external::stored_types(&env.home).list()));
        }
        Err(e) => {
            let todo = e.todo.or_else(|| Some("`segno daemon restart`; no pane is lost".into()));
            checks.push(bad("daemon", e.why, todo));
        }
    }
    print::line(&match json {
        true => report_json(&checks),
        false => report(&checks, paint(env)),
    })?;
    let broken = checks.iter().any(|c| c.verdict == Verdict::Bad);
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

pub(super) fn good(what: &str, found: impl Into<String>) -> Check {
    Check { what: what.into(), verdict: Verdict::Good, found: found.into(), todo: None }
}

pub(super) fn note(what: &str, found: impl Into<String>, todo: impl Into<String>) -> Check {
    Check { verdict: Verdict::Warn, todo: Some(todo.into()), ..good(what, found) }
}

pub(super) fn bad(what: &str, found: impl Into<String>, todo: Option<String>) -> Check {
    Check { verdict: Verdict::Bad, todo, ..good(what, found) }
}

fn home(env: &Environment) -> Check {
    if let Err(why) = env.home.check() {
        return bad("home", why.to_string(), None);
    }
    let path = env.home.path();
    let shown = path.display().to_string();
    match fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            good("home", format!("{shown} (made at the first start)"))
        }
        Err(e) => bad("home", format!("{shown}: {e}"), Some("make it readable for you".into())),
        Ok(found) if !found.is_dir() => bad(
            "home",
            format!("{shown} is not a directory"),
            Some("move it away, or set SEGNO_HOME to another place".into()),
        ),
        Ok(found) if found.uid() != nix::unistd::Uid::effective().as_raw() => bad(
            "home",
            format!("{shown} belongs to another user"),
            Some("set SEGNO_HOME to a directory of your own".into()),
        ),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => note(
            "home",
            format!("{shown} can be entered by others"),
            format!("chmod 700 '{shown}'"),
        ),
        Ok(_) => good("home", shown),
    }
}

/// No daemon runs, which is as it should be after it was stopped.
fn none_runs(env: &Environment) -> Check {
    let start = "`segno daemon start`, then `segno doctor` again, also checks panes";
    match process::kept(&env.home) {
        Some((programs, revival @ Some(_))) => {
            let why = revival.as_ref().map(|revival| revival.why.as_str()).unwrap_or_default();
            bad(
                "daemon",
                format!("not running; {}: {why}", process::unattended(&programs, &revival)),
                Some("`segno daemon start` says more".into()),
            )
        }
        Some((programs @ 1.., None)) => {
            let what = process::unattended(&programs, &None);
            note("daemon", format!("not running; {what}, and nobody reads their output"), start)
        }
        _ => note("daemon", "not running", start),
    }
}

/// The terminals that are attached, or the one that this runs in.
fn terminals(env: &Environment, answers: bool) -> Vec<Check> {
    let list = || call::<ClientList>(env, Reach::Look, "", &Call::ClientList).ok();
    let clients = answers.then(list).flatten().unwrap_or_default();
    let mut seen: Vec<TerminalInfo> = Vec::new();
    let mut checks = Vec::new();
    for client in clients.clients {
        // Several windows of one terminal lack the same.
        if !seen.contains(&client.terminal) {
            let what = format!("terminal {}", client.id);
            checks.extend(terminal::checks(&what, &client.terminal, Known::Asked));
            seen.push(client.terminal);
        }
    }
    // In a pane, the environment describes Segno's own terminal.
    if checks.is_empty() && env.pane.is_none() {
        let params = environment::attach_params();
        let colorterm = Some(params.colorterm.as_str()).filter(|c| !c.is_empty());
        let program = params.env.get("TERM_PROGRAM").map(String::as_str);
        let caps = Capabilities::from_env(&params.term, colorterm, program);
        let terminal = TerminalInfo::new(&params, &caps);
        checks = terminal::checks("terminal", &terminal, Known::Environment);
    }
    checks
}

fn config(env: &Environment) -> Vec<Check> {
    let files = external::settings_files(&env.home);
    let checks: Vec<Check> = files
        .iter()
        .filter_map(|file| {
            let shown = file.display().to_string();
            match user_file::read(file, FILE_MAX) {
                Ok(None) => None,
                Err(why) => {
                    let todo = Some("the defaults apply".into());
                    Some(bad("settings", why, todo))
                }
                Ok(Some(text)) => {
                    let findings = external::checker(file)(&text, file);
                    Some(match findings.lines.first() {
                        None => good("settings", shown),
                        Some(first) => {
                            note("settings", first.clone(), "`segno config check` shows all")
                        }
                    })
                }
            }
        })
        .collect();
    if checks.is_empty() { vec![good("settings", "the defaults")] } else { checks }
}

fn running(status: &DaemonStatus) -> Vec<Check> {
    let shown = format!("version {}, pid {}", status.version, status.pid);
    let mut checks = vec![if status.version == VERSION {
        good("daemon", shown)
    } else {
        note(
            "daemon",
            format!("{shown}; this program is version {VERSION}"),
            "`segno daemon restart`; no pane is lost",
        )
    }];
    checks.push(match status.keeper_pid {
        Some(pid) => good("keeper", format!("pid {pid}")),
        None => bad(
            "keeper",
            "none; programs would end with the daemon",
            Some("`segno daemon restart`".into()),
        ),
    });
    for warning in &status.warnings {
        let (found, todo) = warning.split_once("; ").unwrap_or((warning, "see the daemon's log"));
        checks.push(note("warning", found, todo));
    }
    for orphan in &status.orphans {
        let path = orphan.display();
        checks.push(note(
            "orphan",
            format!("{path} belongs to no pane of the workspace"),
            format!("it is unused; to remove it: rm -r '{path}'"),
        ));
    }
    checks
}

fn pane_types(types: &TypeList) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut missing = Vec::new();
    for t in &types.types {
        match &t.found {
            Some(path) => {
                checks.push(good(&format!("type {}", t.name), path.display().to_string()))
            }
            None => missing.push(t.name.as_str()),
        }
    }
    if !missing.is_empty() {
        checks.push(note(
            "types",
            format!("their programs are missing: {}", missing.join(", ")),
            "install those that you want to use; `segno types` says where they are from",
        ));
    }
    for problem in &types.problems {
        let found = show::types::problem(problem);
        checks.push(match problem.error {
            true => bad("pane type", found, Some("repair the file, or remove it".into())),
            false => note("pane type", found, "`segno types check FILE` explains"),
        });
    }
    checks
}
