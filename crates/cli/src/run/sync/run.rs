//! `sync run` and `sync verify`.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    change, change_file, chosen, failed, key, leave_word, lock, look, say, services, state,
    targets, wants_change,
};
use crate::args;
use crate::environment::Environment;
use crate::error::{CliError, REFUSED};
use crate::print;
use crate::progress::Progress;
use crate::run::history;
use segno_archive::Archive;
use segno_archive::query::time::Now;
use segno_base::system::lock_file::LockFile;
use segno_base::system::{os, random};
use segno_store::home::Home;
use segno_sync::Error;
use segno_sync::deliver::{self, Answer, Http, Outgoing, Pass, Report, Transport, Way};
use segno_sync::service::{Service, Services};
use segno_sync::state::State;
use segno_sync::target::Target;

/// What is due so soon is waited for instead of left to the next run, in milliseconds.
const SOON: i64 = 15_000;
/// How often.
const ROUNDS: u32 = 20;

/// Sends what is not there yet; 1 when something is in the way.
pub fn run(env: &Environment, args: &args::SyncRun) -> Result<ExitCode, CliError> {
    let what = "cannot send";
    if args.background {
        os::give_way();
    }
    let mut all = chosen(env, what, args.name.as_deref())?;
    if all.is_empty() && args.background {
        return Ok(ExitCode::SUCCESS);
    }
    let since = match (&args.since, args.all) {
        (_, true) => Some(0),
        (Some(text), _) => Some(history::moment(what, text, &Now::system())?),
        _ => None,
    };
    for target in &mut all {
        reach_back(env, what, target, since, args.dry_run)?;
    }
    if args.dry_run {
        let printed = dry(env, what, &all, !args.json)?;
        return match args.json {
            true => say(true, json!({ "requests": printed }), "").map(|()| ExitCode::SUCCESS),
            false => Ok(ExitCode::SUCCESS),
        };
    }
    let way = if args.background { Way::ByItself } else { Way::Asked };
    let mut reports = match send(env, what, &all, way, true) {
        // Whoever is at it sends this too, or the next run does.
        Err(error) if args.background && error.code == REFUSED => return Ok(ExitCode::SUCCESS),
        reports => reports?,
    };
    if args.name.is_none() {
        // Those whose files cannot be read got nothing.
        let (_, broken) = targets(env).all().map_err(|e| failed(what, &e))?;
        reports.extend(broken.into_iter().map(|(target, error)| Report {
            target,
            problem: Some(error.to_string()),
            stopped: true,
            ..Report::default()
        }));
    }
    if args.background {
        return Ok(ExitCode::SUCCESS);
    }
    say(args.json, json!({ "targets": reports }), &look::reports(&reports))?;
    Ok(code(&reports))
}

/// 1 when something is in the way of a target.
pub fn code(reports: &[Report]) -> ExitCode {
    ExitCode::from(u8::from(reports.iter().any(|report| report.problem.is_some())))
}

/// From now on, older conversations are sent as well.
fn reach_back(
    env: &Environment,
    what: &str,
    target: &mut Target,
    since: Option<i64>,
    dry: bool,
) -> Result<(), CliError> {
    let Some(since) = since.filter(|since| *since < target.since) else { return Ok(()) };
    target.since = since;
    if dry {
        return Ok(());
    }
    let _change = change(env, what)?;
    targets(env).put(target).map_err(|e| failed(what, &e))?;
    state(env, what)?.look_again(&target.name).map_err(|e| failed(what, &e))
}

