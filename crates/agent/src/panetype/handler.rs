//! What a program may print that its user should know: the `[[handler]]`s of a type, and what
//! of it is new on a screen.
//!
//! Pure. What was printed is not to be trusted: it comes out cleaned and bounded.

use std::collections::{BTreeMap, HashMap};

use regex::Captures;

use crate::event::one_line;
use segno_base::text::expression::Expression;

/// The longest text of a group, and of all, in characters.
const GROUP_MAX: usize = 80;
const TEXT_MAX: usize = 500;

/// One `[[handler]]`.
#[derive(Debug, Clone)]
pub struct Handler {
    /// Looked for in each line.
    pub regex: Expression,
    /// After it spoke it is silent for so long.
    pub cooldown_ms: u64,
    pub does: Does,
}

/// What a handler is for.
#[derive(Debug, Clone)]
pub enum Does {
    /// The agent has finished its turn.
    Idle,
    /// The user is notified.
    Notify {
        severity: Severity,
        text: Text,
        /// What the user can do about it.
        help: Option<Text>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// A text for people with the groups of a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Group(usize),
}

/// Why a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("a brace that opens or closes nothing; write {{{{ or }}}} for a brace")]
    Brace,
    #[error("{{{0}}} is no group of `match`; use its number or name, or write {{{{ for a brace")]
    NoGroup(String),
}

impl Text {
    /// Reads a text whose placeholders name groups of this expression.
    pub fn parse(text: &str, regex: &Expression) -> Result<Text, TextError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..];
            if brace.starts_with("{{") || brace.starts_with("}}") {
                literal.push_str(&brace[..1]);
                rest = &brace[2..];
                continue;
            }
            let inner = brace.strip_prefix('{').ok_or(TextError::Brace)?;
            let (name, after) = inner.split_once('}').ok_or(TextError::Brace)?;
            let groups = regex.groups();
            let number = name.parse().ok().filter(|n| *n < groups.len());
            let named = || groups.iter().position(|known| *known == Some(name));
            let group = number.or_else(named).ok_or_else(|| TextError::NoGroup(name.into()))?;
            parts.extend([Part::Literal(std::mem::take(&mut literal)), Part::Group(group)]);
            rest = after;
        }
        literal.push_str(rest);
        parts.push(Part::Literal(literal));
        Ok(Text(parts))
    }

    fn fill(&self, captures: &Captures<'_>) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Group(n) => {
                    let group = captures.get(*n).map_or("", |group| group.as_str());
                    text.push_str(&one_line(group, GROUP_MAX));
                }
            }
        }
        one_line(&text, TEXT_MAX)
    }
}

/// What a handler has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Idle,
    Alert(Alert),
}

/// A message to the user; one line each, safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub severity: Severity,
    pub text: String,
    pub help: Option<String>,
}

/// What matched on one pane's screen, by the handlers' places in the type.
#[derive(Debug, Default)]
pub struct RuleHits(BTreeMap<usize, Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// What fitted at the last look, and how often it stood there.
    there: HashMap<String, usize>,
    spoke_at: Option<u64>,
}

impl RuleHits {
    /// What is on the screen before the program prints: none of it is new.
    pub fn before(handlers: &[Handler], screen: &str) -> RuleHits {
        let mut hits = RuleHits::default();
        for (n, handler) in handlers.iter().enumerate() {
            hits.0.entry(n).or_default().newest(handler, screen);
        }
        hits
    }

    /// What is new since the last look, with the places of the handlers. What stays, is scrolled or
    /// drawn again in between is nothing new.
    pub fn look(&mut self, handlers: &[Handler], screen: &str, now: u64) -> Vec<(usize, Finding)> {
        let mut findings = Vec::new();
        for (n, handler) in handlers.iter().enumerate() {
            let seen = self.0.entry(n).or_default();
            let Some(captures) = seen.newest(handler, screen) else { continue };
            let silent =
                seen.spoke_at.is_some_and(|at| now < at.saturating_add(handler.cooldown_ms));
            if silent {
                continue;
            }
            seen.spoke_at = Some(now);
            findings.push((n, handler.does.with(&captures)));
        }
        findings
    }
}

