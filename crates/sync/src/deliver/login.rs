//! A login: which generation the service is, whether the key is good, and what there is to choose.

use serde_json::{Value, json};

use super::listing::{elements, text};
use super::wire::{self, Transport};
use crate::error::{Error, Result};
use crate::service::{Choice, Generation, How, Service, Verdict};
use crate::target::Target;

/// What a login found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The generation's name; none where the service has one.
    pub generation: Option<String>,
    /// What the user is to choose.
    pub offers: Vec<Offer>,
}

/// A list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub name: String,
    pub optional: bool,
    /// Id and label.
    pub among: Vec<(String, String)>,
}

/// Asks the service who it is and whether it lets this key in; the error has its own reason.
pub fn check(
    service: &Service,
    target: &Target,
    key: Option<&str>,
    transport: &mut dyn Transport,
) -> Result<Checked> {
    let How::Http(all) = &service.how else {
        return Ok(Checked { generation: None, offers: Vec::new() });
    };
    let known = json!({
        "target": wire::target_values(target, None), "key": key, "kind": "check", "agent": "segno", "text": "Segno is here.",
        "source": "segno", "role": "system", "id": "check", "uid": "check", "time": target.since,
        "conversation": { "id": "check", "title": "Segno" },
    });
    let mut last = None;
    for generation in all {
        let Some(probe) = generation.probe.as_ref().or(generation.check.as_ref()) else {
            return Ok(Checked { generation: name(generation), offers: Vec::new() });
        };
        let outgoing = wire::outgoing(probe, &target.url, key, &known, generation.timeout)?;
        let answer = transport.send(&outgoing).map_err(Error::Service)?;
        let answers = &generation.answers;
        match answers.verdict(answer.status, &answer.body) {
            Verdict::Done => return finish(generation, target, key, &known, transport),
            // It is another generation, perhaps.
            Verdict::Refused if matches!(answer.status, 404 | 405 | 410) => {
                last = Some(answers.reason(answer.status, &answer.body));
            }
            _ => return Err(Error::Service(answers.reason(answer.status, &answer.body))),
        }
    }
    Err(Error::Service(last.unwrap_or_else(|| "it is no such service".into())))
}

fn name(generation: &Generation) -> Option<String> {
    (!generation.name.is_empty()).then(|| generation.name.clone())
}

fn finish(
    generation: &Generation,
    target: &Target,
    key: Option<&str>,
    known: &Value,
    transport: &mut dyn Transport,
) -> Result<Checked> {
    let mut ask = |request| {
        let outgoing = wire::outgoing(request, &target.url, key, known, generation.timeout)?;
        let answer = transport.send(&outgoing).map_err(Error::Service)?;
        match generation.answers.verdict(answer.status, &answer.body) {
            Verdict::Done => Ok(answer.body),
            _ => Err(Error::Service(generation.answers.reason(answer.status, &answer.body))),
        }
    };
    if let Some(check) = generation.check.as_ref().filter(|_| generation.probe.is_some()) {
        ask(check)?;
    }
    let mut offers = Vec::new();
    for choice in &generation.choices {
        if target.chosen.contains_key(&choice.name) {
            continue;
        }
        match ask(&choice.list.request) {
            Ok(body) => offers.push(offer(choice, &body)?),
            // Where it need not be chosen, the list need not be there.
            Err(_) if choice.optional => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Checked { generation: name(generation), offers })
}

fn offer(choice: &Choice, body: &[u8]) -> Result<Offer> {
    let elements = elements(&choice.list, body).map_err(Error::Service)?;
    let one = |element: &Value| {
        let id = text(element.pointer(&choice.list.id)?)?;
        let label = element.pointer(&choice.label).and_then(text).unwrap_or_else(|| id.clone());
        Some((id, label))
    };
    let among = elements.iter().filter_map(one).collect();
    Ok(Offer { name: choice.name.clone(), optional: choice.optional, among })
}

/// What was chosen: by id or label, or the only one there is.
pub fn choose(offer: &Offer, wanted: Option<&str>) -> Result<Option<String>> {
    let list = || {
        let all = offer.among.iter().map(|(id, label)| format!("{label} ({id})"));
        all.collect::<Vec<_>>().join(", ")
    };
    match (wanted, &offer.among[..]) {
        (Some(_), []) => Err(Error::Service(format!("there is no {} there yet", offer.name))),
        (Some(wanted), among) => {
            let is_it = |(id, label): &&(String, String)| id == wanted || label == wanted;
            match among.iter().find(is_it) {
                Some((id, _)) => Ok(Some(id.clone())),
                None => {
                    let why =
                        format!("there is no {} {wanted:?}; there are {}", offer.name, list());
                    Err(Error::Usage(why))
                }
            }
        }
        (None, [(id, _)]) if !offer.optional => Ok(Some(id.clone())),
        (None, _) if offer.optional => Ok(None),
        (None, []) => Err(Error::Service(format!("there is no {} there yet", offer.name))),
        (None, _) => Err(Error::Usage(format!("choose a {}: {}", offer.name, list()))),
    }
}
