//! What an agent is seen to do from outside: by files that it keeps of itself, by the title of its
//! terminal, and by the text on its screen, as its pane type says.
//!
//! Each speaks only when it says something else than before, so that it does not talk over a hook
//! that knew more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::agent::event::{self, Event as AgentEvent, What};
use crate::agent::identity::{Record, Recorded};
use crate::agent::mapping::Line;
use crate::agent::source::Source;
use crate::agent::status::Activity;
use crate::base::ids::PaneId;
use crate::panetype::hook::FILE;
use crate::panetype::{Format, PaneType, Watch};
use crate::term::{Lines, TextFormat};

use super::aside::evidence::{FoundFiles, Wanted, read_followed, write_recorded};
use super::aside::{Lane, Work};
use super::followed::Followed;
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
    pub fn guarded(&self, path: &Path) -> impl Iterator<Item = (PaneId, &Path)> {
        let guarded = self.panes.iter().filter_map(|(pane, w)| Some((*pane, w.guarded.as_ref()?)));
        guarded
            .filter(move |(_, (_, files))| files.iter().any(|f| f == path))
            .map(|(pane, (dir, _))| (pane, dir.as_path()))
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
        let (n, rule) = match (before, fits) {
            (before, Some(n)) if before != fits => (n, Some(&tracker.screen[n])),
            // A dialog was answered; what comes now, another source or rule tells.
            (Some(n), None) if tracker.screen[n].state == Activity::Blocked => (n, None),
            _ => return,
        };
        let by = format!("[[tracker.screen]] {}", n + 1);
        let activity = rule.map_or(Activity::Starting, |rule| rule.state);
        let detail = rule.and_then(|rule| rule.detail.clone());
        self.seen(pane, &ty, Source::Text, by, activity, detail);
    }

    pub(super) fn seen(
        &mut self,
        pane: PaneId,
        ty: &PaneType,
        from: Source,
        by: String,
        activity: Activity,
        detail: Option<String>,
    ) {
        let what = What::State { session: None, activity, detail };
        let event = AgentEvent { at: clock::now_ms(), n: 0, from, by: Some(by), what };
        self.agent_said(pane, ty, event);
        self.check_waits();
    }

    /// Finds the files of a pane's program, and reads those that are new.
    pub(super) fn follow_files(&mut self, pane: PaneId) {
        self.in_lane_once(Lane::Files(pane), move |server| server.look_for_files(pane));
    }

    fn look_for_files(&mut self, pane: PaneId) -> Option<Work> {
        let ty = self.running_type(pane)?;
        let tracked = ty.tracker.is_some();
        let protects = tracked && ty.resume.as_ref().is_some_and(|r| !r.protect.is_empty());
        let watches = ty.tracker.as_ref().is_some_and(|tracker| !tracker.watch.is_empty());
        let transcripts = self.lacks_transcripts(pane, &ty);
        if !protects && !watches && !transcripts {
            return None;
        }
        let home = &self.options.home;
        let session = self.model.panes.get(&pane).and_then(|p| p.session());
        let protected = session.as_ref().filter(|_| protects);
        let wanted = Wanted {
            protected: protected.map(|session| home.protected_dir(&ty.name, session)),
            events_file: home.events_file(self.files_id(pane)),
            hook_file: home.generated_dir(self.files_id(pane)).join(FILE),
            pid: self.agent_pid(pane),
            env: self.env.clone(),
            session,
            ty,
        };
        Some(Work::new(
            move || (wanted.find(), wanted),
            move |server: &mut Server, (found, wanted)| server.files_found(pane, wanted, found),
        ))
    }

    fn files_found(&mut self, pane: PaneId, wanted: Wanted, found: FoundFiles) {
        let Wanted { ty, session, protected, .. } = wanted;
        // With another conversation, or another program, they are looked for again.
        let shown = self.model.panes.get(&pane).and_then(|p| p.session());
        if shown != session || self.running_type(pane).is_none_or(|now| !Arc::ptr_eq(&now, &ty)) {
            return;
        }
        if let Some(session) = &session {
            self.follow_transcripts(pane, &ty, session, found.transcripts);
        }
        let Some(tracker) = &ty.tracker else { return };
        self.evidence.guard(pane, protected.map(|dir| (dir, found.guarded)));
        let mut new = Vec::new();
        for (n, path, over) in found.watched {
            let files = &mut self.evidence.panes.entry(pane).or_default().files;
            let Some(path) = path else {
                if over {
                    files.remove(&n);
                }
                continue;
            };
            if files.get(&n).is_some_and(|known| known.path == path) {
                continue;
            }
            let about = session.clone();
            let about =
                about.filter(|_| tracker.watch.get(n).is_some_and(Watch::of_a_conversation));
            files.insert(n, Followed::new(path, about));
            new.push(n);
        }
        self.watch_directories();
        new.into_iter().for_each(|n| self.read_followed(pane, n));
    }

    /// A file changed that may be an agent's.
    pub(super) fn evidence_changed(&mut self, path: &Path) {
        self.guarded_changed(path);
        for (pane, n) in self.followed_where(|followed| followed == path) {
            self.read_followed(pane, n);
        }
        self.transcripts.changed(path);
    }

    /// The files that are followed, by where they are.
    fn followed_where(&self, wanted: impl Fn(&Path) -> bool) -> Vec<(PaneId, usize)> {
        let panes = self.evidence.panes.iter();
        let files = panes.flat_map(|(pane, watching)| {
            watching.files.iter().map(|(n, followed)| (*pane, *n, &followed.path))
        });
        files.filter(|(_, _, path)| wanted(path)).map(|(pane, n, _)| (pane, n)).collect()
    }

    fn read_followed(&mut self, pane: PaneId, n: usize) {
        self.in_lane_once(Lane::Followed(pane, n), move |server| {
            let ty = server.watched_type(pane)?;
            let mut followed = server.evidence.panes.get(&pane)?.files.get(&n)?.clone();
            let tracking = server.model.panes.get(&pane).and_then(|p| p.tracking.as_ref());
            let since = tracking.map(|tracking| tracking.life_since());
            let events_dir = server.options.home.events_dir();
            Some(Work::new(
                move || {
                    let watch = ty.tracker.as_ref().and_then(|tracker| tracker.watch.get(n));
                    let said = watch
                        .map(|watch| read_followed(&mut followed, &ty, watch, since, &events_dir));
                    (ty, followed, said.unwrap_or_default())
                },
                move |server: &mut Server, (ty, followed, said)| {
                    server.followed_read(pane, n, &ty, followed, said);
                },
            ))
        });
    }

    fn followed_read(
        &mut self,
        pane: PaneId,
        n: usize,
        ty: &PaneType,
        read: Followed,
        said: Vec<Vec<Line>>,
    ) {
        let Some(watch) = ty.tracker.as_ref().and_then(|tracker| tracker.watch.get(n)) else {
            return;
        };
        let known = self.evidence.panes.get_mut(&pane).and_then(|w| w.files.get_mut(&n));
        // Another file may have taken its place meanwhile.
        let Some(known) = known.filter(|known| known.path == read.path) else { return };
        *known = read;
        for lines in said {
            self.file_said(pane, ty, watch, n, lines);
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
            let path = self.options.home.session_file(&ty.name, state.files_id());
            let record = Record { shown: shown.clone(), at: clock::now_ms() };
            self.model.set_recorded(pane, record);
            self.in_lane(Lane::Spool(pane), move |_| {
                Some(Work::new(move || write_recorded(&path, &shown), |_: &mut Server, ()| {}))
            });
        }
    }

    /// The type of a pane whose program runs and that has a tracker.
    fn watched_type(&self, pane: PaneId) -> Option<std::sync::Arc<PaneType>> {
        self.running_type(pane).filter(|ty| ty.tracker.is_some())
    }

    /// The process of a pane's agent.
    fn agent_pid(&self, pane: PaneId) -> Option<i32> {
        let guest = self.model.panes.get(&pane).and_then(|pane| pane.guests.active.as_ref());
        let own = || self.slots.get(&pane).and_then(|slot| slot.pid);
        guest.map(|guest| guest.pid).or_else(own)
    }

    /// The type of a pane whose program runs.
    pub(super) fn running_type(&self, pane: PaneId) -> Option<std::sync::Arc<PaneType>> {
        self.slots.get(&pane)?.pid?;
        self.pane_type(pane).cloned()
    }

    /// Watches the directories of all files that are followed, and no others any more.
    pub(super) fn watch_directories(&mut self) {
        let mut wanted: BTreeSet<_> = self.transcripts.directories().collect();
        for watching in self.evidence.panes.values() {
            let files = watching.files.values().map(|followed| &followed.path);
            let guarded = watching.guarded.iter().flat_map(|(_, files)| files);
            wanted.extend(files.chain(guarded).filter_map(|f| f.parent().map(Path::to_path_buf)));
        }
        self.in_lane_once(Lane::Watch, move |server| {
            let watch = server.watch.clone();
            Some(Work::new(move || watch.lock().follow(wanted), Server::watched))
        });
    }

    /// Directories are watched from now on: what was written there before is read now.
    fn watched(&mut self, new: BTreeSet<PathBuf>) {
        let in_new = |path: &Path| path.parent().is_some_and(|dir| new.contains(dir));
        for (pane, n) in self.followed_where(in_new) {
            self.read_followed(pane, n);
        }
        self.transcripts.changed_in(&new);
    }
}
