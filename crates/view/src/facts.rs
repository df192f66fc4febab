//! What is shown of a pane in more than one place: its mark, its state in words, its conversation.
//!
//! Must not draw: texts and signs only.

use std::borrow::Cow;

use super::{Theme, text};
use segno_agent::status::Activity;
use segno_base::screen::cell::Style;
use segno_core::model::pane::{ExitStatus, Life, Pane};
use segno_core::model::tab::Tab;
use segno_core::panes::attributes::Extras;

/// The title of the conversation it shows.
pub(super) fn conversation(pane: &Pane) -> Option<String> {
    pane.agent().and_then(|status| status.title).filter(|title| !title.is_empty())
}

/// A tab's name: the user's, else the focused pane's.
pub(super) fn tab_name<'a>(tab: &'a Tab, pane: Option<&'a Pane>) -> Cow<'a, str> {
    match (&tab.name, pane) {
        (Some(name), _) => name.into(),
        (None, Some(pane)) => pane.label(),
        (None, None) => "".into(),
    }
}

/// What a pane is called, and about what its conversation is.
pub(super) fn about(pane: &Pane) -> String {
    let title = conversation(pane).map(|title| format!(" · {title}")).unwrap_or_default();
    format!("{}{title}", pane.label())
}

/// What a pane's mark says, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Blocked,
    Error,
    /// Its program failed, or a signal ended it.
    Exited(ExitStatus),
    Retrying,
    /// Finished, and nobody has looked yet.
    Done,
    Working,
    /// Rang the bell while nobody looked.
    Bell,
}

impl Mark {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Mark::Blocked => "▲",
            Mark::Error | Mark::Exited(_) => "✗",
            Mark::Retrying => "↻",
            Mark::Done => "✓",
            Mark::Working => "●",
            Mark::Bell => "•",
        }
    }

    /// Its sign, or a word where signs say nothing.
    pub(super) fn text(self, plain: bool) -> Cow<'static, str> {
        let text = match self {
            Mark::Exited(status) if plain => return ended(status).into(),
            Mark::Exited(status) => return format!("{} {}", self.sign(), ended(status)).into(),
            _ if !plain => self.sign(),
            Mark::Blocked => "blocked",
            Mark::Error => "error",
            Mark::Retrying => "retrying",
            Mark::Done => "finished",
            Mark::Working => "working",
            Mark::Bell => "bell",
        };
        text.into()
    }

    pub(super) fn style(self, theme: &Theme) -> Style {
        match self {
            Mark::Blocked | Mark::Bell => theme.attention,
            Mark::Error | Mark::Exited(_) => theme.error,
            Mark::Retrying => theme.retrying,
            Mark::Done => theme.done,
            Mark::Working => theme.working,
        }
    }
}

/// How a program ended, in few columns.
pub(super) fn ended(status: ExitStatus) -> String {
    match status {
        ExitStatus::Code(0) | ExitStatus::Unknown => "exited".to_string(),
        ExitStatus::Code(code) => format!("exit {code}"),
        ExitStatus::Signal(signal) => format!("signal {signal}"),
    }
}

/// The mark of a pane, if there is anything to say.
pub fn mark(pane: &Pane) -> Option<Mark> {
    if pane.choice.is_some() {
        return Some(Mark::Blocked);
    }
    match &pane.life {
        Life::Failed { .. } => return Some(Mark::Error),
        Life::Exited { status, .. } if !pane.is_asleep() && status.failed() => {
            return Some(Mark::Exited(*status));
        }
        Life::Exited { .. } | Life::Queued(_) => {
            return pane.unseen.then_some(Mark::Bell);
        }
        _ => {}
    }
    let unseen = |mark| pane.unseen.then_some(mark);
    match pane.agent().map(|status| status.activity) {
        Some(Activity::Blocked) => Some(Mark::Blocked),
        Some(Activity::Error) => Some(Mark::Error),
        Some(Activity::Retrying) => Some(Mark::Retrying),
        Some(Activity::Working) => Some(Mark::Working),
        Some(Activity::Idle) => unseen(Mark::Done),
        _ => unseen(Mark::Bell),
    }
}

/// What its user has set on a pane, as signs before its label.
pub(super) fn extras_signs(pane: &Pane, plain: bool) -> String {
    let sign = |set, sign: &str, word: &str| match (set, plain) {
        (false, _) => String::new(),
        (true, false) => format!("{sign} "),
        (true, true) => format!("{word} "),
    };
    driven(pane, plain)
        + &sign(pane.extras.broadcast, "⇉", "broadcast")
        + &sign(pane.extras.pinned, "◆", "pinned")
        + &sign(pane.extras.muted, "⊘", "muted")
        + &sign(pane.extras.log.is_some(), "✎", "logged")
}

/// Which other pane drives it just now: what a script outside of Segno does, its user knows.
fn driven(pane: &Pane, plain: bool) -> String {
    let sign = if plain { "driven by" } else { "←" };
    let by = pane.driven.and_then(|driven| driven.by);
    by.map(|by| format!("{sign} {by} ")).unwrap_or_default()
}

/// A style in the colour of the pane: that of typing into several panes, else its own, if any.
pub(super) fn tinted(style: Style, pane: &Pane, theme: &Theme) -> Style {
    match pane.extras {
        // Whoever types has to see where it goes.
        Extras { broadcast: true, .. } => theme.attention,
        Extras { color: Some(tint), .. } => Style { fg: theme.tint(tint), ..style },
        _ => style,
    }
}

/// A pane's state in words, and since when if that is known.
pub(super) fn state(pane: &Pane) -> Option<(String, Option<u64>)> {
    match &pane.life {
        Life::Queued(_) => return Some(("waiting to start".to_string(), None)),
        Life::Starting { .. } => return Some(("starting".to_string(), None)),
        Life::Failed { .. } => return Some(("could not be started".to_string(), None)),
        Life::Exited { at, .. } if pane.is_asleep() => {
            return Some(("asleep".to_string(), Some(*at)));
        }
        Life::Exited { status, at } => return Some((status.to_string(), Some(*at))),
        _ => {}
    }
    let status = pane.agent()?;
    let word = match status.activity {
        Activity::Starting => "starting",
        Activity::Working => "working",
        Activity::Blocked => "blocked",
        Activity::Idle => "idle",
        Activity::Error => "error",
        Activity::Retrying => "retrying",
        Activity::Exited => "exited",
        Activity::Unknown => return None,
    };
    Some((word.to_string(), (status.since > 0).then_some(status.since)))
}

/// What is to be said of a shell in which an agent runs or ran that is not followed: how its
/// conversation is kept, or that it is about to come back.
pub(super) fn shell(pane: &Pane) -> Option<String> {
    let guests = &pane.guests;
    if !matches!(pane.life, Life::Running { .. }) || guests.active.is_some() {
        return None;
    }
    if let Some(title) = &guests.unfollowed {
        return Some(format!(
            "{title}: this conversation is not kept · `segno doctor` says how to keep it"
        ));
    }
    let back = guests.due()?;
    let title = text::one_line(back.about.as_deref().unwrap_or(&back.title), 40);
    Some(format!("goes back to {title} · any key leaves the shell alone"))
}
