//! `diff`: what was done in a pane's worktree.

use std::path::PathBuf;

use super::{context, failed, panes};
use crate::cli::args::Diff;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::run::paint;
use crate::cli::{print, show};
use segno_worktree::diff::{self, Against};
use segno_worktree::record;

/// `diff`
pub fn diff(env: &Environment, args: &Diff) -> Result<(), CliError> {
    let what = "cannot show what was done";
    let context = context(env, what)?;
    let directory = directory(env, what, args.pane.as_deref())?;
    let repository = segno_worktree::repository::Repository::find(&context, &directory);
    let root = repository.map_err(failed(what))?.root;
    let root = root.ok_or_else(|| CliError::new(what, "a bare repository has no files"))?;
    let record = record::at(&context, &root);
    let base = args.base.clone().or(record.and_then(|record| record.base_commit));
    let against = base.as_deref().map_or(Against::Head, Against::Base);
    let diff = diff::diff(&context, &root, against).map_err(failed(what))?;
    if diff.cut {
        eprintln!("segno: there is more than is shown; `git diff` shows all of it");
    }
    match (args.json, args.stat) {
        (true, _) => print::line(&show::worktree::diff_json(&diff)),
        (false, true) => print::line(&show::worktree::stat(&diff, paint(env))),
        (false, false) => print::text(&show::worktree::diff(&diff, paint(env))),
    }
}

/// Of a pane, or a directory.
fn directory(env: &Environment, what: &str, meant: Option<&str>) -> Result<PathBuf, CliError> {
    let Some(meant) = meant else { return Ok(env.cwd.clone()) };
    let path = env.cwd.join(meant);
    match panes::all(env).directory_of(meant) {
        Some(directory) => Ok(directory),
        None if path.is_dir() => Ok(path),
        None => Err(CliError {
            code: crate::cli::error::NOT_FOUND,
            ..CliError::new(what, format!("there is no pane and no directory {meant:?}"))
        }
        .todo("`segno ls` shows the panes")),
    }
}
