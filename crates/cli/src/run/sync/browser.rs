//! `sync login --browser`: the address is printed, and the answer waited for.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::failed;
use crate::environment;
use crate::error::CliError;
use segno_sync::deliver::{Http, SignIn};
use segno_sync::service::Service;
use segno_sync::target::Target;

/// The user's command that opens a page.
const BROWSER: &str = "BROWSER";

/// The key that the service makes once the user has signed in. An interrupt ends the program:
/// nothing is stored yet.
pub fn sign_in(
    what: &str,
    service: &Service,
    target: &Target,
    transport: &mut Http,
) -> Result<String, CliError> {
    let fails = |e| failed(what, &e);
    let device = device();
    let begun = SignIn::begin(service, &target.url, &device, transport).map_err(fails)?;
    let Some(sign_in) = begun else {
        let why = format!("{} has no page to sign in", service.title);
        return Err(CliError::usage(what, why).todo("give its key"));
    };
    eprintln!("Sign in here, and Segno goes on:\n\n  {}\n", sign_in.page);
    open(&sign_in.page);
    let end = Instant::now() + Duration::from_secs(sign_in.patience().into());
    while Instant::now() < end {
        if let Some(key) = sign_in.key(transport).map_err(fails)? {
            return Ok(key);
        }
        std::thread::sleep(Duration::from_secs(sign_in.pause().into()));
    }
    Err(CliError::new(what, "nobody has signed in").todo("log in again"))
}

/// Nothing is opened where the user has not said with what.
fn open(page: &str) {
    let browser = environment::text(BROWSER).filter(|command| !command.trim().is_empty());
    let Some(command) = browser else { return };
    let mut words = command.split_whitespace();
    let Some(program) = words.next() else { return };
    let opened = Command::new(program)
        .args(words)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = opened {
        eprintln!("segno: {command}: {error}");
    }
}

/// What this machine is called, for the service's list of keys.
fn device() -> String {
    let name = nix::sys::utsname::uname().ok();
    let name = name.and_then(|name| name.nodename().to_str().map(str::to_owned));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "Segno".into())
}
