//! Conversations as files below a directory.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use super::listing::Verified;
use super::pass::{Outcome, Pass, Way};
use super::wire::Outgoing;
use crate::error::{Error, Result};
use crate::item::{self, SESSION};
use crate::service::Files;
use crate::state::{ItemState, Known, Sent};
use segno_archive::export::{self, Format};
use segno_archive::query::time::Now;
use segno_archive::read::{self, Changed, Contents, Shown};
use segno_store::file::atomic;

/// The longest name of a part of a path, in bytes; file systems take 255, and there is an ending.
const PART_MAX: usize = 200;

impl Pass<'_> {
    /// Writes a conversation's file, where it is not what it was.
    pub(super) fn file(
        &mut self,
        files: &Files,
        changed: &Changed,
        contents: &mut Contents,
    ) -> Result<Outcome> {
        let of = &changed.conversation;
        let root = PathBuf::from(&self.target.url);
        if !root.is_dir() {
            // A disk that is not mounted is not to be mistaken for an empty one.
            let why = format!("the directory {} is not there", root.display());
            return Ok(Outcome::Later { why, asked: None });
        }
        let known = self.known(&of.agent, &of.id)?;
        let version = changed.stamp;
        let stored = self.state.items(known.id)?;
        let before = stored.get(&SESSION);
        let project = item::project(of, &contents.held);
        let text = self.text(files, changed, contents)?;
        let values = json!({
            "agent": part(&of.agent),
            "conversation": {
                "id": part(&of.id),
                "project": part(project.as_deref().unwrap_or("none")),
            },
        });
        let ending = self.format(files);
        let relative = format!("{}.{ending}", files.path.render(&values));
        let hash = item::number(&format!("{relative}\n{text}"));
        let sent = Sent { key: SESSION, version, hash };
        let old = known.remote.get("path").and_then(Value::as_str).map(str::to_owned);
        let path = below(&root, &relative)?;
        let same = before.filter(|item| item.hash == hash);
        if same.is_some_and(|item| item.state == ItemState::Aside || path.is_file()) {
            return Ok(Outcome::Done);
        }
        if self.way == Way::Dry {
            let url = path.display().to_string();
            let request = Outgoing {
                method: "WRITE".into(),
                url,
                headers: Vec::new(),
                body: Some(text),
                timeout: 0,
            };
            self.report.sent += 1;
            return Ok(self
                .transport
                .send(&request)
                .map_or_else(|why| Outcome::Later { why, asked: None }, |_| Outcome::Done));
        }
        if let Err(error) = write(&path, &text) {
            let why = format!("cannot write {}: {error}", path.display());
            if is_in_the_way(error.kind()) {
                self.aside(known.id, sent, &format!("conversation {}", of.id), &why)?;
                return Ok(Outcome::Done);
            }
            return Ok(Outcome::Later { why, asked: None });
        }
        if let Some(old) = old.filter(|old| *old != relative) {
            remove(&below(&root, &old)?)?;
        }
        let remote = [("path".to_owned(), Value::from(relative))].into_iter().collect();
        let now = (self.clock)();
        self.state.acknowledge(&self.target.name, known.id, &[sent], Some(&remote), now)?;
        self.report.sent += 1;
        Ok(Outcome::Done)
    }

    fn format(&self, files: &Files) -> String {
        let chosen = self.target.format.clone().filter(|chosen| files.formats.contains(chosen));
        chosen.or_else(|| files.formats.first().cloned()).unwrap_or_default()
    }

    fn text(&self, files: &Files, changed: &Changed, contents: &mut Contents) -> Result<String> {
        let of = &changed.conversation;
        let target = self.target;
        let mut entries = Vec::new();
        for piece in contents.pieces.clone() {
            if target.contents.include(piece.role, target.tools) {
                let mut entry = contents.read(&piece)?;
                entry.reasoning = entry.reasoning.filter(|_| target.reasoning);
                entries.push(entry);
            }
        }
        let values = self.values(changed, contents)?;
        let mut conversation = of.clone();
        if let Some(title) = values["conversation"]["title"].as_str() {
            conversation.title = Some(title.into());
        }
        let held = contents.held.clone();
        let shown =
            Shown { version: read::VERSION, conversation, forks: Vec::new(), held, entries };
        let format = Format::named(&self.format(files)).unwrap_or(Format::JsonLines);
        let mut text = export::export(&[shown], format, &Now::system());
        if format == Format::JsonLines && values["usage"].is_object() {
            let usage = json!({
                "type": "usage", "agent": of.agent, "conversation": of.id,
                "usage": values["usage"],
            });
            text.push_str(&format!("{usage}\n"));
        }
        Ok(text)
    }

    pub(super) fn delete_file(&mut self, known: &Known) -> Result<()> {
        let root = PathBuf::from(&self.target.url);
        match known.remote.get("path").and_then(Value::as_str) {
            Some(path) if self.way != Way::Dry => remove(&below(&root, path)?),
            _ => Ok(()),
        }
    }

    pub(super) fn verify_files(&self, sent: &[Known]) -> Verified {
        let mut verified = Verified::default();
        let root = Path::new(&self.target.url);
        for known in sent {
            let path = known.remote.get("path").and_then(Value::as_str);
            match path.is_some_and(|path| root.join(path).is_file()) {
                true => verified.there += 1,
                false => verified.missing.push(format!("{}:{}", known.agent, known.native)),
            }
        }
        verified
    }
}

/// A text as one part of a path that every file system takes.
fn part(text: &str) -> String {
    let plain = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        c if c.is_control() => '_',
        c => c,
    };
    let mut name: String = text.chars().map(plain).take(100).collect();
    while name.len() > PART_MAX {
        name.pop();
    }
    match name.trim_start_matches(['.', '-', ' ']) {
        "" => "_".into(),
        name => name.into(),
    }
}

/// Whether this file alone cannot be written: of others in the directory it says nothing.
fn is_in_the_way(error: ErrorKind) -> bool {
    matches!(
        error,
        ErrorKind::AlreadyExists
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidFilename
    )
}

/// A path that cannot lead out of the directory.
fn below(root: &Path, relative: &str) -> Result<PathBuf> {
    let path = Path::new(relative);
    match path.components().all(|part| matches!(part, Component::Normal(_))) {
        true => Ok(root.join(path)),
        false => Err(Error::Usage(format!("{relative:?} leads out of the directory"))),
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    atomic::write(path, text.as_bytes())
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::file("cannot remove", path)(error))
        }
        _ => Ok(()),
    }
}
