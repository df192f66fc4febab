//! This program under the name `tmux`, found first in PATH by an agent that opens panes for its
//! helpers: it answers the few commands that such agents use with Segno's panes. Everything else is
//! refused with one line. docs/for-agents.md lists what there is.
//!
//! `%3` is the pane `p3`, `@2` the tab `t2`; there is one session, `segno`.

mod act;
mod arguments;
mod format;

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

use super::environment;
use arguments::Invoked;
use segno_base::text::plain_text;

/// What a tmux prints for `-V`: the oldest that knows all of the commands.
const VERSION: &str = "tmux 3.2";

/// Runs as tmux, where this process was started as one.
pub fn run() -> Option<ExitCode> {
    let invoked = environment::invocation();
    if invoked.name() != Some(OsStr::new("tmux")) {
        return None;
    }
    let args: Vec<String> =
        invoked.args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let answered = Invoked::parse(&args).and_then(|invoked| match invoked {
        Invoked::Version => Ok(format!("{VERSION}\n")),
        Invoked::Command { server, name, args } => {
            own_server(server)?;
            act::answer(name, args)
        }
    });
    Some(match answered {
        Ok(text) => match super::print::text(&text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => error.report(),
        },
        Err(why) => {
            eprintln!("segno: tmux: {}", plain_text::line(&why));
            ExitCode::FAILURE
        }
    })
}

/// Another server's panes are not Segno's.
fn own_server(named: Option<&str>) -> Result<(), String> {
    let own = environment::tmux_server();
    match named {
        None => Ok(()),
        Some(named) if own.as_deref() == Some(Path::new(named)) => Ok(()),
        Some(named) => Err(format!("{named} is another server; Segno answers for its own panes")),
    }
}
