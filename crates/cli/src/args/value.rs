//! Values of options, read from what was typed, with a word on how to write them.

use std::time::Duration;

use segno_agent::identity::SessionId;
use segno_base::preset::Preset;
use segno_base::text::day::Day;
use segno_wire::control::panes::wait::WaitFor;
use segno_wire::control::usage::By;

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Day(Day),
    /// The last so many days, today included.
    Days(u32),
}

pub(super) fn since(text: &str) -> Result<Since, String> {
    match text {
        "today" => return Ok(Since::Days(1)),
        "yesterday" => return Ok(Since::Days(2)),
        _ => {}
    }
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse().ok()) {
        return Ok(Since::Days(days));
    }
    text.parse()
        .map(Since::Day)
        .map_err(|_| "write a day as in 2026-11-21, days as in 7d, today or yesterday".into())
}

/// The word for standard input.
pub(super) fn dash(text: &str) -> Result<String, String> {
    match text {
        "-" => Ok(text.to_owned()),
        _ => Err("write - to read standard input, or --set TEXT".into()),
    }
}

pub(super) fn by(text: &str) -> Result<By, String> {
    serde_json::from_value(text.into())
        .map_err(|_| "write conversation, pane, project, day or model".into())
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err("must look like KEY=VALUE".into()),
    }
}

pub(super) fn preset(text: &str) -> Result<Preset, String> {
    Preset::ALL
        .into_iter()
        .find(|preset| preset.name() == text)
        .ok_or_else(|| format!("must be one of {}", Preset::ALL.map(Preset::name).join(", ")))
}

pub(super) fn session(text: &str) -> Result<SessionId, String> {
    SessionId::try_from(text.to_string())
        .map_err(|_| "must be letters, digits, `_`, `-`, `.` or `:`; see `segno sessions`".into())
}

/// What `--for` was given once: states with commas between them, or one expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions(pub Vec<WaitFor>);

pub(super) fn wait_for(text: &str) -> Result<Conditions, String> {
    if let Some(pattern) = text.strip_prefix("output=") {
        regex::Regex::new(pattern)
            .map_err(|e| format!("no valid regular expression: {}", last_line(&e)))?;
        return Ok(Conditions(vec![WaitFor::Output(pattern.into())]));
    }
    text.split(',').map(state).collect::<Result<_, _>>().map(Conditions)
}

fn state(name: &str) -> Result<WaitFor, String> {
    Ok(match name.trim() {
        "idle" => WaitFor::Idle,
        "working" => WaitFor::Working,
        "blocked" => WaitFor::Blocked,
        "error" => WaitFor::Error,
        "exited" => WaitFor::Exited,
        "done" => WaitFor::Done,
        _ => {
            return Err(
                "must be idle, working, blocked, error, exited, done or output=REGEX".into()
            );
        }
    })
}

fn last_line(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim().to_string()
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a number of seconds, such as 30 or 0.5".to_string();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}
