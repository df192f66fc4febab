//! The command line: arguments in, one call to the daemon, a text and an exit code out.
//!
//! Must not hold logic about panes: the daemon decides, this shows.

pub mod args;
pub mod caller;
mod complete;
#[cfg(test)]
mod docs_test;
pub mod editor;
pub mod environment;
pub mod error;
pub mod external;
pub mod hook;
pub mod print;
pub mod process;
mod progress;
mod review;
pub mod run;
pub mod shim;
pub mod show;
mod tmux;
mod tour;
mod watch;

use std::os::fd::OwnedFd;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use args::{Attach, Cli, Command};
use environment::Environment;
use error::CliError;
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{OnPane, PaneRef};

/// The option that every command has.
const JSON: &str = "json";

/// Runs the daemon of a home until it is asked to stop. Once it listens it writes `ready\n` to the
/// descriptor (when another daemon holds the lock, `running\n`), and takes and closes it. What is
/// left in it when it fails gets the reason.
pub type RunDaemon = fn(&Home, &mut Option<OwnedFd>) -> Result<(), CliError>;

/// The program. The daemon is handed in: nothing here depends on how it works.
pub fn main(run_daemon: RunDaemon) -> ExitCode {
    if let Some(code) = tmux::run().or_else(shim::run) {
        return code;
    }
    if let Some(args) = environment::arguments().strip_prefix(&[hook::COMMAND.to_string()]) {
        return hook::run(args);
    }
    complete::answer();
    // Prints and exits with 2 on wrong usage, with 0 on `--help` and `--version`.
    let asks = environment::arguments().iter().any(|argument| argument == "--json");
    let command = if asks { with_json(Cli::command()) } else { Cli::command() };
    let matches = command.get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    environment::color(cli.color);
    let wrapped = (cli.json || is_json(&matches)) && !has_own_json(&matches);
    let command = cli.command.unwrap_or(Command::Attach(Attach::default()));
    let ended = match wrapped {
        true => print::as_json(|| dispatch(command, run_daemon)),
        false => dispatch(command, run_daemon),
    };
    ended.unwrap_or_else(|error| error.report())
}

/// Commands below one with a `--json` of its own do not see the one that all have: they get
/// another.
fn with_json(command: clap::Command) -> clap::Command {
    fn own(command: &clap::Command) -> bool {
        command.get_arguments().any(|arg| arg.get_id() == JSON)
    }
    fn below(command: clap::Command, hidden: bool) -> clap::Command {
        let hidden = hidden || own(&command);
        command.mut_subcommands(|command| {
            let json = clap::Arg::new(JSON).long(JSON).action(clap::ArgAction::SetTrue);
            let json = json.help("Print JSON (versioned) instead of text").hide(true);
            let lacks = hidden && !own(&command);
            below(if lacks { command.arg(json) } else { command }, hidden)
        })
    }
    command.mut_subcommands(|command| below(command, false))
}

/// Whether the command that was given is to print JSON.
fn is_json(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some((_, below)) => is_json(below),
        None => matches.try_get_one::<bool>(JSON).ok().flatten() == Some(&true),
    }
}

/// Whether the command that was given prints JSON of its own.
fn has_own_json(matches: &ArgMatches) -> bool {
    let (mut command, mut matches) = (Cli::command(), matches);
    let (mut has, mut below) = (false, false);
    while let Some((name, given)) = matches.subcommand() {
        let Some(found) = command.find_subcommand(name).cloned() else { break };
        (command, matches) = (found, given);
        let own = command.get_arguments().find(|arg| arg.get_id() == JSON);
        has = below || own.is_some();
        // One that counts for the commands below it, too.
        below |= own.is_some_and(clap::Arg::is_global_set);
    }
    has
}

/// A command as far as it is offered: its hidden commands are not for people.
fn offered(command: &clap::Command) -> clap::Command {
    let commands = command.get_subcommands().filter(|c| !c.is_hide_set()).map(offered);
    clap::Command::default()
        .name(command.get_name().to_string())
        .about(command.get_about().cloned().unwrap_or_default())
        .args(command.get_arguments().cloned())
        .subcommands(commands)
}

