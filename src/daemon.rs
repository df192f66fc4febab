//! What `daemon run` runs: the server, with what it gets from this process, and its log.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use crate::server::{self, ServerError};
use segno_base::system::os;
use segno_cli::environment;
use segno_cli::error::CliError;
use segno_store::home::Home;
use segno_store::logfile::{self, LogFile};
use segno_store::pane::environment_file;

/// Runs the daemon until it is asked to stop. Once it listens it writes `ready\n` to `ready` (when
/// another daemon holds the lock, `running\n`), and takes and closes it. What is left in `ready`
/// when it fails gets the reason.
pub fn run(home: &Home, ready: &mut Option<OwnedFd>) -> Result<(), CliError> {
    start_log(home);
    let failed = |why: &dyn std::fmt::Display| CliError::new("cannot run the daemon", why);
    let exe = environment::program().map_err(|e| failed(&e))?;
    let options = server::Options {
        home: home.clone(),
        env: environment_file::of_daemon(home, environment::variables()),
        umask: os::umask(),
        user_home: environment::user_home(),
        cwd: environment::directory(),
        exe,
        revive: environment::revive(),
    };
    match server::run(options, || report_ready(ready, "ready\n")) {
        Ok(()) => Ok(()),
        Err(ServerError::Running) => {
            report_ready(ready, "running\n");
            Ok(())
        }
        Err(error) => Err(failed(&error)),
    }
}

/// Writes to whoever waits for the daemon, and lets go of it.
fn report_ready(ready: &mut Option<OwnedFd>, word: &str) {
    if let Some(fd) = ready.take() {
        // Whoever waited may have been ended; that is no reason not to run.
        let _ = File::from(fd).write_all(word.as_bytes());
    }
}

/// Sends what the daemon has to say to its log. Without a log it runs all the same.
fn start_log(home: &Home) {
    if let Ok(log) = LogFile::open(&home.daemon_log(), logfile::CAP) {
        let filter = tracing_subscriber::EnvFilter::try_from_env("SEGNO_LOG")
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
        let _ = tracing_subscriber::fmt()
            .with_writer(std::sync::Mutex::new(log))
            .with_ansi(false)
            .with_env_filter(filter)
            .try_init();
    }
}
