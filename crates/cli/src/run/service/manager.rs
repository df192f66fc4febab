//! What starts programs with the system here: systemd or launchd, as their commands do it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::unit::{self, Start};
use crate::environment;

/// What starts programs with the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    Systemd,
    Launchd,
}

impl Manager {
    /// The one that there is.
    pub fn find() -> Option<Manager> {
        if environment::has_program("systemctl") {
            return Some(Manager::Systemd);
        }
        environment::has_program("launchctl").then_some(Manager::Launchd)
    }

    /// Its name, as it writes it.
    pub fn name(self) -> &'static str {
        match self {
            Manager::Systemd => "systemd",
            Manager::Launchd => "launchd",
        }
    }

    /// Where the unit of this name stands.
    pub fn file(self, name: &str, user_home: &Path) -> PathBuf {
        match self {
            Manager::Systemd => {
                let named = environment::text("XDG_CONFIG_HOME").map(PathBuf::from);
                let config = named.filter(|path| path.is_absolute());
                let config = config.unwrap_or_else(|| user_home.join(".config"));
                config.join("systemd/user").join(format!("{name}.service"))
            }
            Manager::Launchd => {
                user_home.join("Library/LaunchAgents").join(format!("{name}.plist"))
            }
        }
    }

    /// What the unit says.
    pub fn text(self, name: &str, start: Start<'_>) -> String {
        match self {
            Manager::Systemd => unit::systemd(start),
            Manager::Launchd => unit::launchd(name, start),
        }
    }

    /// Whether it serves this user now; the error is its own.
    pub fn answers(self) -> Result<(), String> {
        match self {
            Manager::Systemd => call("systemctl", &["--user", "show-environment"]).map(drop),
            Manager::Launchd => call("launchctl", &["print", &domain()]).map(drop),
        }
    }

    /// Has it know the unit, and start it now and from now on.
    pub fn enable(self, name: &str, file: &Path) -> Result<(), String> {
        match self {
            Manager::Systemd => {
                let unit = format!("{name}.service");
                call("systemctl", &["--user", "daemon-reload"])?;
                call("systemctl", &["--user", "enable", "--now", &unit])?;
            }
            Manager::Launchd => {
                // One that is known already is known anew.
                let _ = self.disable(name);
                call("launchctl", &["bootstrap", &domain(), &file.display().to_string()])?;
            }
        }
        Ok(())
    }

    /// Has it not start the unit any more. What runs goes on.
    pub fn disable(self, name: &str) -> Result<(), String> {
        match self {
            Manager::Systemd => {
                call("systemctl", &["--user", "disable", &format!("{name}.service")])
            }
            Manager::Launchd => call("launchctl", &["bootout", &format!("{}/{name}", domain())]),
        }
        .map(drop)
    }

    /// Has it forget a unit whose file is gone.
    pub fn forget(self) -> Result<(), String> {
        match self {
            Manager::Systemd => call("systemctl", &["--user", "daemon-reload"]).map(drop),
            Manager::Launchd => Ok(()),
        }
    }

    /// Whether it starts the unit by itself.
    pub fn is_enabled(self, name: &str) -> bool {
        match self {
            Manager::Systemd => {
                call("systemctl", &["--user", "is-enabled", &format!("{name}.service")]).is_ok()
            }
            Manager::Launchd => {
                call("launchctl", &["print", &format!("{}/{name}", domain())]).is_ok()
            }
        }
    }

    /// Whether that is at boot, and not only when the user logs in.
    pub fn is_at_boot(self) -> bool {
        let user = nix::unistd::Uid::effective().to_string();
        let shown = || call("loginctl", &["show-user", &user, "--property=Linger", "--value"]);
        self == Manager::Systemd && shown().is_ok_and(|linger| linger.trim() == "yes")
    }

    /// Has it start units of this user at boot.
    pub fn start_at_boot(self) -> Result<(), String> {
        match self {
            Manager::Systemd => call("loginctl", &["enable-linger"]).map(drop),
            Manager::Launchd => Err("launchd starts an agent when its user logs in".into()),
        }
    }
}

/// Where launchd has the user's agents.
fn domain() -> String {
    format!("gui/{}", nix::unistd::Uid::effective())
}

/// What the command prints; the error is its last line.
fn call(program: &str, args: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    let line = error.lines().rfind(|line| !line.trim().is_empty());
    Err(format!("{program}: {}", line.unwrap_or("it says no reason").trim()))
}
