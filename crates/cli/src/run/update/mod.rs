//! `update`: another version of the program in this one's place, while everything goes on.

mod place;

use std::path::Path;

use crate::args::SelfUpdate;
use crate::environment::{self, Environment};
use crate::error::{CliError, NOT_FOUND, REFUSED};
use crate::print;
use crate::process::replace::{self, Exchanged};
use place::Place;
use segno_release::Error;
use segno_release::package::{self, Package};
use segno_release::remote::Remote;
use segno_release::verify::{Proof, Verified, verify};
use segno_wire::VERSION;

/// Where this build's releases are published.
const RELEASES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/latest/download");
/// The key by which they are signed, as whoever built this gave it.
const KEY: Option<&str> = option_env!("SEGNO_RELEASE_KEY");
const WHAT: &str = "cannot update";

/// Updates, shows whether there is an update, or goes back.
pub fn update(env: &Environment, args: &SelfUpdate) -> Result<(), CliError> {
    if args.check {
        return check(args);
    }
    let program = environment::program().map_err(|e| CliError::new(WHAT, e))?;
    let place = Place::of(&program).map_err(|e| CliError::new(WHAT, e))?;
    if let Some(command) = place.installed_by() {
        return Err(CliError::new(WHAT, "a package manager has installed this program")
            .todo(format!("`{command}`, then `segno daemon restart`"))
            .coded(REFUSED));
    }
    if args.rollback {
        return roll_back(env, &place);
    }
    let Some(package) = package(args)? else {
        return print::line(&format!("{VERSION} is the newest version"));
    };
    let proof = package.proof();
    let staged = package::program(&package).map_err(failed)?;
    let staged = place.stage(&staged).map_err(|e| not_written(&place, &e))?;
    let version = tried(&staged, package.name())?;
    let exchanged = replace::exchange(&env.home, || place.put(&staged), || place.put_back())
        .map_err(|e| CliError::new(WHAT, format!("{version}: {e}")))?;
    print::line(&format!(
        "{} is version {version} now, checked by its {}; it was {VERSION}",
        place.program().display(),
        match proof {
            Proof::Signature => "signature",
            Proof::Checksum => "checksum",
        }
    ))?;
    goes_on(&exchanged, &version)
}

/// `--check`
fn check(args: &SelfUpdate) -> Result<(), CliError> {
    let newest = remote(args)?.version().map_err(failed)?;
    let newest = newest.strip_prefix('v').unwrap_or(&newest);
    print::line(&match is_newer(newest, VERSION) {
        true => format!("{newest} is available, this is {VERSION}; `segno update` installs it"),
        false => format!("{VERSION} is the newest version"),
    })
}

/// `--rollback`
fn roll_back(env: &Environment, place: &Place) -> Result<(), CliError> {
    let what = "cannot go back";
    let previous = place
        .previous()
        .ok_or_else(|| CliError::new(what, "no update is to be undone").coded(NOT_FOUND))?;
    let version = tried(previous, &previous.display().to_string())?;
    let exchanged = replace::exchange(&env.home, || place.swap(), || place.swap())
        .map_err(|e| CliError::new(what, format!("{version}: {e}")))?;
    let program = place.program().display();
    print::line(&format!("{program} is version {version} again; it was {VERSION}"))?;
    goes_on(&exchanged, &version)
}

/// The package that is to be installed, checked; `None` where there is nothing newer.
fn package(args: &SelfUpdate) -> Result<Option<Verified>, CliError> {
    let key = key(args)?;
    let package = match &args.from {
        Some(file) => Package::read(file).map_err(failed)?,
        None => {
            let remote = remote(args)?;
            if key.is_none() {
                return Err(failed(Error::NoKey));
            }
            let newest = remote.version().map_err(failed)?;
            if !is_newer(newest.strip_prefix('v').unwrap_or(&newest), VERSION) {
                return Ok(None);
            }
            remote.package().map_err(failed)?
        }
    };
    verify(package, key.as_deref().filter(|_| !args.unsigned)).map(Some).map_err(failed)
}

fn remote(args: &SelfUpdate) -> Result<Remote, CliError> {
    Remote::new(args.url.as_deref().unwrap_or(RELEASES)).map_err(failed)
}

/// The key that signs releases: the one that is given, as itself or in a file, or this build's.
fn key(args: &SelfUpdate) -> Result<Option<String>, CliError> {
    let Some(given) = &args.key else { return Ok(KEY.map(str::to_owned)) };
    match Path::new(given).is_file() {
        true => std::fs::read_to_string(given).map(Some).map_err(|e| CliError::new(WHAT, e)),
        false => Ok(Some(given.clone())),
    }
}

/// The version of a program that starts on this machine.
fn tried(program: &Path, name: &str) -> Result<String, CliError> {
    replace::version_of(program)
        .map_err(|e| CliError::new(WHAT, format!("{name} does not start here: {e}")))
}

fn goes_on(exchanged: &Exchanged, version: &str) -> Result<(), CliError> {
    match exchanged {
        Exchanged::Resting => print::line("nothing ran; `segno update --rollback` goes back"),
        Exchanged::Running { version: running, programs } => {
            let plural = if *programs == 1 { "" } else { "s" };
            let daemon = match running == version {
                true => String::new(),
                false => format!("; the daemon is version {running}"),
            };
            print::line(&format!(
                "{programs} program{plural} kept running{daemon}; `segno update --rollback` goes back"
            ))
        }
    }
}

fn not_written(place: &Place, error: &std::io::Error) -> CliError {
    let directory = place.program().parent().unwrap_or(Path::new("/")).display();
    CliError::new(WHAT, format!("cannot write in {directory}: {error}"))
        .todo("run it as the owner, or update as you installed")
}

fn failed(error: Error) -> CliError {
    let todo = match &error {
        Error::Unsigned(_) => Some("`--unsigned` accepts a file by its checksum alone"),
        Error::Unproven(_) => Some("`sha256sum FILE > FILE.sha256` makes one of a file you trust"),
        Error::NoKey => Some("`--key` names it, or `--from` installs a file"),
        Error::Address(..) => Some("`--url` names another, or `--from` installs a file"),
        _ => None,
    };
    let failed = CliError::new(WHAT, error);
    todo.into_iter().fold(failed, |failed, todo| failed.todo(todo))
}

/// Whether a version comes after another. What follows a `-` is before the version itself.
fn is_newer(version: &str, than: &str) -> bool {
    let parts = |version: &str| -> (Vec<u64>, bool) {
        let (numbers, rest) = version.split_once('-').unwrap_or((version, ""));
        let numbers = numbers.split('.').map(|n| n.parse().unwrap_or_default()).collect();
        (numbers, rest.is_empty())
    };
    parts(version) > parts(than)
}

#[cfg(test)]
mod tests {
    use super::is_newer;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, than) in [("0.10.0", "0.9.9"), ("1.0.0", "0.99.0"), ("0.2.0", "0.2.0-rc1")] {
            assert!(is_newer(version, than), "{version} {than}");
            assert!(!is_newer(than, version), "{version} {than}");
        }
        assert!(!is_newer("0.2.0", "0.2.0"));
        assert!(!is_newer("nothing", "0.2.0"));
    }
}
