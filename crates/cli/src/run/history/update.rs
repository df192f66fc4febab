//! Filling the archive: `history update`, `import` and `rebuild`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::look::json;
use super::{failed, turns};
use crate::args;
use crate::environment::{self, Environment};
use crate::error::CliError;
use crate::progress::Progress;
use crate::{external, print, show};
use segno_archive::query::time::Now;
use segno_archive::{Anew, Archive, read};
use segno_base::text::amount::amount;
use segno_history::imported;
use segno_history::leave_out::LeaveOut;
use segno_history::update::{self, Exports, Report, Rules};
use segno_transcript::read::{Described, Environment as Places};

/// How long the archive is tidied up after an update; what is left then waits for the next.
const TIDY: Duration = Duration::from_secs(2);
/// How often, and after what pause, an archive that another process writes is tried again.
const LOCK_TRIES: u32 = 600;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// `history update`
pub fn update(env: &Environment, args: &args::Update) -> Result<(), CliError> {
    let what = "cannot update the archive";
    if args.background {
        segno_base::system::os::give_way();
    }
    let turns = if args.background { turns::read() } else { Vec::new() };
    let opened = match args.background {
        // Where turns began is known to nobody else; the rest is read by whoever is at it, or by
        // the next run.
        true => tried(env, what, if turns.is_empty() { 0 } else { LOCK_TRIES })?,
        false => Some(in_turn(env, what)?),
    };
    let Some((archive, anew)) = opened else { return Ok(()) };
    for turn in turns {
        turn.note(&archive).map_err(|e| failed(what, &e))?;
    }
    if args.turns_only && anew.is_none() {
        return Ok(());
    }
    let exports = if args.background { Exports::AtRest } else { Exports::All };
    let report = filled(env, what, archive, anew, !args.background, exports)?;
    match (args.json, args.background) {
        (_, true) => Ok(()),
        (as_json, _) => said(as_json, &report),
    }
}

/// Reads on what agents have stored, for who uses it next; not while another process does.
pub fn quietly(env: &Environment, what: &str) -> Result<(), CliError> {
    at_once(env, what, false)
}

/// Fills an archive that does not exist yet, for who looks into it.
pub fn fill(env: &Environment, what: &str) -> Result<(), CliError> {
    at_once(env, what, true)
}

fn at_once(env: &Environment, what: &str, talks: bool) -> Result<(), CliError> {
    match writer(env, what)? {
        Some((archive, anew)) => filled(env, what, archive, anew, talks, Exports::None).map(drop),
        None => Ok(()),
    }
}

/// `history import`: as an update, but another home's transcripts are read, and what Segno itself
/// has written.
pub fn import(env: &Environment, args: &args::Import) -> Result<(), CliError> {
    let what = "cannot import";
    let directory = env.cwd.join(&args.directory);
    if !directory.is_dir() {
        return Err(CliError::new(what, format!("{} is no directory", directory.display())));
    }
    let (mut archive, _) = in_turn(env, what)?;
    let now = Now::system().milliseconds();
    let own = imported::import(&mut archive, &directory, now).map_err(|e| failed(what, &e))?;
    let variables = BTreeMap::from([(OsString::from("HOME"), directory.into_os_string())]);
    let rules = Rules { only_adds: true, ..rules(env) };
    let places = places(env, variables);
    let mut report = read_on(env, what, &mut archive, &places, &rules, true)?;
    report.found += own.progress.sources;
    report.progress.sources += own.progress.sources;
    report.progress.records += own.progress.records;
    report.progress.written += own.progress.written;
    said(args.json, &report)
}

/// `history rebuild`
pub fn rebuild(env: &Environment, args: &args::Update) -> Result<(), CliError> {
    let what = "cannot build the archive again";
    let (archive, _) = in_turn(env, what)?;
    let opened = archive.replace().map_err(|e| failed(what, &e))?;
    if let Some(anew) = &opened.anew {
        eprintln!("segno: what was there is set aside: {}", anew.previous.display());
    }
    let report = filled(env, what, opened.archive, opened.anew, true, Exports::All)?;
    said(args.json, &report)
}

#[derive(Serialize)]
struct Versioned<'a> {
    version: u32,
    #[serde(flatten)]
    report: &'a Report,
}

fn said(as_json: bool, report: &Report) -> Result<(), CliError> {
    match as_json {
        true => json(&Versioned { version: read::VERSION, report }),
        false => print::line(&show::history::update(report)),
    }
}

/// Reads on what one agent has stored; whether that could be done now.
pub fn of_agent(env: &Environment, what: &str, agent: &str) -> Result<bool, CliError> {
    let Some((mut archive, anew)) = writer(env, what)? else { return Ok(false) };
    if anew.is_some() {
        return filled(env, what, archive, anew, false, Exports::None).map(|_| true);
    }
    let mut described = described(env);
    described.retain(|described| described.agent == agent);
    let places = places_here(env);
    let now = Now::system().milliseconds();
    // What is too old goes when all is updated.
    let rules = Rules { keep_days: None, size_max: None, ..rules(env) };
    update::update(
        &mut archive,
        &described,
        &places,
        &rules,
        now,
        |_, _| ControlFlow::Continue(()),
    )
    .map_err(|e| failed(what, &e))?;
    Ok(true)
}

/// Whether a type says where its agent stores conversations.
pub fn is_described(env: &Environment, agent: &str) -> bool {
    described(env).iter().any(|described| described.agent == agent)
}

