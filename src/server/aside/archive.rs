//! Looking into the archive of conversations, and putting back what it keeps, for who is at a
//! terminal.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use segno_archive::export::{self, Format};
use segno_archive::originals::{self, Restored};
use segno_archive::query::time::Now;
use segno_archive::query::{self, Found, Hit, How, Options, Query, Role};
use segno_archive::read::{self, Entry, Names, Reveal, Show};
use segno_archive::{Archive, Error};
use segno_core::archive::{
    ArchiveFound, ArchiveNames, ArchivedId, FoundConversation, FoundEntry, Passage, Said,
};
use segno_history::exports;
use segno_transcript::read::{Described, Environment};

/// Conversations that a search shows.
const FOUND_MAX: usize = 50;
/// How long a search may take; what has been found by then is shown.
const BUDGET: Duration = Duration::from_millis(500);
/// So many letters are the beginning of a word; with fewer, half of all words would be found.
const BEGINNING: usize = 3;
/// Entries on either side of one.
const AROUND: usize = 6;
/// More of a conversation is not read into a dialog: the newest entries, and so many bytes of each.
const ENTRIES_MAX: usize = 5000;
const TEXT_MAX: usize = 64 << 10;

/// What was said about a query, whose last word may go on.
pub(in super::super) fn search(directory: &Path, text: &str) -> Result<ArchiveFound, String> {
    let archive = open(directory)?;
    let now = Now::system();
    let mut query = query::parse(text, &now);
    go_on(&mut query, text);
    let options = Options {
        limit: FOUND_MAX,
        context: 0,
        how: How::Words,
        budget: BUDGET,
        reveal: Reveal::No,
        now,
    };
    let report = query::search(&archive, &query, &options).map_err(why)?;
    let conversations = report.results.into_iter().map(found).collect();
    Ok(ArchiveFound { conversations, complete: report.complete })
}

/// While one types, the last word is the beginning of one.
fn go_on(query: &mut Query, text: &str) {
    if let Some([term]) = query.all.last_mut().map(Vec::as_mut_slice)
        && text.ends_with(char::is_alphanumeric)
        && text.to_lowercase().ends_with(&term.text.to_lowercase())
        && (term.text.chars().count() >= BEGINNING || !term.text.is_ascii())
    {
        term.prefix = true;
    }
}

fn found(found: Found) -> FoundConversation {
    let Found { conversation, hits, .. } = found;
    let type_name = conversation.agent;
    let id = |id| ArchivedId { type_name: type_name.clone(), id };
    let opens = conversation.parent.unwrap_or_else(|| conversation.id.clone());
    FoundConversation {
        opens: id(opens),
        forked_from: conversation.forked_from,
        of: id(conversation.id),
        title: conversation.title,
        directory: conversation.directory.map(PathBuf::from),
        time: conversation.updated.or(conversation.created).map(i64::unsigned_abs),
        gone: conversation.gone.is_some(),
        hits: hits.into_iter().map(entry).collect(),
    }
}

fn entry(hit: Hit) -> FoundEntry {
    FoundEntry {
        entry: hit.entry,
        who: hit.tool.unwrap_or_else(|| hit.role.name().to_string()),
        text: hit.snippet.text,
        marks: hit.snippet.marks,
    }
}

/// What filters can be completed to; nothing where that cannot be read: a search says why.
pub(in super::super) fn names(directory: &Path) -> ArchiveNames {
    let names = open(directory).and_then(|archive| read::names(&archive).map_err(why));
    let Ok(Names { agents, directories, branches, tools, models }) = names else {
        return ArchiveNames::default();
    };
    let mut projects = Vec::new();
    for directory in &directories {
        let name = Path::new(directory).file_name().map(|name| name.to_string_lossy().into_owned());
        projects.extend(name.filter(|name| !projects.contains(name)));
    }
    ArchiveNames { agents, projects, branches, directories, tools, models }
}

