//! `queue`: the prompts that wait for a pane's agent.

use crate::args;
use crate::args::QueueCommand;
use crate::environment::Environment;
use crate::error::CliError;
use crate::run::panes::pane::stdin;
use crate::run::panes::prompt::without_end;
use crate::run::panes::wait::answered;
use crate::{print, show};
use segno_base::system::random::token;
use segno_wire::control::Call;
use segno_wire::control::panes::prompt::{Change, Prompt, Prompted, Queue, QueueChange, WhenBusy};

const WHAT: &str = "cannot change the queue";

/// Carries out a change and shows the queue after it.
pub fn queue(env: &Environment, args: &args::Queue) -> Result<(), CliError> {
    let pane = args.pane.clone();
    let change = match &args.command {
        None | Some(QueueCommand::List) => None,
        Some(QueueCommand::Add { text }) => {
            let id = token().map_err(|e| CliError::new(WHAT, e))?;
            let (text, busy) = (text_of(text)?, WhenBusy::Queue);
            let prompt = Prompt { pane: pane.clone(), text, id, busy };
            let _: Prompted = answered(env, WHAT, || Call::PanePrompt(prompt.clone()))?;
            None
        }
        Some(QueueCommand::Edit { number, text }) => {
            Some(Change::Edit { number: *number, text: text_of(text)? })
        }
        Some(QueueCommand::Drop { number }) => Some(Change::Drop { number: *number }),
        Some(QueueCommand::Pause) => Some(Change::Pause),
        Some(QueueCommand::Resume) => Some(Change::Resume),
        Some(QueueCommand::Clear) => Some(Change::Clear),
    };
    let asked = QueueChange { pane, change };
    let queue: Queue = answered(env, WHAT, || Call::PaneQueue(asked.clone()))?;
    match args.json {
        true => print::line(&show::json("queue", &queue)),
        false => print::line(&text(&queue)),
    }
}

fn text_of(text: &str) -> Result<String, CliError> {
    match text {
        "-" => stdin(WHAT).map(without_end),
        text => Ok(text.into()),
    }
}

fn text(queue: &Queue) -> String {
    let held = queue.held.iter().map(|why| format!("held: {}", show::plain(why)));
    let lines = queue.prompts.iter().map(|prompt| {
        let typed = if prompt.typed { "  (being typed)" } else { "" };
        format!("{:>3}  {}{typed}", prompt.number, show::plain(&prompt.text))
    });
    let all: Vec<String> = held.chain(lines).collect();
    match all.is_empty() {
        true => "No prompts queued".into(),
        false => all.join("\n"),
    }
}
