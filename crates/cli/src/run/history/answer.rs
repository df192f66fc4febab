//! What an agent answered to a prompt, from what it has stored of the conversation.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{failed, update};
use crate::environment::Environment;
use crate::error::CliError;
use segno_archive::query::Role;
use segno_archive::read::{self, Entry, Reveal, Show};
use segno_archive::{Archive, Error};

/// How often it is looked for.
const PAUSE: Duration = Duration::from_millis(200);
/// How long another process may be at the archive.
const OTHERS: Duration = Duration::from_secs(60);
/// How much an agent's clock, or what it calls the time of a message, may be off, in milliseconds.
const SLACK: u64 = 10_000;

/// What was said and done after a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    pub text: String,
    /// The tools that were used, each once.
    pub tools: Vec<String>,
    /// The files that they touched, each once.
    pub files: Vec<String>,
}

/// Everything that was said after the prompt in the conversation; waits this long for it to be
/// stored. `at` is when the agent got the prompt, in milliseconds since the Unix epoch.
pub fn read(
    env: &Environment,
    what: &str,
    agent: &str,
    session: &str,
    prompt: &str,
    at: u64,
    patience: Duration,
) -> Result<Option<Answer>, CliError> {
    if !update::is_described(env, agent) {
        return Ok(None);
    }
    let begun = Instant::now();
    let mut end = begun + patience;
    loop {
        if !update::of_agent(env, what, agent)? && begun.elapsed() < OTHERS {
            // Whoever fills the archive gives way to everything else: its time is none of the
            // agent's.
            end = Instant::now() + patience;
        }
        let archive = Archive::read(&env.home.archive_dir()).map_err(|e| failed(what, &e))?;
        let id = format!("{agent}:{session}");
        let options = Show { reveal: Reveal::Yes, ..Show::default() };
        let shown = match archive.map(|archive| read::show(&archive, &id, options)) {
            None | Some(Err(Error::Unknown(_))) => None,
            Some(shown) => Some(shown.map_err(|e| failed(what, &e))?),
        };
        let answer = shown.and_then(|shown| answer_to(&shown.entries, prompt, at));
        if answer.is_some() || Instant::now() >= end {
            return Ok(answer);
        }
        sleep(PAUSE);
    }
}

/// What follows the prompt up to the next one; `None` while nothing was said.
fn answer_to(entries: &[Entry], prompt: &str, at: u64) -> Option<Answer> {
    let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let wanted = solid(prompt);
    let asked = |entry: &&Entry| entry.role == Role::User;
    let since = i64::try_from(at.saturating_sub(SLACK)).unwrap_or(i64::MAX);
    let late = |entry: &Entry| entry.time.is_none_or(|time| time >= since);
    let is_it = |entry: &Entry| {
        let text = entry.text.as_deref().map(solid).unwrap_or_default();
        asked(&entry) && late(entry) && text.contains(&wanted)
    };
    let from = entries.iter().rposition(is_it).map(|at| at + 1).or_else(|| {
        // It stores the prompt in other words: by the time.
        entries.iter().position(|entry| entry.time.is_some_and(|time| time >= since))
    })?;
    let after = entries.get(from..)?;
    let end = after.iter().position(|entry| asked(&entry) && entry.text.is_some());
    let after = &after[..end.unwrap_or(after.len())];
    let said = after.iter().filter(|entry| entry.role == Role::Assistant);
    let said: Vec<&str> = said
        .filter_map(|entry| entry.text.as_deref())
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    let mut tools: Vec<String> = Vec::new();
    let mut files: Vec<String> = Vec::new();
    for entry in after {
        let once = |list: &mut Vec<String>, name: &String| {
            if !list.contains(name) {
                list.push(name.clone());
            }
        };
        entry.tool.iter().for_each(|tool| once(&mut tools, tool));
        entry.files.iter().for_each(|file| once(&mut files, file));
    }
    (!said.is_empty()).then(|| Answer { text: said.join("\n\n"), tools, files })
}
