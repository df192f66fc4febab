//! What the archive knows of conversations, as curation needs it.

use super::due::{MARK, Run, Seen};
use crate::environment::Environment;
use crate::error::CliError;
use segno_archive::query::Role;
use segno_archive::read::{self, Conversation, Figures, Show};
use segno_archive::{Archive, Error};

/// A conversation.
pub struct Known {
    pub seen: Seen,
    pub title: Option<String>,
    conversation: Conversation,
}

impl Known {
    fn of(conversation: Conversation) -> Option<Known> {
        let seen = Seen {
            agent: conversation.agent.clone(),
            id: conversation.id.clone(),
            created: conversation.created,
            updated: conversation.updated.or(conversation.created)?,
            gone: conversation.gone,
            directory: conversation.directory.clone(),
        };
        Some(Known { seen, title: conversation.title.clone(), conversation })
    }

    /// With its agent, as `segno history` takes it.
    pub fn name(&self) -> String {
        format!("{}:{}", self.seen.agent, self.seen.id)
    }

    /// What people know it by.
    pub fn called(&self) -> String {
        let name = || self.name();
        self.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(name)
    }

    /// Whether a curation said the first thing in it.
    pub fn is_marked(&self, archive: &Archive) -> Result<bool, Error> {
        let mut contents = read::contents(archive, &self.conversation)?;
        let first = contents.pieces.iter().find(|piece| piece.role == Role::User).cloned();
        let text = first.map(|piece| contents.read(&piece)).transpose()?.and_then(|e| e.text);
        // Some agents put it in quotes.
        let begin = text.as_deref().unwrap_or_default().trim_start_matches(['"', '\'', ' ', '\n']);
        Ok(begin.starts_with(MARK))
    }

    /// What it has used in all, of each answer where the agent says it of them.
    pub fn figures(&self, archive: &Archive) -> Result<Vec<Figures>, Error> {
        let contents = read::contents(archive, &self.conversation)?;
        let each: Vec<_> = contents.pieces.iter().filter_map(|piece| piece.figures).collect();
        Ok(if each.is_empty() { vec![contents.figures] } else { each })
    }

    pub fn model(&self) -> Option<String> {
        self.conversation.model.clone()
    }
}

/// The archive; `None` where nothing is archived yet.
pub fn open(env: &Environment, what: &str) -> Result<Option<Archive>, CliError> {
    Archive::read(&env.home.archive_dir()).map_err(|e| CliError::new(what, e))
}

/// The conversation with this id, which may be shortened.
pub fn find(archive: &Archive, id: &str) -> Result<Known, Error> {
    let conversation = read::show(archive, id, Show::default())?.conversation;
    Known::of(conversation).ok_or_else(|| Error::Unknown(id.into()))
}

/// All that were written to since then, but for those of subagents.
pub fn since(archive: &Archive, since: i64) -> Result<Vec<Known>, Error> {
    let changed = read::changed_since(archive, since)?;
    let own = changed.into_iter().filter(|changed| changed.conversation.parent.is_none());
    Ok(own.filter_map(|changed| Known::of(changed.conversation)).collect())
}

/// Those of a run: what its agent said, and its subagents.
pub fn of_run(archive: &Archive, type_name: &str, run: &Run) -> Result<Vec<Vec<Known>>, Error> {
    let changed = read::changed_since(archive, run.begun)?;
    let all: Vec<Known> = changed
        .into_iter()
        .filter(|changed| changed.conversation.agent == type_name)
        .filter_map(|changed| Known::of(changed.conversation))
        .collect();
    let (children, roots): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| one.conversation.parent.is_some());
    let mut families: Vec<Vec<Known>> =
        roots.into_iter().filter(|one| run.has(&one.seen)).map(|one| vec![one]).collect();
    for child in children {
        let parent = child.conversation.parent.clone();
        let of = |family: &&mut Vec<Known>| {
            family.iter().any(|one| Some(&one.seen.id) == parent.as_ref())
        };
        if let Some(family) = families.iter_mut().find(of) {
            family.push(child);
        }
    }
    Ok(families)
}
