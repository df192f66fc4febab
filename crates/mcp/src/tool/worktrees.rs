//! Tools on worktrees: what there is, and what was done in one.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Effect, Tool};
use crate::clean;
use crate::failure::Failure;
use crate::page;
use crate::scope::Context;
use segno_base::text::plain_text;
use segno_worktree::diff::{self, Against, FileDiff, Side};
use segno_worktree::list::{self, Tree};
use segno_worktree::repository::Repository;
use segno_worktree::{Error, record};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "worktree_list",
            "List worktrees",
            Effect::Reads,
            "The worktrees of a repository: branch, what is not committed, how far it is from what it \
             branched off, whether it is merged, and which panes are in it.",
            trees,
        ),
        Tool::new(
            "worktree_diff",
            "What was done in a worktree",
            Effect::Reads,
            "What changed in a directory of a repository since its branch began, committed or not, \
             file by file.",
            changes,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Listing {
    /// A directory of the repository [default: where this server was started].
    #[serde(default)]
    directory: Option<PathBuf>,
    /// `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

fn trees(context: &Context, asked: Listing) -> Result<Value, Failure> {
    let from = page::begin(asked.cursor.as_deref())?;
    let directory = directory(context, asked.directory)?;
    let all = list::look(&worktrees(context), Some(&directory), false).map_err(|e| failed(&e))?;
    // Without a daemon there are no panes.
    let panes = context.panes().unwrap_or_default();
    let one = |tree: &Tree| {
        let within = panes.iter().filter(|pane| pane.cwd.starts_with(&tree.path));
        let panes: Vec<_> = within.map(|pane| pane.id.to_string()).collect();
        let record = tree.record.as_ref();
        clean::value(json!({
            "name": record.map(|record| &record.name),
            "directory": tree.path,
            "branch": tree.branch,
            "base": record.and_then(|record| record.base.as_ref()),
            "state": tree.seen,
            "merged": tree.merged,
            "missing": tree.missing,
            "panes": panes,
        }))
    };
    let all = all.iter().filter(|tree| context.has(&tree.path)).map(one).collect();
    let (trees, next) = page::list(all, from, 100);
    Ok(json!({ "worktrees": trees, "next": next }))
}

fn changes(context: &Context, asked: Listing) -> Result<Value, Failure> {
    let from = page::begin(asked.cursor.as_deref())?;
    let worktrees = worktrees(context);
    let directory = directory(context, asked.directory)?;
    let directory = Repository::find(&worktrees, &directory).map_err(|e| failed(&e))?.root;
    let directory =
        directory.ok_or_else(|| Failure::arguments("a bare repository has no files"))?;
    context.inside(&directory)?;
    let base = record::at(&worktrees, &directory).and_then(|record| record.base_commit);
    let against = base.as_deref().map_or(Against::Head, Against::Base);
    let diff = diff::diff(&worktrees, &directory, against).map_err(|e| failed(&e))?;
    let (files, next) = page::list(diff.files.iter().map(file).collect(), from, 100);
    Ok(json!({ "base": diff.base, "files": files, "cut": diff.cut, "next": next }))
}

/// A file with its hunks as patches have them.
fn file(file: &FileDiff) -> Value {
    let (added, removed) = file.counts();
    let mut patch = String::new();
    for hunk in &file.hunks {
        let ((a, b), (c, d)) = (hunk.old, hunk.new);
        patch.push_str(&format!("@@ -{a},{b} +{c},{d} @@ {}\n", hunk.heading));
        for line in &hunk.lines {
            let sign = match line.side {
                Side::Both => ' ',
                Side::Old => '-',
                Side::New => '+',
            };
            let text = plain_text::lines(&String::from_utf8_lossy(&line.text));
            patch.push_str(&format!("{sign}{text}\n"));
        }
    }
    clean::value(json!({
        "file": file.path(),
        "change": file.change,
        "untracked": file.untracked,
        "added": added,
        "removed": removed,
        "patch": patch,
    }))
}

fn directory(context: &Context, asked: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let settings = &context.settings;
    let usual = || settings.project.as_deref().unwrap_or(&settings.cwd).to_path_buf();
    let directory = asked.map_or_else(usual, |asked| settings.cwd.join(asked));
    let directory = directory
        .canonicalize()
        .map_err(|error| Failure::new("not_found", format!("{}: {error}", directory.display())))?;
    context.inside(&directory)?;
    Ok(directory)
}

fn worktrees(context: &Context) -> segno_worktree::Context {
    segno_worktree::Context::new(context.settings.home.clone())
}

fn failed(error: &Error) -> Failure {
    let code = match error {
        Error::Unknown(_) | Error::NoRepository(_) => "not_found",
        Error::Refused(_) => "refused",
        _ => "failed",
    };
    Failure::new(code, error.to_string())
}
