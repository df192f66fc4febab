//! What panes' terminals and programs report: output, titles, bells, the end.

use crate::server::Topic;
use crate::server::agent::evidence::Evidence;
use crate::server::agent::spool_reader::after_spool;
use crate::server::aside::Order;
use crate::server::aside::give_order;
use crate::server::client::Clients;
use crate::server::control::pane_files::log_ended;
use crate::server::control::wait::Waits;
use crate::server::lifecycle::saver::Saver;
use crate::server::pane::cwd::directory_reported;
use crate::server::pane::process::start_next;
use crate::server::pane::process_state::Stop;
use crate::server::pane::terminal::TerminalEvent;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use crate::server::shared::of;
use segno_base::ids::PaneId;
use segno_config::Clipboard;
use segno_core::model::pane::ExitStatus;
use segno_core::update::effect::Effect;
use segno_core::update::event::Event;
use segno_term::TermEvent;

/// Nothing is lost: what the terminal has is written again.
const REMOVED: &str = "its journal was removed by somebody else; it is written anew";

pub(in crate::server) fn terminal_event(shared: &mut Shared, pane: PaneId, event: TerminalEvent) {
    match event {
        // The dispatcher takes these itself.
        TerminalEvent::Changed | TerminalEvent::Paused => {}
        TerminalEvent::Term(event) => term_event(shared, pane, event),
        TerminalEvent::Uncongested => {
            if let Some(runtime) = shared.panes.get_mut(pane) {
                runtime.held.clear();
            }
        }
        TerminalEvent::InputWaits(waits) => shared.handle(Event::InputWaits { pane, waits }),
        TerminalEvent::Drained { last_words } => {
            shared.handle(Event::InputWaits { pane, waits: None });
            // Its last words may be what went wrong.
            shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
                evidence.run_handlers(shared, pane);
            });
            // What the tracker wrote at the very end belongs to this run.
            let run = shared.panes.run(pane);
            let ended = of(move |_: &mut Stateless, shared: &mut Shared| {
                if shared.panes.run(pane) == run {
                    ended(shared, pane, &last_words);
                }
            });
            after_spool(shared, pane, ended);
        }
        TerminalEvent::LogEnded(why) => log_ended(shared, pane, &why),
        TerminalEvent::JournalRemoved => shared.with_model(|model, cx| {
            if let Some(state) = model.panes.get_mut(&pane) {
                state.notes.push(REMOVED.to_string());
                cx.out.push(Effect::Redraw);
            }
        }),
        TerminalEvent::Journal(result) => match result {
            Ok(()) => journal_is_well(shared, pane),
            Err(why) => {
                if let Some(runtime) = shared.panes.get_mut(pane) {
                    runtime.journal_fails = true;
                }
                let home = shared.options.home.path().display();
                let problem =
                    format!("{why}: scrollback is not kept until there is room again in {home}");
                shared.set_diagnostics(Topic::Journal, vec![problem]);
            }
        },
    }
}

/// A pane's program has ended, and all that it printed and its tracker reported was read.
fn ended(shared: &mut Shared, pane: PaneId, last_words: &str) {
    let Some(runtime) = shared.panes.get_mut(pane) else { return };
    runtime.held.clear();
    runtime.watching = Default::default();
    let (status, why) = runtime.process.drained();
    tracing::info!(%pane, ?status, "ended");
    shared.to(move |evidence: &mut Evidence, shared: &mut Shared| evidence.forget(shared, pane));
    shared.to(move |waits: &mut Waits, shared: &mut Shared| waits.output(shared, pane));
    let failed = status != ExitStatus::Code(0);
    let stale = why == Some(Stop::Missing)
        || failed && shared.pane_type(pane).is_some_and(|ty| ty.not_found(last_words));
    let next = match why {
        // What ends to be started again has not ended for the model.
        Some(Stop::Restart(next)) => Some(next),
        _ => {
            shared.to(move |saver: &mut Saver, shared: &mut Shared| {
                saver.program_ended(shared, pane, status, stale);
            });
            None
        }
    };
    shared.to(move |_: &mut Stateless, shared: &mut Shared| {
        // The keeper still knows of it: for the next daemon it has ended too, and is not
        // started again. Only a pane that asks is, since it has to ask again.
        if shared.model.panes.get(&pane).is_some_and(|pane| pane.choice.is_some()) {
            give_order(shared, pane, Order::Forget);
        }
        start_next(shared, pane, next);
    });
}

fn term_event(shared: &mut Shared, pane: PaneId, event: TermEvent) {
    match event {
        TermEvent::Title(title) => {
            let title = title.unwrap_or_default();
            shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
                let title = evidence.look_at_title(shared, pane, &title);
                shared.handle(Event::Title { pane, title });
            });
        }
        TermEvent::Bell => shared.handle(Event::Bell { pane }),
        TermEvent::Notification(notification) => {
            shared.handle(Event::Notified { pane, notification });
        }
        TermEvent::Cwd(cwd) => {
            directory_reported(shared, pane, cwd);
        }
        TermEvent::ClipboardStore { text, .. } => {
            if shared.config.general.clipboard != Clipboard::Off {
                shared.to(move |clients: &mut Clients, shared: &mut Shared| {
                    clients.put_on_clipboards(shared, text);
                });
            }
        }
        TermEvent::ClipboardOverflow => clipboard_overflow(shared, pane),
        TermEvent::ClipboardLoad(kind) => {
            if shared.config.general.clipboard == Clipboard::ReadWrite {
                shared.to(move |clients: &mut Clients, shared: &mut Shared| {
                    if let Some(terminal) = shared.panes.terminal(pane) {
                        let reply = segno_term::clipboard_reply(kind, clients.clipboard());
                        terminal.write(&reply);
                    }
                });
            }
        }
        TermEvent::Reply(_) => {}
    }
}

/// The pane's journal can be written again, or is wanted no more.
pub(in crate::server) fn journal_is_well(shared: &mut Shared, pane: PaneId) {
    let failed = shared.panes.get_mut(pane).map(|runtime| &mut runtime.journal_fails);
    let failed = failed.is_some_and(std::mem::take);
    if failed && shared.panes.iter().all(|(_, runtime)| !runtime.journal_fails) {
        shared.set_diagnostics(Topic::Journal, Vec::new());
    }
}

/// Says to whoever would have had it that a text was too long for the clipboard.
fn clipboard_overflow(shared: &mut Shared, pane: PaneId) {
    if shared.config.general.clipboard == Clipboard::Off {
        return;
    }
    shared.with_model(|model, cx| {
        let text = format!("{pane}: not copied: longer than 8 MiB");
        let writing = model.clients.values().filter(|client| !client.read_only);
        let clients: Vec<_> = writing.map(|client| client.id).collect();
        clients.into_iter().for_each(|client| model.say(client, text.clone(), cx));
    });
}
