//! The way back into an agent when its shell was started again: the command is typed at the shell's
//! first prompt, as the user would.

use std::path::Path;
use std::time::{Duration, Instant};

use super::super::super::message::Message;
use crate::server::agent::guest::start::is_shell;
use crate::server::shared::Shared;
use segno_base::ids::PaneId;
use segno_base::key::KeyPhase;
use segno_base::system::os::foreground_group;
use segno_base::system::os::process::{Reading, has_children, reading};
use segno_config::ComeBack;
use segno_core::update::effect::PaneInput;
use segno_store::agent::shims::RETURN;

/// How often a shell that starts is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long a shell without an editor for its command line has to be calm. Nothing distinguishes
/// its prompt from a start-up file that waits.
const CALM: Duration = Duration::from_millis(500);
/// How long a shell may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A shell that an agent is to come back in, and since when it starts.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct AtPrompt {
    pane: PaneId,
    run: u64,
    since: Instant,
    /// Since when it has read lines, and has no children.
    calm: Option<Instant>,
}

/// A shell was started: what it had comes back in it.
pub(in crate::server) fn return_soon(shared: &mut Shared, pane: PaneId) {
    let due = shared.model.panes.get(&pane).is_some_and(|pane| pane.guests.due().is_some());
    if !due || !is_shell(shared, pane) {
        return;
    }
    if shared.config.shells.come_back == ComeBack::Off {
        return shared.with_model(|model, cx| model.decline_return(pane, cx));
    }
    let Some(run) = shared.panes.run(pane) else { return };
    look_for_prompt(shared, AtPrompt { pane, run, since: Instant::now(), calm: None });
}

pub(in crate::server) fn look_for_prompt(shared: &mut Shared, at: AtPrompt) {
    let AtPrompt { pane, run, since, calm } = at;
    let due = shared.model.panes.get(&pane).is_some_and(|pane| pane.guests.due().is_some());
    let runtime = shared.panes.get(pane).filter(|runtime| runtime.run == run);
    let shell = runtime.and_then(|runtime| runtime.process.pid());
    let (Some(terminal), Some(shell), true) = (shared.panes.terminal(pane), shell, due) else {
        return;
    };
    let now = Instant::now();
    let alone = foreground_group(terminal.master()) == Some(shell);
    let (ready, calm) = match reading(terminal.master()).filter(|_| alone) {
        Some(Reading::Keys) => (true, None),
        Some(Reading::Lines) if !has_children(shell) => {
            let calm = calm.unwrap_or(now);
            (now.duration_since(calm) >= CALM, Some(calm))
        }
        _ => (false, None),
    };
    if ready {
        let enter = if shared.config.shells.come_back == ComeBack::Start { "\r" } else { "" };
        terminal.write(format!(" {}{enter}", return_command(shared)).as_bytes());
        return;
    }
    if now.duration_since(since) > PATIENCE {
        let note = "the shell has shown no prompt: `segno return` goes back to its agent";
        return shared.with_model(|model, cx| {
            model.decline_return(pane, cx);
            model.note(pane, note.to_string());
        });
    }
    let queue = shared.queue.clone();
    tokio::spawn(async move {
        tokio::time::sleep(LOOK).await;
        let _ = queue.send(Message::AtPrompt(AtPrompt { calm, ..at }));
    });
}

/// Somebody types before the agent is back: the shell is wanted alone.
pub(in crate::server) fn maybe_declined(shared: &mut Shared, pane: PaneId, input: &PaneInput) {
    let due = shared.model.panes.get(&pane).is_some_and(|pane| pane.guests.due().is_some());
    let typed = match input {
        PaneInput::Key(event) => event.phase != KeyPhase::Release,
        PaneInput::Paste(_) => true,
        _ => false,
    };
    if due && typed {
        shared.with_model(|model, cx| model.decline_return(pane, cx));
    }
}

/// What is typed, in a form that every shell takes.
fn return_command(shared: &Shared) -> String {
    let path = shared.options.home.shims_dir().join(RETURN);
    let home = shared.options.user_home.as_deref().and_then(|home| path.strip_prefix(home).ok());
    let text = |path: &Path| path.to_str().map(str::to_string);
    let tilde = home.and_then(text).map(|below| format!("~/{below}"));
    let plain =
        |text: &String| text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-~".contains(c));
    let typed = tilde.filter(plain).or_else(|| text(&path).filter(plain));
    typed.unwrap_or_else(|| RETURN.to_string())
}