/// Sends to these targets, one after the other; again while something is due soon.
pub fn send(
    env: &Environment,
    what: &str,
    all: &[Target],
    way: Way,
    updates: bool,
) -> Result<Vec<Report>, CliError> {
    let mut held = match way {
        Way::Asked => {
            // Nobody is to wait for this: it may take long the first time.
            if updates {
                history::update_quietly(env, what)?;
            }
            change(env, what)?.into_sending()
        }
        _ => lock(env, what)?,
    };
    let mut all = all.to_vec();
    let mut state = state(env, what)?;
    let mut access = Access::new(env, what);
    let shown = way == Way::Asked && std::io::stderr().is_terminal();
    let progress = Progress::count("sending", shown);
    let mut transport = Counted { http: Http::default(), sent: 0, progress };
    let mut total: Vec<Report> = Vec::new();
    // What could not even begin does not get better while this runs.
    let mut given_up: HashMap<String, Report> = HashMap::new();
    let mut round = 0;
    while round < ROUNDS {
        if wants_change(env) {
            drop(held);
            let changed = LockFile::acquire(&change_file(env));
            drop(changed.map_err(|e| CliError::new(what, e))?);
            // Whoever is faster sends the rest.
            let Ok(again) = lock(env, what) else { break };
            held = again;
            all = still(env, what, &all)?;
            access = Access::new(env, what);
        }
        // What was not complete then may be now; the daemon has just brought it up to date.
        if updates && round > 0 {
            history::update_quietly(env, what)?;
        }
        let Some(archive) = open(&env.home, what)? else { break };
        let mut soon: Option<i64> = None;
        let mut reports = Vec::new();
        for target in &all {
            if let Some(report) = given_up.get(target.name.as_str()) {
                reports.push(report.clone());
                continue;
            }
            match one(&mut access, target, &archive, &mut state, &mut transport, way)? {
                Ok(report) => {
                    soon = soon.into_iter().chain(report.next).min();
                    reports.push(report);
                }
                Err(why) => {
                    let report = deliver::fail(&state, &target.name, why, clock(), chance())
                        .map_err(|e| failed(what, &e))?;
                    given_up.insert(target.name.clone(), report.clone());
                    reports.push(report);
                }
            }
        }
        let interrupted = reports.iter().any(|report| report.interrupted);
        add(&mut total, reports);
        leave_word(env, what, &state)?;
        if interrupted {
            continue;
        }
        round += 1;
        let wait = soon.map(|next| next - clock());
        match wait.filter(|wait| *wait <= SOON) {
            Some(wait) => {
                rest(env, Duration::from_millis(wait.max(50).unsigned_abs()));
            }
            None => break,
        }
    }
    Ok(total)
}

/// Those that are still logged in, as they are by now.
fn still(env: &Environment, what: &str, all: &[Target]) -> Result<Vec<Target>, CliError> {
    let targets = targets(env);
    let now = all.iter().filter_map(|target| targets.get(&target.name).transpose());
    now.collect::<Result<_, _>>().map_err(|e| failed(what, &e))
}

/// Waits so long, unless somebody wants to change something.
fn rest(env: &Environment, wait: Duration) {
    let until = Instant::now() + wait;
    while !wants_change(env) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
}

/// What was sent in several rounds; the last says how it stands.
fn add(total: &mut Vec<Report>, reports: Vec<Report>) {
    for mut now in reports {
        let Some(before) = total.iter_mut().find(|before| before.target == now.target) else {
            total.push(now);
            continue;
        };
        now.sent += before.sent;
        now.requests += before.requests;
        now.conversations = now.conversations.max(before.conversations);
        now.set_aside += before.set_aside;
        now.deleted += before.deleted;
        *before = now;
    }
}

/// Services and keys of one run: each is looked for once, and a key not before it is needed.
struct Access<'e> {
    env: &'e Environment,
    what: &'e str,
    services: Services,
    keys: HashMap<String, Option<String>>,
}

impl<'e> Access<'e> {
    fn new(env: &'e Environment, what: &'e str) -> Self {
        Self { env, what, services: services(env), keys: HashMap::new() }
    }

    /// What a pass for this target needs; or why it cannot begin.
    fn of(&mut self, target: &Target) -> Result<(&Service, Option<&str>), String> {
        let gone = || match self.services.problem(&target.service) {
            Some(problem) => format!("{}: {}", problem.file, problem.why),
            None => format!("there is no service {:?} any more", target.service),
        };
        let service = self.services.get(&target.service).ok_or_else(gone)?;
        if !self.keys.contains_key(&target.name) {
            let key = key::of(self.env, self.what, target).map_err(|error| error.why)?;
            self.keys.insert(target.name.clone(), key);
        }
        let key = self.keys.get(&target.name).and_then(Option::as_deref);
        Ok((service, key))
    }
}

/// A target's turn; the inner error is that target's alone.
fn one(
    access: &mut Access,
    target: &Target,
    archive: &Archive,
    state: &mut State,
    transport: &mut dyn Transport,
    way: Way,
) -> Result<Result<Report, String>, CliError> {
    let (what, env) = (access.what, access.env);
    let off = deliver::put_off(state, target, way, clock()).map_err(|e| failed(what, &e))?;
    if let Some(report) = off {
        return Ok(Ok(report));
    }
    let (service, key) = match access.of(target) {
        Ok(access) => access,
        Err(why) => return Ok(Err(why)),
    };
    let interrupted = || wants_change(env);
    let pass = pass(service, key, target, archive, state, transport, way);
    match (Pass { interrupted: &interrupted, ..pass }).run() {
        Ok(report) => Ok(Ok(report)),
        Err(error @ (Error::Service(_) | Error::Usage(_))) => Ok(Err(error.to_string())),
        Err(error) => Err(failed(what, &error)),
    }
}

