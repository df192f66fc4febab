//! Commands that only look into the archive.

use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;

use super::{archive, failed, query as parsed};
use crate::args::{self, EventType};
use crate::environment::Environment;
use crate::error::CliError;
use crate::run::paint;
use crate::{print, show};
use segno_archive::export::{self, Format};
use segno_archive::query::time::Now;
use segno_archive::query::{self, How, Options, Role};
use segno_archive::read::{self, ListOptions, Reveal};

/// How long a search may take: by the index, and when every text is read.
const BUDGET: Duration = Duration::from_secs(5);
const SCAN_BUDGET: Duration = Duration::from_secs(20);

/// `history search`; 1 when nothing is found.
pub fn search(env: &Environment, args: &args::Search) -> Result<ExitCode, CliError> {
    let what = "cannot search";
    let now = Now::system();
    let mut query = parsed(env, what, &args.query, &args.filters, &now)?;
    let how = match (args.regex, args.substring) {
        (true, _) => How::Regex,
        (_, true) => How::Substring,
        _ => How::Words,
    };
    if how != How::Words {
        // As it stands: what means something to the query's language means nothing here.
        let text = args.query.join(" ");
        query.all = vec![vec![query::Term { text, prefix: false }]];
        query.none.clear();
    }
    let options = Options {
        limit: args.filters.limit,
        context: args.context,
        how,
        budget: if how == How::Words { BUDGET } else { SCAN_BUDGET },
        reveal: reveal(args.reveal),
        now: now.clone(),
    };
    let report = query::search(&archive(env, what)?, &query, &options);
    let report = report.map_err(|e| failed(what, &e))?;
    match args.json {
        true => json(&report)?,
        false => print::line(&show::history::search(&report, &now, paint(env)))?,
    }
    Ok(ExitCode::from(u8::from(report.results.is_empty())))
}

/// `history query`
pub fn query(env: &Environment, args: &args::Query) -> Result<(), CliError> {
    let what = "cannot list what happened";
    let now = Now::system();
    let mut query = parsed(env, what, &args.query, &args.filters, &now)?;
    match args.kind {
        EventType::Prompt => query.filters.role.push(Role::User),
        EventType::Answer => query.filters.role.push(Role::Assistant),
        EventType::Tool => query.filters.role.push(Role::Tool),
        EventType::All => {}
    }
    let options = Options {
        limit: args.filters.limit,
        context: 0,
        how: How::Words,
        budget: BUDGET,
        reveal: reveal(args.reveal),
        now: now.clone(),
    };
    let events = query::events(&archive(env, what)?, &query, &options);
    let events = events.map_err(|e| failed(what, &e))?;
    match args.json {
        true => json(&events),
        false => print::line(&show::history::events(&events, &now, paint(env))),
    }
}

/// `history list`
pub fn list(env: &Environment, args: &args::List) -> Result<(), CliError> {
    let what = "cannot list the conversations";
    let now = Now::system();
    let filters = parsed(env, what, &[], &args.filters, &now)?.filters;
    let options = ListOptions { filters, limit: args.filters.limit };
    let list = read::list(&archive(env, what)?, &options).map_err(|e| failed(what, &e))?;
    match args.json {
        true => json(&list),
        false => print::line(&show::history::list(&list, &now, paint(env))),
    }
}

/// The conversations that were used last, by id, with what they are called.
pub fn recent(env: &Environment, limit: usize) -> Result<Vec<(String, String)>, CliError> {
    let what = "cannot list the conversations";
    let options = ListOptions { filters: Default::default(), limit };
    let list = read::list(&archive(env, what)?, &options).map_err(|e| failed(what, &e))?;
    let named = list.conversations.into_iter().map(|of| {
        let title = of.conversation.title.or(of.prompt).unwrap_or_default();
        (of.conversation.id, format!("{}: {title}", of.conversation.agent))
    });
    Ok(named.collect())
}

