//! Which sources there are.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::glob::{self, Found, Part};
use super::{Place, Problem, Source, database, file};
use crate::description::files::{Pattern, Piece};
use crate::description::{Described, Transcript};
use crate::map::Start;

/// The most entries of directories that are looked at for one pattern.
const ENTRIES_MAX: usize = 500_000;

/// What patterns of files depend on.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    pub variables: BTreeMap<OsString, OsString>,
    /// Where agents were run.
    pub directories: Vec<PathBuf>,
}

impl Environment {
    /// A variable that holds something.
    fn variable(&self, name: &str) -> Option<&OsStr> {
        let value = self.variables.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value.as_os_str())
    }

    fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").map(PathBuf::from)
    }

    /// A directory of the XDG specification, which has to be absolute.
    fn xdg(&self, name: &str, otherwise: &str) -> Option<PathBuf> {
        let set = self.variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        set.or_else(|| Some(self.home()?.join(otherwise)))
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    pub sources: Vec<Source>,
    pub problems: Vec<Problem>,
}

/// Lists every source there is. Only databases are opened.
pub fn discover(types: &[Described], environment: &Environment) -> Discovery {
    let mut discovery = Discovery::default();
    for described in types {
        let mut known = Known::default();
        for transcript in &described.transcripts {
            let only = None;
            let looking = Looking { agent: &described.agent, transcript, environment, only };
            looking.look(&mut known, &mut discovery);
        }
    }
    discovery
}

/// The files that a conversation is in, and those of its subagents where these are known by their
/// places. What only an older version of the agent has written is left out.
pub fn of_conversation(described: &Described, environment: &Environment, id: &str) -> Vec<Source> {
    let mut discovery = Discovery::default();
    // A name, and no way to somewhere else.
    if id.is_empty() || id.starts_with('.') || id.contains(['/', '\0']) {
        return discovery.sources;
    }
    let mut known = Known::default();
    for transcript in described.transcripts.iter().filter(|transcript| transcript.is_live()) {
        let only = Some(id);
        let looking = Looking { agent: &described.agent, transcript, environment, only };
        looking.look_for_files(&mut known, &mut discovery);
    }
    discovery.sources
}

/// The files of a description that are no subagent's. None is opened.
pub(super) fn files_of(
    described: &Described,
    transcript: &Arc<Transcript>,
    environment: &Environment,
) -> Vec<(Found, Start)> {
    let looking = Looking { agent: &described.agent, transcript, environment, only: None };
    let mut found = Vec::new();
    for pattern in transcript.files.iter().filter(|p| !p.pieces().contains(&Piece::Parent)) {
        for directory in looking.directories(pattern) {
            let files = looking.files(pattern, directory, &mut |_, _| {}).into_iter();
            found.extend(files.map(|file| (file.clone(), start(&file, directory))));
        }
        // A program has one database: the first that is there.
        if transcript.database.is_some() && !found.is_empty() {
            break;
        }
    }
    found
}

/// What a file's place says of the conversation in it.
fn start(found: &Found, directory: Option<&Path>) -> Start {
    let session = found.session.clone();
    Start {
        // Of tens of thousands of files, most say their id, and need no other.
        fallback: match session {
            Some(_) => String::new(),
            None => file::hash(found.path.as_os_str().as_bytes()),
        },
        id: session,
        parent: found.parent.clone(),
        directory: directory.map(|directory| directory.to_string_lossy().into_owned()),
    }
}

/// What of a type was found.
#[derive(Default)]
struct Known {
    conversations: HashSet<String>,
    /// By the description, device and inode: two patterns may lead to one place.
    files: HashSet<(usize, u64, u64)>,
}

struct Looking<'a> {
    agent: &'a str,
    transcript: &'a Arc<Transcript>,
    environment: &'a Environment,
    /// The conversation whose files are wanted.
    only: Option<&'a str>,
}

