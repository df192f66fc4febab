//! `sync config`, `pause`, `resume` and `retry`.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::{change, chosen, failed, key, leave_word, look, say, services, state, targets};
use crate::args;
use crate::environment::{self, Environment};
use crate::error::CliError;
use segno_sync::service::How;
use segno_sync::target::Target;

/// Prints or changes settings.
pub fn config(env: &Environment, args: &args::SyncConfig) -> Result<(), CliError> {
    let what = "cannot change the settings";
    let (Some(name), Some(key), Some(value)) = (&args.name, &args.key, &args.value) else {
        return look::config(env, args.name.as_deref(), args.json);
    };
    let mut target = chosen(env, what, Some(name))?.remove(0);
    set(env, what, &mut target, key, value)?;
    if key == "key_command" && !value.is_empty() {
        key::printed(what, value)?;
    }
    let _change = change(env, what)?;
    // It may have been another meanwhile.
    let mut target = chosen(env, what, Some(name))?.remove(0);
    let before = target.clone();
    set(env, what, &mut target, key, value)?;
    targets(env).put(&target).map_err(|e| failed(what, &e))?;
    if before != target {
        // Something else may be wanted of what was looked at already.
        state(env, what)?.look_again(name).map_err(|e| failed(what, &e))?;
    }
    look::config(env, Some(name), args.json)
}

/// Sets what every target has, or what this service lets the user choose.
fn set(
    env: &Environment,
    what: &str,
    target: &mut Target,
    key: &str,
    value: &str,
) -> Result<(), CliError> {
    let wrong = |why: String| CliError::usage(what, why);
    let services = services(env);
    let service = services.get(&target.service);
    if let ("format", Some(How::Files(files))) = (key, service.map(|service| &service.how))
        && !(value.is_empty() || files.formats.iter().any(|format| format == value))
    {
        let there = files.formats.join(", ");
        return Err(wrong(format!("there is no format {value:?}; there are {there}")));
    }
    if service.is_some_and(|service| service.choices().contains(key)) {
        target.chosen.insert(key.into(), value.into());
        target.chosen.retain(|_, value| !value.is_empty());
        return Ok(());
    }
    target.set(key, &whole(key, value)).map_err(wrong)
}

/// Directories as agents name them: from the root, and without links.
pub fn whole(key: &str, value: &str) -> String {
    if !matches!(key, "directories" | "exclude_directories") {
        return value.to_owned();
    }
    let one = |directory: &str| {
        let home = directory.strip_prefix("~/").zip(environment::user_home());
        let path = home.map_or_else(|| PathBuf::from(directory), |(below, home)| home.join(below));
        let path = path.canonicalize().ok().filter(|_| path.is_absolute()).unwrap_or(path);
        path.to_str().map_or_else(|| directory.to_owned(), str::to_owned)
    };
    value.split(',').map(str::trim).map(one).collect::<Vec<_>>().join(",")
}

/// Stops sending, or goes on.
pub fn pause(env: &Environment, args: &args::SyncPause, pauses: bool) -> Result<(), CliError> {
    let what = if pauses { "cannot pause" } else { "cannot resume" };
    let here = args.here.then(|| env.cwd.to_string_lossy().into_owned());
    let _change = change(env, what)?;
    let state = state(env, what)?;
    let mut lines = String::new();
    let mut changed = Vec::new();
    for mut target in chosen(env, what, args.name.as_deref())? {
        match &here {
            None => target.paused = pauses,
            Some(here) => {
                target.paused_directories.retain(|directory| directory != here);
                if pauses {
                    target.paused_directories.push(here.clone());
                }
            }
        }
        put(env, what, &target)?;
        if !pauses {
            state.go_on(&target.name).map_err(|e| failed(what, &e))?;
            if here.is_some() {
                state.look_again(&target.name).map_err(|e| failed(what, &e))?;
            }
        }
        let of = here.as_ref().map_or(String::new(), |here| format!(" of {here}"));
        let says = if pauses { "nothing is sent" } else { "is sent again" };
        lines.push_str(&match pauses {
            true => format!("{}: {says}{of}\n", target.name),
            false => format!("{}: what was said{of} {says}\n", target.name),
        });
        changed.push(target.name);
    }
    leave_word(env, what, &state)?;
    if changed.is_empty() {
        lines.push_str("nobody has logged in\n");
    }
    say(args.json, json!({ "targets": changed, "paused": pauses, "directory": here }), &lines)
}

fn put(env: &Environment, what: &str, target: &Target) -> Result<(), CliError> {
    targets(env).put(target).map_err(|e| failed(what, &e))
}

/// Has what was refused sent once more; 1 when something is in the way.
pub fn retry(env: &Environment, args: &args::SyncNamed) -> Result<ExitCode, CliError> {
    let what = "cannot try again";
    let target = chosen(env, what, Some(&args.name))?.remove(0);
    let count = {
        let _change = change(env, what)?;
        let mut state = state(env, what)?;
        let count = state.retry(&target.name).map_err(|e| failed(what, &e))?;
        state.go_on(&target.name).map_err(|e| failed(what, &e))?;
        count
    };
    let report = super::run::send(env, what, &[target], segno_sync::deliver::Way::Asked, false)?;
    let text = look::reports(&report);
    say(args.json, json!({ "retried": count, "targets": report }), &text)?;
    Ok(super::run::code(&report))
}
