//! `ls`, `status` and `read`.

use std::collections::BTreeMap;

use serde_json::json;

use super::table::{Paint, Table, Tone, cut};
use super::{ago, plain, tokens, usage};
use segno_base::family;
use segno_wire::control::panes::pane::ReadResult;
use segno_wire::control::panes::pane_info::{ExitInfo, PaneInfo, PaneList, PaneState, PaneStatus};

/// The columns that a tab's name, a title and a branch have on a terminal.
const NAME: usize = 20;
const TAB: usize = 14;
const TITLE: usize = 24;
const BRANCH: usize = 16;

/// `ls` for people.
pub fn list(panes: &PaneList, now: u64, paint: Paint) -> String {
    let mut rows: Vec<_> = panes.panes.iter().map(|pane| (pane, 0)).collect();
    rows.sort_by_key(|(pane, _)| !pane.pinned);
    table(&rows, now, paint)
}

/// `ls --tree` for people.
pub fn tree(panes: &PaneList, now: u64, paint: Paint) -> String {
    let all: BTreeMap<_, _> = panes.panes.iter().map(|pane| (pane.id, pane)).collect();
    let family: Vec<_> = panes.panes.iter().map(|pane| (pane.id, pane.parent)).collect();
    let rows = family::tree(&family).into_iter();
    let rows: Vec<_> = rows.filter_map(|(id, depth)| Some((*all.get(&id)?, depth))).collect();
    table(&rows, now, paint)
}

/// Panes with how far each stands to the right.
fn table(rows: &[(&PaneInfo, usize)], now: u64, paint: Paint) -> String {
    if rows.is_empty() {
        return "no panes; `segno new` makes one\n".into();
    }
    let mut heading = vec!["PANE"];
    let named = rows.iter().any(|(pane, _)| pane.name.is_some());
    heading.extend(named.then_some("NAME"));
    heading.extend(["TYPE", "TAB", "STATE", "SINCE", "TITLE"]);
    let in_trees = rows.iter().any(|(pane, _)| pane.worktree.is_some());
    // On a terminal, so that what follows is seen too.
    let most = |columns: usize| paint.columns.map_or(usize::MAX, |_| columns);
    heading.extend(in_trees.then_some("BRANCH"));
    heading.push("CWD");
    let mut table = Table::new(&heading);
    for (pane, depth) in rows {
        let indent = "  ".repeat((*depth).min(20));
        let pin = if pane.pinned { "◆" } else { "" };
        let focus = if pane.focused { "*" } else { "" };
        let name = pane.name.clone().unwrap_or_default();
        let mut row = vec![(Tone::Strong, format!("{indent}{pin}{}{focus}", pane.id))];
        row.extend(named.then(|| (Tone::Plain, cut(&name, most(NAME)))));
        let popup = if pane.popup { " popup" } else { "" };
        let tab = cut(&format!("{}:{}", pane.tab.index, pane.tab.name), most(TAB));
        let title = pane.session_title.clone().or_else(|| Some(pane.title.clone()));
        row.extend([
            (Tone::Plain, runs(pane)),
            (Tone::Plain, format!("{tab}{popup}")),
            (tone(pane), state(pane)),
            (Tone::Faint, ago(pane.since, now)),
            (Tone::Plain, cut(&title.unwrap_or_default(), most(TITLE))),
        ]);
        if in_trees {
            let tree = pane.worktree.as_ref();
            let in_conflict = tree.is_some_and(|tree| tree.conflicts > 0);
            let tone = if in_conflict { Tone::Bad } else { Tone::Plain };
            let short = tree.map(|tree| tree.short.clone()).unwrap_or_default();
            row.push((tone, cut(&short, most(BRANCH))));
        }
        row.push((Tone::Faint, pane.cwd.display().to_string()));
        table.row(row);
    }
    table.render(paint)
}

/// `ls --json`.
pub fn list_json(panes: &PaneList) -> String {
    super::json("panes", &panes.panes)
}

