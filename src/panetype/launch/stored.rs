//! Files that a program keeps: those of a conversation, and those of its own that are watched.
//!
//! A name may hold only the beginning of a conversation's id, which another conversation can
//! share. So such a file counts only when the whole id stands in it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::agent::identity::SessionId;
use crate::panetype::template::{Placeholder, Template, Values};
use crate::panetype::types::Watch;

use super::{Probe, environment};

/// How much of a file is looked through for its conversation's id,
const ID_WITHIN: u64 = 64 << 10;
/// and for something that was said.
const SAID_WITHIN: u64 = 1 << 20;

/// The files that patterns stand for. One that needs a variable that is not set means none.
pub(super) fn files(patterns: &[Template], values: &Values, probe: &dyn Probe) -> Vec<PathBuf> {
    patterns.iter().flat_map(|pattern| matching(pattern, values, probe)).collect()
}

/// Whether something was said in a conversation, by what is in one of its files. A file that
/// cannot be read, or is longer than what is looked at, counts as if there were something: it
/// must not be passed over.
pub(super) fn said(files: &[PathBuf], said: Option<&Regex>, probe: &dyn Probe) -> bool {
    let Some(said) = said else { return !files.is_empty() };
    files.iter().any(|file| match probe.head(file, SAID_WITHIN) {
        Ok(head) => !head.whole || said.is_match(&String::from_utf8_lossy(&head.bytes)),
        Err(_) => true,
    })
}

/// The files in which a running program keeps what is watched: those that the first pattern
/// stands for that has any, tried for each of its processes, and in its conversation.
pub fn watched(
    watch: &Watch,
    events_file: &Path,
    env: &BTreeMap<OsString, OsString>,
    pids: &[i32],
    session: Option<&SessionId>,
    probe: &dyn Probe,
) -> Vec<PathBuf> {
    let mut values = Values::new();
    environment::add_user_dirs(env, &mut values);
    environment::add_names(env, &mut values);
    values.insert(Placeholder::EventsFile, events_file.as_os_str().to_os_string());
    if let Some(session) = session {
        values.insert(Placeholder::Session, session.as_str().into());
    }
    for file in &watch.files {
        for pid in pids {
            values.insert(Placeholder::Pid, pid.to_string().into());
            let mut found = matching(file, &values, probe);
            found.retain(|path| path.is_absolute());
            if !found.is_empty() {
                return found;
            }
        }
    }
    Vec::new()
}

fn matching(pattern: &Template, values: &Values, probe: &dyn Probe) -> Vec<PathBuf> {
    let Ok(filled) = pattern.fill(values) else { return Vec::new() };
    let mut found = probe.matching(&PathBuf::from(filled));
    if pattern.uses_start(Placeholder::Session) {
        let id = values.get(Placeholder::Session).map(|id| id.as_encoded_bytes());
        found.retain(|path| id.is_some_and(|id| holds(path, id, probe)));
    }
    found
}

fn holds(path: &Path, text: &[u8], probe: &dyn Probe) -> bool {
    let head = probe.head(path, ID_WITHIN);
    let there = |bytes: &[u8]| bytes.windows(text.len().max(1)).any(|window| window == text);
    head.is_ok_and(|head| there(&head.bytes))
}
