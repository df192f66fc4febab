//! `diff`: what was done in a pane's worktree.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::{context, diff_program, failed, panes};
use crate::args::Diff;
use crate::environment::{self, Environment};
use crate::error::CliError;
use crate::run::paint;
use crate::{external, print, review, show};
use segno_wire::control::panes::pane::PaneRef;
use segno_worktree::Context;
use segno_worktree::diff::{self, Against};
use segno_worktree::kinds::{self, Kind};
use segno_worktree::record::{self, Record};

/// What is looked at, and against what.
pub struct Subject {
    pub context: Context,
    /// The root of the working tree.
    pub root: PathBuf,
    /// What the user names; else what its worktree branched off, else what is committed.
    pub base: Option<String>,
    pub record: Option<Record>,
    /// The system, where that is not git.
    pub kind: Option<Kind>,
    /// The agent's pane.
    pub pane: Option<PaneRef>,
}

impl Subject {
    /// Reads the difference.
    pub fn read(&self, what: &str) -> Result<diff::Diff, CliError> {
        let Subject { context, root, record, .. } = self;
        if let Some(kind) = &self.kind {
            let begun = record.as_ref().and_then(|record| record.base_commit.as_deref());
            let base = self.base.as_deref().or(begun).unwrap_or(&kind.base);
            return diff::of_kind(kind, root, base).map_err(failed(what));
        }
        let base = match (&self.base, record) {
            (None, Some(record)) => diff::begun(context, root, record).map_err(failed(what))?,
            (base, _) => base.clone(),
        };
        let against = base.as_deref().map_or(Against::Head, Against::Base);
        diff::diff(&self.context, &self.root, against).map_err(failed(what))
    }
}

/// `diff`
pub fn diff(env: &Environment, args: &Diff) -> Result<(), CliError> {
    let what = "cannot show what was done";
    let subject = subject(env, what, args)?;
    if args.review {
        if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
            return Err(CliError::new(what, "this is no terminal").todo("leave --review out"));
        }
        return review::review(env, subject);
    }
    let diff = subject.read(what)?;
    if diff.cut {
        eprintln!("segno: there is more than is shown; `git diff` shows all of it");
    }
    match (args.json, args.stat) {
        (true, _) => print::line(&show::worktree::diff_json(&diff)),
        (false, true) => print::line(&show::worktree::stat(&diff, paint(env))),
        (false, false) if std::io::stdout().is_terminal() => {
            let program = external::diff_program(&env.home);
            match program.trim().is_empty() {
                true => print::text(&show::worktree::diff(&diff, paint(env))),
                false => diff_program::show(what, &program, &subject.root, &diff),
            }
        }
        (false, false) => print::text(&show::worktree::diff(&diff, paint(env))),
    }
}

fn subject(env: &Environment, what: &str, args: &Diff) -> Result<Subject, CliError> {
    let context = context(env, what)?;
    let panes = panes::all(env);
    let (pane, directory) = directory(env, &context, what, &panes, args.pane.as_deref())?;
    let base = args.base.clone();
    let kind = kinds::of(&directory, &environment::has_program);
    if let Some((kind, root)) = kind.filter(|(kind, _)| !kind.diff.is_empty()) {
        let record = record::at(&context, &root);
        let pane = pane.or_else(|| panes.agent_in(&root));
        return Ok(Subject { context, root, base, record, kind: Some(kind), pane });
    }
    let repository = segno_worktree::repository::Repository::find(&context, &directory);
    let root = repository.map_err(failed(what))?.root;
    let root = root.ok_or_else(|| CliError::new(what, "a bare repository has no files"))?;
    let record = record::at(&context, &root);
    let pane = pane.or_else(|| panes.agent_in(&root));
    Ok(Subject { context, root, base, record, kind: None, pane })
}

/// Of a pane, a worktree, or a directory.
fn directory(
    env: &Environment,
    context: &Context,
    what: &str,
    panes: &panes::Panes,
    meant: Option<&str>,
) -> Result<(Option<PaneRef>, PathBuf), CliError> {
    let Some(meant) = meant else { return Ok((None, env.cwd.clone())) };
    let path = env.cwd.join(meant);
    match panes.find(meant) {
        Some(pane) => Ok((Some(pane.id.into()), pane.cwd.clone())),
        None if path.is_dir() => Ok((None, path)),
        None => super::find(env, context, what, panes, Some(meant)).map(|path| (None, path)),
    }
}
