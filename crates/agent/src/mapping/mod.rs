//! From what an agent writes of itself (JSON given to a hook, a line of a file) to lines of the
//! event vocabulary, by rules that a pane type has.
//!
//! Pure. What comes in is not trusted, and what goes out is read by `event` like any tracker's
//! line, with all its bounds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::event::one_line;
use crate::identity::SessionId;
use segno_base::text::expression::Expression;

/// The longest texts of a line, in characters: it has to fit into one of the spool.
const TEXT_MAX: usize = 1000;

/// A place in JSON, as in RFC 6901: `/tool_input/command`.
pub type Pointer = String;

/// How an agent's messages are understood.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// Where a message's name is; one that was given another way goes before it.
    pub event: Option<Pointer>,
    /// Where the conversation's id is, unless a rule says otherwise.
    pub session: Option<Pointer>,
    /// Every rule that fits speaks, in this order.
    pub on: Vec<Rule>,
}

/// What messages of some kind say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Names of messages; none: every message.
    pub name: Vec<String>,
    /// What has to be at these places, as expressions.
    pub condition: BTreeMap<Pointer, Expression>,
    /// What must not be at these places.
    pub unless: BTreeMap<Pointer, Expression>,
    pub session: Option<Pointer>,
    /// The conversation is on screen, for this reason.
    pub current: Option<String>,
    pub state: Option<String>,
    /// `permission` or `question`.
    pub kind: Option<String>,
    /// Places whose values say what a state is about, those that are there.
    pub detail: Vec<Pointer>,
    pub prompt: Option<Pointer>,
    pub title: Option<Pointer>,
    /// Places of what the conversation has used, by name in the vocabulary.
    pub usage: BTreeMap<String, Pointer>,
    pub compacted: bool,
    pub deleted: bool,
}

/// Lines for the spool, without what says when and who.
pub type Line = Map<String, Value>;

impl Mapping {
    /// The message's name, when it has one.
    pub fn name<'a>(&self, message: &'a Value) -> Option<&'a str> {
        message.pointer(self.event.as_deref()?)?.as_str()
    }

    /// What a message says. `allowed` is the rule for ids; a line about any other is left out.
    pub fn lines(
        &self,
        name: Option<&str>,
        message: &Value,
        allowed: &dyn Fn(&str) -> bool,
    ) -> Vec<Line> {
        let session = |rule: &Rule| {
            let pointer = rule.session.as_ref().or(self.session.as_ref());
            pointer.and_then(|at| text(message, at)).filter(|id| allowed(id))
        };
        self.said(name, message, &session)
    }

    /// What a message says that belongs to this conversation, wherever its id stands.
    pub fn lines_of(&self, session: &SessionId, name: Option<&str>, message: &Value) -> Vec<Line> {
        self.said(name, message, &|_| Some(session.to_string()))
    }

    fn said(
        &self,
        name: Option<&str>,
        message: &Value,
        session: &dyn Fn(&Rule) -> Option<String>,
    ) -> Vec<Line> {
        let mut lines = Vec::new();
        for (n, rule) in self.on.iter().enumerate().filter(|(_, rule)| rule.fits(name, message)) {
            let before = lines.len();
            rule.speak(session(rule).as_deref(), message, &mut lines);
            let by =
                format!("{}rule {}", name.map(|n| format!("{n}, ")).unwrap_or_default(), n + 1);
            lines[before..]
                .iter_mut()
                .for_each(|line| drop(line.insert("by".into(), by.clone().into())));
        }
        lines
    }
}

impl Rule {
    fn fits(&self, name: Option<&str>, message: &Value) -> bool {
        let named = self.name.is_empty()
            || name.is_some_and(|name| self.name.iter().any(|wanted| wanted == name));
        let is = |rule| is_at(message, rule);
        named && self.condition.iter().all(is) && !self.unless.iter().any(is)
    }

    fn speak(&self, session: Option<&str>, message: &Value, lines: &mut Vec<Line>) {
        let mut say = |event: &str, fields: Value| {
            let Value::Object(fields) = fields else { return };
            let mut line = Line::new();
            line.insert("event".into(), event.into());
            if let Some(session) = session {
                line.insert("session".into(), session.into());
            }
            line.extend(fields);
            lines.push(line);
        };
        let about = session.is_some();
        if let Some(reason) = self.current.as_ref().filter(|_| about) {
            say("current", json!({ "reason": reason }));
        }
        if let Some(prompt) =
            self.prompt.as_ref().and_then(|at| text(message, at)).filter(|_| about)
        {
            say("prompt", json!({ "text": one_line(&prompt, TEXT_MAX) }));
        }
        if let Some(state) = &self.state {
            let mut fields = json!({ "state": state });
            if let Some(kind) = &self.kind {
                fields["kind"] = kind.as_str().into();
            }
            let details: Vec<_> = self.detail.iter().filter_map(|at| text(message, at)).collect();
            if !details.is_empty() {
                fields["detail"] = one_line(&details.join(": "), TEXT_MAX).into();
            }
            say("state", fields);
        }
        if let Some(title) = self.title.as_ref().and_then(|at| text(message, at)).filter(|_| about)
        {
            say("title", json!({ "title": one_line(&title, TEXT_MAX) }));
        }
        let used = self.usage.iter().filter_map(|(name, at)| {
            let value = message.pointer(at)?;
            (value.is_number() || value.is_string()).then(|| (name.clone(), value.clone()))
        });
        let used: Map<String, Value> = used.collect();
        if !used.is_empty() && about {
            say("usage", Value::Object(used));
        }
        if self.compacted && about {
            say("compacted", json!({}));
        }
        if self.deleted && about {
            say("deleted", json!({}));
        }
    }
}

/// Whether what is at a place matches an expression.
pub fn is_at(message: &Value, (at, expression): (&Pointer, &Expression)) -> bool {
    text(message, at).is_some_and(|text| expression.is_match(&text))
}

/// What is at a place, as text; `None` when it is not there, empty, or no single value.
pub(super) fn text(message: &Value, at: &str) -> Option<String> {
    let text = match message.pointer(at)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
