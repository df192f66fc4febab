//! `types …`

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;

use super::panes::files;
use super::{Reach, call, look, paint};
use crate::args::{Types, TypesList};
use crate::environment::Environment;
use crate::error::CliError;
use crate::{external, print, show};
use segno_wire::control::Call;
use segno_wire::control::types::{ShowType, TypeList, TypeSource};
use segno_wire::rpc::RpcError;

/// Lists, shows, checks or reloads pane types.
pub fn types(env: &Environment, command: &Types) -> Result<(), CliError> {
    match command {
        Types::Ls(TypesList { all, json }) => list(env, &known(env)?, *all, *json),
        Types::Reload(json) => {
            let types = call(env, Reach::Look, "cannot reload the pane types", &Call::TypesReload)?;
            list(env, &types, false, json.json)
        }
        Types::Show { name } => {
            let show = Call::TypesShow(ShowType { name: name.clone() });
            let what = "cannot show the pane type";
            let stored = || external::stored_types(&env.home).source(name);
            let without = || {
                stored().map_err(|why| CliError::rpc(what, &RpcError::not_found(why.to_string())))
            };
            let source: TypeSource = look(env, what, &show, without)?;
            print::line(&source.toml)
        }
        Types::New { name, program } => new(env, name, program.as_deref().unwrap_or(name)),
        Types::Check { file } => files::check(file, external::check_pane_type),
    }
}

/// The pane types there are.
pub fn known(env: &Environment) -> Result<TypeList, CliError> {
    let without = || Ok(external::stored_types(&env.home).list());
    look(env, "cannot list the pane types", &Call::TypesList, without)
}

/// Writes a type's file for the user to go on with; one that is there is left alone.
fn new(env: &Environment, name: &str, program: &str) -> Result<(), CliError> {
    let what = "cannot make the pane type";
    let text = external::pane_type_scaffold(name, program).map_err(|e| CliError::usage(what, e))?;
    let path = env.home.panes_dir().join(format!("{name}.toml"));
    let written = env.home.create().map_err(std::io::Error::other).and_then(|()| {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())
    });
    match written {
        Ok(()) => print::line(&path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let why = format!("{} exists already", path.display());
            Err(CliError::new(what, why).todo("choose another name, or edit that file"))
        }
        Err(error) => Err(CliError::new(what, format!("{}: {error}", path.display()))),
    }
}

fn list(env: &Environment, types: &TypeList, all: bool, json: bool) -> Result<(), CliError> {
    print::line(&match json {
        true => show::types::list_json(types),
        false => show::types::list(types, all, paint(env)),
    })
}
