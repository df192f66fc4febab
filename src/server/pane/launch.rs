//! Starting a pane's program: the plan is made, its files are written, the keeper spawns, and the
//! terminal is rebuilt from the journal. Blocking; runs beside the server, never in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::server::agent::generation::Generations;
use crate::server::aside::look::write_all;
use crate::server::message::Message;
use crate::server::pane::output_log::OpenedLog;
use crate::server::pane::pty_channel::PtyChannel;
use crate::server::pane::rebuild;
use crate::server::project::glance::PathWatch;
use segno_agent::identity::{Recorded, SessionId};
use segno_agent::panetype::launch::{
    LaunchPlan, LaunchRequest, SHIMS, TrackerPaths, environment_outside, plan, program_path,
};
use segno_agent::panetype::program::generation::Generation;
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::panetype::{Kind, PaneType};
use segno_agent::start::{Beginning, Conversation, StartRequest};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Size;
use segno_core::panes::attributes::LogFile;
use segno_keeper::client::Keeper;
use segno_keeper::protocol::SpawnRequest;
use segno_store::agent::shims;
use segno_store::file::protected;
use segno_store::home::Home;
use segno_store::pane::environment_file;
use segno_store::pane::journal::Journal;
use segno_store::pane::session_file;
use segno_term::Emulator;
use segno_worktree::record::{self, DIRECTORY_VARIABLE};

/// How often a directory that comes back is looked for at once.
const AGAIN_MAX: usize = 64;

/// What is needed to start a program.
pub(in crate::server) struct Launch {
    pub pane: PaneId,
    pub spec: StartRequest,
    pub beginning: Beginning,
    /// Whether nothing was ever said in the conversation that is to be resumed.
    pub never_prompted: bool,
    pub size: Size,
    pub ty: Arc<PaneType>,
    pub home: Home,
    pub env: Arc<BTreeMap<OsString, OsString>>,
    pub unset: Vec<String>,
    /// What a shell finds first in PATH, so that agents that are typed there are followed.
    pub shims: Option<PathBuf>,
    /// The variables that follow the client that attached last.
    pub update: Vec<String>,
    /// The daemon's own.
    pub umask: Option<u32>,
    pub shell: PathBuf,
    pub user_home: Option<PathBuf>,
    /// This program.
    pub segno: PathBuf,
    pub keeper: Arc<Keeper>,
    /// Wakes the owner when a directory that is gone is back.
    pub paths: PathWatch,
    pub queue: mpsc::UnboundedSender<Message>,
    pub generations: Arc<Generations>,
    /// The terminal of the run before, when this daemon has it.
    pub before: Option<(Emulator, Journal)>,
    pub restored: rebuild::Restored,
    /// Where it is logged.
    pub log: Option<LogFile>,
    /// Makes the claim file's name unique.
    pub nonce: u64,
}

/// A started program.
pub(in crate::server) struct Launched {
    pub pid: i32,
    pub channel: PtyChannel,
    pub emulator: Emulator,
    pub journal: Journal,
    pub notes: Vec<String>,
    /// How it was started, for `status --explain`.
    pub facts: Vec<String>,
    /// The conversation that it begins, where Segno chose its id.
    pub assigned: Option<SessionId>,
    /// Where it is logged, opened for that.
    pub log: Option<(LogFile, Result<OpenedLog, String>)>,
}

impl std::fmt::Debug for Launched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Launched").field("pid", &self.pid).finish_non_exhaustive()
    }
}

/// Why there is no program.
pub(in crate::server) enum NotStarted {
    /// Its directory is gone, and is watched for.
    Gone { directory: PathBuf, why: String },
    /// For a reason of one line.
    Failed(String),
}

impl From<String> for NotStarted {
    fn from(why: String) -> NotStarted {
        NotStarted::Failed(why)
    }
}

