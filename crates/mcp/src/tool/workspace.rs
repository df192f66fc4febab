//! Tools on the workspace: pane types, usage, notifications, events.

use std::collections::HashSet;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Effect, Tool};
use crate::clean;
use crate::failure::Failure;
use crate::page;
use crate::scope::Context;
use segno_wire::control::Call;
use segno_wire::control::events::{EventList, EventsAsked, Subscription};
use segno_wire::control::notices::NoticeList;
use segno_wire::control::types::TypeList;
use segno_wire::control::usage::{By, UsageAsked, UsageReport};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "pane_types",
            "List pane types",
            Effect::Reads,
            "What can run in a pane: agents, shells and tools whose program is installed.",
            types,
        ),
        Tool::new(
            "usage",
            "Tokens and cost",
            Effect::Reads,
            "What conversations have used, tokens and cost, by day, conversation, pane, project or \
             model.",
            usage,
        ),
        Tool::new(
            "notifications",
            "Notifications",
            Effect::Reads,
            "Notifications of panes, newest first.",
            notifications,
        ),
        Tool::new(
            "events",
            "What happened",
            Effect::Reads,
            "What happened in the workspace, oldest first, numbered: states of agents, prompts, panes. \
             Ask again with `since` = `next`; `wait_s` waits for something to happen.",
            events,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Page {
    /// `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

fn types(context: &Context, asked: Page) -> Result<Value, Failure> {
    let from = page::begin(asked.cursor.as_deref())?;
    let list: TypeList = context.ask(&Call::TypesList)?;
    let installed = list.types.into_iter().filter(|one| one.found.is_some());
    let types = installed
        .map(|one| json!({ "type": one.name, "title": one.title, "kind": one.kind }))
        .map(clean::value)
        .collect();
    let (types, next) = page::list(types, from, 100);
    Ok(json!({ "types": types, "next": next }))
}

#[derive(Deserialize, JsonSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Grouping {
    Day,
    Conversation,
    Pane,
    Project,
    Model,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Using {
    /// What is summed up [default: day].
    #[serde(default)]
    by: Option<Grouping>,
    /// Only the last so many days, today included.
    #[serde(default)]
    days: Option<u32>,
    /// `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

fn usage(context: &Context, asked: Using) -> Result<Value, Failure> {
    let from = page::begin(asked.cursor.as_deref())?;
    let narrowed = context.settings.project.is_some();
    let by = match (asked.by, narrowed) {
        (None, false) | (Some(Grouping::Day), false) => By::Day,
        (Some(Grouping::Conversation), false) => By::Conversation,
        (Some(Grouping::Model), false) => By::Model,
        (Some(Grouping::Pane), _) => By::Pane,
        (None | Some(Grouping::Project), _) => By::Project,
        _ => {
            return Err(Failure::new("out_of_project", "these sums are of all projects")
                .todo("ask by pane or by project"));
        }
    };
    let call = Call::UsageReport(UsageAsked { by: Some(by), since: None, days: asked.days });
    let report: UsageReport = context.ask(&call)?;
    let panes = own_panes(context)?;
    let rows = report.usage.into_iter().filter(|row| match (narrowed, by) {
        (false, _) => true,
        (true, By::Pane) => panes.contains(&row.sum.key),
        (true, _) => context.has(Path::new(&row.sum.key)),
    });
    let rows =
        rows.map(|row| clean::value(serde_json::to_value(row).unwrap_or_default())).collect();
    let (usage, next) = page::list(rows, from, 50);
    let total = (!narrowed).then_some(report.total);
    Ok(json!({ "by": by, "usage": usage, "total": total, "next": next }))
}

/// The ids of the project's panes.
fn own_panes(context: &Context) -> Result<HashSet<String>, Failure> {
    Ok(context.panes()?.into_iter().map(|pane| pane.id.to_string()).collect())
}

fn notifications(context: &Context, asked: Page) -> Result<Value, Failure> {
    let from = page::begin(asked.cursor.as_deref())?;
    let list: NoticeList = context.ask(&Call::NotificationsList)?;
    let panes = own_panes(context)?;
    let all = context.settings.project.is_none();
    let notices = list.notifications.into_iter();
    let notices = notices.filter(|notice| all || panes.contains(&notice.pane.to_string()));
    let notices = notices
        .map(|notice| clean::value(serde_json::to_value(notice).unwrap_or_default()))
        .collect();
    let (notifications, next) = page::list(notices, from, 50);
    Ok(json!({ "notifications": notifications, "next": next }))
}

/// Seconds that a look at the events may wait.
const WAIT_MAX_S: u64 = 45;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Following {
    /// Events after this number; left out: none, only `next` to go on with.
    #[serde(default)]
    since: Option<u64>,
    /// Only events of the pane with this id.
    #[serde(default)]
    pane: Option<String>,
    /// Only these: names such as state.idle, or groups such as state.*
    #[serde(default)]
    types: Vec<String>,
    /// Wait so many seconds for the first one [at most 45].
    #[serde(default)]
    wait_s: Option<u64>,
}

fn events(context: &Context, asked: Following) -> Result<Value, Failure> {
    let pane = asked.pane.map(|pane| context.pane(&pane)).transpose()?;
    let wait = asked.wait_s.map(|seconds| seconds.min(WAIT_MAX_S)).filter(|seconds| *seconds > 0);
    let call = Call::EventsRead(EventsAsked {
        of: Subscription {
            since: asked.since,
            pane: pane.map(|pane| pane.id.into()),
            types: asked.types,
        },
        wait: wait.is_some(),
        timeout_ms: wait.map(|seconds| seconds * 1000),
    });
    let list: EventList = context.ask(&call)?;
    let panes = own_panes(context)?;
    let all = context.settings.project.is_none();
    let is_own = |rest: &serde_json::Map<String, Value>| {
        all || rest.get("pane").and_then(Value::as_str).is_some_and(|pane| panes.contains(pane))
    };
    let events = list.events.into_iter().filter(|event| is_own(&event.rest));
    let events =
        events.map(|event| clean::value(serde_json::to_value(event).unwrap_or_default())).collect();
    let (events, more) = page::list(events, 0, 100);
    let last = events.last().and_then(|event: &Value| event["seq"].as_u64());
    let next = last.filter(|_| more.is_some()).unwrap_or(list.next);
    Ok(json!({ "events": events, "next": next, "gap": list.gap }))
}
