//! Commands on projects.

use super::{Reach, call, paint};
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::{print, show};
use crate::wire::control::Call;
use crate::wire::control::project::ProjectList;

/// `projects`
pub fn list(env: &Environment, json: bool) -> Result<(), CliError> {
    let what = "cannot list the projects";
    let projects: ProjectList = call(env, Reach::Look, what, &Call::ProjectList)?;
    match json {
        true => print::line(&show::projects::list_json(&projects)),
        false => print::line(&show::projects::list(&projects, paint(env))),
    }
}
