//! From a pane type and a request to everything that a spawn needs: program, arguments,
//! environment and the files that must be there first.
//!
//! Pure but for the probe: nothing is written or started here.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::identity::SessionId;
use crate::panetype::hook;
use crate::panetype::program;
use crate::panetype::text::template::{FillError, Placeholder, Template, Values, file_url};
use crate::panetype::text::words;
use crate::panetype::types::{Field, FieldError, PaneType, TitleSession};
use segno_base::ids::{PANE_ID_RULE, PaneId};

mod computed;
mod conversation;
mod environment;
mod inject;
mod stored;
mod typed;

pub use environment::{environment_outside, matches};
use inject::Injection;
pub use stored::{Pattern, watched};
pub use typed::{GUEST, SHIMS, meaning_rules, own_args, typed_environment, without_shims};

/// What every session id matches whose type says nothing more.
const SESSION_ID_RULE: &str = "^[A-Za-z0-9_:][A-Za-z0-9_.:-]{0,127}$";

/// What a plan has to know about the file system.
pub trait Probe {
    fn exists(&self, path: &Path) -> bool;
    fn is_executable(&self, path: &Path) -> bool;
    /// The content of a regular file. Must not wait for a pipe, and may refuse what is huge.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// At most so much of the beginning of a regular file.
    fn head(&self, path: &Path, most: u64) -> io::Result<Head>;
    /// The regular files that a pattern stands for, in which `*` is any part of a name.
    fn matching(&self, pattern: &Path) -> Vec<PathBuf>;
    /// Whether this process runs.
    fn is_alive(&self, pid: i32) -> bool;
    fn random(&self) -> io::Result<[u8; 16]>;
    /// A port of the loopback interface that nothing listens on.
    fn free_port(&self) -> io::Result<u16>;
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub bytes: Vec<u8>,
    /// There is nothing more.
    pub whole: bool,
}

/// Where a pane's tracker finds its files; all absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerPaths {
    pub home: PathBuf,
    /// The directory with the type's assets.
    pub assets: PathBuf,
    pub session_file: PathBuf,
    pub events_file: PathBuf,
    pub log_file: PathBuf,
    pub claim_file: PathBuf,
    /// Where generated files of this pane go.
    pub generated_dir: PathBuf,
}

/// In which conversation the program starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversation {
    New,
    Resume(SessionId),
    /// The newest one, as the program sees it.
    ContinueLast,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct LaunchRequest<'a> {
    pub pane: PaneId,
    pub paths: TrackerPaths,
    /// Absolute.
    pub cwd: PathBuf,
    pub toggles: &'a BTreeSet<String>,
    pub fields: &'a BTreeMap<String, String>,
    /// The user's own arguments.
    pub args: &'a [String],
    pub model: Option<&'a str>,
    pub prompt: Option<&'a str>,
    pub conversation: Conversation,
    /// Whether nothing was ever said in the conversation that is to be resumed, as far as known.
    pub never_prompted: bool,
    /// The daemon's environment.
    pub env: &'a BTreeMap<OsString, OsString>,
    /// Names and patterns that no pane inherits (`environment.unset`).
    pub unset: &'a [String],
    /// What the program is taken for, where the type tells generations apart.
    pub generation: Option<&'a str>,
    /// The user's shell, absolute.
    pub shell: &'a Path,
    /// This program, absolute.
    pub segno: &'a Path,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchPlan {
    /// Absolute.
    pub program: PathBuf,
    /// Without the program itself.
    pub args: Vec<OsString>,
    /// Complete: nothing is inherited besides.
    pub env: BTreeMap<OsString, OsString>,
    /// To be written, readable by the user only, before the program starts.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What the user should know, for example that their own variable cannot be merged with.
    pub notes: Vec<String>,
    /// What the type leaves out here, and why: of interest to those who ask.
    pub left_out: Vec<String>,
    /// The conversation that the program begins, where Segno chose its id.
    pub assigned: Option<SessionId>,
    /// Files of the conversation that are to be copied before the program starts.
    pub protect: Vec<PathBuf>,
}

