//! One line of a tracker's spool, made into an [`Event`].
//!
//! The line was written inside another program and is not trusted: texts are bounded and stripped
//! of control characters, ids must have the shape of one. Must not decide what an event means:
//! `tracking` does.

use serde_json::{Map, Value};

use crate::identity::{ChangeReason, SessionId};
pub use crate::source::Source;
use crate::status::{Activity, Usage};
use crate::usage::counts::Counts;
use segno_base::text::plain_text::is_plain;

/// The version of the vocabulary that is understood.
const VERSION: u64 = 1;
/// The longest texts kept, in characters.
const TITLE_MAX: usize = 200;
const DETAIL_MAX: usize = 400;
const PROMPT_MAX: usize = 1000;
const NAME_MAX: usize = 100;
/// No counter is larger: JSON numbers are exact up to here.
const COUNT_MAX: u64 = 1 << 53;

/// What a tracker saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Milliseconds since the Unix epoch by the tracker's clock; 0 when it did not say.
    pub at: u64,
    /// The tracker's own count; for people who read the spool.
    pub n: u64,
    pub from: Source,
    /// The rule that made it, and of what, for people.
    pub by: Option<String>,
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A tracker was loaded.
    Hello {
        pid: Option<u32>,
        agent: Option<String>,
        version: Option<String>,
    },
    /// The conversation that the pane shows; `None` is a new one in which nothing was said.
    Current {
        session: Option<SessionId>,
        reason: ChangeReason,
    },
    /// What the agent does in a conversation; `None` is the one that the pane shows.
    State {
        session: Option<SessionId>,
        activity: Activity,
        detail: Option<String>,
    },
    Title {
        session: SessionId,
        title: String,
    },
    /// What a conversation has used so far, in all.
    Usage {
        session: SessionId,
        usage: Usage,
    },
    /// The user said something.
    Prompt {
        session: SessionId,
        text: String,
    },
    /// The conversation was summarised to make room; it goes on under the same id.
    Compacted {
        session: SessionId,
    },
    Deleted {
        session: SessionId,
    },
    /// The agent was started with a conversation that it does not know, and began without it.
    Missing {
        session: SessionId,
    },
    /// The tracker could not write for a while, and can again.
    WriteFailed {
        /// How often it tried.
        failures: u64,
        /// Events that were given up.
        lost: u64,
        why: Option<String>,
    },
}

impl Event {
    /// The conversation that the event names.
    pub fn session(&self) -> Option<&SessionId> {
        match &self.what {
            What::Hello { .. } | What::WriteFailed { .. } => None,
            What::Current { session, .. } | What::State { session, .. } => session.as_ref(),
            What::Title { session, .. }
            | What::Usage { session, .. }
            | What::Prompt { session, .. }
            | What::Compacted { session }
            | What::Deleted { session }
            | What::Missing { session } => Some(session),
        }
    }
}

/// A line that is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEvent {
    #[error("it is not a JSON object")]
    NotAnObject,
    #[error("{0:?} is missing or has a wrong value")]
    Field(&'static str),
}

/// Reads one line. `Ok(None)`: a well-formed event of a kind or version that this Segno does not
/// know, to be passed over, because trackers may be newer than the daemon.
pub fn parse(line: &[u8]) -> Result<Option<Event>, InvalidEvent> {
    let value: Value = serde_json::from_slice(line).map_err(|_| InvalidEvent::NotAnObject)?;
    let Value::Object(fields) = value else {
        return Err(InvalidEvent::NotAnObject);
    };
    let fields = Fields(fields);
    match fields.count("v") {
        Some(VERSION) => {}
        Some(_) => return Ok(None),
        None => return Err(InvalidEvent::Field("v")),
    }
    let from = fields.str("from").ok_or(InvalidEvent::Field("from"))?;
    let Some(from) = Source::parse(from) else { return Ok(None) };
    let name = fields.str("event").ok_or(InvalidEvent::Field("event"))?;
    let Some(what) = fields.what(name)? else {
        return Ok(None);
    };
    let at = fields.count("at").unwrap_or(0);
    let n = fields.count("n").unwrap_or(0);
    let by = fields.text("by", NAME_MAX);
    Ok(Some(Event { at, n, from, by, what }))
}

/// The fields of a line, with readers that accept nothing out of bounds.
struct Fields(Map<String, Value>);

