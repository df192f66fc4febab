//! What the shell completes: commands and options, and the panes, pane types and conversations that
//! there are. The shell runs this program for it, as the script of `segno completions` says.

use std::ffi::OsStr;

use clap::{Arg, CommandFactory};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::args::Cli;
use super::environment::Environment;
use super::error::CliError;
use super::run::{Reach, call, history, types};
use super::{offered, show};
use segno_wire::control::Call;
use segno_wire::control::panes::pane_info::PaneList;

/// Set while the shell asks.
const VARIABLE: &str = "SEGNO_COMPLETE";
/// So many conversations are offered.
const CONVERSATIONS: usize = 50;

/// Answers the shell and ends the program, when it is the shell that asks.
pub fn answer() {
    CompleteEnv::with_factory(|| knows(offered(&Cli::command()))).var(VARIABLE).complete();
}

/// The script that has a shell ask.
pub fn script(shell: Shell) -> Result<String, CliError> {
    let what = "cannot print the completions";
    let shells = Shells::builtins();
    let name = shell.to_string();
    let completer =
        shells.completer(&name).ok_or_else(|| CliError::usage(what, format!("not for {name}")))?;
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, "segno", "segno", "segno", &mut script)
        .map_err(|error| CliError::new(what, error))?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// A command whose values are completed by what there is.
fn knows(command: clap::Command) -> clap::Command {
    let known = |arg: Arg| {
        let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        match name.as_deref() {
            Some("PANE") => arg.add(ArgValueCompleter::new(panes)),
            Some("TYPE" | "AGENT") => arg.add(ArgValueCompleter::new(pane_types)),
            Some("ID" | "IDS" | "SESSION" | "CONVERSATION") => {
                arg.add(ArgValueCompleter::new(conversations))
            }
            _ => arg,
        }
    };
    command.mut_args(known).mut_subcommands(knows)
}

/// Those that begin as what is typed, with a word on each; nothing where they cannot be read.
fn candidates(
    typed: &OsStr,
    all: impl FnOnce(&Environment) -> Result<Vec<(String, String)>, CliError>,
) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let all = Environment::read().and_then(|env| all(&env)).unwrap_or_default();
    // Shells put a word into the line as it is. What would be more than a word is left out: a name
    // is anybody's text, and its pane has an id as well.
    let fitting = all.into_iter().filter(|(value, _)| value.starts_with(typed) && is_word(value));
    let candidate = |(value, about): (String, String)| {
        CompletionCandidate::new(value).help(Some(show::plain(&about).into()))
    };
    fitting.map(candidate).collect()
}

/// Whether every shell takes it for one word that means itself.
fn is_word(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "._-/:@+,".contains(c);
    !value.is_empty() && !value.starts_with('-') && value.chars().all(plain)
}

fn panes(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, |env| {
        let list: PaneList = call(env, Reach::Look, "cannot list the panes", &Call::PaneList)?;
        let mut all = Vec::new();
        for pane in list.panes {
            let title = pane.session_title.unwrap_or(pane.title);
            let about = format!("{} in {} {title}", pane.type_name, pane.tab.name);
            all.extend(pane.name.map(|name| (name, about.clone())));
            all.push((pane.id.to_string(), about));
        }
        all.push(("@focused".to_string(), "the focused pane".to_string()));
        all.push(("@waiting".to_string(), "the agent that has waited longest".to_string()));
        Ok(all)
    })
}

fn pane_types(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, |env| {
        let types = types::known(env)?.types.into_iter();
        let installed = types.filter(|ty| ty.found.is_some());
        Ok(installed.map(|ty| (ty.name, ty.title)).collect())
    })
}

fn conversations(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, |env| history::recent(env, CONVERSATIONS))
}
