//! `wait`: the exit code says how it ended.

use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::args::Wait;
use crate::caller::{CallError, Control};
use crate::environment::Environment;
use crate::error::{CliError, TIMEOUT};
use crate::process::{self, ProcessError};
use crate::run::{call_error, process_error};
use crate::{print, show};
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::PaneRef;
use segno_wire::control::panes::pane_info::PaneState;
use segno_wire::control::panes::wait::{self, WaitEnd, WaitFor, Waited};

/// Exit codes; `wait --help` and docs/control.md list them.
pub const BLOCKED: u8 = 10;
pub const ERROR: u8 = 11;
pub const EXITED: u8 = 12;
pub const CLOSED: u8 = 13;
pub const UNSEEN: u8 = 14;
const WORKING: u8 = 15;

/// How long a daemon may take to be restarted, and how often it is looked for meanwhile.
const RESTART: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);
/// How long a daemon may be silent: hundreds of callers whose daemon was killed come back at once.
const CROWD: Duration = Duration::from_secs(60);

pub fn wait(env: &Environment, args: &Wait) -> Result<ExitCode, CliError> {
    const WHAT: &str = "cannot wait";
    let wait_for: Vec<WaitFor> = args.wait_for.iter().flat_map(|w| w.0.iter().cloned()).collect();
    let (pane, panes) = args.panes.split_first().ok_or_else(|| CliError::usage(WHAT, "no pane"))?;
    let end = args.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let left = |end: Instant| end.saturating_duration_since(Instant::now()).as_millis();
    let wait = || wait::Wait {
        pane: pane.clone(),
        panes: panes.to_vec(),
        wait_for: wait_for.clone(),
        any: args.any,
        timeout_ms: end.map(|end| u64::try_from(left(end)).unwrap_or(u64::MAX)),
    };
    let waited: Waited = answered(env, WHAT, || Call::PaneWait(wait()))?;
    if args.json {
        print::line(&show::json("wait", &waited))?;
    } else if let Some(line) = waited.line.as_ref().filter(|_| waited.met) {
        print::line(&show::plain(line))?;
    }
    let one = matches!(wait_for[..], [ref one] if *one != WaitFor::Done);
    let each = if waited.panes.is_empty() { vec![&waited] } else { waited.panes.iter().collect() };
    let decides = match (args.any, waited.met) {
        // The first of them that is not as all want to be.
        (false, true) => each.into_iter().find(|w| code_of(w, one) != 0).unwrap_or(&waited),
        _ => &waited,
    };
    let code = code_of(decides, one);
    if !decides.met && decides.end != WaitEnd::Timeout && !args.json {
        eprintln!("{}", why(decides, &args.panes));
    }
    Ok(ExitCode::from(code))
}

/// Asks until there is an answer: the next daemon knows the turns of one that was killed or
/// restarted. One that was stopped is not started again for that.
pub fn answered<T: DeserializeOwned>(
    env: &Environment,
    what: &str,
    request: impl Fn() -> Call,
) -> Result<T, CliError> {
    let mut control = process::greet(&env.home, process::ensure_daemon);
    let mut silent: Option<Instant> = None;
    loop {
        let since = *silent.get_or_insert_with(Instant::now);
        let crowded = since.elapsed() < CROWD;
        match control {
            Err(error) if error.is_silent() && crowded => {}
            connected => match connected.map_err(|e| process_error(what, e))?.call(&request()) {
                Err(CallError::Gone) => silent = None,
                Err(CallError::Silent) if crowded => {}
                answer => return answer.map_err(|e| call_error(what, e)),
            },
        }
        control = next_daemon(&env.home, process::connect_to_look);
    }
}

/// Connects to the daemon that comes after one that was killed or restarted.
pub fn next_daemon(
    home: &Home,
    connect: impl Fn(&Home) -> Result<UnixStream, ProcessError>,
) -> Result<Control, ProcessError> {
    let patience = Instant::now() + RESTART;
    loop {
        match process::greet(home, &connect) {
            Err(ProcessError::NotRunning) if Instant::now() < patience => sleep(PAUSE),
            connected => return connected,
        }
    }
}

/// `one`: exactly one state was asked for, which is the answer then.
fn code_of(waited: &Waited, one: bool) -> u8 {
    match (waited.end, waited.state) {
        (WaitEnd::Timeout, _) => TIMEOUT,
        (WaitEnd::Closed, _) => CLOSED,
        (WaitEnd::Unseen, _) => UNSEEN,
        (WaitEnd::Exited, _) if waited.asks.is_some() => BLOCKED,
        (WaitEnd::Exited, _) => EXITED,
        (WaitEnd::Met, _) if one || waited.line.is_some() => 0,
        (WaitEnd::Met, _) if waited.asks.is_some() => BLOCKED,
        (WaitEnd::Met, PaneState::Blocked) => BLOCKED,
        (WaitEnd::Met, PaneState::Error) => ERROR,
        (WaitEnd::Met, PaneState::Exited | PaneState::Failed) => EXITED,
        (WaitEnd::Met, PaneState::Working | PaneState::Retrying) => WORKING,
        (WaitEnd::Met, _) => 0,
        (WaitEnd::Unknown, _) => 1,
    }
}

/// Why it was not met, as an error line.
fn why(waited: &Waited, panes: &[PaneRef]) -> String {
    let pane = match panes {
        [one] => one.to_string(),
        _ => waited.pane.map(|pane| pane.to_string()).unwrap_or_default(),
    };
    let why = match waited.end {
        WaitEnd::Exited => match &waited.asks {
            Some(asks) => format!("it asks: {}", asks.question),
            None => "it exited first".to_string(),
        },
        WaitEnd::Closed => "it was closed first".to_string(),
        WaitEnd::Unseen => waited.detail.clone().unwrap_or_default(),
        _ => "it ended for a reason that this version does not know".to_string(),
    };
    CliError::new(format!("cannot wait for {pane}"), why)
        .todo("`segno status` and `segno read` show what happened")
        .to_string()
}
