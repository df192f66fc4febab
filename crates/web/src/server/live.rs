//! What the overview shows, kept up to date while somebody looks: one thread follows the daemon's
//! events for all, and there is none while nobody does.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

use super::panes::read;
use crate::machine::{Failure, Machine};
use segno_agent::status::Usage;
use segno_base::ids::PaneId;
use segno_wire::control::Call;
use segno_wire::control::events::{EventList, EventsAsked, Subscription};
use segno_wire::control::panes::pane::{PaneRef, StatusOf};
use segno_wire::control::panes::pane_info::{PaneList, PaneState, PaneStatus};
use segno_wire::control::project::ProjectList;

/// Without events, figures are asked for again after so long.
const TURN_MS: u64 = 10_000;
/// And so much sooner while something is asked that cannot be answered yet: agents say that they
/// ask before it is on their screens.
const SOON_MS: u64 = 1_000;
/// What happens within this time is shown together.
const TOGETHER: Duration = Duration::from_millis(150);
/// Between two attempts to reach a daemon.
const PAUSE: Duration = Duration::from_millis(300);

/// A pane, as far as an overview shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    pub id: PaneId,
    #[serde(rename = "type")]
    pub type_name: String,
    pub agent: Option<String>,
    pub name: Option<String>,
    pub tab: String,
    pub cwd: PathBuf,
    /// The name of the project that its tab is in.
    pub project: String,
    pub branch: Option<String>,
    pub state: PaneState,
    pub since: u64,
    /// The conversation's, else what its program set.
    pub title: String,
    /// What it asks, or what the error said.
    pub detail: Option<String>,
    /// What may be answered, by name.
    pub answers: Vec<Answer>,
    pub cost: Option<f64>,
    pub tokens: Option<u64>,
    pub model: Option<String>,
    pub pinned: bool,
    pub color: Option<String>,
}

/// An answer that a button gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    pub name: String,
    pub label: String,
}

/// All of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub cards: Vec<Card>,
    /// Why there are none to be had.
    pub trouble: Option<String>,
}

/// The overview, for whoever looks.
pub struct Feed {
    machine: Arc<dyn Machine>,
    sender: watch::Sender<Option<Arc<Snapshot>>>,
    /// Whether the thread runs.
    runs: Arc<Mutex<bool>>,
}

impl Feed {
    pub fn new(machine: Arc<dyn Machine>) -> Feed {
        Feed { machine, sender: watch::Sender::new(None), runs: Arc::default() }
    }

    /// What there is now, and what comes; `None` until something is known.
    pub fn subscribe(&self) -> watch::Receiver<Option<Arc<Snapshot>>> {
        let receiver = self.sender.subscribe();
        let mut runs = self.runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !*runs {
            let (machine, sender) = (Arc::clone(&self.machine), self.sender.clone());
            let flag = Arc::clone(&self.runs);
            // What was known before is old.
            let _ = sender.send_replace(None);
            let follow = move || follow(&*machine, &sender, &flag);
            *runs = std::thread::Builder::new().name("overview".into()).spawn(follow).is_ok();
        }
        receiver
    }
}

fn follow(
    machine: &dyn Machine,
    sender: &watch::Sender<Option<Arc<Snapshot>>>,
    runs: &Mutex<bool>,
) {
    let mut since = None;
    let mut turn = TURN_MS;
    loop {
        {
            let mut runs = runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if sender.receiver_count() == 0 {
                *runs = false;
                return;
            }
        }
        // What happens while the overview is put together comes with the next turn.
        let events = events(machine, since, turn);
        let snapshot = match events.and_then(|list| Ok((list.next, cards(machine)?))) {
            Ok((next, cards)) => {
                since = Some(next);
                let unanswered =
                    |card: &Card| card.state == PaneState::Blocked && card.answers.is_empty();
                turn = if cards.iter().any(unanswered) { SOON_MS } else { TURN_MS };
                Snapshot { cards, trouble: None }
            }
            Err(failure) => {
                since = None;
                std::thread::sleep(PAUSE);
                Snapshot { cards: Vec::new(), trouble: Some(failure.message) }
            }
        };
        let is_new = sender.borrow().as_deref() != Some(&snapshot);
        if is_new {
            let _ = sender.send_replace(Some(Arc::new(snapshot)));
        }
        std::thread::sleep(TOGETHER);
    }
}

fn events(machine: &dyn Machine, since: Option<u64>, turn: u64) -> Result<EventList, Failure> {
    let asked = EventsAsked {
        of: Subscription { since, ..Subscription::default() },
        wait: since.is_some(),
        timeout_ms: Some(turn),
    };
    read(machine.call(&Call::EventsRead(asked))?)
}

fn cards(machine: &dyn Machine) -> Result<Vec<Card>, Failure> {
    let mut both = machine.calls(&[Call::PaneList, Call::ProjectList])?.into_iter();
    let mut next = || both.next().unwrap_or_else(|| Err(Failure::new("the daemon did not answer")));
    let list: PaneList = read(next()?)?;
    let projects: ProjectList = read(next()?)?;
    let asked: Vec<Call> = list
        .panes
        .iter()
        .map(|pane| Call::PaneStatus(StatusOf { pane: Some(PaneRef::Id(pane.id)) }))
        .collect();
    let project = |pane: PaneId| {
        let of = projects.projects.iter().find(|project| project.panes.contains(&pane));
        of.map(|project| project.name.clone()).unwrap_or_default()
    };
    // A pane that was closed meanwhile is none.
    let found = machine.calls(&asked)?.into_iter().flatten();
    let statuses = found.map(read::<PaneStatus>).collect::<Result<Vec<_>, _>>()?;
    Ok(statuses.into_iter().map(|status| card(status, &project)).collect())
}

fn card(status: PaneStatus, project: &impl Fn(PaneId) -> String) -> Card {
    let PaneStatus { pane, detail, usage, answers, .. } = status;
    let Usage { model, counts, .. } = usage.unwrap_or_default();
    let used = counts.input.saturating_add(counts.output);
    Card {
        id: pane.id,
        project: project(pane.id),
        type_name: pane.type_name,
        agent: pane.agent,
        name: pane.name.or(Some(pane.label).filter(|label| !label.is_empty())),
        tab: pane.tab.name,
        cwd: pane.cwd,
        branch: pane.worktree.and_then(|worktree| worktree.branch),
        state: pane.state,
        since: pane.since,
        title: pane.session_title.unwrap_or(pane.title),
        detail: detail.or(pane.asks.map(|asks| asks.question)),
        answers: answers
            .into_iter()
            .map(|answer| Answer { name: answer.name, label: answer.label })
            .collect(),
        cost: Some(counts.cost).filter(|cost| *cost > 0.0),
        tokens: Some(used).filter(|used| *used > 0),
        model,
        pinned: pane.pinned,
        color: pane.color,
    }
}
