//! Where a type's program is, as far as that is known without a pane.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::{Probe, environment};
use crate::panetype::program;
use crate::panetype::text::template::{Placeholder, Values};
use crate::panetype::types::PaneType;

/// Whether the type's program is installed, as far as that is known without a pane.
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
