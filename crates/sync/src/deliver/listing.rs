//! What a service says is there.

use std::collections::HashSet;

use serde_json::Value;

use super::pass::{Outcome, Pass};
use super::wire;
use crate::error::{Error, Result};
use crate::service::{Generation, Listing, Verdict};

/// The ids in an answer.
pub(super) fn ids(
    pass: &mut Pass,
    listing: &Listing,
    generation: &Generation,
    known: &Value,
) -> Result<Result<HashSet<String>, Outcome>> {
    let timeout = generation.timeout;
    let outgoing = wire::outgoing(&listing.request, &pass.target.url, pass.key, known, timeout)?;
    let answer = match pass.transport.send(&outgoing) {
        Ok(answer) => answer,
        Err(why) => return Ok(Err(Outcome::Later { why, asked: None })),
    };
    let why = generation.answers.reason(answer.status, &answer.body);
    Ok(match generation.answers.verdict(answer.status, &answer.body) {
        Verdict::Done => Ok(read(listing, &answer.body).map_err(Error::Service)?.collect()),
        Verdict::Pause => Err(Outcome::Stop { why }),
        _ => Err(Outcome::Later { why, asked: answer.retry_after }),
    })
}

/// The ids in a body.
pub(super) fn read(
    listing: &Listing,
    body: &[u8],
) -> Result<impl Iterator<Item = String> + use<>, String> {
    let elements = elements(listing, body)?;
    let id = listing.id.clone();
    Ok(elements.into_iter().filter_map(move |element| text(element.pointer(&id)?)))
}

/// The list in a body.
pub(super) fn elements(listing: &Listing, body: &[u8]) -> Result<Vec<Value>, String> {
    let json: Value =
        serde_json::from_slice(body).map_err(|_| "it does not answer with JSON".to_owned())?;
    match json.pointer(&listing.items) {
        Some(Value::Array(elements)) => Ok(elements.clone()),
        _ => Err(format!("its answer has no list at {:?}", listing.items)),
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a target has, compared with what it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Conversations that are there.
    pub there: u64,
    /// Conversations that were sent, and are not there.
    pub missing: Vec<String>,
    /// Why nobody can say.
    pub unknown: Option<String>,
}

impl Pass<'_> {
    /// Asks the target which conversations it has.
    pub fn verify(&mut self) -> Result<Verified> {
        let mut verified = Verified::default();
        let mut sent = Vec::new();
        for known in self.state.conversations(&self.target.name)? {
            if !known.deleted && !self.state.items(known.id)?.is_empty() {
                sent.push(known);
            }
        }
        if matches!(self.service.how, crate::service::How::Files(_)) {
            return Ok(self.verify_files(&sent));
        }
        let generation = self.generation()?;
        let Some(verify) = &generation.verify else {
            verified.unknown = Some("the service has no list to compare with".into());
            return Ok(verified);
        };
        let target = wire::target_values(self.target, None);
        let base = serde_json::json!({ "target": target, "key": self.key });
        // A list of all at once, or one for each conversation.
        let by_one = !verify.request.path.is_known(&base);
        let mut all = None;
        for known in sent {
            let found = match (&all, by_one) {
                (Some(found), false) => found,
                _ => {
                    let mut base = base.clone();
                    base["conversation"] = serde_json::json!({ "id": known.native });
                    base["remote"] = Value::Object(known.remote.clone());
                    match ids(self, verify, generation, &base)? {
                        Ok(found) => all.insert(found),
                        Err(Outcome::Later { why, .. } | Outcome::Stop { why }) => {
                            return Err(Error::Service(why));
                        }
                        Err(Outcome::Done | Outcome::Interrupted) => continue,
                    }
                }
            };
            match found.contains(&known.native) {
                true => verified.there += 1,
                false => verified.missing.push(format!("{}:{}", known.agent, known.native)),
            }
        }
        Ok(verified)
    }
}
