//! Conversations that Segno itself has written as lines of JSON, perhaps on another machine.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use segno_archive::export::{Format, export};
use segno_archive::ingest::{self, Batch, Report, Source, SourceError};
use segno_archive::query::time::Now;
use segno_archive::read::{Reveal, Show};
use segno_archive::{Archive, Result, query, read};
use segno_transcript::record::{Conversation, Message, Record, Role, ToolCall, ToolStatus, Usage};

/// How deep below the directory files are looked for, and how large they may be, in bytes.
const DEPTH_MAX: usize = 8;
const FILE_MAX: u64 = 1 << 30;
/// Files of this size, in bytes, are held in memory before they are written, in one go.
const TOGETHER: usize = 8 << 20;
/// Of which shape the lines are.
const VERSION: u32 = 1;

/// A line of an export, see `segno_archive::export::Line`.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    Conversation {
        version: u32,
        agent: String,
        id: String,
        title: Option<String>,
        directory: Option<String>,
        branch: Option<String>,
        model: Option<String>,
        parent: Option<String>,
        forked_from: Option<String>,
        created: Option<i64>,
        updated: Option<i64>,
    },
    Entry {
        id: String,
        role: String,
        time: Option<i64>,
        model: Option<String>,
        tool: Option<String>,
        status: Option<String>,
        text: Option<String>,
        reasoning: Option<String>,
        input: Option<String>,
        output: Option<String>,
        #[serde(default)]
        files: Vec<String>,
        gone: Option<i64>,
    },
    Usage {
        usage: Used,
    },
}

#[derive(Deserialize)]
struct Used {
    #[serde(default)]
    input: u64,
    #[serde(default)]
    output: u64,
    #[serde(default)]
    reasoning: u64,
    #[serde(default)]
    cache_read: u64,
    #[serde(default)]
    cache_write: u64,
    cost: Option<f64>,
}

/// A file with one conversation.
struct Exported {
    agent: String,
    name: String,
    bytes: usize,
    records: Vec<Record>,
}

impl Source for Exported {
    fn agent(&self) -> &str {
        &self.agent
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read(&mut self, _cursor: Option<&[u8]>) -> std::result::Result<Batch, SourceError> {
        let records = std::mem::take(&mut self.records);
        Ok(Batch { lines: records.len() as u64, records, cursor: vec![1], ..Batch::default() })
    }
}

/// Brings in what lies below a directory. A conversation that the archive has from its agent stays
/// as it is: an export has its secrets hidden.
pub fn import(archive: &mut Archive, directory: &Path, now: i64) -> Result<Report> {
    let mut paths = Vec::new();
    look(directory, 0, &mut paths);
    let mut total = Report::default();
    let (mut together, mut bytes) = (Vec::new(), 0);
    for path in paths {
        let Some(source) = exported(&path) else { continue };
        let Some(Record::Conversation(of)) = source.records.first() else { continue };
        let known = read::one(archive, &source.agent, &of.id)?;
        let own = known.map(|known| read::source(archive, &known.conversation)).transpose()?;
        if own.flatten().is_some_and(|name| !is_export(&name)) {
            continue;
        }
        bytes += source.bytes;
        together.push(source);
        if bytes >= TOGETHER {
            write(archive, &mut together, now, &mut total)?;
            bytes = 0;
        }
    }
    write(archive, &mut together, now, &mut total)?;
    Ok(total)
}

/// Takes over what a previous database alone has: what was imported into it. What cannot be read
/// there is left out; how many conversations came over.
pub fn take_over(archive: &mut Archive, previous: &Path, now: i64) -> Result<u64> {
    let Ok(Some(previous)) = Archive::read_database(previous) else { return Ok(0) };
    let imported = read::from_sources(&previous, PREFIX).unwrap_or_default();
    let (mut total, mut together) = (Report::default(), Vec::new());
    for (agent, id) in imported {
        if read::one(archive, &agent, &id)?.is_some() {
            continue;
        }
        let show = Show { reveal: Reveal::Yes, ..Show::default() };
        let Ok(shown) = read::show(&previous, &format!("{agent}:{id}"), show) else { continue };
        let text = export(&[shown], Format::JsonLines, &Now::system());
        together.extend(parsed(&text));
        write(archive, &mut together, now, &mut total)?;
    }
    Ok(total.progress.sources)
}

fn write(
    archive: &mut Archive,
    together: &mut Vec<Exported>,
    now: i64,
    total: &mut Report,
) -> Result<()> {
    let mut sources = std::mem::take(together);
    let sources = sources.iter_mut().map(|source| source as &mut dyn Source);
    let done = ingest::ingest(archive, sources, now, |_| ControlFlow::Continue(()))?;
    total.progress.sources += done.progress.sources;
    total.progress.records += done.progress.records;
    total.progress.written += done.progress.written;
    total.progress.lines += done.progress.lines;
    Ok(())
}

/// Begins the names of such sources.
const PREFIX: &str = "export:";

/// Whether a source's name says that it is such a file.
pub fn is_export(source: &str) -> bool {
    source.starts_with(PREFIX)
}

fn look(directory: &Path, depth: usize, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (Ok(kind), path) = (entry.file_type(), entry.path()) else { continue };
        if kind.is_dir() && depth < DEPTH_MAX {
            look(&path, depth + 1, into);
        } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "jsonl") {
            into.push(path);
        }
    }
}