/// Starts the program, or says why not.
pub(in crate::server) fn launch(launch: Launch) -> Result<Launched, NotStarted> {
    let pane = launch.pane;
    let home = &launch.home;
    let mut notes = Vec::new();
    let cwd = working_directory(&launch)?;
    let claim_file = home.claims_dir().join(format!("{pane}.{}", launch.nonce));
    forget_claims(home, pane);
    let paths = TrackerPaths {
        home: home.path().to_path_buf(),
        assets: home.assets_dir(&launch.ty.name),
        session_file: home.session_file(&launch.ty.name, pane),
        events_file: home.events_file(pane),
        log_file: home.tracker_log(),
        claim_file,
        generated_dir: home.generated_dir(pane),
    };
    let kept = environment_file::load(home);
    let link = kept.agent().and(environment_file::agent_link(home));
    let env = kept.for_panes(&launch.env, &launch.update, link.as_deref());
    let generation = generation(&launch, &env);
    let request = LaunchRequest {
        pane,
        paths,
        cwd: cwd.clone(),
        start: &launch.spec,
        beginning: &launch.beginning,
        never_prompted: launch.never_prompted,
        env: &env,
        unset: &launch.unset,
        generation: generation.as_ref().map(|generation| generation.name.as_str()),
        shell: &launch.shell,
        segno: &launch.segno,
    };
    let mut plan = plan(&launch.ty, &request, &SystemProbe).map_err(|e| e.to_string())?;
    if let Some(shims) = launch.shims.as_deref().filter(|_| launch.ty.kind == Kind::Shell) {
        put_first(shims, &mut plan.env);
        plan.env.insert(SHIMS.into(), shims.into());
    }
    if plan.tmux {
        let tmux = home.tmux_dir();
        shims::install(&tmux, &launch.segno, &BTreeSet::from(["tmux".to_string()]))
            .map_err(|error| format!("cannot write {}: {error}", tmux.display()))?;
        put_first(&tmux, &mut plan.env);
        plan.env.extend(tmux_variables(home, pane));
    }
    name_worktree(home, &cwd, &mut plan.env);
    write_all(&plan.files)?;
    protect(&launch, &plan, &mut notes);
    record(&launch, &plan, &mut notes)?;
    let argv: Vec<String> = std::iter::once(plan.program.to_string_lossy().into_owned())
        .chain(plan.args.iter().map(|a| a.to_string_lossy().into_owned()))
        .collect();
    let mut facts = vec![format!("started as: {}", argv.join(" "))];
    facts.extend(generation.map(|it| format!("taken for generation {}: {}", it.name, it.why)));
    facts.extend(plan.left_out.iter().map(|what| format!("note: {what}")));
    // The terminal is rebuilt first: what the program prints must find it.
    let (emulator, journal) = match launch.before {
        Some(before) => rebuild::renew(before, &launch.restored, &mut notes),
        None => rebuild::rebuild(home, pane, launch.size, &launch.restored, &mut notes),
    };
    let open = |to: LogFile| {
        let opened = OpenedLog::open(&to).map_err(|error| error.to_string());
        (to, opened)
    };
    let log = launch.log.map(open);
    let spawned = launch
        .keeper
        .spawn(&SpawnRequest {
            pane,
            program: plan.program.into_os_string(),
            args: plan.args,
            env: plan.env.into_iter().collect(),
            cwd,
            cols: launch.size.cols,
            rows: launch.size.rows,
            note: crate::server::lifecycle::keeper_link::note(&launch.spec),
            umask: launch.spec.umask.or(kept.umask()).or(launch.umask),
        })
        .map_err(|error| error.to_string())?;
    notes.extend(plan.notes);
    let channel = PtyChannel::new(spawned.master);
    channel.entrust(&launch.keeper, pane);
    let assigned = plan.assigned;
    let pid = spawned.pid;
    Ok(Launched { pid, channel, emulator, journal, notes, facts, assigned, log })
}

/// What a program in tmux knows its server and its pane by.
fn tmux_variables(home: &Home, pane: PaneId) -> [(OsString, OsString); 2] {
    let mut server = home.daemon_socket().into_os_string();
    server.push(format!(",{},0", std::process::id()));
    [("TMUX".into(), server), ("TMUX_PANE".into(), format!("%{}", pane.number()).into())]
}

/// Puts a directory in front of `PATH`.
fn put_first(shims: &Path, env: &mut BTreeMap<OsString, OsString>) {
    let old = env.get(std::ffi::OsStr::new("PATH")).cloned();
    let old = old.unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let rest = std::env::split_paths(&old).filter(|dir| dir != shims);
    // A directory with a colon cannot be in it.
    if let Ok(path) = std::env::join_paths(std::iter::once(shims.to_path_buf()).chain(rest)) {
        env.insert("PATH".into(), path);
    }
}

/// Names its worktree to a program in one; one elsewhere has no such variables.
fn name_worktree(home: &Home, cwd: &Path, env: &mut BTreeMap<OsString, OsString>) {
    let of_one =
        |name: &OsString| name.as_encoded_bytes().starts_with(DIRECTORY_VARIABLE.as_bytes());
    env.retain(|name, _| !of_one(name));
    let records = record::all(&segno_worktree::Context::new(home.clone()));
    if let Some(record) = record::around(&records, cwd) {
        let variables = record.variables(&records).into_iter();
        env.extend(variables.map(|(name, value)| (name.into(), value)));
    }
}