impl Seen {
    /// Of the lines that fit and were not there before, the lowest.
    fn newest<'t>(&mut self, handler: &Handler, screen: &'t str) -> Option<Captures<'t>> {
        let mut there: HashMap<String, usize> = HashMap::new();
        let mut newest = None;
        for captures in screen.lines().filter_map(|line| handler.regex.captures(line)) {
            let text = &captures[0];
            let count = there.entry(text.to_string()).or_default();
            *count += 1;
            if *count > self.there.get(text).copied().unwrap_or(0) {
                newest = Some(captures);
            }
        }
        self.there = there;
        newest
    }
}

impl Does {
    fn with(&self, captures: &Captures<'_>) -> Finding {
        match self {
            Does::Idle => Finding::Idle,
            Does::Notify { severity, text, help } => Finding::Alert(Alert {
                severity: *severity,
                text: text.fill(captures),
                help: help.as_ref().map(|help| help.fill(captures)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn handler(pattern: &str, text: &str, cooldown_ms: u64) -> Handler {
        let regex = Expression::new(pattern).unwrap();
        let text = Text::parse(text, &regex).unwrap();
        let does = Does::Notify { severity: Severity::Error, text, help: None };
        Handler { regex, cooldown_ms, does }
    }

    fn alerts(hits: &mut RuleHits, handlers: &[Handler], screen: &str, now: u64) -> Vec<String> {
        let findings = hits.look(handlers, screen, now).into_iter();
        let text = |finding| match finding {
            (_, Finding::Alert(alert)) => alert.text,
            (_, Finding::Idle) => "idle".into(),
        };
        findings.map(text).collect()
    }

    #[test]
    fn each_occurrence_is_reported_once() {
        let handlers = [handler("^port ([0-9]+) is used", "Port {1} is in use", 0)];
        let mut hits = RuleHits::before(&handlers, "port 1 is used\n");
        let mut look = |screen: &str| alerts(&mut hits, &handlers, screen, 0);
        assert!(look("port 1 is used\n").is_empty());
        assert_eq!(look("port 1 is used\nport 2 is used\n"), ["Port 2 is in use"]);
        // It scrolls, and the rest of its line changes.
        assert!(look("port 2 is used by 7\n$ \n").is_empty());
        assert_eq!(look("port 2 is used\nport 2 is used\n"), ["Port 2 is in use"]);
        // The last of several.
        assert_eq!(look("port 3 is used\nport 4 is used\nport 2 is used\n"), ["Port 4 is in use"]);
        assert!(look("").is_empty());
        assert_eq!(look("port 4 is used\n"), ["Port 4 is in use"]);
    }

    #[test]
    fn after_it_spoke_it_is_silent_for_a_while() {
        let handlers = [handler("^no$", "no", 500), handler("^yes$", "yes", 0)];
        let mut hits = RuleHits::default();
        assert_eq!(alerts(&mut hits, &handlers, "no\n", 1_000), ["no"]);
        assert_eq!(alerts(&mut hits, &handlers, "no\nno\nyes\n", 1_499), ["yes"]);
        // What came meanwhile is not reported late.
        assert!(alerts(&mut hits, &handlers, "no\nno\nyes\n", 1_500).is_empty());
        assert_eq!(alerts(&mut hits, &handlers, "no\nno\nno\n", 1_500), ["no"]);
    }

    #[test]
    fn texts_name_groups() {
        let regex = Expression::new("(?P<host>a)(b)?").unwrap();
        let captures = regex.captures("xa").unwrap();
        let fill = |text| Text::parse(text, &regex).map(|text| text.fill(&captures));
        assert_eq!(fill("{{1}} {1}{host}|{2}|{0}").unwrap(), "{1} aa||a");
        assert_eq!(fill("{3}"), Err(TextError::NoGroup("3".into())));
        assert_eq!(fill("{nobody}"), Err(TextError::NoGroup("nobody".into())));
        for text in ["{", "}", "a{1", "{1}}", "{{}"] {
            assert_eq!(fill(text), Err(TextError::Brace), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_printed_gets_through_uncleaned(screen in any::<String>(), long in 0..900usize) {
            let handlers = [handler("(?s)(.*)", "{1}{1}{1}{1}{1}{1}{1}{1}", 0)];
            let screen = format!("{screen}{}\u{202e}\u{7}", "x".repeat(long));
            for text in alerts(&mut RuleHits::default(), &handlers, &screen, 0) {
                prop_assert!(text.chars().count() <= TEXT_MAX);
                let dirty = text.chars().any(|c| c.is_control() || c == '\u{202e}');
                prop_assert!(!dirty, "{:?}", text);
            }
        }
    }
}
