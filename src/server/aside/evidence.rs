//! Looking for the files that agents keep of themselves, and reading them: there may be thousands
//! on a disk that takes its time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use serde_json::Value;

use crate::server::agent::usage::file_tail::{FILE_MAX, Followed, canonical};
use crate::server::agent::usage::transcript_usage::Places;
use segno_agent::identity::{Record, Recorded, SessionId};
use segno_agent::mapping::Line;
use segno_agent::panetype::hook::HookFile;
use segno_agent::panetype::launch::{Probe, named, watched};
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::panetype::text::template::Placeholder;
use segno_agent::panetype::types::TitleSession;
use segno_agent::panetype::{PaneType, Watch};
use segno_store::file::foreign;
use segno_store::file::protected;
use segno_store::pane::session_file;
use segno_store::pane::spool::{self, Batch, Cursor};

type Env = Arc<std::collections::BTreeMap<std::ffi::OsString, std::ffi::OsString>>;

/// Bytes of a spool read at once: the owner takes some milliseconds for what is in them.
const SPOOL_PIECE: usize = 32 * 1024;
/// What is read of a file that has the whole id.
const HEAD: u64 = 64 << 10;

/// Which files are looked for.
pub(in super::super) struct FileQuery {
    pub ty: Arc<PaneType>,
    pub session: Option<SessionId>,
    pub env: Env,
    pub pid: Option<i32>,
    pub events_file: PathBuf,
    /// What the pane's hooks know; the process that they come from is named there.
    pub hook_file: PathBuf,
    /// Where files of the conversation are kept, if any are.
    pub protected: Option<PathBuf>,
}

/// What was found of them.
pub(in super::super) struct FoundFiles {
    /// For each `[[tracker.watch]]`: the file; or whether that of another conversation is over.
    pub watched: Vec<(usize, Option<PathBuf>, bool)>,
    /// Where transcripts are.
    pub transcripts: Places,
    /// The files of the conversation that are kept, as the watcher names them.
    pub guarded: Vec<PathBuf>,
}

impl FileQuery {
    pub fn find(&self) -> FoundFiles {
        let pids = self.pids();
        let files = |files: &[_]| {
            watched(files, &self.events_file, &self.env, &pids, self.session.as_ref())
        };
        let watches = self.ty.tracker.iter().flat_map(|tracker| tracker.watch.iter().enumerate());
        let watched = watches.map(|(n, watch)| {
            let patterns = files(&watch.files);
            let found = patterns.iter().map(|pattern| pattern.files(&SystemProbe));
            let found = found.into_iter().find(|files| !files.is_empty()).unwrap_or_default();
            // A program may continue in another file.
            let largest = found.iter().max_by_key(|path| path.metadata().map_or(0, |m| m.len()));
            // That of another conversation says nothing about this one.
            let over = watch.files.iter().any(|file| file.contains(Placeholder::Session));
            (n, largest.and_then(|path| canonical(path)), over)
        });
        let rules = || self.ty.usage.iter().flat_map(|rule| &rule.transcripts);
        let transcripts = match rules().next() {
            Some(_) => Places::Patterns(rules().map(|rule| files(&rule.files)).collect()),
            None => Places::Environment(self.env.clone()),
        };
        FoundFiles {
            watched: watched.collect(),
            transcripts,
            guarded: self.protected.as_deref().map(guarded).unwrap_or_default(),
        }
    }

    /// The pane's process, and the one that its hooks come from: it may be a child of the first.
    fn pids(&self) -> Vec<i32> {
        let mut pids: Vec<_> = self.pid.into_iter().collect();
        let hook = foreign::read(&self.hook_file, FILE_MAX).ok().flatten();
        let hook = hook.and_then(|bytes| serde_json::from_slice::<HookFile>(&bytes).ok());
        let claim = hook.and_then(|hook| foreign::read(&hook.claim_file, 64).ok().flatten());
        let claimed =
            claim.and_then(|bytes| String::from_utf8(bytes).ok()?.trim().parse::<i32>().ok());
        pids.extend(claimed.filter(|pid| *pid > 0));
        pids.dedup();
        pids
    }
}

