//! What conversations use, kept by a thread of its own: disks are waited for there.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::server::agent::evidence::Evidence;
use crate::server::clock;
use crate::server::control::calls::result;
use crate::server::message::{Answer, Message};
use crate::server::shared::Shared;
use segno_agent::identity::SessionId;
use segno_agent::status::Usage;
use segno_agent::usage::counts::Counts;
use segno_agent::usage::ledger::{By, Entry, Ledger, Sum, sums};
use segno_base::ids::PaneId;
use segno_base::text::day::Day;
use segno_core::attention::budget::{Costs, Scope};
use segno_core::model::pane::Pane;
use segno_store::usage_log::{self, UsageLog};
use segno_wire::control::usage::{QuotasOf, UsageAsked, UsageReport, UsageRow};

/// Directories whose projects are remembered.
const PROJECTS_MAX: usize = 1000;
/// How often it is looked which day it is, at least.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// The thread that keeps the ledger.
pub(in crate::server) struct UsageLedger {
    asks: Option<mpsc::Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

/// What it is asked.
enum Ask {
    /// Note this; the project is that of the directory.
    Note(Box<Entry>, PathBuf),
    Report(UsageAsked, Titles, Vec<QuotasOf>, oneshot::Sender<Answer>),
    /// What was spent in these conversations, and today: there is another budget.
    Costs(Vec<SessionId>),
}

/// What conversations are called, by type and id.
type Titles = HashMap<(String, String), String>;

impl UsageLedger {
    /// Opens the file. The cost of the day is sent at once and whenever it grows.
    pub fn open(
        path: PathBuf,
        user_home: Option<PathBuf>,
        queue: UnboundedSender<Message>,
    ) -> UsageLedger {
        let (asks, asked) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("usage".into())
            .spawn(move || serve(&path, user_home.as_deref(), &asked, &queue));
        match thread {
            Ok(thread) => UsageLedger { asks: Some(asks), thread: Some(thread) },
            Err(error) => {
                tracing::warn!(%error, "what conversations use is not kept");
                UsageLedger { asks: None, thread: None }
            }
        }
    }

    fn ask(&self, ask: Ask) {
        if let Some(asks) = &self.asks {
            // Its thread ends after this end of the channel, so it listens.
            let _ = asks.send(ask);
        }
    }