impl Fields {
    fn what(&self, name: &str) -> Result<Option<What>, InvalidEvent> {
        Ok(Some(match name {
            "hello" => What::Hello {
                pid: self.count("pid").and_then(|pid| u32::try_from(pid).ok()),
                agent: self.text("agent", NAME_MAX),
                version: self.text("version", NAME_MAX),
            },
            "current" => {
                // Said by mistake without an id, it must not make the pane forget its
                // conversation: "none" has to be said with a null.
                if !self.0.contains_key("session") {
                    return Err(InvalidEvent::Field("session"));
                }
                let session = self.optional_session()?;
                What::Current { session, reason: self.reason() }
            }
            "state" => {
                let session = self.optional_session()?;
                let activity = match self.str("state").ok_or(InvalidEvent::Field("state"))? {
                    "working" => Activity::Working,
                    "idle" => Activity::Idle,
                    "blocked" => Activity::Blocked,
                    "error" => Activity::Error,
                    "retrying" => Activity::Retrying,
                    _ => return Ok(None),
                };
                What::State { session, activity, detail: self.detail() }
            }
            "title" => What::Title {
                session: self.session()?,
                title: self.text("title", TITLE_MAX).ok_or(InvalidEvent::Field("title"))?,
            },
            "usage" => What::Usage { session: self.session()?, usage: self.usage() },
            "prompt" => What::Prompt {
                session: self.session()?,
                text: self.text("text", PROMPT_MAX).ok_or(InvalidEvent::Field("text"))?,
            },
            "compacted" => What::Compacted { session: self.session()? },
            "deleted" => What::Deleted { session: self.session()? },
            "missing" => What::Missing { session: self.session()? },
            "write_failed" => What::WriteFailed {
                failures: self.count("failures").unwrap_or(1),
                lost: self.count("lost").unwrap_or(0),
                why: self.text("why", DETAIL_MAX),
            },
            _ => return Ok(None),
        }))
    }

    fn str(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A text as one bounded line; `None` when absent or empty.
    fn text(&self, name: &str, max: usize) -> Option<String> {
        Some(one_line(self.str(name)?, max)).filter(|text| !text.is_empty())
    }

    /// A number that counts something. JavaScript may write a whole number as `1e3` or `1.0`.
    fn count(&self, name: &str) -> Option<u64> {
        let value = self.0.get(name)?;
        let number = match value.as_u64() {
            Some(number) => number,
            // `as` saturates; a fraction of a token or millisecond does not matter.
            None => value.as_f64().filter(|f| *f >= 0.0)? as u64,
        };
        Some(number.min(COUNT_MAX))
    }

    fn session(&self) -> Result<SessionId, InvalidEvent> {
        self.optional_session()?.ok_or(InvalidEvent::Field("session"))
    }

    fn optional_session(&self) -> Result<Option<SessionId>, InvalidEvent> {
        match self.0.get("session") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(id)) => SessionId::try_from(id.clone())
                .map(Some)
                .map_err(|_| InvalidEvent::Field("session")),
            Some(_) => Err(InvalidEvent::Field("session")),
        }
    }

    fn reason(&self) -> ChangeReason {
        match self.str("reason") {
            Some("start") => ChangeReason::Start,
            Some("created") => ChangeReason::Created,
            Some("selected") => ChangeReason::Selected,
            Some("forked") => ChangeReason::Forked,
            Some("new") => ChangeReason::New,
            Some("deleted") => ChangeReason::Deleted,
            _ => ChangeReason::Unknown,
        }
    }

    /// What a state is about: `permission: rm -rf build`.
    fn detail(&self) -> Option<String> {
        let kind = self.str("kind").filter(|kind| matches!(*kind, "permission" | "question"));
        match (kind, self.text("detail", DETAIL_MAX)) {
            (Some(kind), Some(detail)) => Some(format!("{kind}: {detail}")),
            (Some(kind), None) => Some(kind.to_string()),
            (None, detail) => detail,
        }
    }

    fn usage(&self) -> Usage {
        let count = |name| self.count(name).unwrap_or(0);
        Usage {
            model: self.text("model", NAME_MAX),
            counts: Counts {
                input: count("input"),
                output: count("output"),
                reasoning: count("reasoning"),
                cache_read: count("cache_read"),
                cache_write: count("cache_write"),
                cost: self.0.get("cost").and_then(Value::as_f64).unwrap_or(0.0),
            }
            .sound(),
            context: self.count("context"),
            context_limit: self.count("context_limit").filter(|limit| *limit > 0),
        }
    }
}