/// Why a pane cannot be started as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    #[error("{}: not found; {}", program.escape_debug(), advice(homepage))]
    NotFound { program: String, homepage: Option<String> },
    #[error("{0:?} is no session id of a {1} pane; `segno sessions` lists those that are known")]
    BadSession(String, String),
    #[error("a {0} pane cannot return to a conversation; start it without one")]
    CannotResume(String),
    #[error("a {0} pane takes no {1}; leave it out, or choose another type")]
    Unsupported(String, &'static str),
    #[error("a {ty} pane has no {what} {name:?}; it has {known}")]
    Unknown { ty: String, what: &'static str, name: String, known: String },
    #[error("{0} ({1}) is required; give it with --set {0}=VALUE")]
    MissingField(String, String),
    #[error("{0} ({1}): {2}")]
    Words(String, String, words::WordsError),
    #[error("the {0} holds a NUL character, which no program can be given; remove it")]
    Nul(&'static str),
    #[error("the {0} cannot be built: {1}")]
    Fill(&'static str, FillError),
    #[error("the computed value {0:?} cannot be made: {1}")]
    Compute(String, String),
}

fn advice(homepage: &Option<String>) -> String {
    match homepage {
        Some(url) => format!("install it ({url}) or add its directory to PATH"),
        None => "install it or add its directory to PATH".to_string(),
    }
}

/// The plan for one start.
///
/// What a pane was once given and its type no longer knows (a toggle, a field, a model) is left
/// out with a note, so that a changed type never keeps a conversation from coming back.
pub fn plan(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    probe: &dyn Probe,
) -> Result<LaunchPlan, LaunchError> {
    let (mut notes, mut left_out) = (Vec::new(), Vec::new());
    let mut env = environment::inherited(ty, req);
    let mut values = values(ty, req, &env);
    computed::compute(&ty.computed, &mut values, probe)?;
    environment::fill(&ty.command.env, &values, &mut env)?;
    let (mut files, mut injected) = (Vec::new(), Vec::new());
    if let Some(tracker) = &ty.tracker {
        environment::fill(&tracker.env, &values, &mut env)?;
        extend(&mut injected, &tracker.args, &values, "arguments")?;
        let mut injection =
            Injection { req, values: &values, probe, notes: &mut notes, left_out: &mut left_out };
        for entry in &tracker.json_env {
            injection.merge_variable(entry, &mut env);
        }
        for entry in &tracker.json_file {
            files.extend(injection.merge_file(entry, &mut env, &mut injected));
        }
        files.extend(hook::files(ty, tracker, req).into_iter().flatten());
    }
    let way = conversation::way(ty, req, &values, &mut notes, probe)?;
    let args = arguments(ty, req, &values, Given { injected, way: way.args }, &mut notes)?;
    let wanted = fill(&ty.command.program, &values, "program")?;
    let program = program::find(&wanted, &env, Some(&req.cwd), probe).ok_or_else(|| {
        let program = wanted.to_string_lossy().into_owned();
        LaunchError::NotFound { program, homepage: ty.homepage.clone() }
    })?;
    let (assigned, protect) = (way.assigned, way.protect);
    Ok(LaunchPlan { program, args, env, files, notes, left_out, assigned, protect })
}

/// Whether the type's program is installed, as far as that can be told without a pane.
pub fn available(ty: &PaneType, env: &BTreeMap<OsString, OsString>, probe: &dyn Probe) -> bool {
    program_path(ty, env, probe).is_some()
}

/// The program as it would be looked for; the user's shell where the type asks for that.
pub fn program_name(ty: &PaneType, env: &BTreeMap<OsString, OsString>) -> String {
    let mut values = Values::new();
    environment::add_user_dirs(env, &mut values);
    let shell = env.get(std::ffi::OsStr::new("SHELL")).cloned();
    values.insert(Placeholder::Shell, shell.unwrap_or_else(|| "/bin/sh".into()));
    let program = ty.command.program.fill(&values).unwrap_or_default();
    program.to_string_lossy().into_owned()
}

/// Where the type's program is, if it is installed.
pub fn program_path(
    ty: &PaneType,
    env: &BTreeMap<OsString, OsString>,
    probe: &dyn Probe,
) -> Option<PathBuf> {
    program::find(program_name(ty, env).as_ref(), env, None, probe)
}

/// Where the file of the conversation may be that a title names, by its id or the beginning of it.
/// Patterns are not expanded.
pub fn named(
    rule: &TitleSession,
    env: &BTreeMap<OsString, OsString>,
    session: &SessionId,
) -> Vec<PathBuf> {
    let mut values = Values::new();
    environment::add_user_dirs(env, &mut values);
    environment::add_names(env, &mut values);
    values.insert(Placeholder::Session, session.as_str().into());
    absolute(&rule.files, &values)
}

fn absolute(files: &[Template], values: &Values) -> Vec<PathBuf> {
    let paths = files.iter().filter_map(|file| Some(PathBuf::from(file.fill(values).ok()?)));
    paths.filter(|path| path.is_absolute()).collect()
}

/// Where files of a type's programs are that belong to no pane, such as past conversations.
/// Patterns are not expanded; one that needs a variable which is not set is left out.
pub fn absolute_files(files: &[Template], env: &BTreeMap<OsString, OsString>) -> Vec<PathBuf> {
    let mut values = Values::new();
    environment::add_user_dirs(env, &mut values);
    environment::add_names(env, &mut values);
    absolute(files, &values)
}

/// What a pane that is to be opened is asked to have.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    pub toggles: &'a BTreeSet<String>,
    pub fields: &'a BTreeMap<String, String>,
    pub model: Option<&'a str>,
    pub prompt: Option<&'a str>,
    pub session: Option<&'a SessionId>,
}

/// Refuses what [`plan`] would leave out with a note, and what it would refuse only after the
/// pane was opened: for a pane that is asked for just now.
pub fn check_request(ty: &PaneType, req: &Wishes<'_>) -> Result<(), LaunchError> {
    let unknown = |what: &'static str, name: &str, known: Vec<&str>| LaunchError::Unknown {
        ty: ty.name.clone(),
        what,
        name: name.to_string(),
        known: if known.is_empty() { "none".to_string() } else { known.join(", ") },
    };
    let toggles = || ty.command.toggles.iter().map(|toggle| toggle.name.as_str());
    if let Some(name) = req.toggles.iter().find(|name| toggles().all(|known| known != **name)) {
        return Err(unknown("toggle", name, toggles().collect()));
    }
    let fields = || ty.command.fields.iter().map(|field| field.name.as_str());
    if let Some(name) = req.fields.keys().find(|name| fields().all(|known| known != **name)) {
        return Err(unknown("field", name, fields().collect()));
    }
    if req.model.is_some() && !ty.takes_model() {
        return Err(LaunchError::Unsupported(ty.name.clone(), "model"));
    }
    if req.prompt.is_some() && !ty.takes_prompt() {
        return Err(LaunchError::Unsupported(ty.name.clone(), "prompt"));
    }
    if let Some(session) = req.session.filter(|session| !ty.session_id_ok(session.as_str())) {
        return Err(LaunchError::BadSession(session.to_string(), ty.name.clone()));
    }
    for field in &ty.command.fields {
        field_values(field, req.fields)?;
    }
    Ok(())
}

/// What every session id of a type matches.
pub(super) fn session_rule(ty: &PaneType) -> &str {
    let rule = ty.tracker.as_ref().and_then(|tracker| tracker.session_id.as_ref());
    rule.map_or(SESSION_ID_RULE, |rule| rule.text.as_str())
}

/// What the placeholders stand for in every part of the type.
fn values(ty: &PaneType, req: &LaunchRequest<'_>, env: &BTreeMap<OsString, OsString>) -> Values {
    let paths = &req.paths;
    let rule = session_rule(ty);
    let path = |path: &Path| path.as_os_str().to_os_string();
    let mut values: Values = [
        (Placeholder::Pane, req.pane.to_string().into()),
        (Placeholder::Home, path(&paths.home)),
        (Placeholder::Assets, path(&paths.assets)),
        (Placeholder::AssetsUrl, file_url(paths.assets.as_os_str()).into()),
        (Placeholder::Type, ty.name.clone().into()),
        (Placeholder::PaneRule, PANE_ID_RULE.into()),
        (Placeholder::SessionRule, rule.into()),
        (Placeholder::SessionFile, path(&paths.session_file)),
        (Placeholder::EventsFile, path(&paths.events_file)),
        (Placeholder::LogFile, path(&paths.log_file)),
        (Placeholder::ClaimFile, path(&paths.claim_file)),
        (Placeholder::Cwd, path(&req.cwd)),
        (Placeholder::Shell, path(req.shell)),
        (Placeholder::Segno, path(req.segno)),
        (Placeholder::HookCommand, hook::COMMAND.into()),
    ]
    .into();
    environment::add_user_dirs(env, &mut values);
    environment::add_names(env, &mut values);
    values
}

/// Arguments that were made elsewhere.
struct Given {
    /// The tracker's.
    injected: Vec<OsString>,
    /// Into the conversation.
    way: Vec<OsString>,
}

/// The arguments. The order lets later ones win where a program takes the last of its kind: what
/// the type says, what the tracker needs, what the dialog chose, the conversation, the model, then the user's own; and the
/// prompt at the end, where programs that take it without an option expect it.
fn arguments(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    values: &Values,
    given: Given,
    notes: &mut Vec<String>,
) -> Result<Vec<OsString>, LaunchError> {
    let command = &ty.command;
    let mut args = Vec::new();
    extend(&mut args, &command.args, values, "arguments")?;
    args.extend(given.injected);
    for toggle in command.toggles.iter().filter(|toggle| req.toggles.contains(&toggle.name)) {
        if let Some(generation) = &toggle.generation
            && req.generation != Some(generation)
        {
            notes.push(format!("{} is left out: it is for generation {generation}", toggle.name));
            continue;
        }
        extend(&mut args, &toggle.args, values, "arguments")?;
    }
    for field in &command.fields {
        for value in field_values(field, req.fields)? {
            let values = with(values, Placeholder::Value, &value, "field")?;
            extend(&mut args, &field.args, &values, "arguments")?;
        }
    }
    for name in req.toggles {
        if command.toggles.iter().all(|toggle| toggle.name != *name) {
            notes.push(format!("{} has no toggle {name:?} any more; it was left out", ty.name));
        }
    }
    for name in req.fields.keys() {
        if command.fields.iter().all(|field| field.name != *name) {
            notes.push(format!("{} has no field {name:?} any more; it was left out", ty.name));
        }
    }
    args.extend(given.way);
    if let Some(model) = req.model.filter(|model| !model.is_empty()) {
        if ty.takes_model() {
            let values = with(values, Placeholder::Model, model, "model")?;
            extend(&mut args, &command.model_args, &values, "arguments")?;
        } else {
            notes.push(format!("{} takes no model any more; {model:?} was left out", ty.name));
        }
    }
    for arg in req.args {
        no_nul(arg, "arguments")?;
        args.push(arg.into());
    }
    if let Some(prompt) = req.prompt.filter(|prompt| !prompt.is_empty()) {
        // Only ever given with a new pane, and too important to be dropped with a note.
        if !ty.takes_prompt() {
            return Err(LaunchError::Unsupported(ty.name.clone(), "prompt"));
        }
        let values = with(values, Placeholder::Prompt, prompt, "prompt")?;
        extend(&mut args, &command.prompt_args, &values, "arguments")?;
    }
    Ok(args)
}

/// What a field's arguments are given for.
fn field_values(
    field: &Field,
    given: &BTreeMap<String, String>,
) -> Result<Vec<String>, LaunchError> {
    let text = given.get(&field.name).unwrap_or(&field.default);
    let (name, label) = (field.name.clone(), field.label.clone());
    field.values(text).map_err(|error| match error {
        FieldError::Missing => LaunchError::MissingField(name, label),
        FieldError::Words(error) => LaunchError::Words(name, label, error),
    })
}

fn fill(template: &Template, values: &Values, what: &'static str) -> Result<OsString, LaunchError> {
    template.fill(values).map_err(|error| LaunchError::Fill(what, error))
}

fn extend(
    args: &mut Vec<OsString>,
    templates: &[Template],
    values: &Values,
    what: &'static str,
) -> Result<(), LaunchError> {
    for template in templates {
        args.push(fill(template, values, what)?);
    }
    Ok(())
}

/// The values with one more, which came from outside.
fn with(
    values: &Values,
    placeholder: Placeholder,
    value: &str,
    what: &'static str,
) -> Result<Values, LaunchError> {
    no_nul(value, what)?;
    let mut values = values.clone();
    values.insert(placeholder, value.into());
    Ok(values)
}

fn no_nul(text: &str, what: &'static str) -> Result<(), LaunchError> {
    if text.contains('\0') { Err(LaunchError::Nul(what)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