/// The manual page of a command, or of the program.
fn manual(command: &[String]) -> Result<String, CliError> {
    let what = "cannot make the manual page";
    let mut described = Cli::command();
    described.build();
    for name in command {
        described = described.find_subcommand(name).cloned().ok_or_else(|| {
            CliError::usage(what, format!("there is no command {:?}", command.join(" ")))
                .todo("`segno --help` lists them")
        })?;
    }
    let mut page = Vec::new();
    let options = described.clone();
    clap_mangen::Man::new(described).render(&mut page).map_err(|e| CliError::new(what, e))?;
    Ok(with_values(String::from_utf8_lossy(&page).into_owned(), &options))
}

/// A manual page whose synopsis shows the options' values, too.
fn with_values(mut page: String, command: &clap::Command) -> String {
    for option in command.get_opts() {
        let Some(long) = option.get_long() else { continue };
        let Some(value) = option.get_value_names().and_then(|names| names.first()) else {
            continue;
        };
        let flag = format!("\\fB\\-\\-{}\\fR", long.replace('-', "\\-"));
        page = page.replace(&format!("{flag}]"), &format!("{flag} \\fI<{value}>\\fR]"));
    }
    page
}

fn dispatch(command: Command, run_daemon: RunDaemon) -> Result<ExitCode, CliError> {
    // These need no home, and must work where there cannot be one.
    match command {
        Command::Api(args::Api::Schema) => {
            run::api::schema()?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Completions { shell } => {
            print::text(&complete::script(shell)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Man { command } => {
            print::text(&manual(&command)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let env = Environment::read()?;
    let on = |pane: PaneRef| OnPane { pane };
    match command {
        // Only reached where something stands before the word.
        Command::Hook { .. } => return Ok(ExitCode::SUCCESS),
        Command::Keeper(args) => return Ok(external::run_keeper(&env.home, args.ready_fd)),
        Command::Wait(args) => return run::panes::wait::wait(&env, &args),
        Command::Prompt(args) => return run::panes::prompt::prompt(&env, &args),
        Command::Ask(args) => return run::panes::prompt::ask(&env, args),
        Command::History(command) => return run::history::history(&env, &command),
        Command::Sync(command) => return run::sync::sync(&env, &command),
        Command::Curate(args) => return run::curate::curate(&env, &args),
        Command::Return => return shim::go_back(),
        Command::Doctor(args) => return run::doctor::check::doctor(&env, args.json),
        Command::Attach(args) => run::attach::attach(&env, &args),
        Command::Clients(args) => run::clients::clients(&env, args.json),
        Command::Detach(args) => run::clients::detach(&env, args),
        Command::New(args) => run::panes::pane::new(&env, *args),
        Command::Ls(args) => run::panes::pane::ls(&env, &args),
        Command::Ps(args) => run::processes::ps(&env, &args),
        Command::Top(args) => run::processes::top::top(&env, &args),
        Command::Status(args) => run::panes::pane::status(&env, &args),
        Command::Send(args) => run::panes::pane::send(&env, &args),
        Command::Queue(args) => run::panes::queue::queue(&env, &args),
        Command::Keys(args) => run::panes::pane::keys(&env, &args),
        Command::Read(args) => run::panes::pane::read(&env, &args),
        Command::Sessions(args) => run::panes::pane::sessions(&env, &args),
        Command::Restart(args) => run::panes::pane::restart(&env, args),
        Command::Close(args) => run::processes::close::close(&env, &args),
        Command::Pin(args) => run::pane_attributes::pin(&env, args),
        Command::Mute(args) => run::pane_attributes::mute(&env, args),
        Command::Broadcast(args) => run::pane_attributes::broadcast(&env, &args),
        Command::Note(args) => run::pane_attributes::note(&env, args),
        Command::Log(args) => run::pane_attributes::log(&env, args),
        Command::Save(args) => run::pane_attributes::save(&env, args),
        Command::Color(args) => run::pane_attributes::color(&env, args),
        Command::Focus(args) => {
            run::panes::pane::done(&env, "cannot focus", &Call::PaneFocus(on(args.pane)))
        }
        Command::Sleep(args) => {
            run::panes::pane::done(&env, "cannot sleep", &Call::PaneSleep(on(args.pane)))
        }
        Command::Wake(args) => {
            run::panes::pane::done(&env, "cannot wake", &Call::PaneWake(on(args.pane)))
        }
        Command::Rename(args) => run::panes::pane::rename(&env, args),
        Command::Zoom(args) => {
            run::panes::pane::done(&env, "cannot zoom", &Call::PaneZoom(on(args.pane)))
        }
        Command::Popup(args) => run::panes::pane::popup(&env, args),
        Command::Move(args) => run::panes::pane::move_to(&env, args),
        Command::Layout(args) => run::panes::pane::layout(&env, &args),
        Command::Notifications(args) => run::notices::notifications(&env, &args),
        Command::Events(args) => run::events::events(&env, &args),
        Command::Api(args) => run::api::api(&env, &args),
        Command::Mcp(args) => run::mcp::mcp(&env, &args),
        Command::Web(args) => run::web::web(&env, &args),
        Command::Hub(args) => run::hub::hub(&env, &args),
        Command::Skill { command } => run::skill::skill(&env, command.as_ref()),
        Command::Budget(args) => run::budget::budget(&env, &args),
        Command::Usage(args) => run::usage::usage(&env, &args),
        Command::Projects(args) => run::project::list(&env, args.json),
        Command::Project(args) => run::project::project(&env, &args),
        Command::Worktree(command) => run::worktree::worktree(&env, &command),
        Command::Diff(args) => run::worktree::diff::diff(&env, &args),
        Command::Types { command, list } => {
            run::types::types(&env, &command.unwrap_or(args::Types::Ls(list)))
        }
        Command::Tour => tour::tour(&env),
        Command::Config(args) => run::panes::files::config(&env, &args),
        Command::Daemon(args) => run::daemon::daemon(&env, &args, run_daemon),
        Command::Service(args) => run::service::service(&env, &args),
        Command::Update(args) => run::update::update(&env, &args),
        Command::Kill(_) | Command::KillServer => run::daemon::kill_all(&env),
        Command::Completions { .. } | Command::Man { .. } => Ok(()),
    }
    .map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_have_what_is_offered_and_nothing_else() {
        let offered = offered(&Cli::command());
        offered.clone().debug_assert();
        let names: Vec<_> = offered.get_subcommands().map(clap::Command::get_name).collect();
        assert!(names.contains(&"new") && names.contains(&"man"), "{names:?}");
        assert!(!names.contains(&"hook") && !names.contains(&"keeper"), "{names:?}");
        let daemon = offered.find_subcommand("daemon").unwrap();
        assert!(daemon.find_subcommand("run").is_none());
        let new = offered.find_subcommand("new").unwrap();
        assert!(new.get_arguments().any(|arg| arg.get_long() == Some("split")));
    }

    /// The lines of all commands that have none below them.
    fn lines(command: &clap::Command, before: &[String], all: &mut Vec<Vec<String>>) {
        let line = [before, &[command.get_name().to_string()]].concat();
        if !command.is_subcommand_required_set() {
            all.push(line.clone());
        }
        command.get_subcommands().for_each(|below| lines(below, &line, all));
    }

    #[test]
    fn every_command_takes_json() {
        let mut all = Vec::new();
        lines(&Cli::command(), &[], &mut all);
        assert!(all.len() > 80, "{}", all.len());
        for line in all {
            let asked = line.iter().map(String::as_str).chain(["--json"]);
            if let Err(error) = with_json(Cli::command()).try_get_matches_from(asked) {
                let kind = error.kind();
                assert_ne!(kind, clap::error::ErrorKind::UnknownArgument, "{line:?}: {error}");
            }
        }
        let asked = ["segno", "types", "show", "shell", "--json"];
        let matches = with_json(Cli::command()).get_matches_from(asked);
        assert!(is_json(&matches) && !has_own_json(&matches));
        for asked in ["segno queue p1 list --json", "segno budget allow --json"] {
            let matches = with_json(Cli::command()).get_matches_from(asked.split(' '));
            assert!(is_json(&matches) && has_own_json(&matches), "{asked}");
        }
    }
}
