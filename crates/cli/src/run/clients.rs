//! `clients` and `detach`.

use super::{Reach, call, now, paint};
use crate::args::Detach;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{print, show};
use segno_wire::control::Call;
use segno_wire::control::client::{ClientList, DetachClient, Detached};

/// `clients`
pub fn clients(env: &Environment, json: bool) -> Result<(), CliError> {
    let list: ClientList = call(env, Reach::Look, "cannot list the clients", &Call::ClientList)?;
    match json {
        true => print::line(&show::clients::list_json(&list)),
        false => print::line(&show::clients::list(&list, now(), paint(env))),
    }
}

/// `detach`
pub fn detach(env: &Environment, args: Detach) -> Result<(), CliError> {
    let detach = DetachClient { client: args.client, all: args.all };
    let _: Detached = call(env, Reach::Look, "cannot detach", &Call::ClientDetach(detach))?;
    Ok(())
}
