//! The registry of pane types as the model and the clients see it, and how it is read again.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::core::dialog::new_pane::TypeChoice;
use crate::core::model::catalogue::{Calls, Catalogue, TypeTraits};
use crate::server::Topic;
use crate::server::agent::generation::ask_generations;
use crate::server::agent::guest::shims::renew_shims;
use crate::server::aside::types::{Programs, load_types, read_types, source};
use crate::server::aside::{Lane, Work};
use crate::server::control::calls::{refused, result};
use crate::server::lifecycle::diagnostics::report_types;
use crate::server::message::Answer;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::identity::SessionId;
use segno_agent::panetype::launch::{absolute_files, check_request, program_name, without_shims};
use segno_agent::panetype::{CwdRule, Kind, PaneType, Registry, Source};
use segno_agent::start::StartRequest;
use segno_store::home::Home;
use segno_wire::control::types::{TypeInfo, TypeList, TypeProblem, TypeSource};
use segno_wire::rpc::RpcError;

pub(in crate::server) struct Types<'a> {
    pub registry: &'a Registry,
    pub env: &'a BTreeMap<OsString, OsString>,
    pub programs: &'a Programs,
    /// Whether somebody chose among them: then it is looked anew which are installed.
    pub chosen: Cell<bool>,
}

/// The pane types as a daemon has them that is started now: for a look without one.
pub struct StoredTypes {
    registry: Registry,
    env: BTreeMap<OsString, OsString>,
    programs: Programs,
}

impl StoredTypes {
    pub fn load(home: &Home, env: BTreeMap<OsString, OsString>) -> StoredTypes {
        let registry = load_types(home);
        let env = without_shims(env, &home.first_in_path());
        let programs = Programs::look(&registry, &env);
        StoredTypes { registry, env, programs }
    }

    fn types(&self) -> Types<'_> {
        let chosen = Cell::default();
        Types { registry: &self.registry, env: &self.env, programs: &self.programs, chosen }
    }

    pub fn list(&self) -> TypeList {
        self.types().list()
    }

    /// Whether a type's program could be started so, or why not.
    pub fn check(
        &self,
        name: &str,
        start: &StartRequest,
        prompt: Option<&str>,
        session: Option<&SessionId>,
    ) -> Result<(), String> {
        let ty = self.registry.find(name).map_err(|unknown| unknown.to_string())?;
        check_request(ty, start, prompt, session).map_err(|error| error.to_string())
    }

    /// Where programs of a type look for skills, or why there is no such type.
    pub fn skill_file(&self, name: &str) -> Result<Option<PathBuf>, String> {
        let ty = self.registry.find(name).map_err(|unknown| unknown.to_string())?;
        Ok(absolute_files(&ty.skill, &self.env).into_iter().next())
    }

    /// A type with its text, or why there is none.
    pub fn source(&self, name: &str) -> Result<TypeSource, String> {
        let ty = self.registry.find(name).map_err(|unknown| unknown.to_string())?;
        Ok(TypeSource { info: self.types().info(ty), toml: source(ty)? })
    }
}

pub(in crate::server) fn traits(ty: &PaneType) -> TypeTraits {
    TypeTraits {
        title: ty.title.clone(),
        calls_itself: match ty.kind {
            Kind::Agent => Calls::Title,
            Kind::Shell => Calls::Shell,
            Kind::Tool if ty.command.fields.is_empty() => Calls::Title,
            Kind::Tool => Calls::CommandLine,
        },
        is_agent: ty.kind == Kind::Agent,
        tracked: ty.tracker.is_some(),
        can_resume: ty.resumes_by_id(),
        can_continue: ty.continues_last(),
        can_fork: ty.forks(),
        close: ty.close,
        again: ty.again,
        toggled: ty.default_toggles(),
        raw: ty.raw_keys.clone(),
    }
}

impl Types<'_> {
    fn in_order(&self) -> Vec<&PaneType> {
        let mut types: Vec<_> = self.registry.iter().map(|t| &**t).collect();
        types.sort_by_key(|t| {
            let group = match t.kind {
                Kind::Agent => 0,
                Kind::Shell => 1,
                Kind::Tool => 2,
            };
            (group, t.title.to_lowercase())
        });
        types
    }

    pub fn info(&self, ty: &PaneType) -> TypeInfo {
        TypeInfo {
            name: ty.name.clone(),
            title: ty.title.clone(),
            kind: ty.kind.as_str().to_string(),
            file: match &ty.source {
                Source::Embedded => None,
                Source::User(path) => Some(path.clone()),
            },
            program: program_name(ty, self.env),
            found: self.programs.found(&ty.name),
            homepage: ty.homepage.clone(),
        }
    }

    pub fn list(&self) -> TypeList {
        TypeList {
            types: self
                .in_order()
                .into_iter()
                .filter(|t| !t.hidden)
                .map(|t| self.info(t))
                .collect(),
            problems: self.registry.diagnostics().iter().map(problem).collect(),
        }
    }
}

