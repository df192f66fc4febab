//! What an agent is seen to do from outside: by files that it keeps of itself, by the title of its
//! terminal, and by the text on its screen, as its pane type says.
//!
//! Each speaks only when it says something else than before, so that it does not talk over a hook
//! that knew more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::agent::conversation::backup::guarded_changed;
use crate::server::agent::evidence::Evidence;
use crate::server::agent::observer::title::look_for_named;
use crate::server::agent::spool_reader::event_read;
use crate::server::agent::usage::file_tail::Followed;
use crate::server::aside::evidence::{FileQuery, FoundFiles, read_followed, write_recorded};
use crate::server::aside::{Lane, Work};
use crate::server::clock;
use crate::server::control::wait::Waits;
use crate::server::pane::runtime::PaneRuntime;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::event::{self, Event as AgentEvent, What};
use segno_agent::identity::{Record, Recorded};
use segno_agent::mapping::Line;
use segno_agent::panetype::hook::FILE;
use segno_agent::panetype::{Format, PaneType, Watch};
use segno_agent::source::Source;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;
use segno_term::{Lines, TextFormat};

mod title;

use crate::server::agent::observer::title::Names;

/// The screen is looked at when a program has not printed for so long,
const PAUSE: Duration = Duration::from_millis(250);
/// and so long after it began to.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is watched of a pane's program.
#[derive(Debug, Default)]
pub(in crate::server) struct Watching {
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

/// What an agent is seen to do, and the rule that says so.
pub(in crate::server) struct Seen {
    pub from: Source,
    pub by: String,
    pub activity: Activity,
    pub detail: Option<String>,
}

impl Watching {
    /// Where a file is kept, if it is one of those.
    pub fn guards(&self, path: &Path) -> Option<&Path> {
        let (dir, files) = self.guarded.as_ref()?;
        files.iter().any(|file| file == path).then_some(dir.as_path())
    }

    /// When the screen is to be looked at.
    pub fn due(&self) -> Option<Instant> {
        self.printed.map(|(_, at)| at)
    }
}

impl Evidence {
    /// The pane's program printed something.
    pub(in crate::server) fn printed(&mut self, shared: &mut Shared, pane: PaneId) {
        let Some(ty) = shared.running_type(pane) else { return };
        let screen = ty.tracker.as_ref().is_some_and(|tracker| !tracker.screen.is_empty());
        let lacks = lacks_files(shared, pane, &ty) || self.lacks_transcripts(shared, pane, &ty);
        if ty.handlers.is_empty() && !screen && !lacks {
            return;
        }
        look_soon(shared, pane);
    }