/// `status` for people.
pub fn status(status: &PaneStatus, now: u64, explain: bool, paint: Paint) -> String {
    let pane = &status.pane;
    let mut out = String::new();
    let mut field = |name: &str, value: String| {
        let value = plain(&value);
        if !value.trim().is_empty() {
            out.push_str(&paint.paint(Tone::Strong, &format!("{name:<9}")));
            out.push_str(&format!(" {value}\n"));
        }
    };
    let name = pane.name.as_ref().map(|n| format!(" {n:?}")).unwrap_or_default();
    field("pane", format!("{}{name} ({})", pane.id, runs(pane)));
    field(
        "state",
        match ago(pane.since, now).as_str() {
            "-" => state(pane),
            "now" => format!("{} since just now", state(pane)),
            time => format!("{} for {time}", state(pane)),
        },
    );
    field("detail", status.detail.clone().unwrap_or_default());
    if let Some(driven) = &pane.driven {
        let by = driven.by.map_or("a program outside".to_string(), |by| by.to_string());
        field("driven", format!("by {by}"));
    }
    if let Some(asks) = &pane.asks {
        field("asks", asks.question.clone());
        for choice in &asks.choices {
            field("", format!("{}: {}", choice.command, choice.label));
        }
    }
    let title = pane.session_title.as_ref().map(|t| format!(" {t:?}")).unwrap_or_default();
    field("session", pane.session.as_ref().map(|id| format!("{id}{title}")).unwrap_or_default());
    if let Some(usage) = &status.usage {
        field("model", usage.model.clone().unwrap_or_default());
        let parts = [
            ("in", usage.counts.input),
            ("out", usage.counts.output),
            ("reasoning", usage.counts.reasoning),
            ("cache read", usage.counts.cache_read),
            ("cache write", usage.counts.cache_write),
            ("context", usage.context.unwrap_or(0)),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(what, n)| format!("{} {what}", tokens(*n)))
            .collect();
        field("tokens", parts.join(", "));
        if usage.counts.cost > 0.0 {
            field("cost", format!("${:.4}", usage.counts.cost));
        }
    }
    let quotas: Vec<_> = status.quotas.iter().map(|quota| usage::quota(quota, now)).collect();
    field("quota", quotas.join("; "));
    if let Some(queue) = &pane.queue {
        let held = queue.held.iter().map(|why| format!(", held: {why}")).collect::<String>();
        field("queue", format!("{} waiting{held}", queue.count));
    }
    field("tab", format!("{}:{}", pane.tab.index, pane.tab.name));
    field("cwd", pane.cwd.display().to_string());
    if let Some(tree) = &pane.worktree {
        field("branch", tree.branch.clone().unwrap_or_else(|| "none".into()));
        field("changes", tree.words.clone());
        let request = tree.pull_request.as_ref();
        let request = request.map(|pr| format!("#{} {} {}", pr.number, pr.state, pr.url));
        field("request", request.unwrap_or_default());
    }
    field("pid", pane.pid.map(|pid| pid.to_string()).unwrap_or_default());
    let set = [
        pane.pinned.then(|| "pinned".to_string()),
        pane.muted.then(|| "muted".to_string()),
        pane.broadcast.then(|| "typing goes to several panes".to_string()),
        pane.color.clone(),
    ];
    field("set", set.into_iter().flatten().collect::<Vec<_>>().join(", "));
    let labels: Vec<_> = pane.labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    field("labels", labels.join(" "));
    field("log", pane.log.as_ref().map(|l| l.display().to_string()).unwrap_or_default());
    for line in status.note.lines() {
        field("note", line.to_string());
    }
    for message in &status.notes {
        field("message", message.clone());
    }
    if explain {
        for fact in &status.explain {
            field("because", fact.clone());
        }
    }
    out
}

/// `status --json`; `explain` is always there.
pub fn status_json(status: &PaneStatus) -> String {
    super::json("pane", status)
}

/// `read --format json`.
pub fn screen_json(pane: &str, read: &ReadResult) -> String {
    let mut rows: Vec<_> = read.text.lines().map(row).collect();
    // The cursor may stand below everything that was printed.
    let cursor = read.above + usize::from(read.cursor_y);
    rows.resize(rows.len().max(cursor + 1), (false, ""));
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for (wrapped, text) in read.text.lines().map(row) {
        match lines.last_mut().filter(|_| goes_on) {
            Some(line) => line.push_str(text),
            None => lines.push(text.to_string()),
        }
        goes_on = wrapped;
    }
    let rows: Vec<_> =
        rows.iter().map(|(wrapped, text)| json!({ "text": text, "wrapped": wrapped })).collect();
    let screen = json!({
        "pane": pane,
        "cols": read.cols,
        "rows": read.rows,
        "cursor": { "x": read.cursor_x, "y": read.cursor_y, "row": cursor },
        "alternate": read.alternate,
        "lines": lines,
        "screen_rows": rows,
    });
    super::json("screen", &screen)
}

/// A row as the daemon writes it: whether it goes on in the next one, and its text.
fn row(line: &str) -> (bool, &str) {
    match line.split_at_checked(1) {
        Some(("+", text)) => (true, text),
        Some((_, text)) => (false, text),
        None => (false, line),
    }
}

/// What runs in it: its type, or the agent that was typed in its shell.
fn runs(pane: &PaneInfo) -> String {
    match &pane.agent {
        Some(agent) => format!("{agent} in {}", pane.type_name),
        None => pane.type_name.clone(),
    }
}

fn state(pane: &PaneInfo) -> String {
    match (pane.state, pane.exit) {
        _ if pane.asks.is_some() => "asks".into(),
        (PaneState::Exited, Some(ExitInfo { signal: Some(signal), .. })) => {
            format!("exited by signal {signal}")
        }
        (PaneState::Exited, Some(ExitInfo { code: Some(code), .. })) => {
            format!("exited with {code}")
        }
        (state, _) => state.name().into(),
    }
}

pub(super) fn tone(pane: &PaneInfo) -> Tone {
    match pane.state {
        _ if pane.asks.is_some() => Tone::Warn,
        PaneState::Working | PaneState::Starting => Tone::Good,
        PaneState::Blocked | PaneState::Retrying => Tone::Warn,
        PaneState::Error | PaneState::Failed => Tone::Bad,
        PaneState::Exited | PaneState::Asleep | PaneState::Queued | PaneState::Unknown => {
            Tone::Faint
        }
        PaneState::Idle | PaneState::Running => Tone::Plain,
    }
}
