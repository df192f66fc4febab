//! The way into a conversation: the arguments by which a program returns to one, goes on with its
//! newest, or begins one under an id that Segno chose.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::agent::identity::SessionId;
use crate::panetype::template::{Placeholder, Template, Values};
use crate::panetype::types::{PaneType, Resume};

use super::{Conversation, LaunchError, LaunchRequest, Probe, computed, extend, with};

/// What was decided.
#[derive(Debug, Default)]
pub(super) struct Way {
    pub args: Vec<OsString>,
    /// The conversation that is begun, where its id is known.
    pub assigned: Option<SessionId>,
    /// Files of the conversation.
    pub protect: Vec<PathBuf>,
}

pub(super) fn way(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    values: &Values,
    notes: &mut Vec<String>,
    probe: &dyn Probe,
) -> Result<Way, LaunchError> {
    let none = Resume::default();
    let resume = ty.resume.as_ref().unwrap_or(&none);
    match &req.conversation {
        Conversation::New => begin(ty, resume, values, probe),
        Conversation::Resume(id) => {
            if !ty.session_id_ok(id.as_str()) {
                return Err(LaunchError::BadSession(id.to_string(), ty.name.clone()));
            }
            let values = with(values, Placeholder::Session, id.as_str(), "session id")?;
            let begun = resume.assign.is_empty() || !req.never_prompted;
            if !begun && !exists(&resume.exists, &values, probe) {
                return assigned(resume, id.clone(), &values);
            }
            if resume.with_id.is_empty() {
                return Err(LaunchError::CannotResume(ty.name.clone()));
            }
            let mut way = Way::default();
            extend(&mut way.args, &resume.with_id, &values, "arguments")?;
            way.protect = files(&resume.protect, &values, probe);
            Ok(way)
        }
        Conversation::ContinueLast if resume.without_id.is_empty() => {
            notes.push(format!(
                "{} cannot continue its last conversation; it began a new one",
                ty.name
            ));
            begin(ty, resume, values, probe)
        }
        Conversation::ContinueLast => {
            let mut way = Way::default();
            extend(&mut way.args, &resume.without_id, values, "arguments")?;
            Ok(way)
        }
    }
}

/// A new conversation, under an id of Segno's choice where the program lets it choose: then it is
/// known from the start.
fn begin(
    ty: &PaneType,
    resume: &Resume,
    values: &Values,
    probe: &dyn Probe,
) -> Result<Way, LaunchError> {
    if resume.assign.is_empty() {
        return Ok(Way::default());
    }
    let failed = |why: String| LaunchError::Compute("session".into(), why);
    let id = computed::uuid(probe.random().map_err(|error| failed(error.to_string()))?);
    let id = SessionId::try_from(id).map_err(|error| failed(error.to_string()))?;
    if !ty.session_id_ok(id.as_str()) {
        return Err(failed("tracker.session_id does not allow a UUID".to_string()));
    }
    let values = with(values, Placeholder::Session, id.as_str(), "session id")?;
    assigned(resume, id, &values)
}

fn assigned(resume: &Resume, id: SessionId, values: &Values) -> Result<Way, LaunchError> {
    let mut way = Way { assigned: Some(id), ..Way::default() };
    extend(&mut way.args, &resume.assign, values, "arguments")?;
    Ok(way)
}

/// Whether the conversation is stored, as far as that can be told: it is where the type does not
/// say how to find out.
fn exists(patterns: &[Template], values: &Values, probe: &dyn Probe) -> bool {
    patterns.is_empty() || !files(patterns, values, probe).is_empty()
}

/// The files that patterns stand for. One that needs a variable that is not set means none.
fn files(patterns: &[Template], values: &Values, probe: &dyn Probe) -> Vec<PathBuf> {
    let filled = patterns.iter().filter_map(|pattern| pattern.fill(values).ok());
    filled.flat_map(|pattern| probe.matching(&PathBuf::from(pattern))).collect()
}