/// A text as one line of at most `max` characters that every terminal shows as plain text:
/// white space becomes single spaces; controls, and the marks that turn the writing direction
/// round and could make a line read as another, are dropped.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = length > 0;
            continue;
        }
        if !is_plain(c) {
            continue;
        }
        let wanted = 1 + usize::from(gap);
        if length + wanted > max {
            line.pop();
            line.push('…');
            break;
        }
        if gap {
            line.push(' ');
        }
        line.push(c);
        length += wanted;
        gap = false;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(line: &str) -> Event {
        parse(line.as_bytes()).unwrap().unwrap()
    }

    fn id(text: &str) -> SessionId {
        SessionId::try_from(text.to_string()).unwrap()
    }

    #[test]
    fn every_kind_is_read() {
        let e = event(
            r#"{"v":1,"at":5,"n":7,"from":"screen","event":"hello","pid":42,"agent":"x","version":"1.2"}"#,
        );
        assert_eq!((e.at, e.n, e.from), (5, 7, Source::Screen));
        assert_eq!(
            e.what,
            What::Hello { pid: Some(42), agent: Some("x".into()), version: Some("1.2".into()) }
        );
        let line =
            |rest: &str| event(&format!(r#"{{"v":1,"at":1,"n":1,"from":"server",{rest}}}"#)).what;
        assert_eq!(
            line(r#""event":"current","session":"a","reason":"forked""#),
            What::Current { session: Some(id("a")), reason: ChangeReason::Forked }
        );
        assert_eq!(
            line(r#""event":"current","session":null,"reason":"new""#),
            What::Current { session: None, reason: ChangeReason::New }
        );
        assert_eq!(
            line(
                r#""event":"state","session":"a","state":"blocked","kind":"permission","detail":"rm" "#
            )
            .clone_detail(),
            Some("permission: rm".into())
        );
        assert_eq!(
            line(r#""event":"title","session":"a","title":"T\u001b[31m\nx""#),
            What::Title { session: id("a"), title: "T[31m x".into() }
        );
        let What::Usage { usage, .. } =
            line(r#""event":"usage","session":"a","model":"m","input":1e3,"cost":-5,"context":9"#)
        else {
            panic!("not usage")
        };
        assert_eq!((usage.counts.input, usage.counts.cost, usage.context), (1000, 0.0, Some(9)));
        assert_eq!(line(r#""event":"deleted","session":"a""#), What::Deleted { session: id("a") });
        assert_eq!(
            line(r#""event":"write_failed","failures":3,"lost":2,"why":"no\nspace""#),
            What::WriteFailed { failures: 3, lost: 2, why: Some("no space".into()) }
        );
    }

    impl What {
        fn clone_detail(&self) -> Option<String> {
            match self {
                What::State { detail, .. } => detail.clone(),
                _ => None,
            }
        }
    }

    #[test]
    fn what_is_newer_is_passed_over() {
        for line in [
            r#"{"v":2,"from":"screen","event":"hello"}"#,
            r#"{"v":1,"from":"screen","event":"teleported","to":"x"}"#,
            r#"{"v":1,"from":"dream","event":"hello"}"#,
            r#"{"v":1,"from":"screen","event":"state","state":"dancing"}"#,
        ] {
            assert_eq!(parse(line.as_bytes()), Ok(None), "{line}");
        }
    }

    #[test]
    fn hostile_lines_are_refused() {
        let deep = "[".repeat(8000);
        for line in [
            "",
            "null",
            "[]",
            "7",
            "{",
            deep.as_str(),
            r#"{"event":"hello","from":"screen"}"#,
            r#"{"v":1,"event":"hello"}"#,
            r#"{"v":1,"from":"screen"}"#,
            r#"{"v":1,"from":"screen","event":"current"}"#,
            r#"{"v":1,"from":"screen","event":"current","session":7}"#,
            r#"{"v":1,"from":"screen","event":"current","session":"--help"}"#,
            r#"{"v":1,"from":"screen","event":"title","session":"a b","title":"x"}"#,
            r#"{"v":1,"from":"screen","event":"title","session":"a","title":""}"#,
            r#"{"v":1,"from":"screen","event":"deleted","session":null}"#,
        ] {
            assert!(parse(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn a_line_is_bounded_and_plain() {
        assert_eq!(one_line("  a \n\t b\u{7}\u{202e}c\u{9b}  ", 10), "a bc");
        assert_eq!(one_line("abcdef", 4), "abc…");
        assert_eq!(one_line("", 4), "");
        assert_eq!(one_line("abc", 0), "…");
    }

    proptest! {
        #[test]
        fn no_line_panics(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&line);
        }

        #[test]
        fn texts_never_hold_controls(text in any::<String>(), max in 1usize..40) {
            let line = one_line(&text, max);
            prop_assert!(line.chars().count() <= max);
            prop_assert!(line.chars().all(is_plain));
            prop_assert_eq!(one_line(&line, max), line);
        }
    }
}
