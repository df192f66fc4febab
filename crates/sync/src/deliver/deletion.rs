//! What was forgotten here, or deleted by its agent, is deleted at the target where that can be.

use serde_json::{Value, json};

use super::batch::CHOSEN;
use super::pass::{Outcome, Pass, Way};
use super::wire;
use crate::error::Result;
use crate::service::{How, Kind, Verdict};
use crate::state::Known;
use crate::target::Deletions;
use segno_archive::read;

impl Pass<'_> {
    /// Deletes what is to be deleted.
    pub(super) fn deletions(&mut self) -> Result<Outcome> {
        let forgotten = read::is_forgotten(self.archive)?;
        for known in self.state.conversations(&self.target.name)? {
            if known.deleted {
                continue;
            }
            let gone = forgotten(&known.agent, &known.native)
                || self.target.deletions == Deletions::All
                    && read::one(self.archive, &known.agent, &known.native)?
                        .is_some_and(|changed| changed.conversation.gone.is_some());
            if !gone {
                continue;
            }
            let outcome = self.delete(&known)?;
            if outcome != Outcome::Done {
                return Ok(outcome);
            }
        }
        Ok(Outcome::Done)
    }

    fn delete(&mut self, known: &Known) -> Result<Outcome> {
        if (self.interrupted)() {
            return Ok(Outcome::Interrupted);
        }
        let name = format!("{}:{}", known.agent, known.native);
        let mut deleted = true;
        let now = (self.clock)();
        let log = |pass: &mut Self, text: &str| match pass.way {
            Way::Dry => Ok(()),
            _ => pass.state.log(&pass.target.name, now, &format!("{name}: {text}")),
        };
        if let How::Files(_) = self.service.how {
            self.delete_file(known)?;
        } else {
            let generation = self.generation()?;
            let item = generation.items.get(&Kind::Deleted);
            let request = item.and_then(|item| generation.requests.get(&item.request));
            let sent_any = !self.state.items(known.id)?.is_empty();
            if let (Some(item), Some(request), true) = (item, request, sent_any) {
                let local = known.remote.get(CHOSEN);
                let local = local.and_then(|local| serde_json::from_value(local.clone()).ok());
                let target = wire::target_values(self.target, local.as_ref());
                let mut values = json!({
                    "target": target, "key": self.key, "agent": known.agent, "kind": "deleted",
                    "source": generation.agents.get(&known.agent).unwrap_or(&known.agent),
                    "conversation": { "id": known.native }, "remote": known.remote,
                    "time": now,
                });
                let body = item.body.render(&values).unwrap_or_default();
                values["items"] = Value::Array(vec![body.clone()]);
                values["item"] = body;
                if !request.path.is_known(&values) {
                    // Half an address may be that of everything.
                    log(self, "not deleted: the service has not said under which id it is there")?;
                    return self.deleted(known, false);
                }
                let url = &self.target.url;
                let outgoing = wire::outgoing(request, url, self.key, &values, generation.timeout)?;
                let answer = match self.transport.send(&outgoing) {
                    Ok(answer) => answer,
                    Err(why) => return Ok(Outcome::Later { why, asked: None }),
                };
                self.report.requests += 1;
                let why = generation.answers.reason(answer.status, &answer.body);
                match generation.answers.verdict(answer.status, &answer.body) {
                    Verdict::Done => log(self, "deleted there")?,
                    _ if matches!(answer.status, 404 | 410) => log(self, "was not there")?,
                    Verdict::Retry => return Ok(Outcome::Later { why, asked: answer.retry_after }),
                    Verdict::Pause => return Ok(Outcome::Stop { why }),
                    Verdict::Refused | Verdict::Split => {
                        deleted = false;
                        log(self, &format!("not deleted: {why}"))?;
                    }
                }
            } else if sent_any {
                deleted = false;
                log(self, "the service cannot delete it for others; delete it there by hand")?;
            }
        }
        self.deleted(known, deleted)
    }

    fn deleted(&mut self, known: &Known, there: bool) -> Result<Outcome> {
        self.report.deleted += u64::from(there);
        if self.way != Way::Dry {
            self.state.set_deleted(known.id)?;
        }
        Ok(Outcome::Done)
    }
}
