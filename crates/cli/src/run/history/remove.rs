//! `history forget` and `history restore`.

use std::io::{IsTerminal, Write};

use super::look::json;
use super::{archive, failed, moment, update};
use crate::args;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{print, show};
use segno_archive::forget::{self, What};
use segno_archive::originals::Restored;
use segno_archive::query::time::Now;
use segno_archive::read;
use segno_history::exports;

/// `history forget`
pub fn forget(env: &Environment, args: &args::Forget) -> Result<(), CliError> {
    let what = "cannot forget";
    let directory = args.directory.as_ref();
    let directory = directory.map(|dir| env.cwd.join(dir).to_string_lossy().into_owned());
    let before = args.before.as_ref().map(|text| moment(what, text, &Now::system())).transpose()?;
    let chosen = match (&args.id, &directory, before) {
        (Some(id), ..) => What::Conversation(id),
        (_, Some(directory), _) => What::Directory(directory),
        (.., Some(before)) => What::Before(before),
        _ => return Err(CliError::usage(what, "nothing was named")),
    };
    if !args.yes && !agreed(env, what, chosen)? {
        return match args.json {
            true => said(&[]),
            false => print::line("nothing was forgotten"),
        };
    }
    let (mut archive, _) = update::in_turn(env, what)?;
    let forgotten = forget::forget(&mut archive, chosen).map_err(|e| failed(what, &e))?;
    if args.json {
        return said(&forgotten);
    }
    let lines =
        forgotten.iter().map(|(agent, id)| format!("{} {}\n", show::plain(agent), show::plain(id)));
    print::text(&lines.collect::<String>())?;
    print::line(&format!("{} forgotten, for good", show::history::conversations(forgotten.len())))
}

/// What was forgotten, as JSON.
fn said(forgotten: &[(String, String)]) -> Result<(), CliError> {
    let one = |(agent, id): &(String, String)| serde_json::json!({ "agent": agent, "id": id });
    let forgotten: Vec<_> = forgotten.iter().map(one).collect();
    json(&serde_json::json!({ "version": read::VERSION, "forgotten": forgotten }))
}

/// Asks at the terminal; without one, the option is needed.
fn agreed(env: &Environment, what: &str, chosen: What) -> Result<bool, CliError> {
    let count = forget::count(&archive(env, what)?, chosen).map_err(|e| failed(what, &e))?;
    if count == 0 {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(CliError::usage(what, "it cannot be undone").todo("say `--yes`"));
    }
    let conversations = show::history::conversations(count);
    eprint!("Forget {conversations} for good, with every copy in the archive? [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|e| CliError::new(what, e))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// `history restore`
pub fn restore(env: &Environment, args: &args::Restore) -> Result<(), CliError> {
    let what = "cannot restore the conversation";
    let restored = put_back(env, what, &args.id)?;
    // The agent has it again, and the archive knows.
    update::quietly(env, what)?;
    if args.json {
        return json(&serde_json::json!({ "version": read::VERSION, "restored": restored }));
    }
    let lines = restored.iter().map(|restored| match restored {
        Restored::There { path } => format!("{}: the agent has it\n", show(path)),
        Restored::File { path } => format!("{}: put back\n", show(path)),
        Restored::Imported { agent } => format!("imported by {}\n", show::plain(agent)),
        Restored::Import { agent, export, .. } => {
            let (export, agent) = (show(export), show::plain(agent));
            format!("{export}: kept, and the type {agent} has no command that imports it\n")
        }
    });
    return print::text(&lines.collect::<String>());

    fn show(path: &std::path::Path) -> String {
        show::plain(&path.to_string_lossy())
    }
}

/// Gives the agent back what is kept of a conversation.
pub(super) fn put_back(env: &Environment, what: &str, id: &str) -> Result<Vec<Restored>, CliError> {
    let archive = archive(env, what)?;
    exports::restore(&archive, id, &update::described(env), &update::places_here(env))
        .map_err(|e| failed(what, &e))
}