/// What the type's program is taken for, where that makes a difference.
fn generation(launch: &Launch, env: &BTreeMap<OsString, OsString>) -> Option<Generation> {
    let rule = launch.ty.generation.as_ref()?;
    let env = environment_outside(&launch.ty, env, &launch.unset);
    Some(match program_path(&launch.ty, &env, &SystemProbe) {
        Some(program) => launch.generations.of(rule, &program, &env),
        None => rule.assumed("its program is not found"),
    })
}

/// Records the conversation before the program runs: whatever happens then, and should its tracker
/// never report, the pane comes back to this one, and to none that it has left.
fn record(launch: &Launch, plan: &LaunchPlan, notes: &mut Vec<String>) -> Result<(), String> {
    let path = launch.home.session_file(&launch.ty.name, launch.pane);
    let before = session_file::read(&path, &|_| true).unwrap_or_default();
    let (now, is_needed) = match (&plan.assigned, &launch.beginning.conversation) {
        (Some(id), _) => (Recorded::Id(id.clone()), true),
        (None, Conversation::Resume(id)) => (Recorded::Id(id.clone()), false),
        (None, _) if matches!(before, Recorded::Id(_)) => (Recorded::Nothing, false),
        (None, _) => return Ok(()),
    };
    if now == before {
        return Ok(());
    }
    match session_file::write(&path, &now) {
        Err(error) if is_needed => Err(format!("cannot write {}: {error}", path.display())),
        // On a full disk it is still better to return to it.
        Err(error) => {
            notes.push(format!("the conversation is not recorded: {error}"));
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Puts the files of the conversation that the program returns to back where they got lost, and
/// keeps those that are there, where its type asks for that.
fn protect(launch: &Launch, plan: &LaunchPlan, notes: &mut Vec<String>) {
    let Conversation::Resume(session) = &launch.beginning.conversation else { return };
    if plan.assigned.is_some() || launch.ty.resume.as_ref().is_none_or(|r| r.protect.is_empty()) {
        return;
    }
    let dir = launch.home.protected_dir(&launch.ty.name, session);
    if protected::put_back(&dir) > 0 {
        notes.push(format!("the files of {session} were gone; Segno had kept them"));
    }
    if !plan.protect.is_empty()
        && let Err(error) = protected::keep(&dir, &plan.protect)
    {
        notes.push(format!("the conversation's files could not be kept: {error}"));
    }
}

/// The pane's directory. One that is gone is waited for: elsewhere the program would work on other
/// files.
fn working_directory(launch: &Launch) -> Result<PathBuf, NotStarted> {
    let cwd = &launch.spec.cwd;
    let home = || launch.user_home.clone().unwrap_or_else(|| PathBuf::from("/"));
    let wanted = match cwd.strip_prefix("~") {
        Ok(rest) => home().join(rest),
        Err(_) if cwd.is_absolute() => cwd.clone(),
        Err(_) => home(),
    };
    if is_there(launch, &wanted) {
        return Ok(wanted);
    }
    let trash = segno_worktree::trash::all(&segno_worktree::Context::new(launch.home.clone()));
    let trashed = trash.into_iter().find(|entry| wanted.starts_with(&entry.record.path));
    let back = match trashed {
        Some(entry) => format!("`segno worktree restore {}` brings it back", entry.id),
        None => "it starts when that is back".to_string(),
    };
    let elsewhere = format!("`segno restart {} --cwd DIR` starts it elsewhere", launch.pane);
    let why = format!("its directory {} is gone; {back}; {elsewhere}", wanted.display());
    Err(NotStarted::Gone { directory: wanted, why })
}

/// Whether a directory is there; one that is not is watched for.
fn is_there(launch: &Launch, directory: &Path) -> bool {
    // Again when more of it has come back meanwhile.
    for _ in 0..AGAIN_MAX {
        if directory.is_dir() {
            return true;
        }
        let Some(above) = directory.ancestors().skip(1).find(|above| above.is_dir()) else {
            return false;
        };
        let rest = directory.strip_prefix(above).ok();
        let Some(first) = rest.and_then(|rest| rest.components().next()) else { return false };
        let next = above.join(first);
        let files = vec![next.clone(), above.to_path_buf()];
        launch.paths.follow(directory, files, &launch.queue);
        if !next.is_dir() {
            return false;
        }
    }
    false
}

/// Removes the claims of the pane's earlier runs.
pub(in crate::server) fn forget_claims(home: &Home, pane: PaneId) {
    let prefix = format!("{pane}.");
    let Ok(entries) = fs::read_dir(home.claims_dir()) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
