//! What an agent says of its own limits: how much of a span of time's allowance is used up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::figures::Condition;
use crate::event::one_line;
use crate::mapping::Pointer;
use segno_transcript::map::time::milliseconds;

/// The longest name, in characters.
const NAME_MAX: usize = 40;

/// A span of time with a limit, as the agent's service counts it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Quota {
    /// `5 h`, `week`.
    pub name: String,
    /// How much of it is used, in percent.
    pub used: f64,
    /// When it begins anew, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets: Option<u64>,
}

/// Where a quota stands in a message of an agent's transcript.
#[derive(Debug, Clone)]
pub struct QuotaRule {
    pub condition: Vec<Condition>,
    /// What it is called, unless its minutes say that.
    pub name: Option<String>,
    pub used: Pointer,
    pub minutes: Option<Pointer>,
    pub resets: Option<Pointer>,
}

impl QuotaRule {
    fn of(&self, message: &Value) -> Option<Quota> {
        if !self.condition.iter().all(|condition| condition.holds(message)) {
            return None;
        }
        let at = |at: &Option<Pointer>| at.as_ref().and_then(|at| message.pointer(at));
        let used = message.pointer(&self.used)?.as_f64()?;
        let minutes = at(&self.minutes).and_then(Value::as_u64);
        let name = self.name.clone().or_else(|| minutes.map(span))?;
        let resets = at(&self.resets).and_then(milliseconds);
        let resets = resets.and_then(|resets| u64::try_from(resets).ok());
        Some(Quota { name: one_line(&name, NAME_MAX), used: used.clamp(0.0, 1000.0), resets })
    }
}

/// What the newest messages of a transcript say, of which this is a part; one for each rule.
pub fn newest(rules: &[QuotaRule], part: &[u8]) -> Vec<Option<Quota>> {
    let mut found: Vec<Option<Quota>> = vec![None; rules.len()];
    for line in part.rsplit(|byte| *byte == b'\n') {
        if found.iter().all(Option::is_some) {
            break;
        }
        // Whole lines only: the first one may be cut.
        let Ok(message) = serde_json::from_slice::<Value>(line) else { continue };
        for (rule, found) in rules.iter().zip(&mut found) {
            *found = found.take().or_else(|| rule.of(&message));
        }
    }
    found
}

/// A span of so many minutes.
fn span(minutes: u64) -> String {
    const HOUR: u64 = 60;
    const DAY: u64 = 24 * HOUR;
    match minutes {
        _ if minutes == 7 * DAY => "week".into(),
        _ if minutes >= DAY && minutes.is_multiple_of(DAY) => format!("{} d", minutes / DAY),
        _ if minutes >= HOUR => format!("{} h", (minutes + HOUR / 2) / HOUR),
        _ => format!("{minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_base::text::expression::Expression;

    fn rule(window: &str) -> QuotaRule {
        let at = |name: &str| format!("/limits/{window}/{name}");
        let condition = Condition { at: "/type".into(), is: Expression::new("^limits$").unwrap() };
        QuotaRule {
            condition: vec![condition],
            name: None,
            used: at("used"),
            minutes: Some(at("minutes")),
            resets: Some(at("resets")),
        }
    }

    #[test]
    fn the_newest_of_each_window_counts() {
        let rules = [rule("short"), rule("long")];
        let text = "\"used\": 99}}}\n\
            {\"type\": \"limits\", \"limits\": {\"long\": {\"used\": 71, \"minutes\": 10080}}}\n\
            {\"type\": \"limits\", \"limits\": {\"short\": {\"used\": 1.5, \"minutes\": 299, \"resets\": 1790000000}, \"long\": null}}\n\
            {\"type\": \"other\", \"limits\": {\"short\": {\"used\": 50, \"minutes\": 300}}}\n{\"type\"";
        let found = newest(&rules, text.as_bytes());
        let short = Quota { name: "5 h".into(), used: 1.5, resets: Some(1_790_000_000_000) };
        let long = Quota { name: "week".into(), used: 71.0, resets: None };
        assert_eq!(found, [Some(short), Some(long)]);
        assert_eq!(newest(&rules, b"no lines"), [None, None]);
        let spans = [span(30), span(60), span(1440), span(43_200)];
        assert_eq!(spans, ["30 min", "1 h", "1 d", "30 d"]);
    }
}
