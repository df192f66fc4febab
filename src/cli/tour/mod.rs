//! `tour`: a short one through Segno, in a pane of its own. It goes on by what its user does in
//! the workspace, which it asks the daemon for while it runs.

mod page;
mod steps;

use std::io::IsTerminal;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::args::Attach;
use super::environment::{self, Environment};
use super::error::CliError;
use super::run::{self, Reach};
use crate::client::terminal::Terminal;
use crate::store::atomic;
use crate::wire::control::Call;
use crate::wire::control::client::ClientList;
use crate::wire::control::keys::KeyList;
use crate::wire::control::pane::{Created, NewPane};
use crate::wire::control::pane_info::PaneList;

use steps::{Facts, Step};

const WHAT: &str = "cannot show the tour";
/// The pane type that runs it.
const TYPE: &str = "tour";
/// How often it looks whether a step was done.
const LOOK: Duration = Duration::from_millis(400);

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
            let new = NewPane {
                type_name: Some(TYPE.into()),
                args: vec![program.to_string_lossy().into_owned()],
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
    let mut bound = keys()?;
    let mut before = facts(env, pane)?;
    let terminal =
        Terminal::enter().map_err(|e| CliError::new(WHAT, e).todo("run it in a pane"))?;
    terminal.begin_drawing();
    show(&terminal, b"\x1b[?1049h");
    // However it ends from here, it is not offered again.
    note(env, "skipped\n")?;
    let mut at = 0;
    let mut shown = None;
    loop {
        let page = page::draw(at, &bound, terminal.size());
        if shown.as_ref() != Some(&page) {
            show(&terminal, &page);
            shown = Some(page);
        }
        match pressed(&terminal) {
            Pressed::Next if at < Step::ALL.len() => at += 1,
            Pressed::Nothing => {
                // A daemon that is being started again is asked the next time.
                let Ok(now) = facts(env, pane) else { continue };
                let done = Step::ALL.get(at).is_some_and(|step| step.is_done(&before, &now));
                if !done {
                    continue;
                }
                at += 1;
                before = now;
                bound = keys().unwrap_or(bound);
                continue;
            }
            Pressed::Next | Pressed::End => break,
            Pressed::Other => continue,
        }
        before = facts(env, pane).unwrap_or(before);
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

enum Pressed {
    Nothing,
    Next,
    End,
    Other,
}

/// Waits a moment for a key.
fn pressed(terminal: &Terminal) -> Pressed {
    let timeout = PollTimeout::try_from(LOOK).unwrap_or(PollTimeout::NONE);
    match poll(&mut [PollFd::new(terminal.fd(), PollFlags::POLLIN)], timeout) {
        Ok(0) | Err(_) => return Pressed::Nothing,
        Ok(_) => {}
    }
    let mut buffer = [0; 256];
    match terminal.read(&mut buffer) {
        Ok(Some(0)) | Err(_) => Pressed::End,
        Ok(None) => Pressed::Nothing,
        Ok(Some(n)) => match &buffer[..n] {
            b"n" | b" " | b"\r" => Pressed::Next,
            // Escape alone; more is another key.
            b"q" | b"\x1b" | b"\x03" => Pressed::End,
            _ => Pressed::Other,
        },
    }
}

/// Writes all of it, unless the pane takes nothing any more.
fn show(terminal: &Terminal, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match terminal.write(bytes) {
            Ok(0) => {
                let ready = &mut [PollFd::new(terminal.fd(), PollFlags::POLLOUT)];
                if poll(ready, PollTimeout::from(1000u16)) != Ok(1) {
                    return;
                }
            }
            Ok(n) => bytes = &bytes[n..],
            Err(_) => return,
        }
    }
}
