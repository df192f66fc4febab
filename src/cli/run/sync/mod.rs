//! `sync …`: conversations sent where the user has logged in. Needs no daemon.

mod change;
mod key;
mod login;
mod look;
mod run;

use std::process::ExitCode;

use rust_embed::RustEmbed;
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::args;
use crate::cli::environment::Environment;
use crate::cli::error::{CliError, NOT_FOUND, REFUSED};
use crate::cli::print;
use segno_archive::query::time::Now;
use segno_base::system::lock_file::LockFile;
use segno_store::file::{atomic, user_file};
use segno_sync::Error;
use segno_sync::service::Services;
use segno_sync::state::State;
use segno_sync::target::{Target, Targets};

/// Of what `--json` prints. What is added does not change it.
const VERSION: u32 = 1;
/// The largest file of a service, in bytes.
const SERVICE_MAX: u64 = 1 << 20;

/// The services that come with Segno.
#[derive(RustEmbed)]
#[folder = "defaults/sinks"]
struct Embedded;

/// Runs what was asked for.
pub fn sync(env: &Environment, command: &args::Sync) -> Result<ExitCode, CliError> {
    match command {
        args::Sync::Login(args) => login::login(env, args),
        args::Sync::Logout(args) => login::logout(env, args),
        args::Sync::Status(args) => look::status(env, args),
        args::Sync::Config(args) => change::config(env, args),
        args::Sync::Settings(args) => look::settings(env, args.json),
        args::Sync::Pause(args) => change::pause(env, args, true),
        args::Sync::Resume(args) => change::pause(env, args, false),
        args::Sync::Run(args) => return run::run(env, args),
        args::Sync::Verify(args) => return run::verify(env, args),
        args::Sync::Log(args) => look::log(env, args),
        args::Sync::Retry(args) => change::retry(env, args),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// All services: those that come with Segno, and the user's.
fn services(env: &Environment) -> Services {
    let embedded = Embedded::iter().filter_map(|name| {
        let file = Embedded::get(&name)?;
        Some((name.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
    });
    let own = env.home.sink_files().into_iter().filter_map(|path| {
        let text = user_file::read(&path, SERVICE_MAX).ok()??;
        Some((path.display().to_string(), text))
    });
    let all: Vec<(String, String)> = embedded.chain(own).collect();
    Services::load(all.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

fn targets(env: &Environment) -> Targets {
    Targets::new(&env.home.sync_dir())
}

/// The named target, or all.
fn chosen(env: &Environment, what: &str, name: Option<&str>) -> Result<Vec<Target>, CliError> {
    let targets = targets(env);
    let Some(name) = name else { return targets.all().map_err(|e| failed(what, &e)) };
    match targets.get(name).map_err(|e| failed(what, &e))? {
        Some(target) => Ok(vec![target]),
        None => {
            let missing = CliError::new(what, format!("there is no target {name:?}"));
            let missing =
                missing.todo("`segno sync status` lists them, `segno sync login` makes one");
            Err(CliError { code: NOT_FOUND, ..missing })
        }
    }
}

fn failed(what: &str, error: &Error) -> CliError {
    let said = CliError::new(what, error);
    match error {
        Error::Usage(_) => CliError { code: 2, ..said },
        Error::Busy => CliError { code: REFUSED, ..said }.todo("try again when it has ended"),
        _ => said,
    }
}

/// What was sent where.
fn state(env: &Environment, what: &str) -> Result<State, CliError> {
    make_directory(env, what)?;
    State::open(&env.home.sync_dir().join("state.db")).map_err(|e| failed(what, &e))
}

fn make_directory(env: &Environment, what: &str) -> Result<(), CliError> {
    use std::os::unix::fs::DirBuilderExt;
    env.home.create().map_err(|e| CliError::new(what, e))?;
    let mut directory = std::fs::DirBuilder::new();
    directory.recursive(true).mode(0o700);
    directory.create(env.home.sync_dir()).map_err(|e| CliError::new(what, e))
}

/// Held by the one process that sends, or changes what was sent.
fn lock(env: &Environment, what: &str) -> Result<LockFile, CliError> {
    make_directory(env, what)?;
    match LockFile::try_acquire(&env.home.sync_dir().join(".lock")) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(failed(what, &Error::Busy)),
        Err(error) => Err(CliError::new(what, error)),
    }
}

/// Prints a report: JSON with its version, or text.
fn say(as_json: bool, value: impl Serialize, text: &str) -> Result<(), CliError> {
    if !as_json {
        return print::line(text.trim_end());
    }
    let mut value = serde_json::to_value(value).map_err(|e| CliError::new("cannot print", e))?;
    let mut whole = json!({ "version": VERSION });
    if let (Some(whole), Value::Object(value)) = (whole.as_object_mut(), value.take()) {
        whole.extend(value);
    }
    print::line(&format!("{whole:#}"))
}

/// How long something has to wait before the user is bothered with it, in milliseconds.
const HOURS: i64 = 2 * 60 * 60 * 1000;

/// Leaves word for the daemon: when there is something to do again, and what the user should know.
fn leave_word(env: &Environment, what: &str) -> Result<(), CliError> {
    let (state, now) = (state(env, what)?, Now::system().milliseconds());
    let (mut next, mut problems): (Option<i64>, Vec<String>) = (None, Vec::new());
    for target in targets(env).all().map_err(|e| failed(what, &e))? {
        let standing = state.standing(&target.name).map_err(|e| failed(what, &e))?;
        if target.paused {
            continue;
        }
        let problem = standing.problem.as_deref().unwrap_or("something waits");
        if standing.stopped {
            let text = "nothing is sent to";
            problems.push(format!(
                "{text} {}: {problem}; `segno sync login` or `segno sync resume {0}` goes on",
                target.name
            ));
            continue;
        }
        if standing.waiting_since.is_some_and(|since| now - since >= HOURS) {
            problems.push(format!("conversations wait for {}: {problem}", target.name));
        }
        let due = state.next_due(&target.name).map_err(|e| failed(what, &e))?;
        let due = if standing.problem.is_some() { Some(standing.not_before) } else { due };
        next = next.into_iter().chain(due).min();
    }
    let word = json!({ "version": VERSION, "next": next, "problems": problems });
    let path = env.home.sync_status_file();
    atomic::write_unsynced(&path, word.to_string().as_bytes()).map_err(|e| CliError::new(what, e))
}
