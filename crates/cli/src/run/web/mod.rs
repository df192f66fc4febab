//! `web`: this machine in a browser, by a process of its own, and who may look.

mod machine;
mod serving;
mod tokens;

use std::sync::Arc;

use serde_json::json;

use crate::args;
use crate::environment::Environment;
use crate::error::{CliError, REFUSED};
use crate::run::mcp::Calls;
use crate::{external, print};
use machine::ThisMachine;
use segno_web::access::audit::Audit;
use segno_web::access::{May, Over, Scope, TokenError, Tokens};
use segno_web::push::Book;
use segno_web::push::courier::Https;
use segno_web::{Body, Certificate, Options, Push, ServeError, Tools, now_ms, qr};
use serving::Serving;

/// How long the code that is shown at the start is good for, once exchanged.
const FIRST_TOKEN_MS: u64 = 30 * 24 * 3_600_000;

/// Serves, or changes who may look.
pub fn web(env: &Environment, args: &args::Web) -> Result<(), CliError> {
    match &args.command {
        Some(args::WebCommand::Tokens(command)) => tokens::tokens(env, command),
        None => serve(env, args),
    }
}

fn serve(env: &Environment, args: &args::Web) -> Result<(), CliError> {
    const WHAT: &str = "cannot serve";
    let settings = external::settings(&env.home).web;
    env.home.create().map_err(|e| CliError::new(WHAT, e))?;
    let listen = args.listen.unwrap_or(settings.listen);
    let public_url = args.public_url.clone().or(settings.public_url);
    let directory = env.home.web_dir();
    let tokens = open(env, WHAT)?;
    let files = args.cert.clone().zip(args.key.clone());
    let files = files.map(|(cert, key)| (env.cwd.join(cert), env.cwd.join(key)));
    let certificate = match files.or_else(|| settings.cert.zip(settings.key)) {
        Some((cert, key)) => Some(Certificate::read(&cert, &key)),
        None if args.tls || settings.tls => {
            let mut names = vec![listen.ip().to_string(), "localhost".to_string()];
            names.extend(public_url.as_deref().and_then(host));
            Some(Certificate::made(&directory, &names))
        }
        None => None,
    };
    let certificate = certificate.transpose().map_err(|e| failed(&e))?;
    let fingerprint = certificate.as_ref().map(Certificate::fingerprint);
    let audit = Audit::open(&env.home.web_log()).map_err(|e| CliError::new(WHAT, e))?;
    let tools = Some(tools(env));
    let book = Book::open(&directory).map_err(|e| CliError::new(WHAT, e))?;
    let push = Push { book, courier: Arc::new(Https::default()) };
    let options = Options { listen, public_url, certificate, tokens, audit, tools, push };
    let machine = Arc::new(ThisMachine::new(env));
    let mut serving = None;
    let served = segno_web::serve(options, machine, |served, tokens| {
        let url = served.place.url();
        // Without it, the settings say where.
        serving = Serving::begin(env, &url).ok();
        let (_, code) = tokens.make("", Scope::FULL, FIRST_TOKEN_MS, now_ms())?;
        if args.json {
            let link = format!("{url}/#code={code}");
            let shown = json!({
                "version": 1, "address": url, "code": code, "url": link,
                "certificate": fingerprint,
            });
            let _ = print::line(&shown.to_string());
            return Ok(());
        }
        let mut text = invitation(&url, &code);
        if let Some(fingerprint) = &fingerprint {
            text += &format!("The certificate's SHA-256, to compare:\n{fingerprint}\n");
        }
        text += "`segno web tokens new` lets another browser in; ctrl+c ends this.\n";
        // Who does not read it can still ask for a code.
        let _ = print::text(&text);
        Ok(())
    });
    drop(serving);
    served.map_err(|e| failed(&e))
}

/// What programs with a key may do: look, or all that an agent may.
fn tools(env: &Environment) -> Tools {
    let env = env.clone();
    Arc::new(move |scope: Scope, request| {
        let project = match &scope.over {
            Over::Project(project) => Some(project.clone()),
            Over::All | Over::Pane(_) => None,
        };
        let settings = segno_mcp::Settings {
            read_only: !scope.allows(May::Full),
            cwd: project.clone().unwrap_or_else(|| env.cwd.clone()),
            project,
            own: None,
            home: env.home.clone(),
        };
        let daemon = Arc::new(Calls(env.clone()));
        Box::pin(async move { segno_mcp::answer(settings, daemon, request).await.map(Body::new) })
    })
}

/// The address with a code, as text and for a camera.
fn invitation(url: &str, code: &str) -> String {
    let link = format!("{url}/#code={code}");
    let picture = qr::picture(&link).unwrap_or_default();
    format!("{picture}\n{link}\n\nAddress {url}\nCode    {code} (once, within ten minutes)\n")
}

/// The name within an address.
fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let name = rest.split(['/', ':']).next()?;
    Some(name.to_string()).filter(|name| !name.is_empty())
}

fn open(env: &Environment, what: &str) -> Result<Tokens, CliError> {
    Tokens::open(&env.home.web_dir()).map_err(|e| token_error(what, &e))
}

fn token_error(what: &str, error: &TokenError) -> CliError {
    let said = CliError::new(what, error);
    match error {
        TokenError::Damaged(path, _) => said.todo(format!(
            "remove {} and make new tokens; every browser signs in again",
            path.display()
        )),
        _ => said,
    }
}

fn failed(error: &ServeError) -> CliError {
    let said = CliError::new("cannot serve", error);
    match error {
        ServeError::Open(_) => CliError { code: REFUSED, ..said }
            .todo("add --tls, or --cert and --key; or listen on 127.0.0.1 and use `ssh -L`"),
        ServeError::Nameless(_) => {
            CliError { code: 2, ..said }.todo("name it with --public-url, or listen on one address")
        }
        ServeError::Listen(..) => said.todo("--listen 127.0.0.1:PORT takes another port"),
        _ => said,
    }
}
