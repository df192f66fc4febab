//! `sync login` and `sync logout`.

use std::io::IsTerminal;
use std::path::PathBuf;

use serde_json::json;

use super::change::whole;
use super::{
    browser, change, failed, key, leave_word, look, missing, say, services, state, targets,
};
use crate::args;
use crate::environment::{self, Environment};
use crate::error::{CliError, NOT_FOUND};
use segno_archive::query::time::Now;
use segno_sync::deliver::{self, Http, Offer};
use segno_sync::service::{How, KeyNeed, Service};
use segno_sync::target::{self, Credentials, Target};

/// The setting that comes in the place of a stored key.
const KEY_COMMAND: &str = "key_command";

/// Logs in: nothing is stored before the service has let the key in.
pub fn login(env: &Environment, args: &args::Login) -> Result<(), CliError> {
    let what = format!("cannot log in to {}", args.kind);
    let what = what.as_str();
    let services = services(env);
    let service = services.get(&args.kind).ok_or_else(|| unknown(what, &services, &args.kind))?;
    let name = args.name.as_deref().unwrap_or(&args.kind);
    if !Target::is_name(name) {
        let why = format!("{name:?} is no name: letters, digits, - and _, at most 40");
        return Err(CliError::usage(what, why));
    }
    let user_home = environment::user_home();
    let found = target::find(service, user_home.as_deref(), environment::text);
    let url = url(env, what, service, args, &found)?;
    let before = targets(env).get(name).map_err(|e| failed(what, &e))?;
    let since = Now::system().second();
    let mut target =
        match before.filter(|before| before.service == service.name && before.url == url) {
            // Once more: settings and what was sent stay.
            Some(before) => before,
            None => Target::new(name, &service.name, &url, since),
        };
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for (key, value) in &args.settings {
        if target::SETTINGS.iter().any(|(known, _)| known == key) {
            target.set(key, &whole(key, value)).map_err(|why| CliError::usage(what, why))?;
        } else if service.choices().contains(key.as_str()) {
            // Another place is chosen among those that there are, as at the first login.
            target.chosen.remove(key);
            wanted.push((key, value));
        } else {
            let known = target::SETTINGS.iter().map(|(name, _)| *name).chain(service.choices());
            let known = known.collect::<Vec<_>>().join(", ");
            let why = format!("there is no setting {key:?}; there are {known}");
            return Err(CliError::usage(what, why));
        }
    }
    if (args.key_stdin || args.browser) && !args.settings.iter().any(|(key, _)| key == KEY_COMMAND)
    {
        // The new key comes in the place of the command that printed the one before.
        target.key_command = None;
    }
    let mut transport = Http::default();
    let secret = secret(what, service, args, &target, &found, &mut transport)?;
    let offered = |name: &str| wanted.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let checked = deliver::check(service, &target, secret.as_deref(), &mut transport)
        .map_err(|e| failed(what, &e))?;
    target.generation = checked.generation;
    for offer in &checked.offers {
        // What the service's own programs use, where it is on offer here too.
        let there = found.chosen.get(&offer.name).map(String::as_str);
        let there = there.filter(|id| offer.among.iter().any(|(known, _)| known == id));
        let choice = pick(what, offer, offered(&offer.name).or(there))?;
        if let Some(choice) = choice {
            target.chosen.insert(offer.name.clone(), choice);
        }
    }
    let offers = |name: &str| checked.offers.iter().any(|offer| offer.name == name);
    for (key, value) in wanted.iter().filter(|(key, _)| !offers(key)) {
        target.chosen.insert((*key).into(), (*value).into());
    }
    if let How::Files(files) = &service.how {
        prepare(what, &target, &files.formats)?;
    }
    store(env, what, &target, secret.as_deref())?;
    let key = secret.as_deref().map(deliver::first);
    let at = look::place(Some(service), &target);
    let text = format!(
        "{name}: logged in at {at}. What is said from now on is sent there; `segno sync run {name} \
         --all` sends the rest, `segno sync logout {name}` ends it."
    );
    let report = json!({
        "target": name, "service": service.name, "generation": target.generation, "url": at,
        "key": key, "chosen": target.chosen,
    });
    say(args.json, report, &text)
}

fn unknown(what: &str, services: &segno_sync::service::Services, kind: &str) -> CliError {
    if let Some(problem) = services.problem(kind) {
        return CliError::new(what, format!("{}: {}", problem.file, problem.why))
            .todo("mend the file");
    }
    let all: Vec<_> = services.iter().map(|service| service.name.as_str()).collect();
    let missing =
        CliError::new(what, format!("there is no such service; there are {}", all.join(", ")));
    CliError { code: NOT_FOUND, ..missing }.todo("your own go to $SEGNO_HOME/sinks")
}

fn url(
    env: &Environment,
    what: &str,
    service: &Service,
    args: &args::Login,
    found: &Credentials,
) -> Result<String, CliError> {
    let files = matches!(service.how, How::Files(_));
    let mut url =
        args.url.clone().or_else(|| found.url.clone()).or_else(|| service.login.url.clone());
    if url.is_none() {
        let question = if files { "Directory" } else { "Address" };
        url = key::asked(what, question, false)?;
    }
    let url = url.ok_or_else(|| {
        let lacks = if files { "no directory was named" } else { "no address was named" };
        CliError::usage(what, lacks).todo("say `--url`")
    })?;
    if files {
        let path = url.strip_prefix("file://").unwrap_or(&url);
        let path = match (path.strip_prefix("~/"), environment::user_home()) {
            (Some(below), Some(home)) => home.join(below),
            _ => env.cwd.join(path),
        };
        let path: PathBuf = path.components().collect();
        return path
            .into_os_string()
            .into_string()
            .map_err(|_| CliError::usage(what, "the directory's name is no text"));
    }
    deliver::address(service, &url).map_err(|e| failed(what, &e))
}

