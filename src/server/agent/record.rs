//! Session files that are behind: a tracker could not write one, and what its events say is newer.
//! The newer word counts; the file is put right, and as long as that fails the user knows.

use std::time::Duration;

use super::super::aside::evidence::put_right;
use super::super::aside::{Lane, Work};
use super::super::message::Message;
use crate::server::agent::spool_reader::with_recorded;
use crate::server::lifecycle::diagnostics::Topic;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::identity::{Record, Recorded};
use segno_base::ids::PaneId;
use segno_core::model::pane::Pane;

/// How long a tracker may take from its event to its file.
const CALM: Duration = Duration::from_secs(2);
/// How soon a file that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// Whether a pane's session file is behind.
#[derive(Debug, Default)]
pub(in super::super) struct RecordState {
    /// What hinders putting it right.
    behind: Option<String>,
    /// It is looked at soon.
    awaited: bool,
    /// The tracker could not write: a file that is missing is behind, too.
    failed: bool,
}

impl RecordState {
    pub fn is_well(&mut self) {
        (self.behind, self.failed) = (None, false);
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

/// Looks at a pane's session file again, once its tracker has had the time to write it.
pub(in super::super) fn compare_record_soon(shared: &mut Shared, pane: PaneId) {
    compare_record_in(shared, pane, CALM);
}

fn compare_record_in(shared: &mut Shared, pane: PaneId, wait: Duration) {
    let Some(state) = shared.model.panes.get(&pane) else { return };
    let Some(runtime) = shared.panes.get_mut(pane) else { return };
    let known = &mut runtime.record;
    let settled = newer(state, &state.recorded, known.failed).is_none() && known.behind.is_none();
    if settled || std::mem::replace(&mut known.awaited, true) {
        return;
    }
    let queue = shared.queue.clone();
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        let _ = queue.send(Message::CompareRecord(pane));
    });
}

/// A pane's tracker could not write for a while.
pub(in super::super) fn tracker_failed(
    shared: &mut Shared,
    pane: PaneId,
    lost: u64,
    why: Option<&str>,
) {
    let why = why.unwrap_or("it did not say why");
    let lost = match lost {
        0 => "no report was lost".to_string(),
        1 => "1 report was lost".to_string(),
        lost => format!("{lost} reports were lost"),
    };
    shared.model.note(pane, format!("the tracker could not write for a while: {why}; {lost}"));
    if let Some(runtime) = shared.panes.get_mut(pane) {
        runtime.record.failed = true;
    }
    compare_record_soon(shared, pane);
}

/// Puts a session file right that is behind.
pub(in super::super) fn compare_record(shared: &mut Shared, pane: PaneId) {
    if let Some(runtime) = shared.panes.get_mut(pane) {
        runtime.record.awaited = false;
    }
    with_recorded(shared, pane, move |shared: &mut Shared, file| {
        repair_record(shared, pane, &file)
    });
}

fn repair_record(shared: &mut Shared, pane: PaneId, file: &Record) {
    let Some(state) = shared.model.panes.get(&pane) else { return };
    let Some(runtime) = shared.panes.get_mut(pane) else { return };
    let Some(record) = newer(state, file, runtime.record.failed) else {
        runtime.record.is_well();
        return report_records(shared);
    };
    tracing::warn!(
        %pane, file = named(&file.shown), shown = named(&record.shown),
        "the session file is behind; it is put right"
    );
    let path = shared.options.home.session_file(state.agent_type(), state.files_id());
    let said = named(&file.shown);
    shared.in_lane(Lane::Spool(pane), move |_: &mut Stateless, _: &mut Shared| {
        Some(Work::of(
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
            move |_: &mut Stateless, shared: &mut Shared, why| record_written(shared, pane, why),
        ))
    });
}

fn record_written(shared: &mut Shared, pane: PaneId, why: Option<String>) {
    match why {
        Some(why) => {
            if let Some(runtime) = shared.panes.get_mut(pane) {
                runtime.record.behind = Some(why);
            }
            compare_record_in(shared, pane, RETRY);
        }
        None => {
            if let Some(runtime) = shared.panes.get_mut(pane) {
                runtime.record.is_well();
            }
            with_recorded(shared, pane, move |shared: &mut Shared, recorded| {
                shared.model.set_recorded(pane, recorded);
            });
        }
    }
    report_records(shared);
}

fn report_records(shared: &mut Shared) {
    let behind = shared.panes.iter().filter_map(|(_, runtime)| runtime.record.behind.clone());
    let problems = behind.collect();
    shared.set_diagnostics(Topic::Records, problems);
}

/// What a pane's status says of its session file, as long as that is behind.
pub(in super::super) fn record_is_behind(shared: &Shared, pane: PaneId) -> Option<String> {
    shared.panes.get(pane)?.record.behind.clone()
}