/// What stands in a passage.
pub(in super::super) fn read(directory: &Path, passage: &Passage) -> Result<Vec<Said>, String> {
    let archive = open(directory)?;
    let around = passage.around.as_deref();
    let show = Show { around, context: AROUND, reveal: Reveal::No };
    let shown = match read::show(&archive, &passage.of.name(), show) {
        Err(Error::Unknown(_)) => return Ok(Vec::new()),
        shown => shown.map_err(why)?,
    };
    let left_out = shown.entries.len().saturating_sub(ENTRIES_MAX);
    Ok(shown.entries.into_iter().skip(left_out).map(said).collect())
}

fn said(entry: Entry) -> Said {
    let tool = entry.role == Role::Tool;
    let (text, detail) = match tool {
        true => (entry.input, entry.output),
        false => (entry.text, entry.reasoning),
    };
    let short = |text: Option<String>| {
        let mut text = text.unwrap_or_default();
        if text.len() > TEXT_MAX {
            text.truncate(text.floor_char_boundary(TEXT_MAX));
            text.push_str("\n…");
        }
        text
    };
    Said {
        entry: entry.id,
        who: entry.tool.unwrap_or_else(|| entry.role.name().to_string()),
        tool,
        time: entry.time.map(i64::unsigned_abs),
        text: short(text),
        detail: short(detail),
    }
}

/// Writes a conversation as Markdown into a new file of this directory; which one.
pub(in super::super) fn save(
    directory: &Path,
    of: &ArchivedId,
    to: &Path,
) -> Result<PathBuf, String> {
    let archive = open(directory)?;
    let shown = read::show(&archive, &of.name(), Show::default()).map_err(why)?;
    let text = export::export(&[shown], Format::Markdown, &Now::system());
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let id: String = of.id.chars().map(plain).take(80).collect();
    for n in 1..100 {
        let number = if n == 1 { String::new() } else { format!("-{n}") };
        let path = to.join(format!("{}-{id}{number}.md", of.type_name));
        let mut options = OpenOptions::new();
        match options.write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                return file
                    .write_all(text.as_bytes())
                    .map(|()| path.clone())
                    .map_err(|error| format!("{}: {error}", path.display()));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
    }
    Err(format!("{} has many exports of it already", to.display()))
}

/// What the type of a conversation says, and where its agent keeps what it stores.
pub(in super::super) struct Agent {
    pub described: Described,
    pub environment: Environment,
}

/// Whether a conversation can be put back: its file was kept and is no more where it was, or it was
/// exported from a database that does not have it any more.
pub(in super::super) fn keeps(directory: &Path, of: &ArchivedId, agent: &Agent) -> bool {
    let Ok(archive) = open(directory) else { return false };
    if exports::keeps(&archive, &agent.described, &of.id, &agent.environment) {
        return true;
    }
    let originals = originals::all(&archive).unwrap_or_default();
    originals.iter().map(|original| &original.origin).any(|origin| {
        let path = origin.path.as_deref();
        origin.agent == of.type_name
            && origin.conversations.contains(&of.id)
            && path.is_some_and(|path| !path.exists())
    })
}

/// Puts a conversation back where its agent looks for it.
pub(in super::super) fn restore(
    directory: &Path,
    of: &ArchivedId,
    agent: &Agent,
) -> Result<(), String> {
    let archive = open(directory)?;
    let types = std::slice::from_ref(&agent.described);
    let restored =
        exports::restore(&archive, &of.name(), types, &agent.environment).map_err(why)?;
    let import = restored.iter().find_map(|restored| match restored {
        Restored::Import { export, .. } => Some(export),
        _ => None,
    });
    match import {
        Some(export) => Err(format!("its type has no command that imports {}", export.display())),
        None => Ok(()),
    }
}

fn open(directory: &Path) -> Result<Archive, String> {
    match Archive::read(directory) {
        Ok(Some(archive)) => Ok(archive),
        Ok(None) => Err("nothing is archived yet".to_string()),
        Err(error) => Err(why(error)),
    }
}

fn why(error: Error) -> String {
    match error {
        Error::Damaged(_) => {
            "the archive is damaged; `segno history rebuild` builds it again".into()
        }
        error => error.to_string(),
    }
}
