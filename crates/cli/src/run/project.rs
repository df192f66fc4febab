//! Commands on projects.

use std::path::Path;

use super::{Reach, call, paint};
use crate::args::Project;
use crate::environment::Environment;
use crate::error::CliError;
use crate::run::panes::pane::directory;
use crate::{print, show};
use segno_wire::control::Call;
use segno_wire::control::project::{
    OnDirectory, ProjectList, ProjectOpened, ProjectTrust, ProjectTrusted,
};

/// `projects`
pub fn list(env: &Environment, json: bool) -> Result<(), CliError> {
    let what = "cannot list the projects";
    let projects: ProjectList = call(env, Reach::Look, what, &Call::ProjectList)?;
    match json {
        true => print::line(&show::projects::list_json(&projects)),
        false => print::line(&show::projects::list(&projects, paint(env))),
    }
}

/// `project …`
pub fn project(env: &Environment, command: &Project) -> Result<(), CliError> {
    match command {
        Project::Open { dir } => {
            let open = OnDirectory { directory: directory(env, dir.as_deref())? };
            let what = "cannot open the project";
            let opened: ProjectOpened = call(env, Reach::Start, what, &Call::ProjectOpen(open))?;
            let ids: Vec<_> = opened.panes.iter().map(ToString::to_string).collect();
            match ids.is_empty() {
                true => Ok(()),
                false => print::line(&ids.join("\n")),
            }
        }
        Project::Trust { dir } => {
            let done = decide(env, dir.as_deref(), true)?;
            let path = done.path.unwrap_or_default();
            print::line(&show::plain(&format!(
                "{}: trusted (SHA-256 {})",
                path.display(),
                done.hash
            )))
        }
        Project::Forget { dir } => {
            let path = decide(env, dir.as_deref(), false)?.path.unwrap_or_default();
            print::line(&show::plain(&format!("{}: no decision stored", path.display())))
        }
    }
}

fn decide(
    env: &Environment,
    dir: Option<&Path>,
    trusted: bool,
) -> Result<ProjectTrusted, CliError> {
    let decide = ProjectTrust { directory: directory(env, dir)?, trusted };
    call(env, Reach::Start, "cannot change the project's trust", &Call::ProjectTrust(decide))
}
