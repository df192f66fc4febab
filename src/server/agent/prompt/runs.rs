//! `pane.prompt`: a text gets into the agent when it takes input, exactly once, whatever becomes of
//! the daemon meanwhile.
//!
//! The program's queue of input knows with its bytes which prompt they are of, and outlives the
//! daemon; a file of the pane knows the prompt before, and how far it has come after. Between the
//! two, nothing is done twice or forgotten (`journal.rs`, `pane/input_queue.rs`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::server::agent::prompt::delivery::{LOOK, PATIENCE, Ready, has_it, may_type, ready};
use crate::server::agent::prompt::journal;
use crate::server::agent::spool_reader::after_spool;
use crate::server::clock;
use crate::server::control::calls::result;
use crate::server::control::sleep::wake_now;
use crate::server::control::status::{exit_of, state_of};
use crate::server::control::target::{pane_named, pane_that_was};
use crate::server::message::Answer;
use crate::server::shared::{Shared, of};
use segno_agent::identity::SessionId;
use segno_agent::refusal::{PromptRefusal, Refused};
use segno_agent::turn::TurnEnd;
use segno_agent::usage::counts::Counts;
use segno_base::ids::PaneId;
use segno_base::key::{Key, KeyCode, KeyEvent};
use segno_core::model::pane::{Life, Pane};
use segno_core::model::workspace::Model;
use segno_core::panes::prompt_queue::{Fate, Known, Mode, Prompts, Stage, WAITING_MAX, Waiting};
use segno_core::update::effect::Effect;
use segno_term::encode::{PasteEncoder, encode_key};
use segno_wire::control::panes::pane_info::{PaneState, QueueInfo};
use segno_wire::control::panes::prompt::{
    Change, Prompt, PromptEnd, PromptEnded, PromptStage, PromptWait, Prompted, Queue, QueueChange,
    QueuedPrompt, TEXT_MAX, WhenBusy,
};
use segno_wire::rpc::{RpcError, code};

/// What the prompts of a pane may have together, in bytes: they are noted as a whole.
const QUEUE_MAX: usize = 16 << 20;
/// An agent that waits for its user is believed after so long, in milliseconds.
const BLOCKED_REST: u64 = 300;
/// How much of a prompt the program was given, as its queue of input remembers.
const TEXT: u64 = 1;
const ENTER: u64 = 2;

/// Prompts on their way, one of a pane at a time, and who waits for some.
#[derive(Default)]
pub(in crate::server) struct PromptRuns {
    runs: BTreeMap<PaneId, Run>,
    waits: Vec<Wait>,
    next_look: Option<Instant>,
}

impl PromptRuns {
    pub fn due(&self) -> Option<Instant> {
        let ends = self.waits.iter().filter_map(|wait| wait.deadline).min();
        [self.next_look, ends].into_iter().flatten().min()
    }
}

struct Run {
    id: String,
    begun: Instant,
    /// All is read that the agent's tracker had said before.
    caught_up: bool,
    ready: Option<Instant>,
    typed: Option<Instant>,
}

struct Wait {
    pane: PaneId,
    asked: PromptWait,
    deadline: Option<Instant>,
    /// When the agent got the prompt, as far as that was seen: a pane that is closed knows nothing.
    sent: Option<u64>,
    answer: oneshot::Sender<Answer>,
}

impl Wait {
    /// Notes whether the agent has the prompt.
    fn look(&mut self, model: &Model) {
        let prompts = model.panes.get(&self.pane).map(|pane| &pane.prompts);
        if let Some(Known::Finished(finished)) = prompts.and_then(|all| all.find(&self.asked.id))
            && let Fate::Sent { at, .. } = finished.fate
        {
            self.sent = Some(at);
        }
    }
}

fn refused(refused: Refused) -> RpcError {
    let data = serde_json::json!({ "reason": refused.reason });
    RpcError { data: Some(data), ..RpcError::new(code::REFUSED, refused.why) }
}

