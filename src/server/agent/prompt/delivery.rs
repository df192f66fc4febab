//! `segno send` to an agent: the text waits until the agent takes input, goes in as a paste, and
//! enter follows when the composer has it. The call is answered when that is done, or refused.
//!
//! A program without a tracker says nothing of itself; it gets text as if it was typed.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::server::clock;
use crate::server::control::target::{must_run, must_take_input, pane_named};
use crate::server::message::Answer;
use crate::server::pane::terminal::Terminal;
use crate::server::shared::Shared;
use segno_agent::status::Activity;
use segno_agent::turn::TurnId;
use segno_base::ids::PaneId;
use segno_base::key::{Key, KeyCode, KeyEvent};
use segno_core::model::pane::{Life, Pane};
use segno_core::update::effect::PaneInput;
use segno_term::{Lines, TextFormat};
use segno_wire::control::panes::pane::Send;
use segno_wire::rpc::{RpcError, code};

/// How often texts on their way are looked at.
pub(in crate::server::agent) const LOOK: Duration = Duration::from_millis(30);
/// An agent that takes input is given it when it has printed nothing for this long,
const REST: Duration = Duration::from_millis(150);
/// for this long where it has not asked for pastes in brackets,
const UNASKED: Duration = Duration::from_secs(1);
/// and one that goes on printing after so long.
const REST_LIMIT: Duration = Duration::from_secs(3);
/// A composer that has printed something for the text has it when nothing more comes for this long,
const ECHO: Duration = Duration::from_millis(120);
/// when the text is seen on the screen for this long though more comes,
const SHOWN: Duration = Duration::from_millis(400);
/// or, whatever it shows, after so long.
const ECHO_LIMIT: Duration = Duration::from_secs(2);
/// Characters of the text's end that are looked for on the screen.
const TAIL: usize = 16;
/// An agent whose tracker keeps silent is taken to be ready after so long, in milliseconds,
const SILENT: u64 = 20_000;
/// and after so long where it has not asked for pastes in brackets, or shows nothing: on a busy
/// machine it may not have come up yet, and what was typed before is thrown away when it does.
const SILENT_UNASKED: u64 = 40_000;
/// How long a text waits for an agent to take input; a caller gives up after a minute.
pub(in crate::server::agent) const PATIENCE: Duration = Duration::from_secs(45);

/// Texts on their way, those of one pane in the order in which they came.
#[derive(Default)]
pub(in crate::server) struct Deliveries {
    all: Vec<Delivery>,
    next_look: Option<Instant>,
}

struct Delivery {
    pane: PaneId,
    turn: Option<TurnId>,
    text: String,
    enter: bool,
    accepted: Instant,
    /// When the agent was first seen to take input.
    ready: Option<Instant>,
    /// When the text was given to it.
    typed: Option<Instant>,
    answer: oneshot::Sender<Answer>,
}

/// Whether an agent takes input.
pub(in crate::server::agent) enum Ready {
    Yes,
    /// When what it prints has come to rest.
    AtRest,
    NotYet,
    /// What it waits for instead.
    Blocked(String),
    Ended,
}

impl Deliveries {
    pub fn due(&self) -> Option<Instant> {
        self.next_look
    }
}

impl Deliveries {
    /// `pane.send`.
    pub(in crate::server) fn send(
        &mut self,
        shared: &mut Shared,
        send: Send,
        from: Option<PaneId>,
        answer: oneshot::Sender<Answer>,
    ) {
        let pane = pane_named(&shared.model, &send.pane).and_then(|pane| {
            must_run(&shared.model, pane)?;
            must_take_input(&shared.panes, pane)?;
            Ok(pane)
        });
        let pane = match pane {
            Ok(pane) => pane,
            Err(error) => return drop(answer.send(Err(error))),
        };
        shared.with_model(|model, cx| model.drive(pane, from, cx));
        // Who answers a dialog has seen it.
        let waits = match shared.model.panes.get(&pane) {
            Some(state) => match ready(state, None) {
                Ready::Blocked(_) => false,
                _ => state.tracking.is_some() && !send.text.is_empty(),
            },
            None => false,
        };
        if !waits && !self.all.iter().any(|delivery| delivery.pane == pane) {
            paste(shared, pane, &send.text);
            if send.enter {
                press_enter(shared, pane);
            }
            return drop(answer.send(Ok(serde_json::Value::Null)));
        }
        let turn = match send.enter {
            true => shared.with_model(|model, cx| model.give_turn(pane, cx)),
            false => None,
        };
        self.all.push(Delivery {
            pane,
            turn,
            text: send.text,
            enter: send.enter,
            accepted: Instant::now(),
            ready: None,
            typed: None,
            answer,
        });
        self.deliver(shared, Instant::now());
    }

    /// Goes on with the texts that are on their way.
    pub(in crate::server) fn deliver(&mut self, shared: &mut Shared, now: Instant) {
        let mut rest: Vec<Delivery> = Vec::new();
        for mut delivery in std::mem::take(&mut self.all) {
            let waits_behind = rest.iter().any(|before| before.pane == delivery.pane);
            let outcome = if waits_behind { None } else { step(shared, &mut delivery, now) };
            match outcome {
                None => rest.push(delivery),
                Some(outcome) => {
                    if let Some(turn) = delivery.turn {
                        let pane = delivery.pane;
                        let entered = outcome.is_ok();
                        shared.with_model(|model, cx| match entered {
                            true => model.turn_entered(pane, turn, cx),
                            false => model.withdraw_turn(pane, turn, cx),
                        });
                    }
                    let _ = delivery.answer.send(outcome.map(|()| serde_json::Value::Null));
                }
            }
        }
        self.all = rest;
        self.next_look = (!self.all.is_empty()).then(|| now + LOOK);
    }
}

