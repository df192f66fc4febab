//! `hub`: one place for the conversations of many machines and people, by a process of its own.

mod people;
mod retention;
mod settings;
mod share;

use crate::args::{self, HubCommand};
use crate::environment::Environment;
use crate::error::{CliError, NOT_FOUND, REFUSED};
use crate::print;
use segno_hub::store::Person;
use segno_hub::{Error, Options, Store, serve};
use segno_web::access::audit::Audit;
use segno_web::server::ServeError;
use segno_web::{Certificate, now_ms};
use settings::Settings;

/// Serves, or changes who may what.
pub fn hub(env: &Environment, args: &args::Hub) -> Result<(), CliError> {
    env.home.create().map_err(|e| CliError::new("cannot use SEGNO_HOME", e))?;
    let settings = Settings::read(env, args)?;
    match &args.command {
        None => start(env, settings),
        Some(HubCommand::Users(command)) => people::users(&desk(env, settings)?, command),
        Some(HubCommand::Invite(args)) => people::invite(&desk(env, settings)?, args),
        Some(HubCommand::Teams(command)) => people::teams(&desk(env, settings)?, command),
        Some(HubCommand::Devices(command)) => people::devices(&desk(env, settings)?, command),
        Some(HubCommand::Retention(args)) => retention::retention(&desk(env, settings)?, args),
        Some(HubCommand::Share(command)) => share::share(&desk(env, settings)?, command),
    }
}

/// What commands beside the server need.
struct Desk<'a> {
    env: &'a Environment,
    store: Store,
    /// Where the hub is reached.
    url: String,
}

fn desk(env: &Environment, settings: Settings) -> Result<Desk<'_>, CliError> {
    const WHAT: &str = "cannot open the hub's database";
    let store = open(env, &settings, WHAT)?;
    let url = settings.url(store.place(now()).map_err(|e| failed(WHAT, &e))?);
    Ok(Desk { env, store, url })
}

fn open(env: &Environment, settings: &Settings, what: &str) -> Result<Store, CliError> {
    Store::open(settings.database.as_deref(), &env.home.hub_dir()).map_err(|e| failed(what, &e))
}

fn start(env: &Environment, settings: Settings) -> Result<(), CliError> {
    const WHAT: &str = "cannot serve";
    let store = open(env, &settings, WHAT)?;
    let log = Audit::open(&env.home.hub_log()).map_err(|e| CliError::new(WHAT, e))?;
    let files = settings.cert.as_ref().zip(settings.key.as_ref());
    let certificate = files.map(|(cert, key)| Certificate::read(cert, key)).transpose();
    let certificate = certificate.map_err(|e| refused(&e))?;
    let Settings { listen, public_url, openid, .. } = settings;
    let options = Options { listen, public_url, certificate, store, log, openid };
    let served = serve(options, |place, store| {
        let mut text = format!("The hub is at {}\n", place.url());
        if store.people().is_ok_and(|people| people.is_empty()) {
            text +=
                "Nobody is here yet: `segno hub users add NAME --admin` lets the first one in\n";
        }
        // Who does not read it can still look.
        let _ = print::text(&text);
        Ok(())
    });
    served.map_err(|e| refused(&e))
}

fn refused(error: &ServeError) -> CliError {
    let said = CliError::new("cannot serve", error);
    match error {
        ServeError::Open(_) => CliError { code: REFUSED, ..said }
            .todo("add --cert and --key, or listen on 127.0.0.1 behind a proxy with TLS"),
        ServeError::Nameless(_) => {
            CliError { code: 2, ..said }.todo("name it with --public-url, or listen on one address")
        }
        ServeError::Listen(..) => said.todo("--listen 127.0.0.1:PORT takes another port"),
        _ => said,
    }
}

fn failed(what: &str, error: &Error) -> CliError {
    let said = CliError::new(what, error);
    match error {
        Error::Missing("such user") => {
            said.coded(NOT_FOUND).todo("`segno hub users list` has them")
        }
        Error::Missing("such team") => {
            said.coded(NOT_FOUND).todo("`segno hub teams list` has them")
        }
        Error::Missing(_) => said.coded(NOT_FOUND),
        Error::Wrong(_) => said.coded(2),
        Error::Away(_) => said.todo("look whether it runs, and at --database"),
        _ => said,
    }
}

impl Desk<'_> {
    fn person(&self, what: &str, name: &str) -> Result<Person, CliError> {
        self.store.person(name).map_err(|e| failed(what, &e))
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> i64 {
    i64::try_from(now_ms()).unwrap_or(i64::MAX)
}
