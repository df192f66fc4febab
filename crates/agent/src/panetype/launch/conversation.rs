//! The way into a conversation: the arguments by which a program returns to one, continues its
//! newest, or begins one under an id that Segno chose.

use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::Value;

use super::stored::{files, said};
use super::values::{fill_args, with};
use super::{LaunchError, LaunchRequest, Probe, Remarks, computed};
use crate::identity::SessionId;
use crate::panetype::text::template::{Placeholder, Values};
use crate::panetype::types::{PaneType, Resume};
use crate::start::Conversation;

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
    probe: &dyn Probe,
    remarks: &mut Remarks,
) -> Result<Way, LaunchError> {
    let none = Resume::default();
    let resume = ty.resume.as_ref().unwrap_or(&none);
    match &req.beginning.conversation {
        Conversation::New => begin(ty, resume, values, probe),
        Conversation::Resume(id) => {
            if !ty.session_id_ok(id.as_str()) {
                return Err(LaunchError::BadSession(id.to_string(), ty.name.clone()));
            }
            let values = with(values, Placeholder::Session, id.as_str(), "session id")?;
            // It is stored where the type does not say how to find out.
            if req.never_prompted && !resume.exists.is_empty() {
                let found = files(&resume.exists, &values, probe);
                if found.is_empty() && !resume.assign.is_empty() {
                    return assigned(resume, id.clone(), &values);
                }
                if found.is_empty() || !said(&found, resume.said.as_ref(), probe) {
                    // The program would neither return to it nor begin another under its id.
                    return begin(ty, resume, &values, probe);
                }
            }
            if resume.with_id.is_empty() {
                return Err(LaunchError::CannotResume(ty.name.clone()));
            }
            let args = fill_args(&resume.with_id, &values)?;
            if let Some(pid) = user(resume, id, &values, probe) {
                remarks.note(format!(
                    "process {pid}, which is no pane's, is in conversation {id} too, and the two \
                     do not see each other: end one of them"
                ));
            }
            let protect = files(&resume.protect, &values, probe);
            Ok(Way { args, assigned: None, protect })
        }
        Conversation::Fork(id) => fork(ty, resume, id, values, probe),
        Conversation::ContinueLast if resume.without_id.is_empty() => {
            remarks.note(format!(
                "{} cannot continue its last conversation; it began a new one",
                ty.name
            ));
            begin(ty, resume, values, probe)
        }
        Conversation::ContinueLast => {
            Ok(Way { args: fill_args(&resume.without_id, values)?, ..Way::default() })
        }
    }
}

/// A process that is in the conversation already.
fn user(resume: &Resume, id: &SessionId, values: &Values, probe: &dyn Probe) -> Option<i32> {
    let in_use = resume.in_use.as_ref()?;
    files(&in_use.files, values, probe).iter().find_map(|path| {
        let message: Value = serde_json::from_slice(&probe.read(path).ok()?).ok()?;
        let pid = i32::try_from(message.pointer(&in_use.pid)?.as_i64()?).ok()?;
        let same = message.pointer(&in_use.session)?.as_str()? == id.as_str();
        (same && probe.is_alive(pid)).then_some(pid)
    })
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
    let id = chosen(ty, probe)?;
    let values = with(values, Placeholder::Session, id.as_str(), "session id")?;
    assigned(resume, id, &values)
}

/// A new conversation with what was said in another one, which stays as it is.
fn fork(
    ty: &PaneType,
    resume: &Resume,
    of: &SessionId,
    values: &Values,
    probe: &dyn Probe,
) -> Result<Way, LaunchError> {
    if resume.fork.is_empty() {
        return Err(LaunchError::CannotFork(ty.name.clone()));
    }
    if !ty.session_id_ok(of.as_str()) {
        return Err(LaunchError::BadSession(of.to_string(), ty.name.clone()));
    }
    let filled = |way: &[_], id: &SessionId| {
        fill_args(way, &with(values, Placeholder::Session, id.as_str(), "session id")?)
    };
    let mut args = filled(&resume.fork, of)?;
    if resume.fork_assign.is_empty() {
        return Ok(Way { args, ..Way::default() });
    }
    let id = chosen(ty, probe)?;
    args.extend(filled(&resume.fork_assign, &id)?);
    Ok(Way { args, assigned: Some(id), protect: Vec::new() })
}

/// An id of Segno's choice.
fn chosen(ty: &PaneType, probe: &dyn Probe) -> Result<SessionId, LaunchError> {
    let failed = |why: String| LaunchError::Compute("session".into(), why);
    let id = computed::uuid(probe.random().map_err(|error| failed(error.to_string()))?);
    let id = SessionId::try_from(id).map_err(|error| failed(error.to_string()))?;
    match ty.session_id_ok(id.as_str()) {
        true => Ok(id),
        false => Err(failed("tracker.session_id does not allow a UUID".to_string())),
    }
}

fn assigned(resume: &Resume, id: SessionId, values: &Values) -> Result<Way, LaunchError> {
    let args = fill_args(&resume.assign, values)?;
    Ok(Way { args, assigned: Some(id), protect: Vec::new() })
}