    /// Waits until all is written.
    pub fn close(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Evidence {
    /// A tracker reported what a conversation has used in all.
    pub(in crate::server) fn note_usage(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        session: &SessionId,
        usage: &Usage,
        at: u64,
    ) {
        let Some(state) = shared.model.panes.get(&pane) else { return };
        let now = clock::now_ms();
        let at = if at == 0 { now } else { at.min(now) };
        let entry = Entry {
            at,
            day: clock::day(at),
            type_name: state.agent_type().to_string(),
            session: session.clone(),
            pane: Some(pane),
            project: String::new(),
            usage: usage.clone(),
        };
        self.usage_ledger.ask(Ask::Note(Box::new(entry), state.spec.cwd.clone()));
    }

    /// A conversation that ran in no pane has used this in all.
    pub(in crate::server) fn note_usage_of(&mut self, entry: Entry) {
        let directory = PathBuf::from(&entry.project);
        self.usage_ledger.ask(Ask::Note(Box::new(entry), directory));
    }

    /// Says what was spent before there was a budget for it.
    pub(in crate::server) fn report_costs(&mut self, shared: &mut Shared) {
        let sessions = shared.model.panes.values().filter_map(Pane::session).collect();
        self.usage_ledger.ask(Ask::Costs(sessions));
    }

    /// Answers what was used.
    pub(in crate::server) fn report_usage(
        &mut self,
        shared: &mut Shared,
        asked: UsageAsked,
        answer: oneshot::Sender<Answer>,
    ) {
        self.after_history(shared, move |evidence: &mut Evidence, shared: &mut Shared| {
            evidence.report_titled(asked, quotas(shared), answer);
        });
    }

    fn report_titled(
        &mut self,
        asked: UsageAsked,
        quotas: Vec<QuotasOf>,
        answer: oneshot::Sender<Answer>,
    ) {
        let seen = self.history.iter().flat_map(|history| history.iter());
        let title = |seen: &segno_store::pane::history::Seen| {
            let key = (seen.type_name.clone(), seen.session.to_string());
            Some((key, seen.summary.title.clone()?))
        };
        let titles = seen.filter_map(title).collect();
        self.usage_ledger.ask(Ask::Report(asked, titles, quotas, answer));
    }
}

/// What the agents in panes say of their own limits.
fn quotas(shared: &Shared) -> Vec<QuotasOf> {
    let panes = shared.model.panes.values().filter(|pane| !pane.quotas.is_empty());
    let of = |pane: &Pane| QuotasOf {
        type_name: pane.agent_type().to_string(),
        pane: pane.id,
        quotas: pane.quotas.clone(),
    };
    panes.map(of).collect()
}

/// What all conversations have cost on a day, in US dollars.
struct Today {
    day: Day,
    cost: f64,
    /// By the root of their project.
    by_project: HashMap<String, f64>,
}

impl Today {
    fn new(day: Day) -> Today {
        Today { day, cost: 0.0, by_project: HashMap::new() }
    }

    /// Begins with nothing if this is a later day; whether it is.
    fn turn(&mut self, day: Day) -> bool {
        let later = day > self.day;
        if later {
            *self = Today::new(day);
        }
        later
    }

    /// What was spent on it in all, and in each project.
    fn costs(&self) -> BTreeMap<Scope, f64> {
        let projects = self.by_project.iter();
        let projects = projects.map(|(root, cost)| (Scope::Project(root.clone()), *cost));
        projects.chain([(Scope::Day, self.cost)]).collect()
    }

    fn add(&mut self, day: Day, project: &str, cost: f64) {
        if day == self.day {
            self.cost += cost;
            *self.by_project.entry(project.to_string()).or_default() += cost;
        }
    }
}

/// How long nothing may be asked: at midnight a day begins on which nothing was used. Time passes
/// unnoticed while the machine sleeps, so that it is looked every hour.
fn patience(now_ms: u64, utc_offset: i32) -> Duration {
    const DAY: i64 = 86_400;
    let local = i64::try_from(now_ms / 1000).unwrap_or(0) + i64::from(utc_offset);
    let left = DAY - local.rem_euclid(DAY);
    Duration::from_secs(left.unsigned_abs()).min(LOOK)
}

fn serve(
    path: &Path,
    user_home: Option<&Path>,
    asked: &mpsc::Receiver<Ask>,
    queue: &UnboundedSender<Message>,
) {
    let (mut log, entries) = UsageLog::open(path);
    let mut ledger = Ledger::default();
    let mut today = Today::new(clock::day(clock::now_ms()));
    for entry in &entries {
        let more = ledger.add(entry);
        today.add(entry.day, &entry.project, more.map_or(0.0, |more| more.cost));
    }
    drop(entries);
    let report_costs = |pane: Option<PaneId>, day: Day, costs: BTreeMap<Scope, f64>| {
        let _ = queue.send(Message::Costs(Box::new(Costs { pane, day: Some(day), costs })));
    };
    // Also when there are none: what was held on another day may go on.
    report_costs(None, today.day, today.costs());
    let mut projects = HashMap::new();
    let mut failed = false;
    loop {
        let offset = clock::utc_offset().unwrap_or(0);
        let mut next = match asked.recv_timeout(patience(clock::now_ms(), offset)) {
            Ok(ask) => Some(ask),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if today.turn(clock::day(clock::now_ms())) {
            report_costs(None, today.day, BTreeMap::from([(Scope::Day, 0.0)]));
        }
        let mut written = false;
        while let Some(ask) = next.take() {
            match ask {
                Ask::Note(entry, cwd) => {
                    if let Some(more) = ledger.add(&entry) {
                        let project = project(&cwd, user_home, &mut projects);
                        today.turn(entry.day);
                        today.add(entry.day, &project, more.cost);
                        let root = today.by_project.get(&project).copied().unwrap_or_default();
                        let costs = [
                            (Scope::Day, today.cost),
                            (Scope::Project(project.clone()), root),
                            (
                                Scope::Conversation(entry.session.clone()),
                                ledger.cost(&entry.session),
                            ),
                        ];
                        report_costs(entry.pane, today.day, costs.into_iter().collect());
                        let result = log.append(Entry { project, ..*entry });
                        written |= result.is_ok();
                        if let (Err(error), false) = (&result, failed) {
                            tracing::warn!(%error, "what was used cannot be written; it is later");
                        }
                        failed = result.is_err();
                    }
                }
                Ask::Costs(sessions) => {
                    let of = |session: SessionId| {
                        let cost = ledger.cost(&session);
                        (Scope::Conversation(session), cost)
                    };
                    let costs = today.costs().into_iter().chain(sessions.into_iter().map(of));
                    report_costs(None, today.day, costs.collect());
                }
                Ask::Report(asked, titles, quotas, answer) => {
                    let _ = answer.send(report(path, log.waiting(), &asked, &titles, quotas));
                }
            }
            next = asked.try_recv().ok();
        }
        if written && let Err(error) = log.sync() {
            tracing::debug!(%error, "what was used is not synced");
        }
    }
}

fn report(
    path: &Path,
    waiting: &[Entry],
    asked: &UsageAsked,
    titles: &Titles,
    quotas: Vec<QuotasOf>,
) -> Answer {
    let mut entries = usage_log::read(path);
    entries.extend_from_slice(waiting);
    let by = asked.by.unwrap_or_default();
    let since = asked
        .since
        .or(asked.days.map(|days| clock::day(clock::now_ms()).back(days.saturating_sub(1))));
    let rows = sums(&entries, since, by);
    let total = rows.iter().fold(Counts::default(), |all, row| all.plus(row.counts));
    let titled = |sum: Sum| {
        let key = sum.type_name.clone().map(|name| (name, sum.key.clone()));
        let title = key.filter(|_| by == By::Conversation).and_then(|key| titles.get(&key));
        UsageRow { title: title.cloned(), sum }
    };
    result(&UsageReport { by, since, usage: rows.into_iter().map(titled).collect(), total, quotas })
}

/// The root of the project that a directory is in, else the directory.
fn project(cwd: &Path, home: Option<&Path>, known: &mut HashMap<PathBuf, String>) -> String {
    if let Some(project) = known.get(cwd) {
        return project.clone();
    }
    let root = segno_store::project::root(cwd, home).unwrap_or_else(|| cwd.to_path_buf());
    let project = root.to_string_lossy().into_owned();
    if known.len() >= PROJECTS_MAX {
        known.clear();
    }
    known.insert(cwd.to_path_buf(), project.clone());
    project
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_costs_is_reported_too() {
        let temp = tempfile::tempdir().unwrap();
        let (queue, mut messages) = tokio::sync::mpsc::unbounded_channel();
        let (asks, asked) = mpsc::channel();
        drop(asks);
        serve(&temp.path().join("usage.jsonl"), None, &asked, &queue);
        let Some(Message::Costs(costs)) = messages.blocking_recv() else { panic!("no costs") };
        assert_eq!(costs.day, Some(clock::day(clock::now_ms())));
        assert_eq!(costs.costs, BTreeMap::from([(Scope::Day, 0.0)]));
    }

    #[test]
    fn it_is_looked_at_midnight_and_every_hour() {
        const HOUR: u64 = 3_600_000;
        let noon = 12 * HOUR;
        assert_eq!(patience(noon, 0), LOOK);
        assert_eq!(patience(23 * HOUR + HOUR / 2, 0), LOOK / 2);
        assert_eq!(patience(noon, 11 * 3600 + 1800), LOOK / 2);
        assert_eq!(patience(noon, -12 * 3600), LOOK);
        let mut today = Today::new(clock::day(noon));
        today.add(clock::day(noon), "/p", 2.0);
        assert!(!today.turn(clock::day(noon)) && today.cost == 2.0);
        assert!(today.turn(clock::day(noon + 48 * HOUR)) && today.cost == 0.0);
    }
}
