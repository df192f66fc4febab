//! The registry of pane types as the model and the clients see it.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::core::catalogue::{Catalogue, TypeTraits};
use crate::core::dialog::new_pane::TypeChoice;
use crate::panetype::launch::{available, program_name, program_path};
use crate::panetype::probe::SystemProbe;
use crate::panetype::{CwdRule, Kind, PaneType, Registry, Source};
use crate::wire::control::types::{TypeInfo, TypeList, TypeProblem};

pub(super) struct Types<'a> {
    pub registry: &'a Registry,
    pub env: &'a BTreeMap<OsString, OsString>,
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
            fields: t
                .command
                .fields
                .iter()
                .map(|f| (f.name.clone(), f.label.clone(), f.default.clone()))
                .collect(),
            conversations: t.resumes_by_id(),
        };
        self.in_order().into_iter().filter(|t| !t.hidden).map(choice).collect()
    }
}
