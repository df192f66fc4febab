//! `web tokens`.

use serde_json::{Value, json};

use super::{invitation, open, serving, token_error};
use crate::args::{self, Allowed};
use crate::environment::Environment;
use crate::error::{CliError, NOT_FOUND};
use crate::run::{Reach, call, paint};
use crate::show::table::{Table, Tone};
use crate::{print, show};
use segno_base::ids::PaneId;
use segno_web::access::{Access, May, Over, Scope, Token};
use segno_web::now_ms;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{PaneRef, StatusOf};
use segno_wire::control::panes::pane_info::PaneStatus;

pub fn tokens(env: &Environment, command: &args::WebTokens) -> Result<(), CliError> {
    env.home.create().map_err(|e| CliError::new("cannot use SEGNO_HOME", e))?;
    match &command.command {
        None => list(env, command.json),
        Some(args::TokensCommand::List { json }) => list(env, *json),
        Some(args::TokensCommand::New(args)) => new(env, args),
        Some(args::TokensCommand::Revoke { token, json, .. }) => {
            revoke(env, token.as_deref(), *json)
        }
    }
}

fn list(env: &Environment, as_json: bool) -> Result<(), CliError> {
    let what = "cannot list the tokens";
    let list = open(env, what)?.list(now_ms()).map_err(|e| token_error(what, &e))?;
    if as_json {
        let tokens: Vec<Value> = list.iter().map(described).collect();
        return print::line(&json!({ "version": 1, "tokens": tokens }).to_string());
    }
    if list.is_empty() {
        return print::line("no tokens; `segno web tokens new` makes one");
    }
    let mut table = Table::new(&["TOKEN", "NAME", "MAY", "BROWSER", "FOR"]);
    for token in &list {
        let browser = match &token.access {
            Access::Code { .. } => "code not used yet",
            Access::Cookie { browser, .. } => browser,
            Access::Key { .. } => "a program, by its key",
        };
        let hours = token.expires.saturating_sub(now_ms()) / 3_600_000;
        let left = if hours < 48 { format!("{hours}h") } else { format!("{}d", hours / 24) };
        table.row(vec![
            (Tone::Strong, token.id.clone()),
            (Tone::Plain, token.name.clone()),
            (Tone::Plain, token.scope.to_string()),
            (Tone::Faint, browser.to_string()),
            (Tone::Plain, left),
        ]);
    }
    print::line(&table.render(paint(env)))
}

fn described(token: &Token) -> Value {
    let (browser, since) = match &token.access {
        Access::Code { .. } | Access::Key { .. } => (None, None),
        Access::Cookie { browser, since, .. } => (Some(browser), Some(since)),
    };
    json!({
        "id": token.id,
        "name": token.name,
        "may": token.scope.may,
        "over": token.scope.over,
        "made": token.made,
        "expires": token.expires,
        "browser": browser,
        "since": since,
    })
}

fn new(env: &Environment, args: &args::NewToken) -> Result<(), CliError> {
    let what = "cannot make a token";
    let may = match args.may {
        Allowed::Watch => May::Watch,
        Allowed::Answer => May::Answer,
        Allowed::Full => May::Full,
    };
    let project = args.project.as_ref().map(|directory| {
        let directory = env.cwd.join(directory);
        let found = directory.canonicalize();
        found.map_err(|e| CliError::usage(what, format!("{}: {e}", directory.display())))
    });
    let over = match (&args.pane, project.transpose()?) {
        (Some(pane), _) => Over::Pane(pane_id(env, what, pane)?),
        (None, Some(project)) => Over::Project(project),
        (None, None) => Over::All,
    };
    let (tokens, scope) = (open(env, what)?, Scope { may, over });
    if args.key {
        let made = tokens.make_key(&args.name, scope, args.lasts, now_ms());
        let (token, key) = made.map_err(|e| token_error(what, &e))?;
        return show_key(&token, &key, &serving::place(env).url, args.json);
    }
    let made = tokens.make(&args.name, scope, args.lasts, now_ms());
    let (token, code) = made.map_err(|e| token_error(what, &e))?;
    let place = serving::place(env);
    let url = place.url;
    if args.json {
        let mut described = described(&token);
        described["code"] = json!(code);
        described["url"] = json!(format!("{url}/#code={code}"));
        described["serving"] = json!(place.serves);
        return print::line(&json!({ "version": 1, "token": described }).to_string());
    }
    if !place.serves {
        eprintln!("segno: no server runs; start it with `segno web` before the code is used");
    }
    print::text(&format!("{}May     {}\n", invitation(&url, &code), token.scope))
}

fn show_key(token: &Token, key: &str, url: &str, as_json: bool) -> Result<(), CliError> {
    if as_json {
        let mut described = described(token);
        described["key"] = json!(key);
        described["url"] = json!(format!("{url}/mcp"));
        return print::line(&json!({ "version": 1, "token": described }).to_string());
    }
    let scope = &token.scope;
    print::text(&format!("Address {url}/mcp\nKey     {key} (shown this once)\nMay     {scope}\n"))
}

/// The id of a pane. One that is named by its id need not be there: it is what it will be.
fn pane_id(env: &Environment, what: &str, pane: &PaneRef) -> Result<PaneId, CliError> {
    if let PaneRef::Id(id) = pane {
        return Ok(*id);
    }
    let of = Call::PaneStatus(StatusOf { pane: Some(pane.clone()) });
    let status: PaneStatus = call(env, Reach::Look, what, &of)?;
    Ok(status.pane.id)
}

fn revoke(env: &Environment, which: Option<&str>, as_json: bool) -> Result<(), CliError> {
    let what = "cannot revoke";
    let count = open(env, what)?.revoke(which, now_ms()).map_err(|e| token_error(what, &e))?;
    match (count, which) {
        (0, Some(which)) => Err(CliError::new(what, format!("no token {which:?}"))
            .coded(NOT_FOUND)
            .todo("`segno web tokens` lists them")),
        (count, _) if as_json => {
            print::line(&json!({ "version": 1, "revoked": count }).to_string())
        }
        (count, _) => print::line(&format!("{} revoked", show::counted(count as u64, "token"))),
    }
}