fn guarded(dir: &Path) -> Vec<PathBuf> {
    // They may be gone since the last daemon looked.
    protected::put_back(dir);
    protected::kept(dir).iter().filter_map(|file| canonical(file)).collect()
}

/// Puts back what was deleted of the files that are kept here.
pub(in super::super) fn put_back(dir: &Path) -> usize {
    protected::put_back(dir)
}

/// Reads what is new in a file: what each message says. `since`: what an agent did before it was
/// started now, it does no more.
pub(in super::super) fn read_followed(
    followed: &mut Followed,
    ty: &PaneType,
    watch: &Watch,
    since: Option<u64>,
    events_dir: &Path,
) -> Vec<Vec<Line>> {
    let of_before = followed.is_new()
        && since.is_some_and(|since| changed_at(&followed.path).is_some_and(|at| at < since));
    let messages = followed.read(watch.format);
    if own(&followed.path, events_dir) {
        followed.bound();
    }
    let said = messages.iter().map(|message| {
        let name = watch.mapping.name(message);
        match &followed.session {
            Some(session) => watch.mapping.lines_of(session, name, message),
            None => watch.mapping.lines(name, message, &|id| ty.session_id_ok(id)),
        }
    });
    let mut said: Vec<_> = said.collect();
    keep_last_state(&mut said);
    if of_before {
        said.iter_mut().for_each(|lines| lines.retain(|line| !is_state(line)));
    }
    said
}

/// Reads what a tracker has reported behind a place, a piece of it, and says how far; or which file
/// is not used, and why.
pub(in super::super) fn read_piece(
    path: PathBuf,
    mut cursor: Cursor,
) -> Result<(Cursor, Batch), (PathBuf, String)> {
    match spool::read_new(&path, &mut cursor, SPOOL_PIECE) {
        Ok(batch) => Ok((cursor, batch)),
        Err(refusal) => Err((path, refusal.to_string())),
    }
}

/// What a session file says, or why it is not used.
pub(in super::super) fn read_recorded(ty: &PaneType, path: &Path) -> Result<Record, String> {
    session_file::read_dated(path, &|id| ty.session_id_ok(id))
        .map_err(|refusal| refusal.to_string())
}

/// Records the conversation on a pane's screen, where its tracker does not.
pub(in super::super) fn write_recorded(path: &Path, shown: &Recorded) {
    if let Err(error) = session_file::write(path, shown) {
        tracing::warn!(%error, "cannot write {}", path.display());
    }
}

/// Writes a session file that is as old as what it says.
pub(in super::super) fn put_right(path: &Path, record: &Record) -> std::io::Result<()> {
    session_file::write_dated(path, record)
}

/// The conversation whose id this is, or begins with this, as a title named it.
pub(in super::super) fn session_named(
    ty: &PaneType,
    rule: &TitleSession,
    env: &Env,
    id: &str,
) -> Option<SessionId> {
    use std::io::Read;
    // Nothing else may get into a path.
    let id = SessionId::try_from(id.to_string()).ok()?;
    let allowed = |id: SessionId| Some(id).filter(|id| ty.session_id_ok(id.as_str()));
    let Some(place) = &rule.session else { return allowed(id) };
    let patterns = named(rule, env, &id);
    let file = patterns.iter().find_map(|pattern| SystemProbe.matching(pattern).pop())?;
    let mut head = Vec::new();
    foreign::open_file(&file).ok()??.file.take(HEAD).read_to_end(&mut head).ok()?;
    let messages = head.split(|byte| *byte == b'\n');
    let mut messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let found = messages.find_map(|m| m.pointer(place)?.as_str().map(str::to_string))?;
    allowed(SessionId::try_from(found).ok()?)
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
/// wants to know them again.
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