impl PromptRuns {
    /// Goes on with the prompts that wait, and answers who waits for one.
    pub(in crate::server) fn tend(&mut self, shared: &mut Shared, now: Instant) {
        self.next_look = None;
        let panes: Vec<PaneId> =
            shared.model.panes.values().filter(|p| !p.prompts.is_empty()).map(|p| p.id).collect();
        self.runs.retain(|pane, _| panes.contains(pane));
        for pane in panes {
            self.tend_one(shared, pane, now);
        }
        self.answer_waits(shared, now);
    }

    fn tend_one(&mut self, shared: &mut Shared, pane: PaneId, now: Instant) {
        let Some(state) = shared.model.panes.get(&pane) else { return };
        let may = |p: &Waiting| p.mode != Mode::Queued || state.queue_may_go();
        let Some(prompt) = state.prompts.next(may).cloned() else {
            return drop(self.runs.remove(&pane));
        };
        if self.runs.get(&pane).is_none_or(|run| run.id != prompt.id) {
            let typed = (prompt.stage != Stage::Waiting).then_some(now);
            let id = prompt.id.clone();
            let run = Run { id: id.clone(), begun: now, caught_up: false, ready: None, typed };
            // Also after the program was started anew, when it waits again.
            journal::write(&shared.options.home, pane, &state.prompts);
            self.runs.insert(pane, run);
            let caught_up = of(move |prompts: &mut PromptRuns, _: &mut Shared| {
                if let Some(run) = prompts.runs.get_mut(&pane).filter(|run| run.id == id) {
                    run.caught_up = true;
                }
            });
            after_spool(shared, pane, caught_up);
        }
        self.look_at(now + LOOK);
        let step = match self.runs.get(&pane) {
            Some(run) if run.caught_up => step(shared, pane, &prompt, run, now),
            _ => Step::Wait(None),
        };
        match step {
            Step::Wait(ready) => {
                if let Some(run) = self.runs.get_mut(&pane) {
                    run.ready = ready;
                }
            }
            Step::Refuse(why) => refuse(shared, pane, &prompt, why),
            Step::Type => self.type_text(shared, pane, &prompt, now),
            Step::Enter => self.press_enter(shared, pane, &prompt),
        }
    }

    fn look_at(&mut self, at: Instant) {
        let next = &mut self.next_look;
        *next = Some(next.map_or(at, |next| next.min(at)));
    }

    fn type_text(&mut self, shared: &mut Shared, pane: PaneId, prompt: &Waiting, now: Instant) {
        let Some(terminal) = shared.panes.terminal(pane).cloned() else { return };
        let mut bytes = Vec::new();
        let modes = terminal.emulator().modes();
        let mut paste = PasteEncoder::start(&modes, &mut bytes);
        paste.data(prompt.text.as_bytes(), &mut bytes);
        paste.end(&mut bytes);
        terminal.write_prompt(&bytes, &prompt.id, TEXT);
        if let Some(run) = self.runs.get_mut(&pane) {
            run.typed = Some(now);
        }
        if let Some(state) = shared.model.panes.get_mut(&pane) {
            state.prompts.reached(&prompt.id, Stage::Typed);
        }
        changed(shared, pane);
    }

    fn press_enter(&mut self, shared: &mut Shared, pane: PaneId, prompt: &Waiting) {
        let Some(terminal) = shared.panes.terminal(pane).cloned() else { return };
        let at = clock::now_ms();
        let turn = shared.with_model(|model, cx| {
            let turn = model.give_turn(pane, cx)?;
            model.turn_entered(pane, turn, cx);
            Some(turn)
        });
        let (Some(turn), Some(state)) = (turn, shared.model.panes.get_mut(&pane)) else { return };
        let agent = state.agent();
        let busy = agent.as_ref().is_some_and(|agent| {
            use segno_agent::status::Activity::{Retrying, Working};
            matches!(agent.activity, Working | Retrying)
        });
        let used = agent.map(|agent| agent.usage.counts).unwrap_or_default();
        state.prompts.reached(&prompt.id, Stage::Entering { turn, at, busy });
        journal::write(&shared.options.home, pane, &state.prompts);
        let mut bytes = Vec::new();
        let enter = KeyEvent::from(Key::plain(KeyCode::Enter));
        encode_key(&enter, &terminal.emulator().modes(), &mut bytes);
        terminal.write_prompt(&bytes, &prompt.id, ENTER);
        let session = state.session();
        state.prompts.sent(&prompt.id, Fate::Sent { turn, at, busy, used }, session);
        self.runs.remove(&pane);
        changed(shared, pane);
    }

