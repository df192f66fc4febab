//! The one definition of the events that a user's hooks and other programs can receive.
//!
//! Plain data: `core/` says when one happens. Names are part of users' settings, so a name never
//! changes its meaning.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use segno_base::text::diagnostic::closest;

/// Something that others can be notified of. Written by its name, as in `state.blocked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventName {
    PaneOpened,
    PaneStarted,
    PaneExited,
    PaneClosed,
    PaneBell,
    StateWorking,
    StateBlocked,
    StateIdle,
    StateError,
    StateRetrying,
    ConversationEntered,
    ConversationPrompted,
    ConversationTitled,
    ConversationUsed,
    ConversationCompacted,
    ConversationDeleted,
    NotificationPosted,
}

/// An event as settings and documentation show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventInfo {
    pub event: EventName,
    pub name: &'static str,
    pub description: &'static str,
}

/// Every event, in the order of the documentation.
#[rustfmt::skip]
pub const EVENTS: &[EventInfo] = &[
    info(EventName::PaneOpened, "pane.opened", "a pane was made; its program starts"),
    info(EventName::PaneStarted, "pane.started", "a pane's program runs"),
    info(EventName::PaneExited, "pane.exited", "a pane's program ended; `detail` says how"),
    info(EventName::PaneClosed, "pane.closed", "a pane is gone"),
    info(EventName::PaneBell, "pane.bell", "a pane's program rang the bell"),
    info(EventName::StateWorking, "state.working", "the agent works"),
    info(EventName::StateBlocked, "state.blocked", "the agent waits for you: a permission or a question; `detail` says which"),
    info(EventName::StateIdle, "state.idle", "the agent has finished its turn"),
    info(EventName::StateError, "state.error", "the turn ended in an error; `detail` says which"),
    info(EventName::StateRetrying, "state.retrying", "the model refused, the agent tries again by itself; `detail` says why"),
    info(EventName::ConversationEntered, "conversation.entered", "the pane shows another conversation"),
    info(EventName::ConversationPrompted, "conversation.prompted", "you said something; `detail` is what"),
    info(EventName::ConversationTitled, "conversation.titled", "the conversation has another title"),
    info(EventName::ConversationUsed, "conversation.used", "`usage` is what the conversation has used so far"),
    info(EventName::ConversationCompacted, "conversation.compacted", "the conversation was summarised to make room"),
    info(EventName::ConversationDeleted, "conversation.deleted", "the conversation was deleted in the agent"),
    info(EventName::NotificationPosted, "notification.posted", "a notification came into the list; `detail` is its text"),
];

const fn info(event: EventName, name: &'static str, description: &'static str) -> EventInfo {
    EventInfo { event, name, description }
}

impl EventName {
    /// The name by which settings call it.
    pub fn name(self) -> &'static str {
        EVENTS.iter().find(|info| info.event == self).map_or("", |info| info.name)
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for EventName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Which events are meant: one, or all whose names begin so (`state.*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventPattern {
    One(EventName),
    /// What stands before the `*`, which is that of at least one event.
    Group(&'static str),
}

impl EventPattern {
    pub fn matches(self, event: EventName) -> bool {
        match self {
            EventPattern::One(one) => one == event,
            EventPattern::Group(prefix) => event.name().starts_with(prefix),
        }
    }
}

impl FromStr for EventPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<EventPattern, String> {
        if let Some(info) = EVENTS.iter().find(|info| info.name == text) {
            return Ok(EventPattern::One(info.event));
        }
        if let Some(prefix) = text.strip_suffix('*')
            && let Some(info) = EVENTS.iter().find(|info| info.name.starts_with(prefix))
        {
            return Ok(EventPattern::Group(&info.name[..prefix.len()]));
        }
        let short: String = text.chars().take(40).collect();
        Err(match closest(text, EVENTS.iter().map(|info| info.name)) {
            Some(meant) => format!("{short:?} is no event; did you mean {meant:?}?"),
            None => format!("{short:?} is no event; docs/notifications.md lists them"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_one_name() {
        for (i, info) in EVENTS.iter().enumerate() {
            assert_eq!(info.event.name(), info.name);
            assert_eq!(info.name.parse(), Ok(EventPattern::One(info.event)));
            assert!(EVENTS[..i].iter().all(|other| other.name != info.name));
        }
    }

    #[test]
    fn a_star_means_a_group() {
        let states: EventPattern = "state.*".parse().unwrap();
        assert!(states.matches(EventName::StateIdle) && !states.matches(EventName::PaneBell));
        assert!("*".parse::<EventPattern>().unwrap().matches(EventName::PaneBell));
        let error = "state.blokced".parse::<EventPattern>().unwrap_err();
        assert_eq!(error, "\"state.blokced\" is no event; did you mean \"state.blocked\"?");
        assert!("stat.*".parse::<EventPattern>().is_err());
    }
}
