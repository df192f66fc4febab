//! `service`: Segno started with the system, so that panes are back before anyone attaches.

mod manager;
mod unit;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::args::{Service, ServiceInstall};
use crate::environment::{self, Environment};
use crate::error::{CliError, REFUSED};
use crate::{print, show};
use manager::Manager;
use unit::{OURS, Start};

/// The service of a home.
struct Known {
    manager: Manager,
    name: String,
    file: PathBuf,
    /// What the file says when it is of now.
    text: String,
    /// What it says.
    is: Option<String>,
}

impl Known {
    /// Whether the file is Segno's to change.
    fn is_ours(&self) -> bool {
        self.is.as_ref().is_none_or(|text| text.contains(OURS))
    }
}

/// Installs, removes or shows it.
pub fn service(env: &Environment, command: &Service) -> Result<(), CliError> {
    match command {
        Service::Install(args) => install(&known(env, "cannot install the service")?, *args),
        Service::Uninstall => uninstall(&known(env, "cannot remove the service")?),
        Service::Status(json) => status(&known(env, "cannot show the service")?, json.json),
    }
}

fn known(env: &Environment, what: &str) -> Result<Known, CliError> {
    let manager = Manager::find().ok_or_else(|| {
        CliError::new(what, "neither systemd nor launchd is here")
            .todo("have `segno daemon start` run when the system starts")
            .coded(REFUSED)
    })?;
    let user_home = environment::user_home()
        .ok_or_else(|| CliError::new(what, "your home directory is not known"))?;
    let program = stable_program().map_err(|e| CliError::new(what, e))?;
    let home = env.home.path();
    let start =
        Start { program: &program, home: (home != user_home.join(".segno")).then_some(home) };
    let name = name_of(manager, home, start, &user_home);
    let file = manager.file(&name, &user_home);
    let is = match fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(e) if e.kind() == ErrorKind::NotFound => None,
        Err(e) => return Err(CliError::new(what, format!("{}: {e}", file.display()))),
    };
    Ok(Known { manager, text: manager.text(&name, start), name, file, is })
}

/// The short name, unless another home's service has it.
fn name_of(manager: Manager, home: &Path, start: Start<'_>, user_home: &Path) -> String {
    let (short, long) = (unit::name(home), unit::long_name(home));
    let written = |name: &str| fs::read_to_string(manager.file(name, user_home)).ok();
    let is_other = |text: &String| {
        text.contains(OURS) && unit::home_of(text) != unit::home_of(&manager.text(&short, start))
    };
    match written(&long).is_some() || written(&short).as_ref().is_some_and(is_other) {
        true => long,
        false => short,
    }
}

/// The program by the name that an update of its package leaves in place: as it is found on `PATH`,
/// where that is this one.
fn stable_program() -> std::io::Result<PathBuf> {
    let program = environment::program()?;
    let this = program.canonicalize()?;
    let found = std::env::split_paths(&environment::path())
        .map(|directory| directory.join("segno"))
        .find(|path| path.is_absolute() && path.canonicalize().is_ok_and(|path| path == this));
    Ok(found.unwrap_or(program))
}

fn install(known: &Known, args: ServiceInstall) -> Result<(), CliError> {
    let Known { manager, name, file, .. } = known;
    let what = "cannot install the service";
    let failed = |why: String| CliError::new(what, why);
    refuse_foreign(known, what)?;
    manager.answers().map_err(|why| {
        failed(format!("{} does not serve you here: {why}", manager.name())).coded(REFUSED)
    })?;
    if known.is.as_deref() != Some(&known.text) {
        write(file, &known.text).map_err(|e| failed(format!("{}: {e}", file.display())))?;
        print::line(&format!("wrote {}", file.display()))?;
    }
    manager.enable(name, file).map_err(failed)?;
    if args.at_boot {
        manager.start_at_boot().map_err(failed)?;
    }
    print::line(&starts(*manager))
}

fn uninstall(known: &Known) -> Result<(), CliError> {
    let Known { manager, name, file, is, .. } = known;
    let what = "cannot remove the service";
    if is.is_none() {
        return print::line("it is not installed");
    }
    refuse_foreign(known, what)?;
    // Where the manager does not answer, the file alone decides.
    let disabled = manager.disable(name);
    fs::remove_file(file).map_err(|e| CliError::new(what, format!("{}: {e}", file.display())))?;
    print::line(&format!("removed {}; what runs keeps running", file.display()))?;
    disabled.and_then(|()| manager.forget()).map_err(|why| CliError::new(what, why))
}

fn status(known: &Known, json: bool) -> Result<(), CliError> {
    let Known { manager, name, file, is, .. } = known;
    let installed = is.is_some() && known.is_ours();
    let enabled = installed && manager.is_enabled(name);
    let current = is.as_deref() == Some(&known.text);
    if json {
        let value = serde_json::json!({
            "manager": manager.name(),
            "name": name,
            "file": file,
            "installed": installed,
            "enabled": enabled,
            "current": current,
            "at_boot": enabled && manager.is_at_boot(),
        });
        return print::line(&show::json("service", &value));
    }
    let shown = file.display();
    print::line(&match (installed, enabled) {
        (false, _) if is.is_some() => format!("{shown} is not Segno's"),
        (false, _) => "not installed; `segno service install` starts Segno with the system".into(),
        (true, false) => format!("{shown} is there, and {} does not start it", manager.name()),
        (true, true) => format!("{shown}: {}", starts(*manager)),
    })?;
    match installed && !current {
        true => print::line("it starts another program or home; `segno service install` renews it"),
        false => Ok(()),
    }
}

/// When panes come back.
fn starts(manager: Manager) -> String {
    match manager {
        Manager::Systemd if !manager.is_at_boot() => {
            "panes come back when you log in; `segno service install --at-boot` does it at boot"
        }
        Manager::Systemd => "panes come back at boot",
        Manager::Launchd => "panes come back when you log in",
    }
    .into()
}

fn refuse_foreign(known: &Known, what: &str) -> Result<(), CliError> {
    match known.is_ours() {
        true => Ok(()),
        false => {
            let why = format!("{} is not Segno's", known.file.display());
            Err(CliError::new(what, why).todo("move it away first").coded(REFUSED))
        }
    }
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(file, text)
}