    /// `pane.prompt_wait`.
    pub(in crate::server) fn wait(
        &mut self,
        shared: &mut Shared,
        asked: PromptWait,
        answer: oneshot::Sender<Answer>,
    ) {
        // Whoever asks the next daemon again may find it closed.
        let pane = match pane_that_was(&shared.model, &asked.pane) {
            Ok(pane) => pane,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let deadline = asked.timeout_ms.map(|ms| Instant::now() + Duration::from_millis(ms));
        self.waits.push(Wait { pane, asked, deadline, sent: None, answer });
        self.answer_waits(shared, Instant::now());
    }

    fn answer_waits(&mut self, shared: &mut Shared, now: Instant) {
        for mut wait in std::mem::take(&mut self.waits) {
            if wait.answer.is_closed() {
                continue;
            }
            wait.look(&shared.model);
            let late = wait.deadline.is_some_and(|at| at <= now);
            let known = match outcome(&shared.model, wait.pane, &wait.asked) {
                Ok(None) if late => {
                    Ok(Some(prompt_ended(&shared.model, wait.pane, PromptEnd::Timeout)))
                }
                known => known,
            };
            match known {
                Ok(None) => {
                    let at = now + Duration::from_millis(BLOCKED_REST);
                    self.waits.push(wait);
                    if shared.model.panes.values().any(|p| state_of(p).0 == PaneState::Blocked) {
                        self.look_at(at);
                    }
                }
                Ok(Some(mut ended)) => {
                    if ended.end == PromptEnd::Closed {
                        ended.at = wait.sent.unwrap_or(0);
                    }
                    drop(wait.answer.send(result(&ended)));
                }
                Err(error) => drop(wait.answer.send(Err(error))),
            }
        }
    }
}

/// `pane.prompt`.
pub(in crate::server) fn prompt(
    shared: &mut Shared,
    prompt: Prompt,
    from: Option<PaneId>,
    answer: oneshot::Sender<Answer>,
) {
    let pane = match pane_named(&shared.model, &prompt.pane) {
        Ok(pane) => pane,
        Err(error) => return drop(answer.send(Err(error))),
    };
    // What the agent has said by now decides.
    let decide = of(move |_: &mut PromptRuns, shared: &mut Shared| {
        let accepted = accept(shared, pane, prompt);
        if accepted.is_ok() {
            shared.with_model(|model, cx| model.drive(pane, from, cx));
        }
        let _ = answer.send(accepted.and_then(|accepted| result(&accepted)));
    });
    after_spool(shared, pane, decide);
}

fn accept(shared: &mut Shared, pane: PaneId, prompt: Prompt) -> Result<Prompted, RpcError> {
    let Prompt { text, id, busy, .. } = prompt;
    if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(RpcError::invalid_params("the id must be 32 hexadecimal digits"));
    }
    check_text(&text)?;
    let closed = || RpcError::not_found(format!("{pane} was closed"));
    let state = shared.model.panes.get(&pane).ok_or_else(closed)?;
    let answer = |number, queued| Prompted { pane, id: id.clone(), number, queued };
    if state.prompts.find(&id).is_some_and(|known| !known.is_of(&text)) {
        return Err(RpcError::invalid_params(
            "another text was given with this id or key; choose another one for this text",
        ));
    }
    match state.prompts.find(&id) {
        Some(Known::Waiting(p)) => return Ok(answer(p.number, p.mode == Mode::Queued)),
        Some(Known::Finished(p)) => match &p.fate {
            Fate::Refused(why) => return Err(refused(why.clone())),
            Fate::Sent { .. } => return Ok(answer(p.number, false)),
        },
        None => {}
    }
    if state.tracking.is_none() {
        let ty = &state.spec.type_name;
        return Err(refused(PromptRefusal::Unfollowed.because(format!(
            "what a {ty} pane is doing is not known; `segno send {pane} TEXT --enter` types \
             into any"
        ))));
    }
    if busy != WhenBusy::Queue
        && let Some(why) = &state.over_budget
    {
        let why = format!("{why}; `segno budget allow` lets it go on");
        return Err(refused(PromptRefusal::Budget.because(why)));
    }
    if state.is_asleep() {
        // Whoever prompts it wants it.
        shared
            .with_model(|model, cx| model.wake(pane, cx))
            .map_err(|refusal| refused(PromptRefusal::Other.because(refusal.to_string())))?;
    }
    let state = shared.model.panes.get_mut(&pane).ok_or_else(closed)?;
    let mode = match busy {
        WhenBusy::Queue => Mode::Queued,
        WhenBusy::Refuse => Mode::Now,
        WhenBusy::Force => Mode::Forced,
    };
    if mode != Mode::Queued {
        match ready(state, None) {
            Ready::Blocked(by) => return Err(refused(blocked(pane, &by))),
            Ready::Ended => return Err(refused(has_ended(state))),
            _ if mode == Mode::Now && (state.is_at_turn() || !state.prompts.is_empty()) => {
                return Err(refused(is_busy(state)));
            }
            _ => {}
        }
    }
    if state.prompts.count() >= WAITING_MAX {
        let why = format!("{WAITING_MAX} prompts wait for {pane} already");
        return Err(refused(PromptRefusal::Full.because(why)));
    }
    check_room(pane, &state.prompts, &text)?;
    let session = state.session();
    let number = state.prompts.add(id.clone(), text, mode, session);
    changed(shared, pane);
    Ok(answer(number, mode == Mode::Queued))
}