fn pass<'a>(
    service: &'a Service,
    key: Option<&'a str>,
    target: &'a Target,
    archive: &'a Archive,
    state: &'a mut State,
    transport: &'a mut dyn Transport,
    way: Way,
) -> Pass<'a> {
    Pass {
        service,
        target,
        key,
        archive,
        state,
        transport,
        clock: &clock,
        chance: &chance,
        way,
        interrupted: &|| false,
        local: HashMap::new(),
        report: Report::default(),
    }
}

fn clock() -> i64 {
    Now::system().milliseconds()
}

fn chance() -> u64 {
    let bytes = random::bytes().unwrap_or_default();
    bytes.into_iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(byte))
}

fn open(home: &Home, what: &str) -> Result<Option<Archive>, CliError> {
    Archive::read(&home.archive_dir()).map_err(|e| failed(what, &e.into()))
}

/// Sends, and shows how much.
struct Counted {
    http: Http,
    sent: u64,
    progress: Progress,
}

impl Transport for Counted {
    fn send(&mut self, request: &Outgoing) -> Result<Answer, String> {
        let answer = self.http.send(request);
        self.sent += 1;
        self.progress.so_many(self.sent, "requests");
        answer
    }
}

/// Notes requests instead of sending them, without the key.
struct Printer {
    key: Option<String>,
    requests: Vec<Outgoing>,
}

impl Transport for Printer {
    fn send(&mut self, request: &Outgoing) -> Result<Answer, String> {
        self.requests.push(request.masked(self.key.as_deref()));
        Ok(Answer { status: 200, body: b"{}".to_vec(), retry_after: None })
    }
}

fn dry(
    env: &Environment,
    what: &str,
    all: &[Target],
    prints: bool,
) -> Result<Vec<Outgoing>, CliError> {
    if all.is_empty() {
        return Ok(Vec::new());
    }
    history::update_quietly(env, what)?;
    let Some(archive) = open(&env.home, what)? else { return Ok(Vec::new()) };
    let mut state = state(env, what)?;
    let mut access = Access::new(env, what);
    let mut printed = Vec::new();
    for target in all.iter().filter(|target| !target.paused) {
        let (service, key) = access.of(target).map_err(|why| CliError::new(what, why))?;
        let mut printer = Printer { key: key.map(str::to_owned), requests: Vec::new() };
        let pass = pass(service, key, target, &archive, &mut state, &mut printer, Way::Dry);
        let report = pass.run().map_err(|e| CliError::new(what, e))?;
        if let Some(problem) = report.problem {
            return Err(CliError::new(what, problem));
        }
        printed.extend(printer.requests);
    }
    for request in printed.iter().filter(|_| prints) {
        print::text(&format!("{}\n", request.shown()))?;
    }
    Ok(printed)
}

/// Asks what is there; 1 when something is missing.
pub fn verify(env: &Environment, args: &args::SyncNamed) -> Result<ExitCode, CliError> {
    let what = "cannot verify";
    let target = chosen(env, what, Some(&args.name))?.remove(0);
    let mut access = Access::new(env, what);
    let (service, key) = access.of(&target).map_err(|why| CliError::new(what, why))?;
    let mut transport = Http::default();
    deliver::check(service, &target, key, &mut transport).map_err(|e| failed(what, &e))?;
    let archive =
        open(&env.home, what)?.ok_or_else(|| CliError::new(what, "nothing is archived yet"))?;
    let mut state = state(env, what)?;
    let mut pass = pass(service, key, &target, &archive, &mut state, &mut transport, Way::Dry);
    let verified = pass.verify().map_err(|e| failed(what, &e))?;
    let mut text = match &verified.unknown {
        Some(why) => format!("{}: the key is good; {why}\n", target.name),
        None => {
            let there = crate::show::counted(verified.there, "conversation");
            format!("{}: {there} there\n", target.name)
        }
    };
    for missing in &verified.missing {
        text.push_str(&format!("missing: {}\n", crate::show::plain(missing)));
    }
    let mut report = serde_json::to_value(&verified).unwrap_or_default();
    report["target"] = target.name.as_str().into();
    say(args.json, report, &text)?;
    Ok(ExitCode::from(u8::from(!verified.missing.is_empty())))
}
