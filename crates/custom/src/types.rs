//! Pane types as files: read and listed, their assets written, and their programs looked for.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use segno_agent::identity::SessionId;
use segno_agent::panetype::embedded::{embedded_text, embedded_types};
use segno_agent::panetype::launch::{
    absolute_files, check_request, program_name, program_path, without_shims,
};
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::panetype::registry::asset;
use segno_agent::panetype::{Kind, PaneType, Registry, Source};
use segno_agent::start::StartRequest;
use segno_base::text::diagnostic::Diagnostic;
use segno_store::agent::assets;
use segno_store::file::user_file;
use segno_store::home::Home;
use segno_wire::control::types::{TypeInfo, TypeList, TypeProblem, TypeSource};

/// The largest file of a type that is shown, in bytes.
const FILE_MAX: u64 = 256 * 1024;

/// The types that there are.
pub fn load_types(home: &Home) -> Registry {
    Registry::load(&embedded_types(), &home.panes_dir())
}

/// Reads the types and writes the assets of new ones; with what went wrong, and where their
/// programs are.
pub fn read_types(
    home: &Home,
    env: &BTreeMap<OsString, OsString>,
) -> (Registry, Vec<String>, Programs) {
    let registry = load_types(home);
    let problems = install_assets(&registry, home);
    let programs = Programs::look(&registry, env);
    (registry, problems, programs)
}

/// Where the programs of types are, as they were looked for last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Programs(BTreeMap<String, Option<PathBuf>>);

impl Programs {
    /// Looks for them, which may take a while.
    pub fn look(registry: &Registry, env: &BTreeMap<OsString, OsString>) -> Programs {
        let found = |ty: &Arc<PaneType>| (ty.name.clone(), program_path(ty, env, &SystemProbe));
        Programs(registry.iter().map(found).collect())
    }

    pub fn found(&self, name: &str) -> Option<PathBuf> {
        self.0.get(name).cloned().flatten()
    }

    /// One that was not looked for yet counts as installed.
    pub fn installed(&self, name: &str) -> bool {
        self.0.get(name).is_none_or(Option::is_some)
    }
}

/// The pane types, to be listed.
#[derive(Clone, Copy)]
pub struct Types<'a> {
    pub registry: &'a Registry,
    pub env: &'a BTreeMap<OsString, OsString>,
    pub programs: &'a Programs,
}

impl Types<'_> {
    /// Agents first, then shells, then tools; by title.
    pub fn in_order(&self) -> Vec<&PaneType> {
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

fn problem(diagnostic: &Diagnostic) -> TypeProblem {
    TypeProblem {
        file: diagnostic.file.clone(),
        line: Some(diagnostic.line as u32),
        column: Some(diagnostic.column as u32),
        error: diagnostic.is_error(),
        message: diagnostic.message.clone(),
    }
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
        Types { registry: &self.registry, env: &self.env, programs: &self.programs }
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

/// The text of a type's file.
pub fn source(ty: &PaneType) -> Result<String, String> {
    let Source::User(path) = &ty.source else {
        return Ok(embedded_text(&ty.name).unwrap_or_default());
    };
    let gone = || format!("{} is not there any more", path.display());
    user_file::read(path, FILE_MAX)?.ok_or_else(gone)
}

/// Writes the trackers' assets of every pane type; answers what went wrong.
pub fn install_assets(registry: &Registry, home: &Home) -> Vec<String> {
    let mut problems = Vec::new();
    for ty in registry.iter() {
        let Some(tracker) = &ty.tracker else { continue };
        let mut files = Vec::new();
        for name in &tracker.assets {
            match asset(ty, name) {
                Ok(bytes) => files.push((name.as_str(), bytes)),
                Err(error) => problems.push(format!(
                    "pane type {}: the asset {name} cannot be read: {error}",
                    ty.name
                )),
            }
        }
        let borrowed: Vec<_> = files.iter().map(|(name, bytes)| (*name, bytes.as_ref())).collect();
        match assets::install(&home.assets_dir(&ty.name), &borrowed) {
            Ok(written) => {
                for name in written {
                    tracing::info!(pane_type = %ty.name, %name, "asset written");
                }
            }
            Err(error) => problems.push(format!("pane type {}: {error}", ty.name)),
        }
    }
    problems
}