/// Notes a pane's prompts at once, and has them stored; one that sleeps wakes for them.
pub(in crate::server) fn changed(shared: &mut Shared, pane: PaneId) {
    if let Some(state) = shared.model.panes.get(&pane) {
        journal::write(&shared.options.home, pane, &state.prompts);
        if state.is_asleep() && !state.prompts.is_empty() {
            wake_now(shared, pane);
        }
    }
    shared.with_model(|_, cx| cx.out.extend([Effect::SaveSoon, Effect::Redraw]));
}

fn step(shared: &Shared, pane: PaneId, prompt: &Waiting, run: &Run, now: Instant) -> Step {
    let (Some(state), Some(terminal)) =
        (shared.model.panes.get(&pane), shared.panes.terminal(pane))
    else {
        return Step::Wait(None);
    };
    let ready = ready(state, Some(terminal.as_ref()));
    if let Some(typed) = run.typed {
        return match ready {
            Ready::Blocked(by) => Step::Refuse(PromptRefusal::Blocked.because(format!(
                "{pane} has the text, but enter was not pressed: it waits for you ({by})"
            ))),
            Ready::Ended => Step::Refuse(has_ended(state)),
            _ if has_it(terminal, &prompt.text, typed, now) => Step::Enter,
            _ => Step::Wait(run.ready),
        };
    }
    let queued = prompt.mode == Mode::Queued;
    let at_once = match ready {
        // The queue is held.
        Ready::Blocked(_) | Ready::Ended if queued => return Step::Wait(None),
        Ready::Blocked(by) => return Step::Refuse(blocked(pane, &by)),
        Ready::Ended => return Step::Refuse(has_ended(state)),
        _ if prompt.mode == Mode::Now && state.is_at_turn() => {
            return Step::Refuse(is_busy(state));
        }
        Ready::Yes => true,
        Ready::AtRest => false,
        Ready::NotYet if !queued && now.duration_since(run.begun) >= PATIENCE => {
            let seconds = PATIENCE.as_secs();
            return Step::Refuse(PromptRefusal::Silent.because(format!(
                "{pane} took no input for {seconds} s; `segno read {pane}` shows what it does"
            )));
        }
        Ready::NotYet => return Step::Wait(None),
    };
    if terminal.overfull().is_some() {
        return Step::Wait(run.ready);
    }
    let since = run.ready.unwrap_or(now);
    if may_type(terminal, at_once, since, now) { Step::Type } else { Step::Wait(Some(since)) }
}

