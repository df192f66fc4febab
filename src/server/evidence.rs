//! What an agent is seen to do from outside: by files that it keeps of itself, by the title of its
//! terminal, and by the text on its screen, as its pane type says.
//!
//! Each speaks only when it says something else than before, so that it does not talk over a hook
//! that knew more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::Value;

use crate::agent::event::{self, Event as AgentEvent, What};
use crate::agent::identity::{Record, Recorded};
use crate::agent::mapping::Line;
use crate::agent::source::Source;
use crate::base::ids::PaneId;
use crate::panetype::hook::{FILE, HookFile};
use crate::panetype::launch::watched;
use crate::panetype::probe::SystemProbe;
use crate::panetype::template::Placeholder;
use crate::panetype::{Format, PaneType, Watch};
use crate::store::{foreign, session_file};
use crate::term::{Lines, TextFormat};

use super::followed::{FILE_MAX, Followed, canonical};
use super::{Server, clock};

mod title;

use title::Names;

/// The screen is looked at when a program has not printed for so long,
const PAUSE: Duration = Duration::from_millis(250);
/// and so long after it began to.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is watched of every pane.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    panes: HashMap<PaneId, Watching>,
}

#[derive(Debug, Default)]
struct Watching {
    /// By their place in the type.
    files: BTreeMap<usize, Followed>,
    /// Where the files of its conversation are kept, and which those are.
    guarded: Option<(PathBuf, Vec<PathBuf>)>,
    /// The rules that spoke last.
    title: Option<usize>,
    screen: Option<usize>,
    /// What titles said of the conversation.
    names: Names,
    /// When the program began to print, and when it is looked at.
    printed: Option<(Instant, Instant)>,
}

impl Evidence {
    /// Forgets a pane, or what was seen of its program.
    pub fn forget(&mut self, pane: PaneId) {
        self.panes.remove(&pane);
    }

    /// Whether a file of the pane's has not been found yet.
    pub fn lacks_files(&self, pane: PaneId, ty: &PaneType) -> bool {
        let found = self.panes.get(&pane).map_or(0, |watching| watching.files.len());
        ty.tracker.as_ref().is_some_and(|tracker| tracker.watch.len() > found)
    }

    /// Which files of a pane's conversation are kept, and where.
    pub fn guard(&mut self, pane: PaneId, files: Option<(PathBuf, Vec<PathBuf>)>) {
        self.panes.entry(pane).or_default().guarded = files;
    }

    /// Where a file is kept.
    pub fn guarded(&self, path: &Path) -> impl Iterator<Item = &Path> {
        let guarded = self.panes.values().filter_map(|watching| watching.guarded.as_ref());
        guarded
            .filter(move |(_, files)| files.iter().any(|f| f == path))
            .map(|(dir, _)| dir.as_path())
    }

    /// When a screen is to be looked at.
    pub fn due(&self) -> Option<Instant> {
        self.panes.values().filter_map(|watching| Some(watching.printed?.1)).min()
    }
}

impl Server {
    /// The pane's program printed something.
    pub(super) fn printed(&mut self, pane: PaneId) {
        let Some(ty) = self.running_type(pane) else { return };
        let screen = ty.tracker.as_ref().is_some_and(|tracker| !tracker.screen.is_empty());
        let lacks = self.evidence.lacks_files(pane, &ty) || self.lacks_transcripts(pane, &ty);
        if ty.handlers.is_empty() && !screen && !lacks {
            return;
        }
        self.look_soon(pane);
    }

    /// Has the screen looked at when the program pauses.
    fn look_soon(&mut self, pane: PaneId) {
        let now = Instant::now();
        let watching = self.evidence.panes.entry(pane).or_default();
        let (began, _) = *watching.printed.get_or_insert((now, now));
        watching.printed = Some((began, (now + PAUSE).min(began + PATIENCE)));
    }

    /// Looks at the screens whose time has come.
    pub(super) fn look_at_screens(&mut self, now: Instant) {
        let due = |w: &Watching| w.printed.is_some_and(|(_, at)| at <= now);
        let panes: Vec<_> =
            self.evidence.panes.iter().filter(|(_, w)| due(w)).map(|(pane, _)| *pane).collect();
        for pane in panes {
            if let Some(watching) = self.evidence.panes.get_mut(&pane) {
                watching.printed = None;
            }
            // Before looking: what is printed from here on is told again, painted or not.
            if let Some(terminal) = self.terminals.get(&pane) {
                terminal.seen();
            }
            self.look_for_named(pane);
            self.follow_files(pane);
            self.look_at_screen(pane);
            self.run_handlers(pane);
        }
    }

    fn look_at_screen(&mut self, pane: PaneId) {
        let Some(ty) = self.watched_type(pane) else { return };
        let Some(tracker) = ty.tracker.as_ref().filter(|tracker| !tracker.screen.is_empty()) else {
            return;
        };
        let Some(terminal) = self.terminals.get(&pane) else { return };
        let text = terminal.emulator().text(Lines::Screen, TextFormat::Plain);
        let fits = tracker.screen.iter().position(|pattern| pattern.regex.is_match(&text));
        let watching = self.evidence.panes.entry(pane).or_default();
        let before = std::mem::replace(&mut watching.screen, fits);
        if let Some(n) = fits.filter(|_| before != fits) {
            let by = format!("[[tracker.screen]] {}", n + 1);
            self.seen(pane, &ty, Source::Text, by, tracker.screen[n].state);
        }
    }

