//! `sync status`, `settings`, `log`, and what `run` prints.

use serde_json::{Value, json};

use super::{chosen, failed, key, reader, say, services};
use crate::args;
use crate::environment::Environment;
use crate::error::CliError;
use crate::show;
use segno_archive::query::time::Now;
use segno_sync::deliver::{self, Report};
use segno_sync::service::Service;
use segno_sync::target::Target;

/// What was sent, what waits, and why.
pub fn status(env: &Environment, args: &args::SyncMayBeNamed) -> Result<(), CliError> {
    let what = "cannot say what was sent";
    let targets = chosen(env, what, args.name.as_deref())?;
    if targets.is_empty() {
        let text = "nobody has logged in: nothing is sent; `segno sync login` begins it";
        return say(args.json, json!({ "targets": [] }), text);
    }
    let (services, state, now) = (services(env), reader(env, what)?, Now::system());
    let (mut lines, mut all) = (String::new(), Vec::new());
    for target in targets {
        let standing = state.standing(&target.name).map_err(|e| failed(what, &e))?;
        let (items, conversations) = state.counts(&target.name).map_err(|e| failed(what, &e))?;
        let aside = state.aside(&target.name).map_err(|e| failed(what, &e))?.len();
        let at = place(services.get(&target.service), &target);
        let how = match (&standing.problem, target.paused, standing.stopped) {
            (_, true, _) => "paused".to_owned(),
            (Some(problem), _, true) => format!("stopped: {problem}"),
            (Some(problem), ..) => {
                let since = standing.waiting_since.map_or(String::new(), |t| now.show(t));
                format!("waits since {since}: {problem}")
            }
            _ => "no problems".to_owned(),
        };
        let last = standing.last_sent.map_or("never".to_owned(), |time| now.show(time));
        lines.push_str(&format!(
            "{}  {at}\n  {}\n  sent: {} of {}; last: {last}\n",
            target.name,
            show::plain(&how),
            show::counted(items, "item"),
            show::counted(conversations, "conversation"),
        ));
        if aside > 0 {
            lines.push_str(&format!("  {aside} refused: `segno sync log {}`\n", target.name));
        }
        for directory in &target.paused_directories {
            lines.push_str(&format!("  nothing of {}\n", show::plain(directory)));
        }
        let mut one = serde_json::to_value(&standing).unwrap_or_default();
        let more = json!({
            "target": target.name, "service": target.service, "url": at, "paused": target.paused,
            "paused_directories": target.paused_directories, "items": items,
            "conversations": conversations, "set_aside": aside,
        });
        if let (Value::Object(one), Value::Object(more)) = (&mut one, more) {
            one.extend(more);
        }
        all.push(one);
    }
    say(args.json, json!({ "targets": all }), &lines)
}

/// The address, of which no more is shown than anybody may see.
pub fn place(service: Option<&Service>, target: &Target) -> String {
    shown(&target.url, service.is_none_or(|service| service.login.secret_url))
}

/// An address without names and passwords before the host, and without what stands behind `?`; of
/// one that lets anybody in, the host alone.
fn shown(url: &str, secret: bool) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|_| !url.starts_with('/')) else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let plain = path.split(['?', '#']).next().unwrap_or_default();
    match path {
        "" => format!("{scheme}://{host}"),
        _ if secret => format!("{scheme}://{host}/…"),
        _ if plain.len() < path.len() => format!("{scheme}://{host}{plain}?…"),
        _ => format!("{scheme}://{host}{plain}"),
    }
}

/// The settings of one target, or of all.
pub fn config(env: &Environment, name: Option<&str>, as_json: bool) -> Result<(), CliError> {
    let what = "cannot print the settings";
    let (services, targets) = (services(env), chosen(env, what, name)?);
    let (mut lines, mut all) = (String::new(), Vec::new());
    for target in &targets {
        let one = one(env, services.get(&target.service), target);
        lines.push_str(&format!("{}\n", target.name));
        for (key, value) in
            one.as_object().into_iter().flatten().filter(|(key, _)| *key != "target")
        {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            lines.push_str(&format!("  {key} = {}\n", show::plain(&value)));
        }
        all.push(one);
    }
    if targets.is_empty() {
        lines.push_str("nobody has logged in\n");
    }
    say(as_json, json!({ "targets": all }), &lines)
}

fn one(env: &Environment, service: Option<&Service>, target: &Target) -> Value {
    let mut one = json!({
        "target": target.name, "service": target.service, "url": place(service, target),
    });
    // What a command prints is not asked for only to be shown.
    let stored = target.key_command.is_none().then(|| key::of(env, "", target).ok().flatten());
    if let Some(key) = stored.flatten() {
        one["key"] = deliver::first(&key).into();
    }
    if let Some(generation) = &target.generation {
        one["generation"] = generation.as_str().into();
    }
    one["since"] = Now::system().show(target.since).into();
    one["paused"] = target.paused.into();
    for (name, value) in target.settings() {
        one[name] = value.into();
    }
    one
}