/// The archive to write, and whether it begins anew, once no other process writes it. Whoever waits
/// sees it, and may interrupt it.
pub(super) fn in_turn(env: &Environment, what: &str) -> Result<(Archive, Option<Anew>), CliError> {
    let shows = std::io::stderr().is_terminal();
    let begun = Instant::now();
    let mut shown = None;
    loop {
        if let Some(opened) = writer(env, what)? {
            if shows && shown.is_some() {
                eprint!("\r\x1b[K");
            }
            return Ok(opened);
        }
        let seconds = begun.elapsed().as_secs();
        match shows {
            true if shown != Some(seconds) => {
                eprint!("\r\x1b[Kwaiting for another update to end: {seconds} s");
                let _ = std::io::stderr().flush();
            }
            false if shown.is_none() => eprintln!("segno: waiting for another update to end"),
            _ => {}
        }
        shown = Some(seconds);
        std::thread::sleep(LOCK_PAUSE);
    }
}

/// As [`writer`]; where another process writes it, so many times more.
fn tried(env: &Environment, what: &str, times: u32) -> Result<Option<Written>, CliError> {
    for _ in 0..times {
        let opened = writer(env, what)?;
        if opened.is_some() {
            return Ok(opened);
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    writer(env, what)
}

type Written = (Archive, Option<Anew>);

/// The archive to write, and whether it begins anew; `None` while another process writes it.
fn writer(env: &Environment, what: &str) -> Result<Option<Written>, CliError> {
    env.home.create().map_err(|e| CliError::new(what, e))?;
    match Archive::write(&env.home.archive_dir()) {
        Ok(opened) => {
            if let Some(anew) = opened.anew.as_ref().filter(|anew| anew.just_now) {
                eprintln!(
                    "segno: the archive was damaged and is built again; the old one: {}",
                    anew.previous.display()
                );
            }
            Ok(Some((opened.archive, opened.anew)))
        }
        Err(segno_archive::Error::Busy) => Ok(None),
        Err(error) => Err(failed(what, &error)),
    }
}

/// Reads what agents on this machine store; `anew`: into an archive that has lost what it had.
fn filled(
    env: &Environment,
    what: &str,
    mut archive: Archive,
    anew: Option<Anew>,
    talks: bool,
    exports: Exports,
) -> Result<Report, CliError> {
    // Who waits for the archive does not wait for what other programs export.
    let rules = Rules { from_originals: anew.is_some(), exports, ..rules(env) };
    let report = read_on(env, what, &mut archive, &places_here(env), &rules, talks)?;
    if let Some(Anew { previous, .. }) = anew {
        let now = Now::system().milliseconds();
        imported::take_over(&mut archive, &previous, now).map_err(|e| failed(what, &e))?;
        archive.rebuilt().map_err(|e| failed(what, &e))?;
    }
    Ok(report)
}

fn read_on(
    env: &Environment,
    what: &str,
    archive: &mut Archive,
    places: &Places,
    rules: &Rules,
    talks: bool,
) -> Result<Report, CliError> {
    let (mut progress, mut shown) = (Progress::new("reading", talks), 0);
    let report = update::update(
        archive,
        &described(env),
        places,
        rules,
        Now::system().milliseconds(),
        |done, all| {
            // Each megabyte, so that small updates say nothing.
            if done.bytes >> 20 > shown {
                shown = done.bytes >> 20;
                let bytes = usize::try_from(done.bytes).unwrap_or(usize::MAX);
                progress.at(done.sources, all, &amount(bytes));
            }
            // Whoever ends the process ends this: what was read until then stays.
            ControlFlow::Continue(())
        },
    );
    drop(progress);
    let report = report.map_err(|e| failed(what, &e))?;
    if report.progress.written > 0 {
        let begun = Instant::now();
        archive.tidy(|| begun.elapsed() < TIDY).map_err(|e| failed(what, &e))?;
    }
    Ok(report)
}

/// What the pane types say of transcripts.
pub(super) fn described(env: &Environment) -> Vec<Described> {
    let types = external::registry(&env.home);
    types.iter().filter(|ty| !ty.transcripts.is_empty()).map(|ty| ty.described()).collect()
}

/// Where agents on this machine keep what they store.
pub(super) fn places_here(env: &Environment) -> Places {
    places(env, environment::variables())
}

/// Where agents keep what they store: by these variables, and below directories where they ran.
fn places(env: &Environment, variables: BTreeMap<OsString, OsString>) -> Places {
    Places { variables, directories: directories(env) }
}

fn directories(env: &Environment) -> Vec<PathBuf> {
    let history = segno_store::pane::history::History::open(&env.home.history_file()).0;
    let mut directories: Vec<PathBuf> = history.iter().map(|known| known.cwd.clone()).collect();
    directories.push(env.cwd.clone());
    directories.sort();
    directories.dedup();
    directories
}

fn rules(env: &Environment) -> Rules {
    let settings = external::settings(&env.home).archive;
    let user_home = environment::user_home();
    let absolute = |path: PathBuf| match (path.strip_prefix("~"), &user_home) {
        (Ok(below), Some(home)) => home.join(below),
        _ => path,
    };
    let left_out = settings.leave_out_directories.into_iter().map(absolute).collect();
    Rules {
        leave_out: LeaveOut::new(settings.leave_out_types, left_out, &directories(env)),
        keep_days: settings.keep_days,
        size_max: settings.size_max,
        only_adds: false,
        exports: Exports::None,
        from_originals: false,
    }
}
