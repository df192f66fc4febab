//! `tour`: a short one through Segno, in a pane of its own. It goes on by what its user does in
//! the workspace, of which the daemon notifies it.

mod page;
mod steps;

use std::io::IsTerminal;

use super::args::Attach;
use super::environment::{self, Environment};
use super::error::CliError;
use super::run::{self, Reach};
use super::watch::{Watch, WatchEvent};
use segno_agent::start::StartRequest;
use segno_client::signals;
use segno_client::terminal::Terminal;
use segno_store::file::atomic;
use segno_wire::control::Call;
use segno_wire::control::client::ClientList;
use segno_wire::control::panes::keys::KeyList;
use segno_wire::control::panes::pane::{Created, NewPane};
use segno_wire::control::panes::pane_info::PaneList;
use steps::{Facts, Step};

const WHAT: &str = "cannot show the tour";
/// The pane type that runs it.
const TYPE: &str = "tour";

/// Shows the tour: in a pane here, elsewhere in a pane that it opens.
pub fn tour(env: &Environment) -> Result<(), CliError> {
    match &env.pane {
        Some(pane) => guide(env, pane),
        None => {
            if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
                return Err(
                    CliError::new(WHAT, "this is no terminal").todo("run it in one, or in a pane")
                );
            }
            let program = environment::program().map_err(|e| CliError::new(WHAT, e))?;
            let start = StartRequest {
                type_name: TYPE.into(),
                args: vec![program.to_string_lossy().into_owned()],
                ..StartRequest::default()
            };
            let new = NewPane {
                start,
                // For whoever is attached or comes next.
                focus: true,
                ..NewPane::default()
            };
            let _: Created = run::call(env, Reach::Start, WHAT, &Call::PaneNew(Box::new(new)))?;
            run::attach::attach(env, &Attach::default())
        }
    }
}

/// Leads through the steps.
fn guide(env: &Environment, pane: &str) -> Result<(), CliError> {
    let keys = || run::call::<KeyList>(env, Reach::Look, WHAT, &Call::KeysList);
    // Before any other thread.
    let signals = signals::watch().map_err(|e| CliError::new(WHAT, e))?;
    let mut bound = keys()?;
    let mut before = facts(env, pane)?;
    let terminal =
        Terminal::enter().map_err(|e| CliError::new(WHAT, e).todo("run it in a pane"))?;
    terminal.begin_drawing();
    terminal.write_all(b"\x1b[?1049h");
    // However it ends from here, it is not offered again.
    note(env, "skipped\n")?;
    let mut watch = Watch::new(&env.home, &terminal, &signals);
    let mut at = 0;
    let mut shown = None;
    loop {
        let page = page::draw(at, &bound, terminal.size().cells);
        if shown.as_ref() != Some(&page) {
            terminal.write_all(&page);
            shown = Some(page);
        }
        match watch.next() {
            WatchEvent::Typed(bytes) => match &bytes[..] {
                b"n" | b" " | b"\r" if at < Step::ALL.len() => {
                    at += 1;
                    before = facts(env, pane).unwrap_or(before);
                }
                // Escape alone; more is another key.
                b"n" | b" " | b"\r" | b"q" | b"\x1b" | b"\x03" => break,
                _ => {}
            },
            WatchEvent::Change => {
                // A daemon that is gone reports the next change when it is there again.
                let Ok(now) = facts(env, pane) else { continue };
                if Step::ALL.get(at).is_some_and(|step| step.is_done(&before, &now)) {
                    at += 1;
                    before = now;
                    bound = keys().unwrap_or(bound);
                }
            }
            WatchEvent::End => break,
            WatchEvent::Nothing => {}
        }
    }
    drop(terminal);
    match at < Step::ALL.len() {
        true => Ok(()),
        false => note(env, "finished\n"),
    }
}

fn note(env: &Environment, how: &str) -> Result<(), CliError> {
    atomic::write(&env.home.tour_file(), how.as_bytes()).map_err(|e| CliError::new(WHAT, e))
}

fn facts(env: &Environment, pane: &str) -> Result<Facts, CliError> {
    let panes: PaneList = run::call(env, Reach::Look, WHAT, &Call::PaneList)?;
    let clients: ClientList = run::call(env, Reach::Look, WHAT, &Call::ClientList)?;
    Ok(Facts::new(pane, &panes.panes, &clients.clients))
}
