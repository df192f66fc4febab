//! The registry of pane types as the model and the clients see it, and how it is read again.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::core::catalogue::{Catalogue, TypeTraits};
use crate::core::dialog::new_pane::TypeChoice;
use crate::core::panes::Refusal;
use crate::panetype::embedded::{embedded_text, embedded_types};
use crate::panetype::launch::{available, program_name, program_path};
use crate::panetype::probe::SystemProbe;
use crate::panetype::{CwdRule, Kind, PaneType, Registry, Source};
use crate::store::home::Home;
use crate::wire::control::types::{TypeInfo, TypeList, TypeProblem, TypeSource};

use super::{Server, Topic};

pub(super) struct Types<'a> {
    pub registry: &'a Registry,
    pub env: &'a BTreeMap<OsString, OsString>,
}

/// The pane types as a daemon has them that is started now: for a look without one.
pub struct StoredTypes {
    registry: Registry,
    env: BTreeMap<OsString, OsString>,
}

impl StoredTypes {
    pub fn load(home: &Home, env: BTreeMap<OsString, OsString>) -> StoredTypes {
        StoredTypes { registry: Registry::load(&embedded_types(), &home.panes_dir()), env }
    }

    fn types(&self) -> Types<'_> {
        Types { registry: &self.registry, env: &self.env }
    }

    pub fn list(&self) -> TypeList {
        self.types().list()
    }

    /// A type with its text, or why there is none.
    pub fn source(&self, name: &str) -> Result<TypeSource, String> {
        let missing = || Err(Refusal::NoType(name.to_string()).to_string());
        self.types().source(name).unwrap_or_else(missing)
    }
}

pub(super) fn traits(ty: &PaneType) -> TypeTraits {
    TypeTraits {
        title: ty.title.clone(),
        is_agent: ty.kind == Kind::Agent,
        tracked: ty.tracker.is_some(),
        can_resume: ty.resumes_by_id(),
        can_continue: ty.continues_last(),
        close: ty.close,
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
            (group, t.title.clone())
        });
        types
    }

    fn is_available(&self, ty: &PaneType) -> bool {
        available(ty, self.env, &SystemProbe)
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
            found: program_path(ty, self.env, &SystemProbe),
            homepage: ty.homepage.clone(),
        }
    }

    /// A type with its text; `None`: there is no such type.
    pub fn source(&self, name: &str) -> Option<Result<TypeSource, String>> {
        let ty = self.registry.get(name)?;
        let toml = match &ty.source {
            Source::Embedded => Ok(embedded_text(name).unwrap_or_default()),
            Source::User(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read {}: {error}", path.display())),
        };
        Some(toml.map(|toml| TypeSource { info: self.info(ty), toml }))
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

fn problem(diagnostic: &crate::base::diagnostic::Diagnostic) -> TypeProblem {
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
        let choice = |t: &PaneType| TypeChoice {
            name: t.name.clone(),
            title: t.title.clone(),
            kind: t.kind,
            homepage: t.homepage.clone(),
            available: self.is_available(t),
            asks_cwd: t.command.cwd == CwdRule::Ask,
            toggles: t.command.toggles.iter().map(|t| (t.name.clone(), t.label.clone())).collect(),
            toggled: t.default_toggles(),
            fields: t.command.fields.clone(),
            conversations: t.resumes_by_id(),
        };
        self.in_order().into_iter().filter(|t| !t.hidden).map(choice).collect()
    }
}

impl Server {
    /// Reads the pane types again, and writes the assets of new ones.
    pub(super) fn reload_types(&mut self) {
        self.registry = Registry::load(&embedded_types(), &self.options.home.panes_dir());
        let problems = self.install_assets();
        self.tell(Topic::Assets, problems);
        self.tell_types();
        self.ask_generations();
        for pane in self.model.panes.values_mut() {
            if let Some(ty) = self.registry.get(&pane.spec.type_name) {
                pane.traits = traits(ty);
            }
        }
        self.redraw_all();
    }
}