fn problem(diagnostic: &segno_base::text::diagnostic::Diagnostic) -> TypeProblem {
    TypeProblem {
        file: diagnostic.file.clone(),
        line: Some(diagnostic.line as u32),
        column: Some(diagnostic.column as u32),
        error: diagnostic.is_error(),
        message: diagnostic.message.clone(),
    }
}

impl Catalogue for Types<'_> {
    fn traits(&self, type_name: &str) -> Option<TypeTraits> {
        self.registry.get(type_name).map(|t| traits(t))
    }

    fn choices(&self) -> Vec<TypeChoice> {
        self.chosen.set(true);
        let choice = |t: &PaneType| TypeChoice {
            name: t.name.clone(),
            title: t.title.clone(),
            kind: t.kind,
            homepage: t.homepage.clone(),
            available: self.programs.installed(&t.name),
            recent: None,
            asks_cwd: t.command.cwd == CwdRule::Ask,
            toggles: t.command.toggles.iter().map(|t| (t.name.clone(), t.label.clone())).collect(),
            toggled: t.default_toggles(),
            fields: t.command.fields.clone(),
            conversations: t.resumes_by_id(),
        };
        self.in_order().into_iter().filter(|t| !t.hidden).map(choice).collect()
    }
}

fn types_read(shared: &mut Shared, registry: Registry, problems: Vec<String>) {
    shared.registry = Arc::new(registry);
    shared.set_diagnostics(Topic::Assets, problems);
    report_types(shared);
    ask_generations(shared);
    renew_shims(shared);
    for pane in shared.model.panes.values_mut() {
        if let Some(ty) = shared.registry.get(&pane.spec.type_name) {
            pane.traits = traits(ty);
        }
    }
    shared.redraw_all();
}

/// Reads the pane types again, and writes the assets of new ones.
pub(in crate::server) fn reload_types(
    shared: &mut Shared,
    then: impl FnOnce(&mut Shared) + Send + 'static,
) {
    shared.in_lane(Lane::Types, |_: &mut Stateless, shared: &mut Shared| {
        let (home, env) = (shared.options.home.clone(), shared.env.clone());
        Some(Work::of(
            move || read_types(&home, &env),
            |_: &mut Stateless, shared: &mut Shared, (registry, problems, programs)| {
                types_read(shared, registry, problems);
                programs_found(shared, programs);
                then(shared);
            },
        ))
    });
}

/// Looks which types' programs are installed by now.
pub(in crate::server) fn look_for_programs(shared: &mut Shared) {
    shared.in_lane_once(Lane::Types, |_: &mut Stateless, shared: &mut Shared| {
        let (registry, env) = (shared.registry.clone(), shared.env.clone());
        let look = move || Programs::look(&registry, &env);
        Some(Work::of(look, |_: &mut Stateless, shared: &mut Shared, programs| {
            programs_found(shared, programs);
        }))
    });
}

fn programs_found(shared: &mut Shared, programs: Programs) {
    if shared.programs == programs {
        return;
    }
    shared.model.installed(&|name| programs.installed(name));
    shared.programs = programs;
    shared.redraw_all();
}

/// Answers with all types.
pub(in crate::server) fn list_types(shared: &mut Shared, answer: oneshot::Sender<Answer>) {
    shared.in_lane(Lane::Types, |_: &mut Stateless, shared: &mut Shared| {
        let (registry, env) = (shared.registry.clone(), shared.env.clone());
        let look = move || Programs::look(&registry, &env);
        Some(Work::of(look, |_: &mut Stateless, shared: &mut Shared, programs| {
            programs_found(shared, programs);
            let _ = answer.send(result(&shared.types().list()));
        }))
    });
}

/// Answers with a type and its text.
pub(in crate::server) fn show_type(
    shared: &mut Shared,
    name: String,
    answer: oneshot::Sender<Answer>,
) {
    let ty = match shared.registry.find(&name) {
        Ok(ty) => ty.clone(),
        Err(unknown) => return drop(answer.send(Err(refused(&unknown.into())))),
    };
    shared.aside(
        move || (source(&ty), ty),
        move |_: &mut Stateless, shared: &mut Shared, (toml, ty)| {
            let info = shared.types().info(&ty);
            let shown = toml.map(|toml| TypeSource { info, toml });
            let _ = answer.send(shown.map_err(RpcError::failed).and_then(|source| result(&source)));
        },
    );
}
