//! `doctor`.

use serde::Serialize;

use super::plain;
use super::table::{Paint, Tone};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All is well.
    Good,
    /// Works, could be better.
    Warn,
    /// Does not work.
    Bad,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub what: String,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

/// For people.
pub fn report(checks: &[Check], paint: Paint) -> String {
    let mut out = String::new();
    for check in checks {
        let (tone, mark) = match check.verdict {
            Verdict::Good => (Tone::Good, "ok  "),
            Verdict::Warn => (Tone::Warn, "note"),
            Verdict::Bad => (Tone::Bad, "bad "),
        };
        let line = format!(" {}: {}\n", check.what, plain(&check.found));
        out.push_str(&paint.paint(tone, mark));
        out.push_str(&line);
        if let Some(todo) = &check.todo {
            out.push_str(&format!("       → {}\n", plain(todo)));
        }
    }
    let count = |verdict| checks.iter().filter(|c| c.verdict == verdict).count();
    out.push_str(&match (count(Verdict::Bad), count(Verdict::Warn)) {
        (0, 0) => "All is well.\n".into(),
        (0, notes) => format!("Works; {notes} to note.\n"),
        (bad, _) => format!("{bad} to repair.\n"),
    });
    out
}

/// For programs.
pub fn report_json(checks: &[Check]) -> String {
    super::json("checks", &checks)
}
