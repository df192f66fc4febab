//! Which conversation has likely made a commit of which no tool printed the name: one in a worktree
//! of the repository that touched the commit's files shortly before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use segno_archive::Archive;
use segno_archive::read::{self, Conversation, Touch};
use segno_worktree::git::Git;
use segno_worktree::repository::Repository;
use segno_worktree::{Context, list, trash};

/// How many files of a commit are looked for, and how many times each was touched.
const FILES_MAX: usize = 50;
const TOUCHES_MAX: usize = 200;
/// How long before a commit its files were touched.
const BEFORE_MS: i64 = 24 * 60 * 60 * 1000;
/// Clocks differ.
const AFTER_MS: i64 = 60 * 1000;

/// A conversation that has likely made a commit.
#[derive(Debug, Serialize)]
pub struct Likely {
    pub conversation: Conversation,
    /// The files of the commit that it touched.
    pub files: BTreeSet<String>,
    /// How many files the commit has.
    pub of: usize,
    /// When it touched the last of them, in milliseconds since the Unix epoch.
    pub time: i64,
    /// What had been asked then.
    pub prompt: Option<String>,
}

/// A commit as it is looked for.
pub struct Commit<'a> {
    pub name: &'a str,
    /// Milliseconds since the Unix epoch.
    pub time_ms: i64,
}

/// The likeliest first: whoever touched most of its files, and last.
pub fn likely(
    archive: &Archive,
    context: &Context,
    directory: &Path,
    commit: &Commit<'_>,
    limit: usize,
) -> Vec<Likely> {
    let Ok(repository) = Repository::find(context, directory) else { return Vec::new() };
    let files = files(context, directory, commit.name);
    let roots = roots(context, directory, &repository);
    let mut found = BTreeMap::<String, Likely>::new();
    for file in files.iter().take(FILES_MAX) {
        let touches = read::files(archive, file, TOUCHES_MAX);
        for touch in touches.map(|files| files.touches).unwrap_or_default() {
            let Some(time) = touch.time.filter(|time| is_near(*time, commit.time_ms)) else {
                continue;
            };
            if is_in(&touch, file, &roots) {
                take(&mut found, touch, file, time, files.len());
            }
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by_key(|likely| std::cmp::Reverse((likely.files.len(), likely.time)));
    found.truncate(limit);
    found
}

fn is_near(time: i64, commit: i64) -> bool {
    (commit.saturating_sub(BEFORE_MS)..=commit.saturating_add(AFTER_MS)).contains(&time)
}

/// Whether a touch was of the file in one of the repository's worktrees.
fn is_in(touch: &Touch, file: &str, roots: &BTreeSet<PathBuf>) -> bool {
    let path = Path::new(&touch.path);
    let directory = touch.conversation.directory.as_deref().map(Path::new);
    match path.is_absolute() {
        true => roots.iter().any(|root| root.join(file) == path),
        // As it stands in the directory of its conversation.
        false => directory.is_some_and(|directory| {
            roots.iter().any(|root| root.join(file) == directory.join(path))
        }),
    }
}

fn take(found: &mut BTreeMap<String, Likely>, touch: Touch, file: &str, time: i64, of: usize) {
    let key = format!("{} {}", touch.conversation.agent, touch.conversation.id);
    let likely = found.entry(key).or_insert_with(|| Likely {
        conversation: touch.conversation,
        files: BTreeSet::new(),
        of,
        time,
        prompt: touch.prompt.clone(),
    });
    likely.files.insert(file.to_string());
    if time > likely.time {
        (likely.time, likely.prompt) = (time, touch.prompt);
    }
}

/// The files that a commit changed, by their path in the repository.
fn files(context: &Context, directory: &Path, commit: &str) -> Vec<String> {
    let git = Git::look(context, directory);
    let show = git.call(["show", "--format=", "--name-only", "-z", "--no-renames"]);
    let show = show.args(["--first-parent", "-m", "--end-of-options", commit]);
    let printed = show.bytes().unwrap_or_default();
    let names = printed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.filter_map(|name| String::from_utf8(name.to_vec()).ok()).collect()
}

/// Where the repository is and was checked out.
fn roots(context: &Context, directory: &Path, repository: &Repository) -> BTreeSet<PathBuf> {
    let mut roots = BTreeSet::from([repository.main().to_path_buf()]);
    let trees = list::look(context, Some(directory), false).unwrap_or_default();
    roots.extend(trees.into_iter().map(|tree| tree.path));
    let gone = trash::all(context).into_iter().map(|entry| entry.record);
    let gone = gone.filter(|record| record.repository == repository.common);
    roots.extend(gone.map(|record| record.path));
    roots
}
