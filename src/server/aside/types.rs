//! Pane types as files: read, their assets written, and their programs looked for.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use segno_agent::panetype::embedded::{embedded_text, embedded_types};
use segno_agent::panetype::launch::program_path;
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::panetype::registry::asset;
use segno_agent::panetype::{PaneType, Registry, Source};
use segno_store::agent::assets;
use segno_store::file::user_file;
use segno_store::home::Home;

/// The largest file of a type that is shown, in bytes.
const FILE_MAX: u64 = 256 * 1024;

/// The types that there are.
pub fn load_types(home: &Home) -> Registry {
    Registry::load(&embedded_types(), &home.panes_dir())
}

/// Reads the types and writes the assets of new ones; with what went wrong, and where their
/// programs are.
pub(in super::super) fn read_types(
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
pub(in super::super) struct Programs(BTreeMap<String, Option<PathBuf>>);

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

/// The text of a type's file.
pub(in super::super) fn source(ty: &PaneType) -> Result<String, String> {
    let Source::User(path) = &ty.source else {
        return Ok(embedded_text(&ty.name).unwrap_or_default());
    };
    let gone = || format!("{} is not there any more", path.display());
    user_file::read(path, FILE_MAX)?.ok_or_else(gone)
}

/// Writes the trackers' assets of every pane type; answers what went wrong.
pub(in super::super) fn install_assets(registry: &Registry, home: &Home) -> Vec<String> {
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