/// Everything there is.
pub fn settings(env: &Environment, as_json: bool) -> Result<(), CliError> {
    let services = services(env);
    let targets = chosen(env, "cannot print the settings", None)?;
    let all: Vec<Value> =
        targets.iter().map(|target| one(env, services.get(&target.service), target)).collect();
    let mut lines = String::new();
    for target in &targets {
        let state = if target.paused { "  (paused)" } else { "" };
        lines.push_str(&format!("{}  {}{state}\n", target.name, target.service));
    }
    lines.push_str("services:\n");
    for service in services.iter() {
        lines.push_str(&format!("  {:<12}{}\n", service.name, show::plain(&service.about)));
    }
    for problem in &services.problems {
        lines.push_str(&format!(
            "  {}: {}\n",
            show::plain(&problem.file),
            show::plain(&problem.why)
        ));
    }
    lines.push_str("settings of a target:\n");
    for (name, means) in segno_sync::target::SETTINGS {
        lines.push_str(&format!("  {name:<21}{means}\n"));
    }
    let known = services.iter().map(
        |service| json!({ "name": service.name, "title": service.title, "about": service.about }),
    );
    let settings = segno_sync::target::SETTINGS
        .iter()
        .map(|(name, about)| json!({ "name": name, "about": about }));
    let report = json!({
        "targets": all, "services": known.collect::<Vec<_>>(), "problems": services.problems,
        "settings": settings.collect::<Vec<_>>(),
    });
    say(as_json, report, &lines)
}

/// What happened, and what is set aside.
pub fn log(env: &Environment, args: &args::SyncLog) -> Result<(), CliError> {
    let what = "cannot print the log";
    let target = chosen(env, what, Some(&args.name))?.remove(0);
    let (state, now) = (reader(env, what)?, Now::system());
    let log = state.lines(&target.name, args.limit).map_err(|e| failed(what, &e))?;
    let aside = state.aside(&target.name).map_err(|e| failed(what, &e))?;
    let mut lines = String::new();
    for line in &log {
        lines.push_str(&format!("{}  {}\n", now.show(line.time), show::plain(&line.text)));
    }
    if !aside.is_empty() {
        lines.push_str(&format!(
            "refused; `segno sync retry {}` sends it once more:\n",
            target.name
        ));
    }
    for one in &aside {
        let text = format!("  {}:{}  {}  {}\n", one.agent, one.conversation, one.item, one.reason);
        lines.push_str(&show::plain(&text));
        lines.push('\n');
    }
    if lines.is_empty() {
        lines.push_str("nothing yet\n");
    }
    say(args.json, json!({ "target": target.name, "log": log, "set_aside": aside }), &lines)
}

/// What came of sending, for people.
pub fn reports(reports: &[Report]) -> String {
    let now = Now::system();
    let mut lines = String::new();
    for report in reports {
        let mut text = match report.sent {
            _ if report.paused => {
                format!("paused; `segno sync resume {}` goes on", report.target)
            }
            0 => "nothing to send".to_owned(),
            sent => {
                let items = show::counted(sent, "item");
                let of = show::counted(report.conversations, "conversation");
                match report.requests {
                    0 => format!("{items} of {of} written"),
                    n => format!("{items} of {of} sent in {}", show::counted(n, "request")),
                }
            }
        };
        if report.deleted > 0 {
            text.push_str(&format!(", {} deleted", report.deleted));
        }
        if report.set_aside > 0 {
            text.push_str(&format!(", {} refused", report.set_aside));
        }
        if let Some(problem) = &report.problem {
            text = format!("{text}; {problem}");
            if let Some(next) = report.next {
                text.push_str(&format!("; tried again at {}", now.show(next)));
            }
        }
        lines.push_str(&format!("{}: {}\n", report.target, show::plain(&text)));
    }
    if reports.is_empty() {
        lines.push_str("nobody has logged in: nothing is sent\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn an_address_shows_no_secret() {
        for (url, secret, text) in [
            ("https://a.b:1", true, "https://a.b:1"),
            ("https://a.b/hook/key", true, "https://a.b/…"),
            ("https://me:pass@a.b/x?key=1", true, "https://a.b/…"),
            ("https://a.b?key=1", true, "https://a.b/…"),
            ("https://me:pass@a.b/x", false, "https://a.b/x"),
            ("https://a.b/x?key=1", false, "https://a.b/x?…"),
            ("/notes/a://b@c?d", true, "/notes/a://b@c?d"),
        ] {
            assert_eq!(shown(url, secret), text);
        }
    }
}
