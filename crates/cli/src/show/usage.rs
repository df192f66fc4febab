//! `usage`.

use super::table::{Paint, Table, Tone};
use super::{ago, json_parts, plain, tokens};
use segno_agent::usage::quota::Quota;
use segno_base::text::bar::bar;
use segno_wire::control::usage::{By, Counts, UsageReport, UsageRow};

/// The columns of the longest bar.
const BAR: usize = 12;

/// For people.
pub fn report(report: &UsageReport, now: u64, paint: Paint) -> String {
    let mut text = match report.by {
        _ if report.usage.is_empty() => match &report.since {
            Some(since) => format!("No usage recorded since {since}\n"),
            None => "No usage recorded yet\n".into(),
        },
        By::Conversation => conversations(report, now, paint),
        _ => sums(report, paint),
    };
    for of in &report.quotas {
        let quotas: Vec<_> = of.quotas.iter().map(|of| quota(of, now)).collect();
        text += &plain(&format!("{}: {}", of.type_name, quotas.join("; ")));
        text.push('\n');
    }
    text
}

/// For programs.
pub fn report_json(report: &UsageReport) -> String {
    let value = |value: Result<serde_json::Value, _>| value.unwrap_or_default();
    json_parts([
        ("usage", value(serde_json::to_value(&report.usage))),
        ("by", value(serde_json::to_value(report.by))),
        ("since", value(serde_json::to_value(report.since))),
        ("total", value(serde_json::to_value(report.total))),
        ("quotas", value(serde_json::to_value(&report.quotas))),
    ])
}

/// A quota in a few words.
pub(super) fn quota(quota: &Quota, now: u64) -> String {
    let minutes = quota.resets.and_then(|at| at.checked_sub(now)).map(|left| left / 60_000);
    let until = match minutes {
        Some(minutes) if minutes >= 2 * 24 * 60 => format!(", anew in {} d", minutes / (24 * 60)),
        Some(minutes) if minutes >= 120 => format!(", anew in {} h", minutes / 60),
        Some(minutes) => format!(", anew in {minutes} min"),
        None => String::new(),
    };
    format!("{} {:.0}% used{until}", quota.name, quota.used)
}

fn sums(report: &UsageReport, paint: Paint) -> String {
    let heading = match report.by {
        By::Pane => "PANE",
        By::Project => "PROJECT",
        By::Model => "MODEL",
        By::Day | By::Conversation => "DAY",
    };
    let mut columns =
        vec![heading, "COST", "INPUT", "OUTPUT", "REASONING", "CACHE", "CONVERSATIONS"];
    // Compared by what it cost, or by tokens where nothing says that.
    let costs = report.total.cost > 0.0;
    let amount = |of: &Counts| if costs { of.cost } else { of.tokens() as f64 };
    let most = report.usage.iter().map(|row| amount(&row.sum.counts)).fold(0.0, f64::max);
    // For people alone: off when piped.
    let bars = paint.columns.is_some();
    if bars {
        columns.insert(2, "SHARE");
    }
    let mut table = Table::new(&columns);
    let mut row = |key: &str, tone, counts: &Counts, conversations: Option<u64>| {
        let mut cells = vec![(tone, key.to_string())];
        cells.extend(numbers(counts));
        cells.push((Tone::Faint, conversations.map_or(String::new(), |n| n.to_string())));
        if bars {
            let share = 100.0 * amount(counts) / amount(&report.total).max(f64::MIN_POSITIVE);
            let bar = bar(amount(counts), most, BAR);
            let share = conversations.map_or(String::new(), |_| format!("{share:>3.0}% {bar}"));
            cells.insert(2, (Tone::Good, share));
        }
        table.row(cells);
    };
    for UsageRow { sum, .. } in &report.usage {
        row(&sum.key, Tone::Strong, &sum.counts, Some(sum.conversations));
    }
    row("total", Tone::Faint, &report.total, None);
    table.render(paint)
}

fn conversations(report: &UsageReport, now: u64, paint: Paint) -> String {
    let mut table = Table::new(&[
        "CONVERSATION",
        "COST",
        "INPUT",
        "OUTPUT",
        "REASONING",
        "CACHE",
        "CONTEXT",
        "LAST",
        "MODEL",
        "TITLE",
    ]);
    for UsageRow { sum, title } in &report.usage {
        let context = match (sum.context, sum.context_limit) {
            (Some(used), Some(limit)) if limit > 0 => {
                format!("{} ({}%)", tokens(used), used.saturating_mul(100) / limit)
            }
            (Some(used), _) => tokens(used),
            (None, _) => String::new(),
        };
        let mut cells = vec![(Tone::Strong, sum.key.clone())];
        cells.extend(numbers(&sum.counts));
        cells.extend([
            (Tone::Plain, context),
            (Tone::Faint, ago(sum.last, now)),
            (Tone::Plain, sum.model.clone().unwrap_or_default()),
            (Tone::Plain, title.clone().unwrap_or_default()),
        ]);
        table.row(cells);
    }
    let mut total = vec![(Tone::Faint, "total".to_string())];
    total.extend(numbers(&report.total));
    total.extend((0..4).map(|_| (Tone::Plain, String::new())));
    table.row(total);
    table.render(paint)
}

/// Cost, input, output, reasoning, and both sides of the cache.
fn numbers(counts: &Counts) -> [(Tone, String); 5] {
    let cost = match counts.cost {
        cost if cost > 0.0 && cost < 0.01 => "<$0.01".to_string(),
        cost => format!("${cost:.2}"),
    };
    [
        (Tone::Good, cost),
        (Tone::Plain, tokens(counts.input)),
        (Tone::Plain, tokens(counts.output)),
        (Tone::Plain, tokens(counts.reasoning)),
        (Tone::Plain, tokens(counts.cache_read.saturating_add(counts.cache_write))),
    ]
}
