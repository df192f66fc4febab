//! A merge that conflicts: the agent in the worktree is offered to solve it, or asked to.

use std::path::Path;

use super::{failed, panes};
use crate::environment::{self, Environment};
use crate::error::CliError;
use crate::run::panes::prompt::hand_over;
use segno_worktree::{Error, kinds};

/// The error that a conflict ends with, which says what the agent can do about it. With `asks` it
/// has been asked.
pub fn offered(
    env: &Environment,
    what: &str,
    panes: &panes::Panes,
    path: &Path,
    error: Error,
    asks: bool,
) -> CliError {
    let Error::Conflicts { target, paths } = &error else { return failed(what)(error) };
    let (target, paths) = (target.clone(), paths.clone());
    let failure = failed(what)(error);
    let Some(pane) = panes.agent_in(path) else { return failure };
    if !asks {
        return failure.todo(format!("--ask-agent has the agent in {pane} solve it"));
    }
    let kind = kinds::of(path, &environment::has_program).map(|(kind, _)| kind);
    let solve = kind.map(|kind| kind.solve.replace("{target}", &target)).unwrap_or_default();
    let text = format!(
        "Merging your branch into {target} conflicts in {}. Run `{solve}` here, solve the \
         conflicts so that both sides' intentions hold, check that it works, and commit.",
        paths.join(", ")
    );
    match hand_over(env, what, pane.clone(), text) {
        Ok(_) => failure.todo(format!("the agent in {pane} was asked to solve it; then try again")),
        Err(error) => {
            failure.todo(format!("the agent in {pane} could not be asked: {}", error.why))
        }
    }
}
