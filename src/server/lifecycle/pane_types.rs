//! The registry of pane types as the model and the clients see it, and how it is read again.

use std::cell::Cell;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::server::Topic;
use crate::server::agent::generation::ask_generations;
use crate::server::agent::guest::shims::renew_shims;
use crate::server::aside::{Lane, Work};
use crate::server::control::calls::{refused, result};
use crate::server::lifecycle::diagnostics::report_types;
use crate::server::message::Answer;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::panetype::{CwdRule, Kind, PaneType, Registry};
use segno_core::dialog::new_pane::TypeChoice;
use segno_core::model::catalogue::{Calls, Catalogue, TypeTraits};
use segno_custom::types::{self, Programs, read_types, source};
use segno_wire::control::types::TypeSource;
use segno_wire::rpc::RpcError;

/// The pane types for the model, which chooses among them.
pub(in crate::server) struct Types<'a> {
    pub listed: types::Types<'a>,
    /// Whether somebody chose among them: then it is looked anew which are installed.
    pub chosen: Cell<bool>,
}

impl<'a> Types<'a> {
    pub fn new(listed: types::Types<'a>) -> Types<'a> {
        Types { listed, chosen: Cell::default() }
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

impl Catalogue for Types<'_> {
    fn traits(&self, type_name: &str) -> Option<TypeTraits> {
        self.listed.registry.get(type_name).map(|t| traits(t))
    }

    fn choices(&self) -> Vec<TypeChoice> {
        self.chosen.set(true);
        let choice = |t: &PaneType| TypeChoice {
            name: t.name.clone(),
            title: t.title.clone(),
            kind: t.kind,
            homepage: t.homepage.clone(),
            available: self.listed.programs.installed(&t.name),
            recent: None,
            asks_cwd: t.command.cwd == CwdRule::Ask,
            toggles: t.command.toggles.iter().map(|t| (t.name.clone(), t.label.clone())).collect(),
            toggled: t.default_toggles(),
            fields: t.command.fields.clone(),
            conversations: t.resumes_by_id(),
        };
        self.listed.in_order().into_iter().filter(|t| !t.hidden).map(choice).collect()
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
            let _ = answer.send(result(&shared.types().listed.list()));
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
            let info = shared.types().listed.info(&ty);
            let shown = toml.map(|toml| TypeSource { info, toml });
            let _ = answer.send(shown.map_err(RpcError::failed).and_then(|source| result(&source)));
        },
    );
}