    /// Looks at the screens whose time has come.
    pub(in crate::server) fn look_at_screens(&mut self, shared: &mut Shared, now: Instant) {
        let mut panes = Vec::new();
        for (pane, runtime) in shared.panes.iter_mut() {
            if runtime.watching.printed.take_if(|(_, at)| *at <= now).is_some() {
                panes.push(pane);
            }
        }
        for pane in panes {
            // Before looking: what is printed from here on is reported again, painted or not.
            if let Some(terminal) = shared.panes.terminal(pane) {
                terminal.seen();
            }
            look_for_named(shared, pane);
            follow_files(shared, pane);
            // One after the other: who waits for what the screen says gets to see it before a
            // handler says more.
            shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
                evidence.look_at_screen(shared, pane);
            });
            shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
                evidence.run_handlers(shared, pane);
            });
        }
    }

    fn look_at_screen(&mut self, shared: &mut Shared, pane: PaneId) {
        let Some(ty) = watched_type(shared, pane) else { return };
        let Some(tracker) = ty.tracker.as_ref().filter(|tracker| !tracker.screen.is_empty()) else {
            return;
        };
        let Some(terminal) = shared.panes.terminal(pane) else { return };
        let text = terminal.emulator().text(Lines::Screen, TextFormat::Plain);
        let fits = tracker.screen.iter().position(|pattern| pattern.regex.is_match(&text));
        let Some(watching) = watching_of(shared, pane) else { return };
        let before = std::mem::replace(&mut watching.screen, fits);
        let (n, rule) = match (before, fits) {
            (before, Some(n)) if before != fits => (n, Some(&tracker.screen[n])),
            // A dialog was answered; what comes now, another source or rule says.
            (Some(n), None) if tracker.screen[n].state == Activity::Blocked => (n, None),
            _ => return,
        };
        let by = format!("[[tracker.screen]] {}", n + 1);
        let activity = rule.map_or(Activity::Starting, |rule| rule.state);
        let detail = rule.and_then(|rule| rule.detail.clone());
        self.seen(shared, pane, &ty, Seen { from: Source::Text, by, activity, detail });
    }

    /// Takes over what was seen of an agent.
    pub(in crate::server) fn seen(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        ty: &PaneType,
        seen: Seen,
    ) {
        let Seen { from, by, activity, detail } = seen;
        let what = What::State { session: None, activity, detail };
        let event = AgentEvent { at: clock::now_ms(), n: 0, from, by: Some(by), what };
        self.apply_agent_event(shared, pane, ty, event);
        shared.to(Waits::check);
    }

    fn look_for_files(&mut self, shared: &mut Shared, pane: PaneId) -> Option<Work> {
        let ty = shared.running_type(pane)?;
        let tracked = ty.tracker.is_some();
        let protects = tracked && ty.resume.as_ref().is_some_and(|r| !r.protect.is_empty());
        let watches = ty.tracker.as_ref().is_some_and(|tracker| !tracker.watch.is_empty());
        let transcripts = self.lacks_transcripts(shared, pane, &ty);
        if !protects && !watches && !transcripts {
            return None;
        }
        let home = &shared.options.home;
        let session = shared.model.panes.get(&pane).and_then(|p| p.session());
        let protected = session.as_ref().filter(|_| protects);
        let wanted = FileQuery {
            protected: protected.map(|session| home.protected_dir(&ty.name, session)),
            events_file: home.events_file(shared.files_id(pane)),
            hook_file: home.generated_dir(shared.files_id(pane)).join(FILE),
            pid: agent_pid(shared, pane),
            env: shared.env.clone(),
            session,
            ty,
        };
        Some(Work::of(
            move || (wanted.find(), wanted),
            move |evidence: &mut Evidence, shared: &mut Shared, (found, wanted)| {
                evidence.files_found(shared, pane, wanted, found)
            },
        ))
    }

    fn files_found(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        wanted: FileQuery,
        found: FoundFiles,
    ) {
        let FileQuery { ty, session, protected, .. } = wanted;
        // With another conversation, or another program, they are looked for again.
        let shown = shared.model.panes.get(&pane).and_then(|p| p.session());
        if shown != session || shared.running_type(pane).is_none_or(|now| !Arc::ptr_eq(&now, &ty)) {
            return;
        }
        if let Some(session) = &session {
            self.follow_transcripts(pane, &ty, session, found.transcripts);
        }
        let Some(tracker) = &ty.tracker else { return };
        let Some(watching) = watching_of(shared, pane) else { return };
        watching.guarded = protected.map(|dir| (dir, found.guarded));
        let files = &mut watching.files;
        let mut new = Vec::new();
        for (n, path, over) in found.watched {
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
        self.watch_directories(shared);
        new.into_iter().for_each(|n| read_file(shared, pane, n));
    }

    /// A file changed that may be an agent's.
    pub(in crate::server) fn evidence_changed(&mut self, shared: &mut Shared, path: &Path) {
        guarded_changed(shared, path);
        for (pane, n) in followed_where(shared, |followed| followed == path) {
            read_file(shared, pane, n);
        }
        self.transcripts.changed(path);
    }

    fn followed_read(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        n: usize,
        ty: &Arc<PaneType>,
        read: Followed,
        said: Vec<Vec<Line>>,
    ) {
        let Some(watch) = ty.tracker.as_ref().and_then(|tracker| tracker.watch.get(n)) else {
            return;
        };
        let known = watching_of(shared, pane).and_then(|w| w.files.get_mut(&n));
        // Another file may have taken its place meanwhile.
        let Some(known) = known.filter(|known| known.path == read.path) else { return };
        *known = read;
        for lines in said {
            self.file_said(shared, pane, ty, watch, n, lines);
        }
        shared.to(Waits::check);
    }

    /// One message of it.
    fn file_said(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        ty: &Arc<PaneType>,
        watch: &Watch,
        n: usize,
        lines: Vec<Line>,
    ) {
        let followed = watching_of(shared, pane).and_then(|w| w.files.get_mut(&n));
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
                event_read(shared, pane, ty, event);
            }
        }
        let ty = ty.clone();
        shared.to(move |_: &mut Stateless, shared: &mut Shared| record_shown(shared, pane, &ty));
    }

    /// Watches the directories of all files that are followed, and no others any more.
    pub(in crate::server) fn watch_directories(&mut self, shared: &mut Shared) {
        let mut wanted: BTreeSet<_> = self.transcripts.directories().collect();
        for (_, PaneRuntime { watching, .. }) in shared.panes.iter() {
            let files = watching.files.values().map(|followed| &followed.path);
            let guarded = watching.guarded.iter().flat_map(|(_, files)| files);
            wanted.extend(files.chain(guarded).filter_map(|f| f.parent().map(Path::to_path_buf)));
        }
        shared.in_lane_once(Lane::Watch, move |_: &mut Stateless, shared: &mut Shared| {
            let watch = shared.watch.clone();
            Some(Work::of(move || watch.lock().follow(wanted), Evidence::watched))
        });
    }

    /// Directories are watched from now on: what was written there before is read now.
    fn watched(&mut self, shared: &mut Shared, new: BTreeSet<PathBuf>) {
        let in_new = |path: &Path| path.parent().is_some_and(|dir| new.contains(dir));
        for (pane, n) in followed_where(shared, in_new) {
            read_file(shared, pane, n);
        }
        self.transcripts.changed_in(&new);
    }
}

