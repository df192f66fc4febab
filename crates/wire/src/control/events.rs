//! Following what happens: `events.read`, and `events.subscribe`, by which the daemon asks for its
//! client.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::control::panes::pane::PaneRef;

/// `events.read`. With `wait`, the answer comes when there is something; other calls on the
/// connection go on meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EventsAsked {
    #[serde(flatten)]
    pub of: Subscription,
    /// Whether to wait until there is one.
    pub wait: bool,
    /// How long; left out: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// `events.subscribe`. It is answered at once; then, until the connection ends, each event comes as
/// a notification [`EVENT`] whose parameters it is, and [`GAP`] stands for those that are missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Subscription {
    /// Events after this number; left out: from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Only those of this pane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pane: Option<PaneRef>,
    /// Only these: names, or groups such as `state.*`; none: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
}

/// The notification's method of an event.
pub const EVENT: &str = "event";
/// And of a gap; its parameters are `since`, the last number before it.
pub const GAP: &str = "gap";

/// The result of `events.subscribe`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Subscribed {
    /// Events after this number come.
    pub since: u64,
}

/// Events, oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EventList {
    pub events: Vec<Event>,
    /// What to ask with next.
    pub next: u64,
    /// Whether events between `since` and the first of these are not known any more.
    pub gap: bool,
}

/// Something that happened; docs/notifications.md lists the names and what each has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Later ones have larger numbers, also over daemons.
    pub seq: u64,
    /// Its name.
    pub event: String,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    /// What else is known of it.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
