//! What an agent answered to a prompt, from what it has stored of the conversation.

use std::cmp::Reverse;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{failed, update};
use crate::environment::Environment;
use crate::error::CliError;
use segno_archive::query::Role;
use segno_archive::read::{self, Entry, Reveal, Show};
use segno_archive::{Archive, Error};
use segno_wire::control::panes::prompt::{PromptEnd, PromptEnded};

/// How long an agent may take to store its answer after it has said that it is done.
const STORES: Duration = Duration::from_secs(5);
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

/// What an agent answered to a prompt whose turn ended so, as far as it stores that.
pub fn to_prompt(
    env: &Environment,
    what: &str,
    prompt: &str,
    ended: &PromptEnded,
) -> Result<Option<Answer>, CliError> {
    use PromptEnd::{Blocked, Done, Error, Exited};
    match (ended.end, &ended.type_name, &ended.session) {
        (Done | Blocked | Error | Exited, Some(agent), Some(session)) => {
            // Only one that is done has something to store.
            let patience = if ended.end == Done { STORES } else { Duration::ZERO };
            read(env, what, agent, session.as_str(), prompt, ended.at, patience)
        }
        _ => Ok(None),
    }
}

/// Everything that was said after the prompt in the conversation; waits this long for it to be
/// stored. `at` is when the agent got the prompt, in milliseconds since the Unix epoch.
fn read(
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
    // The same may have been asked again since, or shortly before.
    let distance = |entry: &Entry| {
        let given = i64::try_from(at).unwrap_or(i64::MAX);
        entry.time.map_or(u64::MAX, |time| time.abs_diff(given))
    };
    let asked_so = entries.iter().enumerate().filter(|(_, entry)| is_it(entry));
    let nearest = asked_so.min_by_key(|(place, entry)| (distance(entry), Reverse(*place)));
    let from = nearest.map(|(place, _)| place + 1).or_else(|| {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(role: Role, text: &str, time: i64) -> Entry {
        Entry {
            row: 0,
            id: String::new(),
            role,
            time: Some(time),
            model: None,
            tool: None,
            status: None,
            text: Some(text.into()),
            reasoning: None,
            input: None,
            output: None,
            files: Vec::new(),
            gone: None,
            hidden: 0,
        }
    }

    #[test]
    fn the_answer_is_that_of_this_prompt_not_of_the_same_text_later() {
        let entries = [
            entry(Role::User, "go on", 100_000),
            entry(Role::Assistant, "one", 100_500),
            entry(Role::User, "go on", 101_000),
            entry(Role::Assistant, "two", 101_500),
            entry(Role::User, "go on", 200_000),
            entry(Role::Assistant, "three", 200_500),
        ];
        for (at, said) in [(99_900, "one"), (101_000, "two"), (199_000, "three")] {
            let answer = answer_to(&entries, "go on", at).unwrap();
            assert_eq!(answer.text, said);
        }
    }
}