impl Looking<'_> {
    fn look(&self, known: &mut Known, discovery: &mut Discovery) {
        let first = discovery.sources.len();
        if !self.transcript.command.is_empty() {
            let place = Place::Command(self.transcript.command.clone());
            let start = Start { fallback: self.agent.to_string(), ..Start::default() };
            discovery.sources.push(self.source(place, start));
        }
        self.look_for_files(known, discovery);
        if self.transcript.fallback {
            let is_new = |source: &Source| {
                source.start.id.as_ref().is_none_or(|id| !known.conversations.contains(id))
            };
            let mut n = 0;
            discovery.sources.retain(|source| {
                n += 1;
                n <= first || is_new(source)
            });
        }
        known
            .conversations
            .extend(discovery.sources[first..].iter().filter_map(|s| s.start.id.clone()));
    }

    fn look_for_files(&self, known: &mut Known, discovery: &mut Discovery) {
        let patterns = self.transcript.files.iter();
        for pattern in patterns.filter(|pattern| self.only.is_none() || is_of_one(pattern)) {
            for directory in self.directories(pattern) {
                let mut unread = |path: &Path, why| {
                    let source_name = path.to_string_lossy().into_owned();
                    discovery.problems.push(Problem { source_name, why });
                };
                for found in self.files(pattern, directory, &mut unread) {
                    let Ok(of) = fs::symlink_metadata(&found.path) else { continue };
                    let description = Arc::as_ptr(self.transcript) as usize;
                    if known.files.insert((description, of.dev(), of.ino())) {
                        self.found(found, directory, discovery);
                    }
                }
            }
        }
    }

    /// The directories for which a pattern stands for something else each.
    fn directories(&self, pattern: &Pattern) -> Vec<Option<&Path>> {
        match pattern.pieces().contains(&Piece::Directory) {
            true => self.environment.directories.iter().map(|path| Some(path.as_path())).collect(),
            false => vec![None],
        }
    }

    fn found(&self, found: Found, directory: Option<&Path>, discovery: &mut Discovery) {
        let start = start(&found, directory);
        let path = found.path;
        let Some(of) = &self.transcript.database else {
            discovery.sources.push(self.source(Place::File(path), start));
            return;
        };
        match database::conversations(&path, of) {
            Ok(rows) => discovery.sources.extend(rows.into_iter().filter_map(|row| {
                let id = database::column(&row, "conversation");
                let start = Start { id: (!id.is_empty()).then_some(id), ..start.clone() };
                start
                    .id
                    .is_some()
                    .then(|| self.source(Place::Database { file: path.clone(), row }, start))
            })),
            Err(why) => discovery
                .problems
                .push(Problem { source_name: path.to_string_lossy().into_owned(), why }),
        }
    }

    fn source(&self, place: Place, start: Start) -> Source {
        Source { agent: self.agent.to_string(), transcript: self.transcript.clone(), place, start }
    }

    /// The files that a pattern stands for.
    fn files(
        &self,
        pattern: &Pattern,
        directory: Option<&Path>,
        unread: &mut dyn FnMut(&Path, String),
    ) -> Vec<Found> {
        let Some(parts) = self.parts(pattern, directory) else { return Vec::new() };
        let mut names = split(parts);
        // What depends on nothing may lead through links.
        let fixed =
            names.iter().take_while(|name| name.iter().all(|part| matches!(part, Part::Text(_))));
        let fixed = fixed.count().min(names.len().saturating_sub(1));
        let mut base = PathBuf::from("/");
        for name in names.drain(..fixed) {
            for part in name {
                if let Part::Text(text) = part {
                    base.push(OsStr::from_bytes(&text));
                }
            }
        }
        if !base.is_absolute() || names.is_empty() {
            return Vec::new();
        }
        let mut found = glob::below(&base, &names, ENTRIES_MAX, unread);
        // What was looked for by its name has said nothing.
        if let Some(only) = self.only {
            let is_parent = pattern.pieces().contains(&Piece::Parent);
            let is_named = !is_parent && pattern.pieces().contains(&Piece::Session);
            for found in &mut found {
                if is_parent {
                    found.parent = Some(only.to_string());
                } else if is_named {
                    found.session = Some(only.to_string());
                }
            }
        }
        found
    }

    /// Without what stands for something; `None`: it stands for nothing.
    fn parts(&self, pattern: &Pattern, directory: Option<&Path>) -> Option<Vec<Part>> {
        let environment = self.environment;
        let text = |path: &OsStr| Part::Text(path.as_bytes().to_vec());
        let is_parent = pattern.pieces().contains(&Piece::Parent);
        let named = |otherwise: Part, length: usize| match self.only {
            Some(only) => Part::Text(only.as_bytes()[..length.min(only.len())].to_vec()),
            None => otherwise,
        };
        let mut parts = Vec::new();
        for piece in pattern.pieces() {
            parts.push(match piece {
                Piece::Text(text) => Part::Text(text.clone().into_bytes()),
                Piece::UserHome => text(environment.home()?.as_os_str()),
                Piece::ConfigHome => {
                    text(environment.xdg("XDG_CONFIG_HOME", ".config")?.as_os_str())
                }
                Piece::DataHome => {
                    text(environment.xdg("XDG_DATA_HOME", ".local/share")?.as_os_str())
                }
                Piece::Env(name) => text(environment.variable(name)?),
                Piece::Directory => text(directory?.as_os_str()),
                Piece::Any => Part::Any,
                Piece::Session if is_parent => Part::Session,
                Piece::Session => named(Part::Session, usize::MAX),
                Piece::Beginning(length) => named(Part::Beginning(*length), *length),
                Piece::Parent => named(Part::Parent, usize::MAX),
            });
        }
        let absolute = matches!(parts.first(), Some(Part::Text(text)) if text.starts_with(b"/"));
        absolute.then_some(parts)
    }
}

/// Whether a pattern can be about one conversation.
fn is_of_one(pattern: &Pattern) -> bool {
    let names =
        |piece: &Piece| matches!(piece, Piece::Session | Piece::Beginning(_) | Piece::Parent);
    pattern.pieces().iter().any(names)
}

/// The names between slashes.
fn split(parts: Vec<Part>) -> Vec<Vec<Part>> {
    let mut names = vec![Vec::new()];
    for part in parts {
        let Part::Text(text) = part else {
            names.last_mut().expect("never empty").push(part);
            continue;
        };
        for (n, text) in text.split(|byte| *byte == b'/').enumerate() {
            if n > 0 {
                names.push(Vec::new());
            }
            if !text.is_empty() {
                names.last_mut().expect("never empty").push(Part::Text(text.to_vec()));
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}
