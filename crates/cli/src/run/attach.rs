//! `attach`, and `segno` alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::args::Attach;
use crate::environment::{self, Environment};
use crate::error::CliError;
use crate::{print, process};
use segno_base::system::random::token;
use segno_client::terminal::TerminalError;
use segno_client::{AttachError, End, Options};
use segno_store::pane::environment_file;
use segno_wire::attach::AttachParams;
use segno_wire::frame::{Bye, ByeReason};

/// Attaches and says how it ended.
pub fn attach(env: &Environment, args: &Attach) -> Result<(), CliError> {
    const WHAT: &str = "cannot attach";
    if let Some(pane) = &env.pane {
        return Err(CliError::new(WHAT, format!("this is already inside pane {pane}"))
            .todo("commands such as `segno new` work here; detach first to attach elsewhere"));
    }
    let params = AttachParams {
        read_only: args.read_only,
        ignore_size: args.ignore_size,
        token: token().map_err(|e| CliError::new(WHAT, e))?,
        ..environment::attach_params()
    };
    let (home, umask) = (env.home.clone(), env.umask);
    // Only once: who comes back to another daemon has not attached last by that.
    let is_new = AtomicBool::new(!args.read_only);
    let again = AtomicBool::new(false);
    let open = Arc::new(move || {
        if is_new.swap(false, Ordering::Relaxed) && home.create().is_ok() {
            environment_file::attached(&home, environment::variables(), umask);
        }
        // Where one attempt failed, the next one asks first whether the daemon answers anybody.
        let stream = match again.swap(true, Ordering::Relaxed) {
            false => process::ensure_daemon(&home),
            true => process::ensure_answering(&home),
        };
        stream.map_err(|e| e.to_string())
    });
    match segno_client::attach(Options { params }, open) {
        Ok(End::Bye(bye)) => farewell(&bye),
        Ok(End::Gone) => Ok(()),
        Err(error @ AttachError::Terminal(TerminalError::NotATerminal(_))) => {
            Err(CliError::new(WHAT, error)
                .todo("run it in a terminal; `segno ls`, `read` and `send` need none"))
        }
        Err(error @ AttachError::NoDaemon(_)) => {
            Err(CliError::new("detached while no daemon ran", error)
                .todo("`segno doctor` checks the installation"))
        }
        Err(error) => Err(CliError::new(WHAT, error)),
    }
}

fn farewell(bye: &Bye) -> Result<(), CliError> {
    let line = match bye.reason {
        ByeReason::Detached | ByeReason::Restarting => {
            "[detached; still running; `segno` to reattach]"
        }
        ByeReason::Stopped => "[daemon stopped; programs keep running, `segno` to reattach]",
        ByeReason::Ended => "[ended]",
        ByeReason::Error => return Err(CliError::new("detached", &bye.text)),
    };
    print::line(line)
}
