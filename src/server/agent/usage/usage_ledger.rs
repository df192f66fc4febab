//! What conversations use, kept by a thread of its own: disks are waited for there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::core::attention::budget::{Costs, Scope};
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
use segno_store::usage_log::{self, UsageLog};
use segno_wire::control::usage::{UsageAsked, UsageReport, UsageRow};

/// Directories whose projects are remembered.
const PROJECTS_MAX: usize = 1000;

/// The thread that keeps the ledger.
pub(in crate::server) struct UsageLedger {
    asks: Option<mpsc::Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

/// What it is asked.
enum Ask {
    /// Note this; the project is that of the directory.
    Note(Box<Entry>, PathBuf),
    Report(UsageAsked, Titles, oneshot::Sender<Answer>),
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

    /// Answers what was used.
    pub(in crate::server) fn report_usage(
        &mut self,
        shared: &mut Shared,
        asked: UsageAsked,
        answer: oneshot::Sender<Answer>,
    ) {
        self.after_history(shared, move |evidence: &mut Evidence, _: &mut Shared| {
            evidence.report_titled(asked, answer);
        });
    }

    fn report_titled(&mut self, asked: UsageAsked, answer: oneshot::Sender<Answer>) {
        let seen = self.history.iter().flat_map(|history| history.iter());
        let title = |seen: &segno_store::pane::history::Seen| {
            let key = (seen.type_name.clone(), seen.session.to_string());
            Some((key, seen.title.clone()?))
        };
        let titles = seen.filter_map(title).collect();
        self.usage_ledger.ask(Ask::Report(asked, titles, answer));
    }
}

pub(in crate::server) fn used_today(shared: &mut Shared, day: Day, cost: f64) {
    shared.model.used_today = Some((day, cost));
    shared.redraw_all();
}

fn serve(
    path: &Path,
    user_home: Option<&Path>,
    asked: &mpsc::Receiver<Ask>,
    queue: &UnboundedSender<Message>,
) {
    let (mut log, entries) = UsageLog::open(path);
    let mut ledger = Ledger::default();
    let mut today = (clock::day(clock::now_ms()), 0.0);
    let mut by_project = HashMap::<String, f64>::new();
    for entry in &entries {
        let more = ledger.add(entry);
        if entry.day == today.0 {
            let cost = more.map_or(0.0, |more| more.cost);
            today.1 += cost;
            *by_project.entry(entry.project.clone()).or_default() += cost;
        }
    }
    drop(entries);
    let report_today = |(day, cost): (Day, f64)| {
        let _ = queue.send(Message::UsedToday { day, cost });
    };
    if today.1 > 0.0 {
        report_today(today);
        let projects = by_project.iter().map(|(root, cost)| (Scope::Project(root.clone()), *cost));
        let costs = projects.chain([(Scope::Day, today.1)]).collect();
        let known = Costs { pane: None, day: Some(today.0), costs };
        let _ = queue.send(Message::Costs(Box::new(known)));
    }
    let mut projects = HashMap::new();
    let mut failed = false;
    while let Ok(ask) = asked.recv() {
        let mut next = Some(ask);
        let mut written = false;
        while let Some(ask) = next.take() {
            match ask {
                Ask::Note(entry, cwd) => {
                    if let Some(more) = ledger.add(&entry) {
                        let project = project(&cwd, user_home, &mut projects);
                        let day = entry.day;
                        if day > today.0 {
                            today = (day, 0.0);
                            by_project.clear();
                        }
                        if day == today.0 {
                            today.1 += more.cost;
                            report_today(today);
                            *by_project.entry(project.clone()).or_default() += more.cost;
                        }
                        let root = by_project.get(&project).copied().unwrap_or_default();
                        let costs = [
                            (Scope::Day, today.1),
                            (Scope::Project(project.clone()), root),
                            (
                                Scope::Conversation(entry.session.clone()),
                                ledger.cost(&entry.session),
                            ),
                        ];
                        let costs = Costs {
                            pane: entry.pane,
                            day: Some(today.0),
                            costs: costs.into_iter().collect(),
                        };
                        let _ = queue.send(Message::Costs(Box::new(costs)));
                        let result = log.append(Entry { project, ..*entry });
                        written |= result.is_ok();
                        if let (Err(error), false) = (&result, failed) {
                            tracing::warn!(%error, "what was used cannot be written; it is later");
                        }
                        failed = result.is_err();
                    }
                }
                Ask::Report(asked, titles, answer) => {
                    let _ = answer.send(report(path, log.waiting(), &asked, &titles));
                }
            }
            next = asked.try_recv().ok();
        }
        if written && let Err(error) = log.sync() {
            tracing::debug!(%error, "what was used is not synced");
        }
    }
}

fn report(path: &Path, waiting: &[Entry], asked: &UsageAsked, titles: &Titles) -> Answer {
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
    result(&UsageReport { by, since, usage: rows.into_iter().map(titled).collect(), total })
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