    pub(super) fn seen(
        &mut self,
        pane: PaneId,
        ty: &PaneType,
        from: Source,
        by: String,
        activity: crate::agent::status::Activity,
    ) {
        let what = What::State { session: None, activity, detail: None };
        let event = AgentEvent { at: clock::now_ms(), n: 0, from, by: Some(by), what };
        self.agent_said(pane, ty, event);
        self.check_waits();
    }

    /// Finds the files of a pane's program, and reads those that are new.
    pub(super) fn follow_files(&mut self, pane: PaneId) {
        self.follow_transcripts(pane);
        let Some(ty) = self.watched_type(pane) else { return };
        let session = self.model.panes.get(&pane).and_then(|p| p.session());
        self.guard(pane, &ty, session.as_ref());
        let Some(tracker) = ty.tracker.as_ref().filter(|tracker| !tracker.watch.is_empty()) else {
            return;
        };
        let pids = self.pids(pane);
        let events_file = self.options.home.events_file(pane);
        for (n, watch) in tracker.watch.iter().enumerate() {
            let patterns = watched(&watch.files, &events_file, &self.env, &pids, session.as_ref());
            let found = patterns.iter().map(|pattern| pattern.files(&SystemProbe));
            let found = found.into_iter().find(|files| !files.is_empty()).unwrap_or_default();
            // A program may begin another file for what it goes on with in the old one.
            let largest = found.iter().max_by_key(|path| path.metadata().map_or(0, |m| m.len()));
            let files = &mut self.evidence.panes.entry(pane).or_default().files;
            let Some(path) = largest.and_then(|path| canonical(path)) else {
                // That of another conversation says nothing about this one.
                if watch.files.iter().any(|file| file.tells(Placeholder::Session)) {
                    files.remove(&n);
                }
                continue;
            };
            if files.get(&n).is_some_and(|known| known.path == path) {
                continue;
            }
            let about = session.clone().filter(|_| watch.of_a_conversation());
            files.insert(n, Followed::new(path, about));
            self.watch_directories();
            self.read_followed(pane, n);
        }
    }

    /// A file changed that may be an agent's.
    pub(super) fn evidence_changed(&mut self, path: &Path) {
        self.guarded_changed(path);
        let mut concerned = Vec::new();
        for (pane, watching) in &self.evidence.panes {
            for (n, followed) in &watching.files {
                if followed.path == path {
                    concerned.push((*pane, *n));
                }
            }
        }
        for (pane, n) in concerned {
            self.read_followed(pane, n);
        }
        self.transcripts.changed(path);
    }

    fn read_followed(&mut self, pane: PaneId, n: usize) {
        let Some(ty) = self.watched_type(pane) else { return };
        let Some(watch) = ty.tracker.as_ref().and_then(|tracker| tracker.watch.get(n)) else {
            return;
        };
        let Some(followed) =
            self.evidence.panes.get_mut(&pane).and_then(|watching| watching.files.get_mut(&n))
        else {
            return;
        };
        // What an agent did before it was started now, it does no more.
        let of_before = followed.is_new()
            && self.model.panes.get(&pane).and_then(|p| p.tracking.as_ref()).is_some_and(
                |tracking| changed_at(&followed.path).is_some_and(|at| at < tracking.life_since()),
            );
        let messages = followed.read(watch.format);
        if own(&followed.path, &self.options.home.events_dir()) {
            followed.bound();
        }
        let about = followed.session.clone();
        let said = messages.iter().map(|message| {
            let name = watch.mapping.name(message);
            match &about {
                Some(session) => watch.mapping.lines_of(session, name, message),
                None => watch.mapping.lines(name, message, &|id| ty.session_id_ok(id)),
            }
        });
        let mut said: Vec<_> = said.collect();
        keep_last_state(&mut said);
        if of_before {
            said.iter_mut().for_each(|lines| lines.retain(|line| !is_state(line)));
        }
        for lines in said {
            self.file_said(pane, &ty, watch, n, lines);
        }
        self.check_waits();
    }

    /// One message of it.
    fn file_said(
        &mut self,
        pane: PaneId,
        ty: &PaneType,
        watch: &Watch,
        n: usize,
        lines: Vec<Line>,
    ) {
        let followed = self.evidence.panes.get_mut(&pane).and_then(|w| w.files.get_mut(&n));
        let Some(followed) = followed else { return };
        let before = match watch.format {
            Format::Json => std::mem::take(&mut followed.said),
            Format::Lines | Format::Blocks => Vec::new(),
        };
        followed.said = lines.clone();
        for mut line in lines.into_iter().filter(|line| !before.contains(line)) {
            let by = line.get("by").and_then(Value::as_str).unwrap_or_default();
            let by = format!("[[tracker.watch]] {}, {by}", n + 1);
            line.insert("by".into(), by.into());
            line.insert("v".into(), 1.into());
            line.insert("from".into(), "file".into());
            line.insert("at".into(), clock::now_ms().into());
            // By the same checks as any line of a tracker.
            if let Ok(Some(event)) = event::parse(Value::Object(line).to_string().as_bytes()) {
                self.agent_said(pane, ty, event);
            }
        }
        self.record_shown(pane, ty);
    }