/// Whether a file of the pane's program has not been found yet.
pub(in crate::server) fn lacks_files(shared: &Shared, pane: PaneId, ty: &PaneType) -> bool {
    let found = shared.panes.get(pane).map_or(0, |runtime| runtime.watching.files.len());
    ty.tracker.as_ref().is_some_and(|tracker| tracker.watch.len() > found)
}

/// What is watched of a pane's program.
fn watching_of(shared: &mut Shared, pane: PaneId) -> Option<&mut Watching> {
    shared.panes.get_mut(pane).map(|runtime| &mut runtime.watching)
}

/// Has the screen looked at when the program pauses.
fn look_soon(shared: &mut Shared, pane: PaneId) {
    let now = Instant::now();
    let Some(watching) = watching_of(shared, pane) else { return };
    let (began, _) = *watching.printed.get_or_insert((now, now));
    watching.printed = Some((began, (now + PAUSE).min(began + PATIENCE)));
}

/// Finds the files of a pane's program, and reads those that are new.
pub(in crate::server) fn follow_files(shared: &mut Shared, pane: PaneId) {
    shared.in_lane_once(Lane::Files(pane), move |evidence: &mut Evidence, shared: &mut Shared| {
        evidence.look_for_files(shared, pane)
    });
}

/// The files that are followed, by where they are.
fn followed_where(shared: &Shared, wanted: impl Fn(&Path) -> bool) -> Vec<(PaneId, usize)> {
    let files = shared.panes.iter().flat_map(|(pane, runtime)| {
        runtime.watching.files.iter().map(move |(n, followed)| (pane, *n, &followed.path))
    });
    files.filter(|(_, _, path)| wanted(path)).map(|(pane, n, _)| (pane, n)).collect()
}

fn read_file(shared: &mut Shared, pane: PaneId, n: usize) {
    shared.in_lane_once(Lane::Followed(pane, n), move |_: &mut Stateless, shared: &mut Shared| {
        let ty = watched_type(shared, pane)?;
        let mut followed = watching_of(shared, pane)?.files.get(&n)?.clone();
        let tracking = shared.model.panes.get(&pane).and_then(|p| p.tracking.as_ref());
        let since = tracking.map(|tracking| tracking.life_since());
        let events_dir = shared.options.home.events_dir();
        Some(Work::of(
            move || {
                let watch = ty.tracker.as_ref().and_then(|tracker| tracker.watch.get(n));
                let said =
                    watch.map(|watch| read_followed(&mut followed, &ty, watch, since, &events_dir));
                (ty, followed, said.unwrap_or_default())
            },
            move |evidence: &mut Evidence, shared: &mut Shared, (ty, followed, said)| {
                evidence.followed_read(shared, pane, n, &ty, followed, said);
            },
        ))
    });
}

/// Nobody else records what only a file or a title said.
fn record_shown(shared: &mut Shared, pane: PaneId, ty: &PaneType) {
    let Some(state) = shared.model.panes.get(&pane) else { return };
    let Some(tracking) = &state.tracking else { return };
    let shown = tracking.recorded().clone();
    if shown != Recorded::Nothing && state.recorded.shown != shown {
        let path = shared.options.home.session_file(&ty.name, state.files_id());
        let record = Record { shown: shown.clone(), at: clock::now_ms() };
        shared.model.set_recorded(pane, record);
        shared.in_lane(Lane::Spool(pane), move |_: &mut Stateless, _: &mut Shared| {
            Some(Work::only(move || write_recorded(&path, &shown)))
        });
    }
}

/// The type of a pane whose program runs and that has a tracker.
fn watched_type(shared: &Shared, pane: PaneId) -> Option<Arc<PaneType>> {
    shared.running_type(pane).filter(|ty| ty.tracker.is_some())
}

/// The process of a pane's agent.
fn agent_pid(shared: &Shared, pane: PaneId) -> Option<i32> {
    let guest = shared.model.panes.get(&pane).and_then(|pane| pane.guests.active.as_ref());
    let own = || shared.panes.get(pane).and_then(|runtime| runtime.process.pid());
    guest.map(|guest| guest.pid).or_else(own)
}
