//! Files that a program keeps: those of a conversation, and those of its own that are watched.
//!
//! A name may hold only the beginning of a conversation's id, which another conversation can
//! share. So such a file counts only when the whole id stands in it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Probe, environment};
use crate::identity::SessionId;
use crate::panetype::text::template::{Placeholder, Template, Values};
use crate::panetype::types::TitleSession;
use segno_base::text::expression::Expression;

/// How much of a file is looked through for its conversation's id,
const ID_WITHIN: u64 = 64 << 10;
/// and for something that was said.
const SAID_WITHIN: u64 = 1 << 20;

/// Where files of one kind are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    /// `*` in it is any part of a name.
    path: PathBuf,
    /// The id that must stand in each.
    id: Option<String>,
}

impl Pattern {
    /// `None` where a value is missing: it then stands for no file.
    fn new(template: &Template, values: &Values) -> Option<Pattern> {
        let path = PathBuf::from(template.fill(values).ok()?);
        let id = match template.uses_start(Placeholder::Session) {
            true => Some(values.get(Placeholder::Session)?.to_str()?.to_owned()),
            false => None,
        };
        Some(Pattern { path, id })
    }

    /// One without an id.
    pub fn at(path: PathBuf) -> Pattern {
        Pattern { path, id: None }
    }

    /// The files that it stands for, by name.
    pub fn files(&self, probe: &dyn Probe) -> Vec<PathBuf> {
        let mut found = probe.matching(&self.path);
        if let Some(id) = &self.id {
            found.retain(|path| holds(path, id.as_bytes(), probe));
        }
        found
    }
}

fn holds(path: &Path, text: &[u8], probe: &dyn Probe) -> bool {
    let there = |bytes: &[u8]| bytes.windows(text.len().max(1)).any(|window| window == text);
    probe.head(path, ID_WITHIN).is_ok_and(|head| there(&head.bytes))
}

/// The files that templates stand for.
pub(super) fn files(templates: &[Template], values: &Values, probe: &dyn Probe) -> Vec<PathBuf> {
    let patterns = templates.iter().filter_map(|template| Pattern::new(template, values));
    patterns.flat_map(|pattern| pattern.files(probe)).collect()
}

/// Whether something was said in a conversation, by what is in one of its files. A file that
/// cannot be read, or is longer than what is looked at, counts as if there were something: it
/// must not be passed over.
pub(super) fn said(files: &[PathBuf], said: Option<&Expression>, probe: &dyn Probe) -> bool {
    let Some(said) = said else { return !files.is_empty() };
    files.iter().any(|file| match probe.head(file, SAID_WITHIN) {
        Ok(head) => !head.whole || said.is_match(&String::from_utf8_lossy(&head.bytes)),
        Err(_) => true,
    })
}

/// Where the file of the conversation may be that a title names, by its id or the beginning of it.
/// Patterns are not expanded.
pub fn named(
    rule: &TitleSession,
    env: &BTreeMap<OsString, OsString>,
    session: &SessionId,
) -> Vec<PathBuf> {
    let mut values = Values::new();
    environment::add_user_dirs(env, &mut values);
    environment::add_names(env, &mut values);
    values.insert(Placeholder::Session, session.as_str().into());
    absolute(&rule.files, &values)
}

fn absolute(files: &[Template], values: &Values) -> Vec<PathBuf> {
    let paths = files.iter().filter_map(|file| Some(PathBuf::from(file.fill(values).ok()?)));
    paths.filter(|path| path.is_absolute()).collect()
}

/// Where files of a type's programs are that belong to no pane, such as past conversations.
/// Patterns are not expanded; one that needs a variable which is not set is left out.
pub fn absolute_files(files: &[Template], env: &BTreeMap<OsString, OsString>) -> Vec<PathBuf> {
    let mut values = Values::new();
    environment::add_user_dirs(env, &mut values);
    environment::add_names(env, &mut values);
    absolute(files, &values)
}

/// Where a running program keeps what is watched, in the order of the type: for each of its
/// processes, and in its conversation.
pub fn watched(
    files: &[Template],
    events_file: &Path,
    env: &BTreeMap<OsString, OsString>,
    pids: &[i32],
    session: Option<&SessionId>,
) -> Vec<Pattern> {
    let mut values = Values::new();
    environment::add_user_dirs(env, &mut values);
    environment::add_names(env, &mut values);
    values.insert(Placeholder::EventsFile, events_file.as_os_str().to_os_string());
    if let Some(session) = session {
        values.insert(Placeholder::Session, session.as_str().into());
    }
    let mut patterns = Vec::new();
    for file in files {
        for pid in pids {
            values.insert(Placeholder::Pid, pid.to_string().into());
            let pattern = Pattern::new(file, &values);
            patterns.extend(pattern.filter(|pattern| pattern.path.is_absolute()));
        }
    }
    patterns.dedup();
    patterns
}