fn refuse(shared: &mut Shared, pane: PaneId, prompt: &Waiting, why: Refused) {
    if let Some(state) = shared.model.panes.get_mut(&pane) {
        state.prompts.refuse(&prompt.id, why);
        if prompt.mode == Mode::Queued {
            state.prompts.pause();
        }
    }
    changed(shared, pane);
}

fn outcome(model: &Model, id: PaneId, asked: &PromptWait) -> Result<Option<PromptEnded>, RpcError> {
    let Some(pane) = model.panes.get(&id) else {
        return Ok(Some(prompt_ended(model, id, PromptEnd::Closed)));
    };
    let finished = match pane.prompts.find(&asked.id) {
        None => return Err(RpcError::not_found(format!("{id} was given no such prompt"))),
        Some(Known::Waiting(_)) => return Ok(None),
        Some(Known::Finished(finished)) => finished,
    };
    let (turn, at, busy, before) = match &finished.fate {
        Fate::Refused(why) => return Err(refused(why.clone())),
        Fate::Sent { turn, at, busy, used } => (*turn, *at, *busy, *used),
    };
    let Some(tracking) = &pane.tracking else { return Ok(None) };
    let turns = tracking.turns();
    let ended = |end: PromptEnd, session: Option<SessionId>| {
        let known = tracking.conversations();
        let counts = |session: &SessionId| known.get(session).map(|c| c.usage.counts);
        let session = session.or_else(|| pane.session());
        let used = session.as_ref().and_then(counts).unwrap_or_default().beyond(before);
        PromptEnded { session, at, used, ..prompt_ended(model, id, end) }
    };
    if let Some(past) = turns.ended(turn) {
        let end = match past.end {
            TurnEnd::Done if past.failed => PromptEnd::Error,
            TurnEnd::Done => PromptEnd::Done,
            TurnEnd::Exited => PromptEnd::Exited,
            TurnEnd::Unseen => PromptEnd::Unseen,
        };
        return Ok(Some(ended(end, past.session.clone())));
    }
    if !turns.has_open(turn) {
        return Ok(Some(ended(PromptEnd::Done, None)));
    }
    if asked.until == PromptStage::Begun && (busy || turns.is_begun(turn)) {
        return Ok(Some(ended(PromptEnd::Begun, None)));
    }
    let (state, since) = state_of(pane);
    let lasts = clock::now_ms().saturating_sub(since) >= BLOCKED_REST;
    let blocked = state == PaneState::Blocked && lasts && turns.is_begun(turn);
    Ok(blocked.then(|| ended(PromptEnd::Blocked, None)))
}

fn prompt_ended(model: &Model, id: PaneId, end: PromptEnd) -> PromptEnded {
    let pane = model.panes.get(&id);
    PromptEnded {
        end,
        pane: Some(id),
        type_name: pane.map(|pane| pane.spec.type_name.clone()),
        state: pane.map_or(PaneState::Exited, |pane| state_of(pane).0),
        session: pane.and_then(|pane| pane.session()),
        detail: pane.and_then(|pane| pane.agent()?.detail),
        at: 0,
        used: Counts::default(),
        exit: pane.and_then(exit_of),
    }
}

