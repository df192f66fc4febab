//! Session files that are behind: a tracker could not write one, and what its events say is newer.
//! The newer word counts; the file is put right, and as long as that fails the user knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::agent::identity::{Record, Recorded};
use crate::base::ids::PaneId;
use crate::core::model::Pane;

use super::super::Server;
use super::super::aside::evidence::put_right;
use super::super::aside::{Lane, Work};
use super::super::message::Message;
use super::super::problems::Topic;

/// How long a tracker may take from its event to its file.
const CALM: Duration = Duration::from_secs(2);
/// How soon a file that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// The session files that are behind, with what hinders putting them right.
#[derive(Debug, Default)]
pub(in super::super) struct Records {
    behind: BTreeMap<PaneId, String>,
    /// Panes that are looked at soon.
    awaited: BTreeSet<PaneId>,
    /// Panes whose trackers could not write: a file that is missing is behind, too.
    failed: BTreeSet<PaneId>,
}

impl Records {
    pub fn forget(&mut self, pane: PaneId) {
        self.behind.remove(&pane);
        self.failed.remove(&pane);
    }
}

/// What the pane is in, when its session file says something older.
fn newer(pane: &Pane, file: &Record, failed: bool) -> Option<Record> {
    let tracking = pane.tracking.as_ref()?;
    let missing = file.shown == Recorded::Nothing && *tracking.recorded() != Recorded::Nothing;
    (tracking.is_behind(file) || failed && missing).then(|| Record {
        shown: tracking.recorded().clone(),
        // So old that whatever a tracker writes from now on is newer.
        at: tracking.timeline().last().map_or(0, |entry| entry.from),
    })
}

fn named(recorded: &Recorded) -> String {
    match recorded {
        Recorded::Nothing => "no conversation".to_string(),
        Recorded::New => "a new conversation".to_string(),
        Recorded::Id(id) => id.to_string(),
    }
}

impl Server {
    /// Looks at a pane's session file again, once its tracker has had the time to write it.
    pub(in super::super) fn compare_record_soon(&mut self, pane: PaneId) {
        self.compare_record_in(pane, CALM);
    }

    fn compare_record_in(&mut self, pane: PaneId, wait: Duration) {
        let Some(state) = self.model.panes.get(&pane) else { return };
        let failed = self.records.failed.contains(&pane);
        let settled = newer(state, &state.recorded, failed).is_none()
            && !self.records.behind.contains_key(&pane);
        if settled || !self.records.awaited.insert(pane) {
            return;
        }
        let queue = self.queue.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let _ = queue.send(Message::CompareRecord(pane));
        });
    }

    /// A pane's tracker could not write for a while.
    pub(in super::super) fn tracker_failed(&mut self, pane: PaneId, lost: u64, why: Option<&str>) {
        let why = why.unwrap_or("it did not say why");
        let lost = match lost {
            0 => "no report was lost".to_string(),
            1 => "1 report was lost".to_string(),
            lost => format!("{lost} reports were lost"),
        };
        self.model.note(pane, format!("the tracker could not write for a while: {why}; {lost}"));
        self.records.failed.insert(pane);
        self.compare_record_soon(pane);
    }

    /// Puts a session file right that is behind.
    pub(in super::super) fn compare_record(&mut self, pane: PaneId) {
        self.records.awaited.remove(&pane);
        self.with_recorded(pane, move |server, file| server.repair_record(pane, &file));
    }

    fn repair_record(&mut self, pane: PaneId, file: &Record) {
        let Some(state) = self.model.panes.get(&pane) else { return };
        let failed = self.records.failed.contains(&pane);
        let Some(record) = newer(state, file, failed) else {
            self.records.forget(pane);
            return self.tell_records();
        };
        tracing::warn!(
            %pane, file = named(&file.shown), shown = named(&record.shown),
            "the session file is behind; it is put right"
        );
        let path = self.options.home.session_file(state.agent_type(), state.files_id());
        let said = named(&file.shown);
        self.in_lane(Lane::Spool(pane), move |_| {
            Some(Work::new(
                move || {
                    let failure = put_right(&path, &record).err();
                    failure.map(|error| {
                        format!(
                            "{pane} is in {}, but its session file says {said} and cannot be put \
                             right: {}: {error}; the newer one counts",
                            named(&record.shown),
                            path.display()
                        )
                    })
                },
                move |server: &mut Server, why| server.record_written(pane, why),
            ))
        });
    }

    fn record_written(&mut self, pane: PaneId, why: Option<String>) {
        match why {
            Some(why) => {
                self.records.behind.insert(pane, why);
                self.compare_record_in(pane, RETRY);
            }
            None => {
                self.records.forget(pane);
                self.with_recorded(pane, move |server, recorded| {
                    server.model.set_recorded(pane, recorded);
                });
            }
        }
        self.tell_records();
    }

    fn tell_records(&mut self) {
        let problems = self.records.behind.values().cloned().collect();
        self.tell(Topic::Records, problems);
    }

    /// What a pane's status says of its session file, as long as that is behind.
    pub(in super::super) fn record_is_behind(&self, pane: PaneId) -> Option<String> {
        self.records.behind.get(&pane).cloned()
    }
}