/// The next step with a text; how it came out, when there is no other.
fn step(
    shared: &mut Shared,
    delivery: &mut Delivery,
    now: Instant,
) -> Option<Result<(), RpcError>> {
    let id = delivery.pane;
    let refuse = |why: String| Some(Err(RpcError::new(code::REFUSED, why)));
    let Some(pane) = shared.model.panes.get(&id) else {
        return refuse(format!("{id} was closed"));
    };
    let state = ready(pane, shared.panes.terminal(id).map(AsRef::as_ref));
    if matches!(state, Ready::Ended) {
        return refuse(format!("the program of {id} ended before it took the text"));
    }
    let Some(typed) = delivery.typed else {
        let at_once = match state {
            Ready::Yes => true,
            Ready::AtRest => false,
            Ready::Blocked(ref by) => {
                return refuse(format!(
                    "{id} waits for you ({by}), and did not get the text; answer that first, for \
                     example with `segno keys {id} enter`"
                ));
            }
            Ready::NotYet | Ready::Ended => {
                let late = now.duration_since(delivery.accepted) >= PATIENCE;
                return late.then(|| {
                    let seconds = PATIENCE.as_secs();
                    let why = format!(
                        "{id} took no input for {seconds} s, and did not get the text; `segno \
                         read {id}` shows what it does"
                    );
                    Err(RpcError::new(code::REFUSED, why))
                });
            }
        };
        let terminal = shared.panes.terminal(id)?;
        let ready = *delivery.ready.get_or_insert(now);
        if !may_type(terminal, at_once, ready, now) {
            return None;
        }
        paste(shared, id, &delivery.text);
        delivery.typed = Some(now);
        return (!delivery.enter).then_some(Ok(()));
    };
    if let Ready::Blocked(by) = state {
        return refuse(format!(
            "{id} has the text, but enter was not pressed: it waits for you ({by})"
        ));
    }
    has_it(shared.panes.terminal(id)?, &delivery.text, typed, now).then(|| {
        press_enter(shared, id);
        Ok(())
    })
}

fn paste(shared: &mut Shared, pane: PaneId, text: &str) {
    shared.pane_input(pane, PaneInput::PasteStart);
    shared.pane_input(pane, PaneInput::Paste(text.as_bytes().to_vec()));
    shared.pane_input(pane, PaneInput::PasteEnd);
}

fn press_enter(shared: &mut Shared, pane: PaneId) {
    let enter = Key::plain(KeyCode::Enter);
    shared.pane_input(pane, PaneInput::Key(KeyEvent::from(enter)));
}

/// Whether a pane's agent takes input, as far as it and its terminal say that.
pub(in crate::server::agent) fn ready(pane: &Pane, terminal: Option<&Terminal>) -> Ready {
    let since = match pane.life {
        Life::Queued(_) | Life::Starting { .. } => return Ready::NotYet,
        Life::Exited { .. } | Life::Failed { .. } => return Ready::Ended,
        Life::Running { since, .. } => since,
    };
    let Some(agent) = pane.agent() else { return Ready::Yes };
    let is_up = |terminal: &Terminal| asks_for_pastes(terminal) && !is_blank(terminal);
    let silent = || match terminal.is_some_and(is_up) {
        true => SILENT,
        false => SILENT_UNASKED,
    };
    match agent.activity {
        Activity::Starting if clock::now_ms().saturating_sub(since) < silent() => Ready::NotYet,
        Activity::Blocked => Ready::Blocked(agent.detail.unwrap_or_else(|| "a question".into())),
        // Its composer is there, and it prints all the time.
        Activity::Working | Activity::Retrying => Ready::Yes,
        _ => Ready::AtRest,
    }
}

fn asks_for_pastes(terminal: &Terminal) -> bool {
    terminal.emulator().modes().bracketed_paste
}

fn is_blank(terminal: &Terminal) -> bool {
    terminal.emulator().text(Lines::Screen, TextFormat::Plain).trim().is_empty()
}

fn rested(terminal: &Terminal, now: Instant, rest: Duration) -> bool {
    terminal.printed_at().is_none_or(|at| now.saturating_duration_since(at) >= rest)
}

/// Whether an agent that takes input since `ready` can be given a text: `at_once`, or when what it
/// prints has come to rest. Before anything was read of it, nobody knows how it wants pastes.
pub(in crate::server::agent) fn may_type(
    terminal: &Terminal,
    at_once: bool,
    ready: Instant,
    now: Instant,
) -> bool {
    let cursor = terminal.emulator().cursor();
    let at_the_start = cursor.is_some_and(|cursor| (cursor.at.x, cursor.at.y) == (0, 0));
    let unread = at_the_start && terminal.printed_at().is_none();
    let rest = if asks_for_pastes(terminal) { REST } else { UNASKED };
    now.duration_since(ready) >= REST_LIMIT || !unread && (at_once || rested(terminal, now, rest))
}

/// Whether the agent's composer has a text that was typed.
pub(in crate::server::agent) fn has_it(
    terminal: &Terminal,
    text: &str,
    typed: Instant,
    now: Instant,
) -> bool {
    let echoed = terminal.printed_at().is_some_and(|at| at > typed);
    let since = now.duration_since(typed);
    (echoed && rested(terminal, now, ECHO))
        || (since >= SHOWN && shows(terminal, text))
        || since >= ECHO_LIMIT
}

/// Whether the end of a text stands on the screen, wherever its lines break.
fn shows(terminal: &Terminal, text: &str) -> bool {
    let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>();
    let text = solid(text);
    let tail = &text[text.len().saturating_sub(TAIL)..];
    let screen = solid(&terminal.emulator().text(Lines::Screen, TextFormat::Plain));
    screen.windows(tail.len().max(1)).any(|window| window == tail)
}