    /// Nobody else records what only a file or a title told.
    fn record_shown(&mut self, pane: PaneId, ty: &PaneType) {
        let Some(state) = self.model.panes.get(&pane) else { return };
        let Some(tracking) = &state.tracking else { return };
        let shown = tracking.recorded().clone();
        if shown != Recorded::Nothing && state.recorded.shown != shown {
            let path = self.options.home.session_file(&ty.name, pane);
            let record = Record { shown: shown.clone(), at: clock::now_ms() };
            self.model.set_recorded(pane, record);
            super::lifecycle::aside(move || {
                if let Err(error) = session_file::write(&path, &shown) {
                    tracing::warn!(%error, "cannot write {}", path.display());
                }
            });
        }
    }

    /// The type of a pane whose program runs and that has a tracker.
    fn watched_type(&self, pane: PaneId) -> Option<std::sync::Arc<PaneType>> {
        self.running_type(pane).filter(|ty| ty.tracker.is_some())
    }

    /// The type of a pane whose program runs.
    pub(super) fn running_type(&self, pane: PaneId) -> Option<std::sync::Arc<PaneType>> {
        self.slots.get(&pane)?.pid?;
        self.pane_type(pane).cloned()
    }

    /// The pane's process, and the one that its hooks come from: it may be a child of the first.
    pub(super) fn pids(&self, pane: PaneId) -> Vec<i32> {
        let mut pids: Vec<_> =
            self.slots.get(&pane).and_then(|slot| slot.pid).into_iter().collect();
        let file = self.options.home.generated_dir(pane).join(FILE);
        let claim = foreign::read(&file, FILE_MAX).ok().flatten();
        let claim = claim.and_then(|bytes| serde_json::from_slice::<HookFile>(&bytes).ok());
        let claim = claim.and_then(|hook| foreign::read(&hook.claim_file, 64).ok().flatten());
        let claimed =
            claim.and_then(|bytes| String::from_utf8(bytes).ok()?.trim().parse::<i32>().ok());
        pids.extend(claimed.filter(|pid| *pid > 0));
        pids.dedup();
        pids
    }

    /// Watches the directories of all files that are followed, and no others any more.
    pub(super) fn watch_directories(&mut self) {
        let mut wanted: BTreeSet<_> = self.transcripts.directories().collect();
        for watching in self.evidence.panes.values() {
            let files = watching.files.values().map(|followed| &followed.path);
            let guarded = watching.guarded.iter().flat_map(|(_, files)| files);
            wanted.extend(files.chain(guarded).filter_map(|f| f.parent().map(Path::to_path_buf)));
        }
        self.watch.follow(wanted);
    }
}

/// Whether a file is written for Segno alone: in its directory for events, under the name that a
/// type may give to its program.
fn own(path: &Path, events_dir: &Path) -> bool {
    let dir = path.parent();
    dir.is_some_and(|dir| events_dir.canonicalize().is_ok_and(|events| events == dir))
        && path.extension().is_some_and(|ending| ending == "watched")
}

/// Of states that are read at once only the last one counts, and that one only if nothing was
/// prompted since: the others are over, and when a daemon reads an old file at its start, nobody
/// wants to hear of them again.
fn keep_last_state(messages: &mut [Vec<Line>]) {
    let mut over = false;
    for lines in messages.iter_mut().rev() {
        let ends = lines.iter().any(|line| is_state(line) || is(line, "prompt"));
        if over {
            lines.retain(|line| !is_state(line));
        }
        over |= ends;
    }
}

fn is_state(line: &Line) -> bool {
    is(line, "state")
}

fn is(line: &Line, what: &str) -> bool {
    line.get("event").is_some_and(|event| event == what)
}

/// In milliseconds since the Unix epoch.
fn changed_at(path: &Path) -> Option<u64> {
    let since = path.symlink_metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_states_that_are_read_at_once_the_last_counts() {
        let line = |event: &str, n: u64| {
            Line::from_iter([("event".into(), event.into()), ("n".into(), n.into())])
        };
        let mut messages = [
            vec![line("current", 1), line("state", 2)],
            vec![line("state", 3)],
            vec![line("title", 4)],
            vec![line("state", 5), line("prompt", 6)],
            vec![line("usage", 7)],
        ];
        let kept = |messages: &mut [Vec<Line>]| {
            keep_last_state(messages);
            messages.iter().flatten().map(|line| line["n"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(kept(&mut messages), [1, 4, 5, 6, 7]);
        let mut messages = [vec![line("state", 1)], vec![line("prompt", 2)]];
        assert_eq!(kept(&mut messages), [2]);
    }
}
