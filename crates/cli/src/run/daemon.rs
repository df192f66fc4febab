//! Commands on the daemon, and `kill`.

use super::{call_error, paint, process_error};
use crate::RunDaemon;
use crate::args::Daemon;
use crate::caller::{CallError, Control};
use crate::environment::Environment;
use crate::error::CliError;
use crate::{print, process, show};
use segno_wire::control::Call;
use segno_wire::control::daemon::{DaemonStatus, Stop};

/// `daemon …`
pub fn daemon(env: &Environment, command: &Daemon, run_daemon: RunDaemon) -> Result<(), CliError> {
    match command {
        Daemon::Start => {
            let what = "cannot start the daemon";
            process::greet(&env.home, process::ensure_daemon)
                .map_err(|e| process_error(what, e))?;
            Ok(())
        }
        Daemon::Stop => {
            let stopped = process::stop_daemon(&env.home, &Call::DaemonStop(Stop::default()))
                .map_err(|e| process_error("cannot stop the daemon", e))?;
            print::line(match stopped {
                Some(_) => "stopped; programs keep running, `segno` to reattach",
                None => "no daemon was running",
            })
        }
        Daemon::Restart => {
            let what = "cannot restart the daemon";
            let (stream, killed) =
                process::restart_daemon(&env.home).map_err(|e| process_error(what, e))?;
            if let Some(pid) = killed {
                print::line(&format!("the daemon (pid {pid}) did not answer and was killed"))?;
            }
            let control = Control::open(stream).map_err(|e| call_error(what, e))?;
            let hello = control.hello();
            print::line(&format!("running: version {}, pid {}", hello.segno, hello.pid))
        }
        Daemon::Status(json) => {
            let status = status(env)?;
            let (status, home) = (status.as_ref(), env.home.path());
            let kept = status.is_none().then(|| process::kept(&env.home)).flatten();
            match kept.filter(|_| !json.json) {
                Some((programs, revival @ Some(_))) => {
                    let what = process::unattended(&programs, &revival);
                    return print::line(&format!("not running; {what}"));
                }
                Some((programs @ 1.., None)) => {
                    let what = process::unattended(&programs, &None);
                    return print::line(&format!("stopped; {what}, `segno` to reattach"));
                }
                _ => {}
            }
            print::line(&match json.json {
                true => show::daemon::status_json(status, home),
                false => show::daemon::status(status, home, paint(env)),
            })
        }
        Daemon::Run(run) => process::daemon_main(&env.home, run.ready_fd, run_daemon),
    }
}

/// The running daemon's status; `None` when none runs. Starts nothing.
pub fn status(env: &Environment) -> Result<Option<DaemonStatus>, CliError> {
    let what = "cannot ask the daemon";
    let connect = |home: &_| process::connect(home)?.ok_or(process::ProcessError::NotRunning);
    let mut control = match process::greet(&env.home, connect) {
        Ok(control) => control,
        Err(process::ProcessError::NotRunning) => return Ok(None),
        Err(error) => return Err(process_error(what, error)),
    };
    match control.call(&Call::DaemonStatus) {
        Ok(status) => Ok(Some(status)),
        // It was ending when it was asked.
        Err(CallError::Gone) => Ok(None),
        Err(error) => Err(call_error(what, error)),
    }
}

/// `kill --all`
pub fn kill_all(env: &Environment) -> Result<(), CliError> {
    let what = "cannot end everything";
    let wrapped = |e| process_error(what, e);
    let mut ended = process::stop_daemon(&env.home, &Call::KillAll).map_err(wrapped)?;
    if ended.is_none() && process::keeper_runs(&env.home) {
        // Only a daemon knows what the keeper holds.
        process::ensure_daemon(&env.home).map_err(wrapped)?;
        ended = process::stop_daemon(&env.home, &Call::KillAll).map_err(wrapped)?;
    }
    print::line(&match ended {
        None => "nothing was running".to_string(),
        Some(ended) => {
            let plural = if ended.panes == 1 { "" } else { "s" };
            format!("ended {} program{plural}; `segno` brings the workspace back", ended.panes)
        }
    })
}