fn secret(
    what: &str,
    service: &Service,
    args: &args::Login,
    target: &Target,
    found: &Credentials,
    transport: &mut Http,
) -> Result<Option<String>, CliError> {
    if args.browser {
        return browser::sign_in(what, service, target, transport).map(Some);
    }
    if service.login.key == KeyNeed::None {
        return Ok(None);
    }
    if args.key_stdin {
        return key::from_input(what).map(Some);
    }
    if let Some(command) = &target.key_command {
        return key::printed(what, command).map(Some);
    }
    if let Some(key) = &found.key {
        eprintln!(
            "segno: the key of {} is used",
            found.from.as_deref().unwrap_or("the environment")
        );
        return Ok(Some(key.clone()));
    }
    let has_page = service.browser.is_some();
    let question = match has_page {
        true => "Key (not shown; Enter alone signs in with a browser)",
        false => "Key (not shown)",
    };
    if service.login.key == KeyNeed::Optional {
        return Ok(None);
    }
    match key::asked(what, question, true)? {
        Some(key) => Ok(Some(key)),
        None if has_page && std::io::stdin().is_terminal() => {
            browser::sign_in(what, service, target, transport).map(Some)
        }
        None => {
            let ways = match has_page {
                true => {
                    "`--key-stdin` reads it, `--set key_command=COMMAND` has it printed, `--browser` signs in"
                }
                false => {
                    "`--key-stdin` reads it from standard input, `--set key_command=COMMAND` has it printed"
                }
            };
            Err(CliError::usage(what, "there is no key").todo(ways))
        }
    }
}

/// What the user chose, or chooses now.
fn pick(what: &str, offer: &Offer, wanted: Option<&str>) -> Result<Option<String>, CliError> {
    let chosen = deliver::choose(offer, wanted);
    if let (Err(segno_sync::Error::Usage(_)), None) = (&chosen, wanted) {
        for (n, (id, label)) in offer.among.iter().enumerate() {
            eprintln!("{:>3}  {label} ({id})", n + 1);
        }
        let number = key::asked(what, &format!("Which {}", offer.name), false)?;
        let number = number.and_then(|text| text.parse::<usize>().ok());
        let picked = number.and_then(|n| offer.among.get(n.checked_sub(1)?));
        if let Some((id, _)) = picked {
            return Ok(Some(id.clone()));
        }
    }
    chosen.map_err(|e| failed(what, &e).todo(format!("say `--set {}=ID`", offer.name)))
}

/// Makes the directory, and sees that it can be written.
fn prepare(what: &str, target: &Target, formats: &[String]) -> Result<(), CliError> {
    if let Some(format) = target.format.as_ref().filter(|format| !formats.contains(format)) {
        let why = format!("there is no format {format:?}; there are {}", formats.join(", "));
        return Err(CliError::usage(what, why));
    }
    let made =
        std::fs::create_dir_all(&target.url).and_then(|()| tempfile::tempfile_in(&target.url));
    made.map(drop).map_err(|e| CliError::new(what, format!("{}: {e}", target.url)))
}

fn store(
    env: &Environment,
    what: &str,
    target: &Target,
    key: Option<&str>,
) -> Result<(), CliError> {
    let targets = targets(env);
    let _change = change(env, what)?;
    let mut state = state(env, what)?;
    let fails = |e: segno_sync::Error| failed(what, &e);
    if let Some(before) = targets.get(&target.name).map_err(fails)? {
        // Another place has nothing of what was sent to the one before.
        if before.url != target.url || before.service != target.service {
            state.forget(&target.name).map_err(fails)?;
        }
    }
    match key.filter(|_| target.key_command.is_none()) {
        Some(key) => targets.put_key(&target.name, key).map_err(fails)?,
        None => targets.remove_key(&target.name).map_err(fails)?,
    }
    targets.put(target).map_err(fails)?;
    let standing = state.standing(&target.name).map_err(fails)?;
    let clear = segno_sync::state::Standing { stamp: standing.stamp, ..Default::default() };
    state.stand(&target.name, &clear).map_err(fails)?;
    let now = Now::system().milliseconds();
    state.log(&target.name, now, "logged in").map_err(fails)?;
    leave_word(env, what, &state)
}

/// Logs out: key, settings and what was noted go; what was sent stays there.
pub fn logout(env: &Environment, args: &args::SyncNamed) -> Result<(), CliError> {
    let what = "cannot log out";
    let name = &args.name;
    // One whose file cannot be read can be left as well.
    if targets(env).get(name).is_ok_and(|target| target.is_none()) {
        return Err(missing(what, name));
    }
    let _change = change(env, what)?;
    targets(env).remove(name).map_err(|e| failed(what, &e))?;
    let mut state = state(env, what)?;
    state.forget(name).map_err(|e| failed(what, &e))?;
    leave_word(env, what, &state)?;
    let text = format!("{name}: logged out; what was sent stays there");
    say(args.json, json!({ "target": name, "logged_out": true }), &text)
}
