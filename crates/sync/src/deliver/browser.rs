//! Signing in with a browser: the service makes the key while the user looks at its page.

use serde_json::{Value, json};

use super::listing::text;
use super::wire::{self, Answer, Transport};
use crate::error::{Error, Result};
use crate::service::{Browser, Generation, Request, Service, Verdict};

/// A sign-in that has begun.
#[derive(Debug)]
pub struct SignIn<'s> {
    generation: &'s Generation,
    browser: &'s Browser,
    url: &'s str,
    /// What templates may use.
    known: Value,
    /// The page where the user signs in.
    pub page: String,
}

impl<'s> SignIn<'s> {
    /// Begins one at this address, for this machine; `None` where the service has no such page.
    pub fn begin(
        service: &'s Service,
        url: &'s str,
        device: &str,
        transport: &mut dyn Transport,
    ) -> Result<Option<Self>> {
        let (Some(browser), Some(generation)) = (&service.browser, service.generation(None)) else {
            return Ok(None);
        };
        let known = json!({ "device": device });
        let mut sign_in = Self { generation, browser, url, known, page: String::new() };
        let answer = sign_in.read(&sign_in.send(&browser.start, transport)?)?;
        let session = at(&answer, &browser.session)
            .ok_or_else(|| Error::Service("it begins no sign-in".into()))?;
        sign_in.known["session"] = session.into();
        let base = browser.pages.get(url).map_or(url, String::as_str);
        let path = browser.page.render_address(&sign_in.known);
        sign_in.page = format!("{}{path}", base.trim_end_matches('/'));
        Ok(Some(sign_in))
    }

    /// The key, once the user has signed in; a service that does not answer now may do so later.
    pub fn key(&self, transport: &mut dyn Transport) -> Result<Option<String>> {
        let Ok(answer) = self.send(&self.browser.poll, transport) else { return Ok(None) };
        match self.verdict(&answer) {
            Verdict::Retry => Ok(None),
            _ => Ok(at(&self.read(&answer)?, &self.browser.key)),
        }
    }

    /// Seconds between two questions for the key.
    pub fn pause(&self) -> u32 {
        self.browser.every
    }

    /// Seconds after which nobody waits for it any longer.
    pub fn patience(&self) -> u32 {
        self.browser.timeout
    }

    fn send(&self, request: &Request, transport: &mut dyn Transport) -> Result<Answer> {
        let timeout = self.generation.timeout;
        let outgoing = wire::outgoing(request, self.url, None, &self.known, timeout)?;
        transport.send(&outgoing).map_err(Error::Service)
    }

    fn verdict(&self, answer: &Answer) -> Verdict {
        self.generation.answers.verdict(answer.status, &answer.body)
    }

    fn read(&self, answer: &Answer) -> Result<Value> {
        let answers = &self.generation.answers;
        match self.verdict(answer) {
            Verdict::Done => serde_json::from_slice(&answer.body)
                .map_err(|_| Error::Service("it does not answer with JSON".into())),
            _ => Err(Error::Service(answers.reason(answer.status, &answer.body))),
        }
    }
}

fn at(answer: &Value, pointer: &str) -> Option<String> {
    text(answer.pointer(pointer)?).filter(|text| !text.is_empty())
}
