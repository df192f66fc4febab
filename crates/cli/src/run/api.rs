//! `api`: the daemon's methods as a document, and one of them called.

use serde_json::Value;

use crate::args::Api;
use crate::environment::Environment;
use crate::error::CliError;
use crate::print;
use crate::run::panes::pane::stdin;
use crate::run::{Reach, call};
use segno_wire::control::{Call, schema};

/// `api schema`
pub fn schema() -> Result<(), CliError> {
    print::line(&format!("{:#}", schema::open_rpc()))
}

/// `api …`
pub fn api(env: &Environment, args: &Api) -> Result<(), CliError> {
    const WHAT: &str = "cannot call";
    let Api::Call { method, params } = args else { return schema() };
    let params = if params == "-" { stdin(WHAT)? } else { params.clone() };
    let params: Value =
        serde_json::from_str(&params).map_err(|e| CliError::usage(WHAT, format!("params: {e}")))?;
    let wanted = Call::parse(method, &params)
        .map_err(|e| CliError::usage(WHAT, e.message).todo("`segno api schema` has all methods"))?;
    let result: Value = call(env, Reach::Start, WHAT, &wanted)?;
    print::line(&format!("{result:#}"))
}
