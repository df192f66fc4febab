//! What a typed program is started with: planned and written beside the owner.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::super::aside::look::write_all;
use super::super::generation::Generations;
use segno_agent::identity::{Recorded, SessionId};
use segno_agent::panetype::PaneType;
use segno_agent::panetype::launch::{
    GUEST, LaunchPlan, LaunchRequest, Probe, TrackerPaths, plan, typed_environment,
};
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::start::{Conversation, StartRequest};
use segno_base::ids::PaneId;
use segno_store::file::protected;
use segno_store::home::Home;
use segno_store::pane::session_file;
use segno_wire::control::panes::guest::{ShellStart, StartWith};

/// A program that was typed.
pub(super) struct Typed {
    pub pane: PaneId,
    /// The guest's.
    pub id: PaneId,
    pub ty: Arc<PaneType>,
    pub asked: ShellStart,
    /// The user's arguments, without the words that the type begins with.
    pub args: Vec<String>,
    pub conversation: Conversation,
    pub never_prompted: bool,
    /// The user said which conversation it is.
    pub decided: bool,
    /// Where a return is wanted.
    pub cwd: Option<PathBuf>,
    pub home: Home,
    pub shell: PathBuf,
    pub segno: PathBuf,
    pub generations: Arc<Generations>,
    /// Makes the claim file's name unique.
    pub nonce: u64,
}

/// How it is started.
pub(super) struct Planned {
    pub with: StartWith,
    pub assigned: Option<SessionId>,
    pub facts: Vec<String>,
    pub notes: Vec<String>,
}

impl Typed {
    /// Plans the start and writes its files.
    pub fn plan(&self) -> Result<Planned, String> {
        let (home, id) = (&self.home, self.id);
        let cwd = self.cwd.clone().filter(|cwd| cwd.is_dir());
        let cwd = cwd.unwrap_or_else(|| self.asked.cwd.clone());
        let mut ty = (*self.ty).clone();
        if let Some(resume) = ty.resume.as_mut().filter(|_| self.decided) {
            resume.assign.clear();
        }
        // The program is the one that the shell means; planning looks for it as it always does.
        let mut env = self.asked.env.clone();
        let program = self.program()?;
        let mut path = OsString::from(program.parent().unwrap_or(Path::new("/")));
        path.push(":");
        path.push(self.path());
        env.insert("PATH".into(), path);
        let rule = ty.generation.as_ref();
        let generation = rule.map(|rule| self.generations.of(rule, &program, &env));
        let request = LaunchRequest {
            pane: id,
            paths: TrackerPaths {
                home: home.path().to_path_buf(),
                assets: home.assets_dir(&ty.name),
                session_file: home.session_file(&ty.name, id),
                events_file: home.events_file(id),
                log_file: home.tracker_log(),
                claim_file: home.claims_dir().join(format!("{id}.{}", self.nonce)),
                generated_dir: home.generated_dir(id),
            },
            cwd: cwd.clone(),
            start: &StartRequest {
                toggles: Some(BTreeSet::new()),
                args: self.args.clone(),
                ..StartRequest::default()
            },
            beginning: &self.conversation.clone().into(),
            never_prompted: self.never_prompted,
            env: &env,
            unset: &[],
            generation: generation.as_ref().map(|generation| generation.name.as_str()),
            shell: &self.shell,
            segno: &self.segno,
        };
        let planned = plan(&ty, &request, &SystemProbe).map_err(|error| error.to_string())?;
        write_all(&planned.files)?;
        let mut notes = planned.notes.clone();
        self.keep(&planned, &mut notes);
        let words = planned.args.iter().map(|arg| arg.to_string_lossy().into_owned());
        let words: Vec<_> = std::iter::once(program.display().to_string()).chain(words).collect();
        let mut facts = vec![format!("typed in the shell, and started as: {}", words.join(" "))];
        facts.extend(generation.map(|it| format!("taken for generation {}: {}", it.name, it.why)));
        facts.extend(planned.left_out.iter().map(|what| format!("note: {what}")));
        let mut env = typed_environment(&ty, &self.asked.env, &planned.env);
        env.insert("SEGNO_PANE".into(), self.pane.to_string().into());
        env.insert(GUEST.into(), id.to_string().into());
        let (name, args) = (self.asked.program.clone(), planned.args);
        let with = StartWith { program: name, path: program, args, env, cwd };
        Ok(Planned { with, assigned: planned.assigned, facts, notes })
    }

    fn path(&self) -> &OsStr {
        self.asked.env.get(OsStr::new("PATH")).map(OsString::as_os_str).unwrap_or_default()
    }

    /// The program that the shell means: that behind the shims.
    fn program(&self) -> Result<PathBuf, String> {
        if self.asked.path.is_absolute() {
            return Ok(self.asked.path.clone());
        }
        let shims = self.home.shims_dir();
        let mut places = std::env::split_paths(self.path())
            .filter(|dir| dir.is_absolute() && *dir != shims)
            .map(|dir| dir.join(&self.asked.program));
        let found = places.find(|place| SystemProbe.is_executable(place));
        found.ok_or_else(|| format!("{}: not found in PATH", self.asked.program))
    }

    /// Records the conversation before the program runs, and puts its files back where they got
    /// lost, as in the start of a pane.
    fn keep(&self, planned: &LaunchPlan, notes: &mut Vec<String>) {
        let known = match (&planned.assigned, &self.conversation) {
            (Some(id), _) => Some(id),
            (None, Conversation::Resume(id)) => Some(id),
            (None, _) => None,
        };
        let Some(session) = known else { return };
        let path = self.home.session_file(&self.ty.name, self.id);
        if let Err(error) = session_file::write(&path, &Recorded::Id(session.clone())) {
            notes.push(format!("the conversation is not recorded: {error}"));
        }
        if planned.assigned.is_some() || planned.protect.is_empty() {
            return;
        }
        let dir = self.home.protected_dir(&self.ty.name, session);
        if protected::put_back(&dir) > 0 {
            notes.push(format!("the files of {session} were gone; Segno had kept them"));
        }
        if let Err(error) = protected::keep(&dir, &planned.protect) {
            notes.push(format!("the conversation's files could not be kept: {error}"));
        }
    }
}
