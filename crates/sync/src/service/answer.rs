//! What a service's answers mean.

use serde::Deserialize;
use serde_json::Value;

/// What comes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Done,
    /// Later again.
    Retry,
    /// Not before the user has done something.
    Pause,
    /// Never; each item alone, to see which.
    Refused,
    /// Too much at once.
    Split,
}

/// A rule for answers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// 0 to 9 stand for a hundred: 5 for all from 500 to 599.
    pub status: Vec<u16>,
    /// Only where the body is JSON, or is not.
    pub json: Option<bool>,
    pub then: Verdict,
}

/// A service's rules, the first that fits counts.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
    /// JSON pointers to the reason of a refusal.
    pub reason: Vec<String>,
    /// JSON pointer to a list of errors in an answer that looks like success.
    pub errors: Option<String>,
}

impl Answers {
    /// What an answer means.
    pub fn verdict(&self, status: u16, body: &[u8]) -> Verdict {
        let json = serde_json::from_slice::<Value>(body).ok();
        let fits = |rule: &&Rule| {
            let status = rule.status.iter().any(|s| *s == status || *s < 10 && *s == status / 100);
            status && rule.json.is_none_or(|wanted| wanted == json.is_some())
        };
        if let Some(rule) = self.rules.iter().find(fits) {
            return rule.then;
        }
        let failed = || {
            let errors = self.errors.as_ref().and_then(|at| json.as_ref()?.pointer(at));
            errors.and_then(Value::as_array).is_some_and(|errors| !errors.is_empty())
        };
        match status {
            200..300 if failed() => Verdict::Refused,
            200..300 => Verdict::Done,
            401 => Verdict::Pause,
            413 => Verdict::Split,
            // A redirect is no answer of the service's: it is followed nowhere, and says nothing
            // about an item. 407 is a proxy's.
            300..=399 | 407 | 408 | 425 | 429 | 500..600 => Verdict::Retry,
            _ => Verdict::Refused,
        }
    }

    /// The service's own words, in a line of at most 300 characters.
    pub fn reason(&self, status: u16, body: &[u8]) -> String {
        let json = serde_json::from_slice::<Value>(body).ok();
        let at = |pointer: &String| json.as_ref()?.pointer(pointer).map(words);
        let errors = self.errors.iter().chain(&self.reason);
        let found = errors.filter_map(at).find(|text| !text.is_empty());
        let text = found.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
        let line: String =
            segno_base::text::plain_text::line(&text).trim().chars().take(300).collect();
        let how = match (status, json) {
            (200..300, None) => ", and not with JSON",
            _ => "",
        };
        match line.is_empty() {
            true => format!("it answers {status}{how}"),
            false => format!("it answers {status}{how}: {line}"),
        }
    }
}

/// A message, also where it is a list of them.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) if all.is_empty() => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_before_what_is_usual() {
        let rule = |status, json, then| Rule { status: vec![status], json, then };
        let answers = Answers {
            rules: vec![rule(403, Some(true), Verdict::Pause), rule(4, None, Verdict::Refused)],
            reason: vec!["/error".into(), "/detail".into()],
            errors: Some("/errors".into()),
        };
        assert_eq!(answers.verdict(403, b"{}"), Verdict::Pause);
        assert_eq!(answers.verdict(403, b"<html>"), Verdict::Refused);
        assert_eq!(answers.verdict(429, b""), Verdict::Refused);
        assert_eq!(answers.verdict(503, b""), Verdict::Retry);
        assert_eq!(answers.verdict(200, b"{\"errors\":[]}"), Verdict::Done);
        assert_eq!(answers.verdict(200, b"{\"errors\":[\"x\"]}"), Verdict::Refused);
        for later in [429, 302, 407] {
            assert_eq!(Answers::default().verdict(later, b""), Verdict::Retry);
        }
        assert_eq!(answers.reason(200, b"<p>"), "it answers 200, and not with JSON: <p>");
        assert_eq!(answers.reason(403, b"{\"detail\":\"no\\nway\"}"), "it answers 403: no way");
        assert_eq!(answers.reason(502, b""), "it answers 502");
    }
}
