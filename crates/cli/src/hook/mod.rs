//! `segno hook [EVENT] [JSON]`: run by an agent inside a pane, it reports to Segno what the agent
//! says of itself, by the rules of the pane's type.
//!
//! It must never harm the agent: it prints nothing, always succeeds, asks no daemon, waits for
//! nobody, and does nothing at all outside of a pane. What goes wrong goes to the tracker's log,
//! and what could not be written is counted, for the next line that can be.

mod claim;
mod failures;

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use regex::Regex;
use serde_json::Value;

use super::environment::Environment;
use super::process::readable_within;
use failures::{Counted, Failures};
use segno_agent::event::one_line;
use segno_agent::identity::{Recorded, SessionId};
use segno_agent::mapping::Line;
use segno_agent::panetype::hook::{FILE, HookFile, VERSION};
use segno_base::ids::PaneId;
use segno_store::file::foreign;
use segno_store::home::Home;
use segno_store::logfile::{self, LogFile};
use segno_store::pane::session_file;
use segno_store::pane::spool_append;

/// The command's word, known before any arguments are parsed: wrong ones must not print either.
pub const COMMAND: &str = "hook";
/// The most that is read of what an agent says; tools may hand over whole files.
const MESSAGE_MAX: usize = 8 << 20;
/// How long the agent may take to say it, should it not close its end.
const PATIENCE: Duration = Duration::from_secs(1);
const FILE_MAX: u64 = 1 << 20;
/// The longest line that is written, in bytes; longer ones are not read.
const LINE_MAX: usize = segno_store::pane::spool::LINE_MAX - 256;

/// Runs the command with what follows its word.
pub fn run(args: &[String]) -> ExitCode {
    // Not even a mistake of ours may show in the agent.
    std::panic::set_hook(Box::new(|_| {}));
    let _ = std::panic::catch_unwind(|| {
        let Ok(env) = Environment::read() else { return };
        let files = env.guest.as_deref().or(env.pane.as_deref());
        let Some(pane) = files.and_then(|id| id.parse().ok()) else { return };
        if let Err(why) = report(&env.home, pane, args) {
            log(&env.home, pane, &why);
        }
    });
    ExitCode::SUCCESS
}

fn report(home: &Home, pane: PaneId, args: &[String]) -> Result<(), String> {
    let path = home.generated_dir(pane).join(FILE);
    let input =
        foreign::read(&path, FILE_MAX).map_err(|why| format!("{}: {why}", path.display()))?;
    // A pane whose type has no hooks, or one that was closed.
    let Some(bytes) = input else { return Ok(()) };
    let file: HookFile = serde_json::from_slice(&bytes)
        .map_err(|error| format!("{}: it cannot be read: {error}", path.display()))?;
    if file.v != VERSION {
        return Ok(());
    }
    let (event, message) = said(args)?;
    if !claim::is_ours(&file.claim_file) {
        return Ok(());
    }
    let rule = Regex::new(&format!(r"\A(?:{})\z", file.session_rule))
        .map_err(|_| "the rule for ids is no expression".to_string())?;
    let name = event.as_deref().or_else(|| file.hook.name(&message));
    let lines = file.hook.lines(name, &message, &|id| rule.is_match(id));
    let text = spool_text(&lines);
    let failures = Failures::of(home, pane);
    let lost = lines.len();
    let spooled = match text.is_empty() {
        true => Ok(()),
        false => spool(home, pane, &text, &failures),
    };
    // Whichever of the two can be written is.
    let recorded = record(home, &file.type_name, pane, &lines);
    match (spooled, recorded) {
        (Ok(()), Ok(())) => Ok(()),
        (Err(why), _) => Err(failures.add(1, lost, why)),
        (Ok(()), Err(why)) => Err(failures.add(1, 0, why)),
    }
}

/// Appends to the pane's spool, behind what was counted meanwhile.
fn spool(home: &Home, pane: PaneId, text: &str, failures: &Failures) -> Result<(), String> {
    let path = home.events_file(pane);
    let counted = failures.counted();
    let before = counted.as_ref().map(Counted::line).unwrap_or_default();
    let text = spool_text(&before) + text;
    spool_append::append(&path, text.as_bytes())
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    if counted.is_some() {
        failures.clear();
    }
    Ok(())
}

/// The event's name, where an argument gives it, and what the agent says.
fn said(args: &[String]) -> Result<(Option<String>, Value), String> {
    let is_json = |text: &&String| text.trim_start().starts_with('{');
    let json = args.iter().take(2).find(is_json);
    let event = args.first().filter(|text| !is_json(text)).cloned();
    let bytes = match json {
        Some(json) => json.clone().into_bytes(),
        None => from_stdin().map_err(|error| format!("standard input: {error}"))?,
    };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok((event, Value::Null));
    }
    let message = serde_json::from_slice(&bytes).map_err(|error| {
        format!("what the agent said ({} bytes) is no JSON: {error}", bytes.len())
    })?;
    Ok((event, message))
}

fn from_stdin() -> io::Result<Vec<u8>> {
    let mut input = io::stdin().lock();
    let end = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 << 10];
    while bytes.len() <= MESSAGE_MAX {
        // Through the descriptor: nothing is left in the buffer when as much as fits is asked for.
        if !readable_within(&input, end.saturating_duration_since(Instant::now())) {
            break;
        }
        match input.read(&mut piece) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&piece[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

fn spool_text(lines: &[Line]) -> String {
    let at = now();
    let mut text = String::new();
    for line in lines {
        let mut whole = Line::new();
        for (key, value) in [("v", 1.into()), ("at", at.into()), ("from", "hook".into())] {
            whole.insert(key.to_string(), value);
        }
        whole.extend(line.clone());
        let whole = Value::Object(whole).to_string();
        if whole.len() <= LINE_MAX {
            text.push_str(&whole);
            text.push('\n');
        }
    }
    text
}

/// Keeps the id of the conversation that is on screen now.
fn record(home: &Home, type_name: &str, pane: PaneId, lines: &[Line]) -> Result<(), String> {
    let current = lines.iter().rev().find(|line| line["event"] == "current");
    let Some(id) = current.and_then(|line| line["session"].as_str()) else { return Ok(()) };
    let Ok(id) = SessionId::try_from(id.to_string()) else { return Ok(()) };
    let path = home.session_file(type_name, pane);
    let shown = Recorded::Id(id);
    // Writing waits for the disk, so it is only done when there is something new.
    if session_file::read(&path, &|_| true).is_ok_and(|recorded| recorded == shown) {
        return Ok(());
    }
    session_file::write(&path, &shown)
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Milliseconds since the Unix epoch.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

fn log(home: &Home, pane: PaneId, why: &str) {
    if let Ok(mut log) = LogFile::open(&home.tracker_log(), logfile::CAP) {
        let at = segno_base::system::os::local_time(now() / 1000);
        let _ = log.write_all(format!("{at} {pane} hook: {}\n", one_line(why, 500)).as_bytes());
    }
}
