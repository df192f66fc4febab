//! What placeholders stand for in a start, and templates filled in with it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::error::LaunchError;
use super::{LaunchRequest, Probe, computed, environment};
use crate::panetype::hook;
use crate::panetype::text::template::{Placeholder, Template, Values, file_url};
use crate::panetype::types::PaneType;
use segno_base::ids::PANE_ID_RULE;

/// What every session id matches whose type says nothing more.
const SESSION_ID_RULE: &str = "^[A-Za-z0-9_:][A-Za-z0-9_.:-]{0,127}$";

/// What every session id of a type matches.
pub(in crate::panetype) fn session_rule(ty: &PaneType) -> &str {
    let rule = ty.tracker.as_ref().and_then(|tracker| tracker.session_id.as_ref());
    rule.map_or(SESSION_ID_RULE, |rule| rule.text.as_str())
}

/// The values of every part of the type, those that are made anew included.
pub(super) fn values(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    env: &BTreeMap<OsString, OsString>,
    probe: &dyn Probe,
) -> Result<Values, LaunchError> {
    let paths = &req.paths;
    let path = |path: &Path| path.as_os_str().to_os_string();
    let mut values: Values = [
        (Placeholder::Pane, req.pane.to_string().into()),
        (Placeholder::Home, path(&paths.home)),
        (Placeholder::Assets, path(&paths.assets)),
        (Placeholder::AssetsUrl, file_url(paths.assets.as_os_str()).into()),
        (Placeholder::Type, ty.name.clone().into()),
        (Placeholder::PaneRule, PANE_ID_RULE.into()),
        (Placeholder::SessionRule, session_rule(ty).into()),
        (Placeholder::SessionFile, path(&paths.session_file)),
        (Placeholder::EventsFile, path(&paths.events_file)),
        (Placeholder::LogFile, path(&paths.log_file)),
        (Placeholder::ClaimFile, path(&paths.claim_file)),
        (Placeholder::Cwd, path(&req.cwd)),
        (Placeholder::Shell, path(req.shell)),
        (Placeholder::Segno, path(req.segno)),
        (Placeholder::HookCommand, hook::COMMAND.into()),
    ]
    .into();
    environment::add_user_dirs(env, &mut values);
    environment::add_names(env, &mut values);
    computed::compute(&ty.computed, &mut values, probe)?;
    Ok(values)
}

/// A template's text; `what` says what it is for.
pub(super) fn fill(
    template: &Template,
    values: &Values,
    what: &'static str,
) -> Result<OsString, LaunchError> {
    template.fill(values).map_err(|error| LaunchError::Fill(what, error))
}

/// Arguments, one for each template.
pub(super) fn fill_args(
    templates: &[Template],
    values: &Values,
) -> Result<Vec<OsString>, LaunchError> {
    templates.iter().map(|template| fill(template, values, "arguments")).collect()
}

/// The values with one more, which came from outside.
pub(super) fn with(
    values: &Values,
    placeholder: Placeholder,
    value: &str,
    what: &'static str,
) -> Result<Values, LaunchError> {
    no_nul(value, what)?;
    let mut values = values.clone();
    values.insert(placeholder, value.into());
    Ok(values)
}

/// Refuses what no program can be given.
pub(super) fn no_nul(text: &str, what: &'static str) -> Result<(), LaunchError> {
    if text.contains('\0') { Err(LaunchError::Nul(what)) } else { Ok(()) }
}
