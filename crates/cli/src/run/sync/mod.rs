//! `sync …`: conversations sent where the user has logged in. Needs no daemon.

mod browser;
mod change;
mod key;
mod login;
mod look;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rust_embed::RustEmbed;
use serde_json::Value;

use crate::args;
use crate::environment::Environment;
use crate::error::{CliError, NOT_FOUND, REFUSED};
use crate::{print, show};
use segno_archive::query::time::Now;
use segno_base::system::lock_file::{self, LockFile};
use segno_store::file::{atomic, user_file};
use segno_store::home::own_directory;
use segno_sync::Error;
use segno_sync::service::Services;
use segno_sync::state::State;
use segno_sync::target::{Target, Targets};
use segno_sync::word::Word;

/// The largest file of a service, in bytes.
const SERVICE_MAX: u64 = 1 << 20;

/// The services that come with Segno.
#[derive(RustEmbed)]
#[folder = "../../defaults/sinks"]
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
        args::Sync::Retry(args) => return change::retry(env, args),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// All services: those that come with Segno, and the user's.
fn services(env: &Environment) -> Services {
    let embedded = Embedded::iter().filter_map(|name| {
        let file = Embedded::get(&name)?;
        Some((name.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
    });
    let mut unreadable = Vec::new();
    let own = env.home.sink_files().into_iter().filter_map(|path| {
        let name = path.display().to_string();
        match user_file::read(&path, SERVICE_MAX) {
            Ok(text) => Some((name, text?)),
            Err(error) => {
                unreadable.push((name, error.to_string()));
                None
            }
        }
    });
    let all: Vec<(String, String)> = embedded.chain(own).collect();
    let mut services =
        Services::load(all.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    unreadable.into_iter().for_each(|(file, why)| services.refuse(&file, why));
    services
}

fn targets(env: &Environment) -> Targets {
    Targets::new(&env.home.sync_dir())
}

/// The named target, or all.
fn chosen(env: &Environment, what: &str, name: Option<&str>) -> Result<Vec<Target>, CliError> {
    let targets = targets(env);
    let Some(name) = name else {
        let (all, broken) = targets.all().map_err(|e| failed(what, &e))?;
        for (name, error) in broken {
            eprintln!("segno: {}", left_out(&name, &error));
        }
        return Ok(all);
    };
    match targets.get(name).map_err(|e| failed(what, &e))? {
        Some(target) => Ok(vec![target]),
        None => Err(missing(what, name)),
    }
}

fn missing(what: &str, name: &str) -> CliError {
    let missing = CliError::new(what, format!("there is no target {name:?}"));
    let missing = missing.todo("`segno sync status` lists them, `segno sync login` makes one");
    CliError { code: NOT_FOUND, ..missing }
}

/// What is said of a target whose file cannot be read.
fn left_out(name: &str, error: &Error) -> String {
    format!("nothing is sent to {name}: {error}; mend the file, or `segno sync logout {name}`")
}

fn failed(what: &str, error: &Error) -> CliError {
    let said = CliError::new(what, error);
    match error {
        Error::Usage(_) => CliError { code: 2, ..said },
        Error::Busy => CliError { code: REFUSED, ..said }.todo("try again when it has ended"),
        Error::Unreadable { .. } => said.todo("mend the file, or move it away"),
        Error::Database(_) => said.todo("see that the disk is not full, and the file whole"),
        _ => said,
    }
}

/// What was sent where; its directory is there once somebody has logged in, or holds the [`lock`].
fn state(env: &Environment, what: &str) -> Result<State, CliError> {
    State::open(&state_file(env)).map_err(|e| failed(what, &e))
}

/// What was sent where, to say it.
fn reader(env: &Environment, what: &str) -> Result<State, CliError> {
    State::read(&state_file(env)).map_err(|e| failed(what, &e))
}

fn state_file(env: &Environment) -> PathBuf {
    env.home.sync_dir().join("state.db")
}

/// Held by the one process that sends, or changes what was sent.
fn lock(env: &Environment, what: &str) -> Result<LockFile, CliError> {
    let directory = env.home.sync_dir();
    let made = env.home.create().and_then(|()| own_directory(&directory));
    made.map_err(|e| CliError::new(what, e))?;
    match LockFile::try_acquire(&directory.join(".lock")) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(failed(what, &Error::Busy)),
        Err(error) => Err(CliError::new(what, error)),
    }
}

/// How long a change waits for a request that is under way, and its longest.
const PATIENCE: Duration = Duration::from_secs(45);

/// The file that whoever wants to change something holds.
fn change_file(env: &Environment) -> PathBuf {
    env.home.sync_dir().join(".change")
}

/// Whether somebody waits to change what is sent.
fn wants_change(env: &Environment) -> bool {
    lock_file::holder(&change_file(env)).is_some()
}

/// Held by the one process that changes something, while nobody sends: who does stops before the
/// next request, and goes on when this is dropped.
struct Change {
    sending: LockFile,
    _change: LockFile,
}

impl Change {
    /// What is left to do is to send, which whoever was at it leaves to this process.
    fn into_sending(self) -> LockFile {
        self.sending
    }
}

fn change(env: &Environment, what: &str) -> Result<Change, CliError> {
    let until = Instant::now() + PATIENCE;
    let directory = env.home.sync_dir();
    let made = env.home.create().and_then(|()| own_directory(&directory));
    made.map_err(|e| CliError::new(what, e))?;
    let file = change_file(env);
    let change = loop {
        match LockFile::try_acquire(&file).map_err(|e| CliError::new(what, e))? {
            Some(lock) => break lock,
            None if Instant::now() >= until => return Err(failed(what, &Error::Busy)),
            None => std::thread::sleep(LOOK),
        }
    };
    loop {
        match lock(env, what) {
            Ok(sending) => return Ok(Change { sending, _change: change }),
            Err(error) if error.code != REFUSED || Instant::now() >= until => return Err(error),
            Err(_) => std::thread::sleep(LOOK),
        }
    }
}

/// How often something is looked at that another process will do soon.
const LOOK: Duration = Duration::from_millis(20);

/// Prints a report: the members of `report` as JSON, or text.
fn say(as_json: bool, report: Value, text: &str) -> Result<(), CliError> {
    match report {
        Value::Object(parts) if as_json => print::text(&show::json_parts(parts)),
        _ => print::line(text.trim_end()),
    }
}

/// How long something has to wait before the user is bothered with it, in milliseconds.
const HOURS: i64 = 2 * 60 * 60 * 1000;

/// Leaves word for the daemon.
fn leave_word(env: &Environment, what: &str, state: &State) -> Result<(), CliError> {
    let word = word(&targets(env), state).map_err(|e| failed(what, &e))?;
    let text = serde_json::to_vec(&word).map_err(|e| CliError::new(what, e))?;
    let path = env.home.sync_status_file();
    atomic::write_unsynced(&path, &text).map_err(|e| CliError::new(what, e))
}

/// When there is something to do again, and what the user should know.
fn word(targets: &Targets, state: &State) -> Result<Word, Error> {
    let now = Now::system().milliseconds();
    let mut word = Word::default();
    let (all, broken) = targets.all()?;
    word.problems.extend(broken.iter().map(|(name, error)| left_out(name, error)));
    for target in all.iter().filter(|target| !target.paused) {
        let standing = state.standing(&target.name)?;
        let next =
            state.next(&target.name, &standing)?.map(|next| u64::try_from(next).unwrap_or(0));
        word.next = word.next.into_iter().chain(next).min();
        let problem = standing.problem.as_deref().unwrap_or("something waits");
        if standing.stopped {
            word.problems.push(format!(
                "nothing is sent to {}: {problem}; `segno sync login` or `segno sync resume {0}` goes \
                 on",
                target.name
            ));
        } else if standing.waiting_since.is_some_and(|since| now - since >= HOURS) {
            word.problems.push(format!("conversations wait for {}: {problem}", target.name));
        }
    }
    Ok(word)
}