/// What a file says, if Segno wrote it.
fn exported(path: &Path) -> Option<Exported> {
    if fs::metadata(path).ok()?.len() > FILE_MAX {
        return None;
    }
    parsed(&fs::read_to_string(path).ok()?)
}

fn parsed(text: &str) -> Option<Exported> {
    let mut lines = text.lines();
    let Ok(Line::Conversation {
        version: VERSION,
        agent,
        id,
        title,
        directory,
        branch,
        model,
        parent,
        forked_from,
        created,
        updated,
    }) = serde_json::from_str(lines.next()?)
    else {
        return None;
    };
    let of = Conversation {
        id: id.clone(),
        parent,
        forked_from,
        directory,
        title,
        model,
        branch,
        created,
        updated,
    };
    let mut records = vec![Record::Conversation(of)];
    for line in lines {
        match serde_json::from_str(line) {
            // Its agent has taken it back.
            Ok(Line::Entry { gone: Some(_), .. }) => {}
            Ok(Line::Entry {
                id: own,
                role,
                time,
                model,
                tool,
                status,
                text,
                reasoning,
                input,
                output,
                files,
                gone: None,
            }) => {
                records.push(match query::Role::named(&role) {
                    Some(query::Role::Tool) => Record::Tool(ToolCall {
                        conversation: id.clone(),
                        id: own,
                        message: None,
                        name: tool,
                        input,
                        output,
                        status: match status.as_deref() {
                            Some("running") => Some(ToolStatus::Running),
                            Some("done") => Some(ToolStatus::Done),
                            Some("failed") => Some(ToolStatus::Failed),
                            _ => None,
                        },
                        files,
                        time,
                    }),
                    role => Record::Message(Message {
                        conversation: id.clone(),
                        id: own,
                        parent: None,
                        role: match role {
                            Some(query::Role::User) => Role::User,
                            Some(query::Role::Assistant) => Role::Assistant,
                            _ => Role::System,
                        },
                        text: text.unwrap_or_default(),
                        reasoning,
                        time,
                        model,
                    }),
                });
            }
            Ok(Line::Usage { usage }) => records.push(Record::Usage(Usage {
                conversation: id.clone(),
                key: "export".into(),
                input: usage.input,
                output: usage.output,
                reasoning: usage.reasoning,
                cache_read: usage.cache_read,
                cache_write: usage.cache_write,
                cost: usage.cost,
                ..Usage::default()
            })),
            // Another conversation's, or none of ours.
            Ok(Line::Conversation { .. }) => return None,
            Err(_) => {}
        }
    }
    Some(Exported { agent, name: format!("{PREFIX}{id}"), bytes: text.len(), records })
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_archive::read::show;
    use segno_transcript::record::Removal;

    fn message(id: &str, text: &str) -> Record {
        Record::Message(Message {
            conversation: "c1".into(),
            id: id.into(),
            parent: None,
            role: Role::User,
            text: text.into(),
            reasoning: None,
            time: Some(1),
            model: None,
        })
    }

    #[test]
    fn what_an_agent_took_back_does_not_come_back() {
        let temp = tempfile::tempdir().unwrap();
        let open = |name: &str| Archive::write(&temp.path().join(name)).unwrap().archive;
        let mut own = open("own");
        let removal = Removal::Message { conversation: "c1".into(), message: "m1".into() };
        let records = vec![message("m1", "no"), message("m2", "yes"), Record::Removal(removal)];
        let mut source = Exported { agent: "demo".into(), name: "x".into(), bytes: 0, records };
        let sources = std::iter::once(&mut source as &mut dyn Source);
        ingest::ingest(&mut own, sources, 5, |_| ControlFlow::Continue(())).unwrap();
        let shown = show(&own, "c1", Show::default()).unwrap();
        assert_eq!(shown.entries.len(), 2);
        let directory = temp.path().join("files");
        fs::create_dir(&directory).unwrap();
        let text = export(&[shown], Format::JsonLines, &Now::system());
        fs::write(directory.join("c1.jsonl"), text).unwrap();
        let mut other = open("other");
        import(&mut other, &directory, 6).unwrap();
        let shown = show(&other, "c1", Show::default()).unwrap();
        let texts = |archive: &Archive| {
            let shown = show(archive, "c1", Show::default()).unwrap();
            shown.entries.iter().filter_map(|entry| entry.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!((shown.entries.len(), texts(&other)), (1, vec!["yes".to_string()]));
        // No source says it again when the archive is built anew.
        let opened = other.replace().unwrap();
        let (mut anew, previous) = (opened.archive, opened.anew.unwrap().previous);
        assert!(show(&anew, "c1", Show::default()).is_err());
        assert_eq!(take_over(&mut anew, &previous, 7).unwrap(), 1);
        assert_eq!(texts(&anew), ["yes"]);
    }
}
