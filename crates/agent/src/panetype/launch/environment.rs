//! The environment of a pane: the daemon's, without what does not hold in a pane, and with what
//! every pane gets.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::values::fill as fill_one;
use super::{LaunchError, LaunchRequest};
use crate::panetype::hook::PROGRAM as HOOK_PROGRAM;
use crate::panetype::text::template::{Name, Placeholder, Template, Values};
use crate::panetype::types::PaneType;

type Env = BTreeMap<OsString, OsString>;

/// What is left of the daemon's environment for a program of this type that runs in no pane.
pub fn environment_outside(ty: &PaneType, env: &Env, unset: &[String]) -> Env {
    // Another pane's: with them a tracker would write that pane's files. Never a matter of taste,
    // so not left to the settings.
    let own = |name: &OsStr| matches("SEGNO_*", name);
    let listed = || unset.iter().chain(&ty.command.unset_env);
    let removed = |name: &OsStr| {
        listed().any(|pattern| matches(pattern, name))
            && !listed().any(|pattern| pattern.strip_prefix('!').is_some_and(|p| matches(p, name)))
    };
    env.iter()
        .filter(|(name, _)| !own(name) && !removed(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What is left of the daemon's environment, and what Segno says about itself.
pub(super) fn inherited(ty: &PaneType, req: &LaunchRequest<'_>) -> Env {
    // Sizes and directories of the daemon's own past; programs prefer them to the truth.
    let past = ["LINES", "COLUMNS", "OLDPWD", "SHLVL"];
    let mut env = environment_outside(ty, req.env, req.unset);
    env.retain(|name, _| !past.iter().any(|past| matches(past, name)));
    let mut set = |name: &str, value: &OsStr| env.insert(name.into(), value.to_os_string());
    set("TERM", OsStr::new("xterm-256color"));
    set("COLORTERM", OsStr::new("truecolor"));
    set("TERM_PROGRAM", OsStr::new("segno"));
    set("TERM_PROGRAM_VERSION", OsStr::new(env!("CARGO_PKG_VERSION")));
    set("PWD", req.cwd.as_os_str());
    set("SEGNO_PANE", OsStr::new(&req.pane.to_string()));
    set("SEGNO_HOME", req.paths.home.as_os_str());
    set(HOOK_PROGRAM, req.segno.as_os_str());
    env
}

/// Whether a pattern means this variable. A lone `*` means none, lest it mean all.
pub fn matches(pattern: &str, name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    match pattern.strip_suffix('*') {
        Some(prefix) => !prefix.is_empty() && name.starts_with(prefix.as_bytes()),
        None => name == pattern.as_bytes(),
    }
}

/// Sets the variables that a type asks for.
pub(super) fn fill(
    variables: &[(String, Template)],
    values: &Values,
    env: &mut Env,
) -> Result<(), LaunchError> {
    for (name, template) in variables {
        let value = fill_one(template, values, "environment")?;
        env.insert(name.into(), value);
    }
    Ok(())
}

/// The variables by name, for `{env:NAME}`.
pub(super) fn add_names(env: &Env, values: &mut Values) {
    for (name, value) in env {
        if let Some(name) = name.to_str().filter(|_| !value.is_empty()) {
            values.name(Name::Env(name.to_string()), value.clone());
        }
    }
}

/// The user's directories as far as the environment names them; a relative one names nothing.
pub(super) fn add_user_dirs(env: &Env, values: &mut Values) {
    let absolute =
        |name: &str| env.get(OsStr::new(name)).map(Path::new).filter(|path| path.is_absolute());
    let home = absolute("HOME");
    let below_home = [
        (Placeholder::ConfigHome, "XDG_CONFIG_HOME", ".config"),
        (Placeholder::DataHome, "XDG_DATA_HOME", ".local/share"),
    ];
    for (placeholder, variable, otherwise) in below_home {
        let directory = absolute(variable).map(Path::to_path_buf);
        if let Some(directory) = directory.or_else(|| Some(home?.join(otherwise))) {
            values.insert(placeholder, directory.into_os_string());
        }
    }
    if let Some(home) = home {
        values.insert(Placeholder::UserHome, home.as_os_str().to_os_string());
    }
}