/// `pane.queue`.
pub(in crate::server) fn change_queue(shared: &mut Shared, asked: QueueChange) -> Answer {
    let id = pane_named(&shared.model, &asked.pane)?;
    let Some(pane) = shared.model.panes.get_mut(&id) else {
        return Err(RpcError::not_found(format!("{id} was closed")));
    };
    let lacks = |number| {
        RpcError::not_found(format!(
            "no prompt {number} waits for {id}; `segno queue {id}` lists them"
        ))
    };
    let session = pane.session();
    let prompts = &mut pane.prompts;
    let before = prompts.revision;
    match asked.change {
        None => {}
        Some(Change::Edit { number, text }) => {
            check_text(&text)?;
            check_room(id, prompts, &text)?;
            prompts.edit(number, text).then_some(()).ok_or_else(|| lacks(number))?;
        }
        Some(Change::Drop { number }) => {
            prompts.take_away(number).then_some(()).ok_or_else(|| lacks(number))?;
        }
        Some(Change::Pause) => prompts.pause(),
        Some(Change::Resume) => prompts.resume(session),
        Some(Change::Clear) => prompts.clear(),
    }
    if prompts.revision != before {
        changed(shared, id);
    }
    let Some(pane) = shared.model.panes.get(&id) else { return Ok(serde_json::Value::Null) };
    let prompt = |p: &Waiting| QueuedPrompt {
        number: p.number,
        text: p.text.clone(),
        typed: p.stage != Stage::Waiting,
    };
    result(&Queue {
        pane: Some(id),
        paused: pane.prompts.paused(),
        held: pane.queue_held(),
        prompts: pane.prompts.waiting().map(prompt).collect(),
    })
}

/// What `pane.list` says of a pane's queue.
pub(in crate::server) fn queue_info(model: &Model, pane: PaneId) -> Option<QueueInfo> {
    let pane = model.panes.get(&pane)?;
    let count = pane.prompts.count();
    (count > 0).then(|| QueueInfo { count, held: pane.queue_held() })
}

/// What comes next with a prompt.
enum Step {
    /// Since when the agent takes input.
    Wait(Option<Instant>),
    Refuse(Refused),
    Type,
    Enter,
}

fn check_text(text: &str) -> Result<(), RpcError> {
    match text {
        _ if text.trim().is_empty() => Err(RpcError::invalid_params("the prompt is empty")),
        _ if text.len() > TEXT_MAX => Err(RpcError::invalid_params("the prompt is over 1 MB")),
        // Keys, to whoever reads it: some end the agent, or the paste.
        _ if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) => {
            Err(RpcError::invalid_params(
                "the prompt has control characters; `segno keys` presses keys",
            ))
        }
        _ => Ok(()),
    }
}

fn check_room(pane: PaneId, prompts: &Prompts, text: &str) -> Result<(), RpcError> {
    if prompts.bytes() + text.len() <= QUEUE_MAX {
        return Ok(());
    }
    let why = format!("the prompts that wait for {pane} would be over 16 MB together");
    Err(refused(PromptRefusal::Full.because(why)))
}

fn blocked(pane: PaneId, by: &str) -> Refused {
    PromptRefusal::Blocked.because(format!(
        "{pane} waits for you ({by}), and did not get the text; answer that first, for example \
         with `segno keys {pane} enter`"
    ))
}

fn is_busy(pane: &Pane) -> Refused {
    let id = pane.id;
    let why = match pane.queue_held().filter(|_| !pane.is_at_turn()) {
        None => format!("{id} is busy"),
        Some(held) => format!("other prompts wait for {id}, and its queue is held: {held}"),
    };
    PromptRefusal::Busy
        .because(format!("{why}; `--queue` sends it later, `--force` types it all the same"))
}

fn has_ended(pane: &Pane) -> Refused {
    let id = pane.id;
    PromptRefusal::Ended.because(match &pane.life {
        Life::Failed { why } => format!("{id} could not be started: {why}"),
        _ => format!("the program of {id} has ended"),
    })
}
