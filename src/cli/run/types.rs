//! `types …`

use super::{Reach, call, files, look, paint};
use crate::cli::args::{Json, Types};
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::{external, print, show};
use crate::wire::control::Call;
use crate::wire::control::types::{ShowType, TypeList, TypeSource};

/// Lists, shows, checks or reloads pane types.
pub fn types(env: &Environment, command: Option<&Types>) -> Result<(), CliError> {
    match command.unwrap_or(&Types::Ls(Json { json: false })) {
        Types::Ls(json) => {
            let what = "cannot list the pane types";
            let without = || Ok(external::stored_types(&env.home).list());
            list(env, &look(env, what, &Call::TypesList, without)?, json.json)
        }
        Types::Reload(json) => {
            let types = call(env, Reach::Look, "cannot reload the pane types", &Call::TypesReload)?;
            list(env, &types, json.json)
        }
        Types::Show { name } => {
            let show = Call::TypesShow(ShowType { name: name.clone() });
            let what = "cannot show the pane type";
            let stored = || external::stored_types(&env.home).source(name);
            let without = || stored().map_err(|why| CliError::new(what, why));
            let source: TypeSource = look(env, what, &show, without)?;
            print::line(&source.toml)
        }
        Types::Check { file } => files::check(file, external::check_pane_type),
    }
}

fn list(env: &Environment, types: &TypeList, json: bool) -> Result<(), CliError> {
    print::line(&match json {
        true => show::types::list_json(types),
        false => show::types::list(types, paint(env)),
    })
}
