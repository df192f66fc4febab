//! The arguments that a program gets, and what of a request a type does not know.
//!
//! The order lets later ones win where a program takes the last of its kind: what the type says,
//! what the tracker needs, what the dialog chose, the conversation, the model, then the user's own;
//! and the prompt at the end, where programs that take it without an option expect it.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::error::LaunchError;
use super::values::{fill_args, no_nul, with};
use super::{LaunchRequest, Remarks};
use crate::identity::SessionId;
use crate::panetype::text::template::{Placeholder, Values};
use crate::panetype::types::{Field, FieldError, PaneType, Toggle};
use crate::start::StartRequest;

/// All arguments, with those of the tracker and those into the conversation.
pub(super) fn arguments(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    values: &Values,
    trackers: Vec<OsString>,
    conversation: Vec<OsString>,
    remarks: &mut Remarks,
) -> Result<Vec<OsString>, LaunchError> {
    let parts = [
        fill_args(&ty.command.args, values)?,
        trackers,
        toggles(ty, req, values, remarks)?,
        fields(ty, req.start, values, remarks)?,
        conversation,
        model(ty, req.start, values, remarks)?,
        own(&req.start.args)?,
        prompt(ty, req.beginning.prompt.as_deref(), values)?,
    ];
    Ok(parts.concat())
}

fn toggles(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    values: &Values,
    remarks: &mut Remarks,
) -> Result<Vec<OsString>, LaunchError> {
    let on = ty.toggles_on(req.start);
    let mut args = Vec::new();
    for toggle in in_force(ty, req) {
        args.extend(fill_args(&toggle.args, values)?);
    }
    for toggle in ty.command.toggles.iter().filter(|toggle| on.contains(&toggle.name)) {
        if let Some(generation) = toggle.generation.as_ref().filter(|_| !fits(toggle, req)) {
            remarks.note(format!("{} is left out: it is for generation {generation}", toggle.name));
        }
    }
    for name in on.iter().filter(|name| !ty.has_toggle(name)) {
        remarks.note(format!("{} has no toggle {name:?} any more; it was left out", ty.name));
    }
    Ok(args)
}

/// The toggles that are on and fit the program.
pub(super) fn in_force<'a>(ty: &'a PaneType, req: &LaunchRequest<'_>) -> Vec<&'a Toggle> {
    let on = ty.toggles_on(req.start);
    let toggles = ty.command.toggles.iter();
    toggles.filter(|toggle| on.contains(&toggle.name) && fits(toggle, req)).collect()
}

fn fits(toggle: &Toggle, req: &LaunchRequest<'_>) -> bool {
    toggle.generation.is_none() || toggle.generation.as_deref() == req.generation
}

fn fields(
    ty: &PaneType,
    start: &StartRequest,
    values: &Values,
    remarks: &mut Remarks,
) -> Result<Vec<OsString>, LaunchError> {
    let mut args = Vec::new();
    for field in &ty.command.fields {
        for value in field_values(field, &start.fields)? {
            let values = with(values, Placeholder::Value, &value, "field")?;
            args.extend(fill_args(&field.args, &values)?);
        }
    }
    for name in start.fields.keys().filter(|name| !ty.has_field(name)) {
        remarks.note(format!("{} has no field {name:?} any more; it was left out", ty.name));
    }
    Ok(args)
}

fn model(
    ty: &PaneType,
    start: &StartRequest,
    values: &Values,
    remarks: &mut Remarks,
) -> Result<Vec<OsString>, LaunchError> {
    match start.model.as_deref().filter(|model| !model.is_empty()) {
        None => Ok(Vec::new()),
        Some(model) if ty.takes_model() => {
            let values = with(values, Placeholder::Model, model, "model")?;
            fill_args(&ty.command.model_args, &values)
        }
        Some(model) => {
            remarks.note(format!("{} takes no model any more; {model:?} was left out", ty.name));
            Ok(Vec::new())
        }
    }
}

fn own(args: &[String]) -> Result<Vec<OsString>, LaunchError> {
    let checked = |arg: &String| no_nul(arg, "arguments").map(|()| arg.into());
    args.iter().map(checked).collect()
}

fn prompt(
    ty: &PaneType,
    prompt: Option<&str>,
    values: &Values,
) -> Result<Vec<OsString>, LaunchError> {
    let Some(prompt) = prompt.filter(|prompt| !prompt.is_empty()) else { return Ok(Vec::new()) };
    // Only ever given with a new pane, and too important to be dropped with a note.
    if !ty.takes_prompt() {
        return Err(LaunchError::Unsupported(ty.name.clone(), "prompt"));
    }
    let values = with(values, Placeholder::Prompt, prompt, "prompt")?;
    fill_args(&ty.command.prompt_args, &values)
}

/// What a field's arguments are given for.
fn field_values(
    field: &Field,
    given: &BTreeMap<String, String>,
) -> Result<Vec<String>, LaunchError> {
    let text = given.get(&field.name).unwrap_or(&field.default);
    let (name, label) = (field.name.clone(), field.label.clone());
    field.values(text).map_err(|error| match error {
        FieldError::Missing => LaunchError::MissingField(name, label),
        FieldError::Words(error) => LaunchError::Words(name, label, error),
    })
}

/// Refuses what [`plan`](super::plan) would leave out with a note, and what it would refuse only
/// after the pane was opened: for a pane that is asked for just now.
pub fn check_request(
    ty: &PaneType,
    start: &StartRequest,
    prompt: Option<&str>,
    session: Option<&SessionId>,
) -> Result<(), LaunchError> {
    let unknown = |what: &'static str, name: &str, known: Vec<&str>| LaunchError::Unknown {
        ty: ty.name.clone(),
        what,
        name: name.to_string(),
        known: if known.is_empty() { "none".to_string() } else { known.join(", ") },
    };
    if let Some(name) = start.toggles.iter().flatten().find(|name| !ty.has_toggle(name)) {
        let known = ty.command.toggles.iter().map(|toggle| toggle.name.as_str());
        return Err(unknown("toggle", name, known.collect()));
    }
    if let Some(name) = start.fields.keys().find(|name| !ty.has_field(name)) {
        let known = ty.command.fields.iter().map(|field| field.name.as_str());
        return Err(unknown("field", name, known.collect()));
    }
    if start.model.is_some() && !ty.takes_model() {
        return Err(LaunchError::Unsupported(ty.name.clone(), "model"));
    }
    if prompt.is_some() && !ty.takes_prompt() {
        return Err(LaunchError::Unsupported(ty.name.clone(), "prompt"));
    }
    if let Some(session) = session.filter(|session| !ty.session_id_ok(session.as_str())) {
        return Err(LaunchError::BadSession(session.to_string(), ty.name.clone()));
    }
    for field in &ty.command.fields {
        field_values(field, &start.fields)?;
    }
    Ok(())
}