/// `history show`
pub fn show(env: &Environment, args: &args::Show) -> Result<(), CliError> {
    /// Messages on either side of the one that is asked for.
    const AROUND: usize = 5;
    let what = "cannot show the conversation";
    let options =
        read::Show { around: args.around.as_deref(), context: AROUND, reveal: reveal(args.reveal) };
    let archive = archive(env, what)?;
    let shown = read::show(&archive, &args.id, options).map_err(|e| failed(what, &e))?;
    let form = if args.json { Format::Json } else { format(args.format) };
    print::text(&export::export(&[shown], form, &Now::system()))
}

/// `history export`
pub fn export(env: &Environment, args: &args::Export) -> Result<(), CliError> {
    let what = "cannot export";
    let archive = archive(env, what)?;
    let options = read::Show { reveal: reveal(args.reveal), ..read::Show::default() };
    let shown = args.ids.iter().map(|id| read::show(&archive, id, options));
    let shown = shown.collect::<Result<Vec<_>, _>>().map_err(|e| failed(what, &e))?;
    let form = if args.json { Format::Json } else { format(args.format) };
    let text = export::export(&shown, form, &Now::system());
    let Some(path) = &args.output else { return print::text(&text) };
    let path = env.cwd.join(path);
    std::fs::write(&path, text)
        .map_err(|e| CliError::new(what, format!("{}: {e}", path.display())))?;
    print::line(&path.display().to_string())
}

/// `history files`
pub fn files(env: &Environment, args: &args::Files) -> Result<(), CliError> {
    let what = "cannot say who touched the file";
    let files = read::files(&archive(env, what)?, &args.path, args.limit);
    let files = files.map_err(|e| failed(what, &e))?;
    match args.json {
        true => json(&files),
        false => print::line(&show::history::files(&files, &Now::system(), paint(env))),
    }
}

/// `history stats`
pub fn stats(env: &Environment, args: &args::Stats) -> Result<(), CliError> {
    let what = "cannot count";
    let now = Now::system();
    let filters = parsed(env, what, &[], &args.filters, &now)?.filters;
    let stats = read::stats(&archive(env, what)?, &filters).map_err(|e| failed(what, &e))?;
    match args.json {
        true => json(&stats),
        false => print::line(&show::history::stats(&stats, paint(env))),
    }
}

/// `history secrets`
pub fn secrets(env: &Environment, args: &args::Secrets) -> Result<(), CliError> {
    let what = "cannot list the secrets";
    let found = read::secrets(&archive(env, what)?, args.limit).map_err(|e| failed(what, &e))?;
    match args.json {
        true => json(&found),
        false => print::line(&show::history::secrets(&found, &Now::system(), paint(env))),
    }
}

/// `history check`; 1 when something is wrong.
pub fn check(env: &Environment, as_json: bool) -> Result<ExitCode, CliError> {
    let what = "cannot check the archive";
    let check = read::check(&archive(env, what)?).map_err(|e| failed(what, &e))?;
    match as_json {
        true => json(&check)?,
        false => print::line(&show::history::check(&check))?,
    }
    Ok(ExitCode::from(u8::from(!check.problems.is_empty())))
}

pub(super) fn json(report: &impl Serialize) -> Result<(), CliError> {
    let text =
        serde_json::to_string_pretty(report).map_err(|e| CliError::new("cannot print", e))?;
    print::line(&text)
}

fn reveal(yes: bool) -> Reveal {
    if yes { Reveal::Yes } else { Reveal::No }
}

fn format(format: args::HistoryFormat) -> Format {
    match format {
        args::HistoryFormat::Text => Format::Text,
        args::HistoryFormat::Md => Format::Markdown,
        args::HistoryFormat::Json => Format::Json,
        args::HistoryFormat::Jsonl => Format::JsonLines,
        args::HistoryFormat::Html => Format::Html,
    }
}
