//! Pull requests, by the programs that know them: `defaults/worktrees/forges.toml`. They have the
//! user's account and use the network; nobody asks them without a time limit.

pub mod request;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::git::{self, Git, GitError, words};
use crate::{Context, Error};
use segno_base::text::plain_text;

const TEXT: &str = include_str!("../../../../defaults/worktrees/forges.toml");

/// How long one may take to say what it knows.
const VIEW_LIMIT: Duration = Duration::from_secs(8);
/// How long one may take to make a pull request.
const CREATE_LIMIT: Duration = Duration::from_secs(60);
/// Longer addresses are none.
const URL_MAX: usize = 400;

/// A program that knows pull requests.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    pub program: String,
    /// One of these stands in the address of a remote.
    pub remotes: Vec<String>,
    pub env: BTreeMap<String, String>,
    /// Prints a branch's pull request as JSON, with these names in it.
    pub view: Vec<String>,
    pub number: String,
    pub state: String,
    pub url: String,
    /// Makes one; prints its address.
    pub create: Vec<String>,
}

/// A pull request of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    pub number: u64,
    /// In the forge's words, in small letters: `open`, `merged`, `closed`.
    pub state: String,
    pub url: String,
}

#[derive(Deserialize)]
struct File {
    forge: Vec<Forge>,
}

/// All that are known.
pub fn all() -> Vec<Forge> {
    // A test holds that it can be read.
    toml::from_str::<File>(TEXT).map(|file| file.forge).unwrap_or_default()
}

/// The one that knows a repository's remotes, if it is installed.
pub fn of(context: &Context, tree: &Path, has: &dyn Fn(&str) -> bool) -> Option<Forge> {
    let installed: Vec<Forge> = all().into_iter().filter(|forge| has(&forge.program)).collect();
    if installed.is_empty() {
        return None;
    }
    let git = Git::look(context, tree);
    let remotes = git.call(["config", "-z", "--get-regexp", r"^remote\..*\.url$"]).run().ok()?;
    let remotes: Vec<_> =
        words::fields(&remotes.out).map(|field| String::from_utf8_lossy(field)).collect();
    let known = |forge: &Forge| {
        let is_named = |remote: &str| forge.remotes.iter().any(|word| remote.contains(word));
        remotes.iter().any(|remote| is_named(remote))
    };
    installed.into_iter().find(known)
}

impl Forge {
    /// The pull request of a branch, if it has one and the program says so in time.
    pub fn view(&self, tree: &Path, branch: &str) -> Option<PullRequest> {
        // A number would be taken for a pull request's.
        if branch.starts_with('-') || branch.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let args = filled(&self.view, &[("{branch}", branch)]);
        let answer = git::other(&self.program, &args, tree, &self.env, VIEW_LIMIT).ok()?;
        let answered: Value = serde_json::from_slice(&answer.out).ok()?;
        let number = answered.get(&self.number)?.as_u64()?;
        let state = answered.get(&self.state)?.as_str()?.to_lowercase();
        let is_word =
            |state: &str| state.len() <= 20 && state.bytes().all(|b| b.is_ascii_alphabetic());
        let url = address(answered.get(&self.url)?.as_str()?)?;
        is_word(&state).then_some(PullRequest { number, state, url })
    }

    /// Makes a pull request of a branch that the remote has; its address.
    pub fn create(&self, tree: &Path, values: &[(&str, &str)]) -> Result<String, Error> {
        let args = filled(&self.create, values);
        let answer = git::other(&self.program, &args, tree, &self.env, CREATE_LIMIT);
        let answer = answer.map_err(|error| match error {
            GitError::Start(why) => Error::Refused(format!("cannot start {}: {why}", self.program)),
            error => Error::Refused(format!("{}: {error}", self.program)),
        })?;
        if answer.code != Some(0) {
            return Err(Error::Refused(format!("{}: {}", self.program, answer.message())));
        }
        let answered = String::from_utf8_lossy(&answer.out);
        Ok(answered.split_whitespace().rev().find_map(address).unwrap_or_default())
    }
}

/// One value for one argument: nothing is pasted into a text.
fn filled(args: &[String], values: &[(&str, &str)]) -> Vec<String> {
    let value = |arg: &String| values.iter().find(|(name, _)| arg == name).map(|(_, value)| *value);
    args.iter().map(|arg| value(arg).unwrap_or(arg).to_string()).collect()
}

fn address(text: &str) -> Option<String> {
    let is_one = text.starts_with("https://") || text.starts_with("http://");
    (is_one && text.len() <= URL_MAX).then(|| plain_text::line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forges_can_be_read() {
        let all = toml::from_str::<File>(TEXT).unwrap().forge;
        assert!(all.iter().all(|forge| forge.view.contains(&"{branch}".to_string())));
    }

    #[test]
    fn what_is_no_address_is_not_shown() {
        assert_eq!(address("https://a/b"), Some("https://a/b".into()));
        assert_eq!(address("javascript:x"), None);
        assert_eq!(address(&format!("https://{}", "x".repeat(500))), None);
    }
}
