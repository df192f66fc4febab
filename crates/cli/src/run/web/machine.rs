//! What the server in the browser's service asks of this machine: calls to the daemon, and the
//! archive by the functions that `segno history … --json` uses.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::Value;

use crate::caller::{CallError, Control};
use crate::environment::Environment;
use crate::process::{self, ProcessError};
use segno_archive::export::{self, Format};
use segno_archive::query::time::Now;
use segno_archive::query::{self, Filters, How, Options};
use segno_archive::read::{self, ListOptions, Reveal, Show};
use segno_archive::{Archive, Error};
use segno_store::home::Home;
use segno_web::{Failure, HistoryAsked, Machine, Text};
use segno_wire::control::Call;
use segno_wire::rpc::code;

/// How long a search may take.
const BUDGET: Duration = Duration::from_secs(5);
/// What is listed without a query.
const NEWEST: usize = 50;

/// The machine that this process runs on.
pub struct ThisMachine {
    home: Home,
}

impl ThisMachine {
    pub fn new(env: &Environment) -> ThisMachine {
        ThisMachine { home: env.home.clone() }
    }

    fn greet(&self) -> Result<Control, Failure> {
        process::greet(&self.home, process::connect_to_look).map_err(|e| match e {
            ProcessError::NotRunning => {
                Failure::new("no daemon runs; `segno` or `segno daemon start` brings panes back")
            }
            other => Failure::new(other),
        })
    }

    fn archive(&self) -> Result<Archive, Failure> {
        let archive = Archive::read(&self.home.archive_dir()).map_err(|e| archive_failure(&e))?;
        archive.ok_or_else(|| {
            Failure::not_found("nothing is archived yet; `segno history update` begins it")
        })
    }
}

impl Machine for ThisMachine {
    fn calls(&self, calls: &[Call]) -> Result<Vec<Result<Value, Failure>>, Failure> {
        let mut control = self.greet()?;
        let mut results = Vec::with_capacity(calls.len());
        for call in calls {
            match control.call(call) {
                // A look does no harm when it is taken twice.
                Err(CallError::Gone) if is_look(call) => {
                    control = self.greet()?;
                    results.push(control.call(call).map_err(call_failure));
                }
                outcome => results.push(outcome.map_err(call_failure)),
            }
        }
        Ok(results)
    }

    fn connect(&self) -> Result<UnixStream, Failure> {
        process::connect_to_look(&self.home).map_err(Failure::new)
    }

    fn history(&self, asked: &HistoryAsked) -> Result<Text, Failure> {
        let now = Now::system();
        match asked {
            HistoryAsked::Search { query, .. } if query.trim().is_empty() => {
                let options = ListOptions { filters: Filters::default(), limit: NEWEST };
                json(read::list(&self.archive()?, &options))
            }
            HistoryAsked::Search { query, limit } => {
                let parsed = query::parse(query, &now);
                let options = Options {
                    limit: *limit,
                    context: 0,
                    how: How::Words,
                    budget: BUDGET,
                    reveal: Reveal::No,
                    now,
                };
                json(query::search(&self.archive()?, &parsed, &options))
            }
            HistoryAsked::Show { id } => json(read::show(&self.archive()?, id, Show::default())),
            HistoryAsked::Export { id, format } => self.export(id, format, &now),
            HistoryAsked::Stats => json(read::stats(&self.archive()?, &Filters::default())),
        }
    }
}

impl ThisMachine {
    fn export(&self, id: &str, format: &str, now: &Now) -> Result<Text, Failure> {
        let (form, mime, ending) = match format {
            "md" => (Format::Markdown, "text/markdown; charset=utf-8", "md"),
            "html" => (Format::Html, "text/html; charset=utf-8", "html"),
            "json" => (Format::Json, "application/json", "json"),
            "jsonl" => (Format::JsonLines, "application/jsonl", "jsonl"),
            "text" => (Format::Text, "text/plain; charset=utf-8", "txt"),
            _ => return Err(Failure::wrong("formats are md, html, json, jsonl and text")),
        };
        let shown = read::show(&self.archive()?, id, Show::default());
        let shown = shown.map_err(|e| archive_failure(&e))?;
        let name = format!("{}.{ending}", shown.conversation.id);
        Ok(Text::File { text: export::export(&[shown], form, now), mime, name })
    }
}

fn is_look(call: &Call) -> bool {
    matches!(call, Call::PaneList | Call::PaneStatus(_) | Call::ProjectList | Call::EventsRead(_))
}

fn json(report: Result<impl serde::Serialize, Error>) -> Result<Text, Failure> {
    let report = report.map_err(|e| archive_failure(&e))?;
    serde_json::to_value(report).map(Text::Json).map_err(Failure::new)
}

fn archive_failure(error: &Error) -> Failure {
    match error {
        Error::Unknown(_) | Error::NoMessage(_) | Error::Ambiguous(_) => Failure::not_found(error),
        _ => Failure::new(error),
    }
}

fn call_failure(error: CallError) -> Failure {
    match error {
        CallError::Rpc(error) if error.code == code::NOT_FOUND => {
            Failure::not_found(&error.message)
        }
        CallError::Rpc(error) if error.code == code::REFUSED => {
            Failure { status: 409, message: error.message }
        }
        other => Failure::new(other),
    }
}
