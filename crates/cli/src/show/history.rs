//! `history …`, for people.

use super::table::{Paint, Table, Tone};
use super::{plain, tokens};
use crate::run::history::Likely;
use segno_archive::query::snippet::Snippet;
use segno_archive::query::time::Now;
use segno_archive::query::{Events, Found, Hit, SearchReport};
use segno_archive::read::{Check, Conversation, Files, List, Secrets, Stats, Tally};
use segno_base::text::amount::amount;
use segno_history::update::Report;

/// So many conversations.
pub fn conversations(count: usize) -> String {
    super::counted(count as u64, "conversation")
}

/// What a search found.
pub fn search(report: &SearchReport, now: &Now, paint: Paint) -> String {
    let mut out = String::new();
    for Found { conversation, hits, count, .. } in &report.results {
        out += &heading(conversation, now, paint);
        for hit in hits {
            out += &found(hit, now, paint);
        }
        if *count > hits.len() {
            out += &format!("  … and {} more\n", count - hits.len());
        }
    }
    if report.results.is_empty() {
        out += "no matches\n";
    }
    if !report.complete {
        out += "Only the newest were searched; --since and --agent narrow the search.\n";
    }
    out
}

/// Who has likely made a commit.
pub fn likely(all: &[Likely], now: &Now, paint: Paint) -> String {
    let mut out = String::new();
    for one in all {
        out += &heading(&one.conversation, now, paint);
        let files = one.files.iter().take(3).map(|file| plain(file)).collect::<Vec<_>>().join(", ");
        let more = one.files.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (count, of, at) = (one.files.len(), one.of, now.show(one.time));
        out += &format!("  likely: touched {count} of its {of} files by {at}: {files}{more}\n");
        if let Some(prompt) = &one.prompt {
            out += &format!("  asked: {}\n", plain(prompt));
        }
    }
    out
}

fn heading(conversation: &Conversation, now: &Now, paint: Paint) -> String {
    let title = plain(conversation.title.as_deref().unwrap_or("(no title)"));
    let mut facts = vec![plain(&conversation.agent), plain(&conversation.id)];
    facts.extend(conversation.directory.as_deref().map(plain));
    facts.extend(conversation.updated.or(conversation.created).map(|at| now.show(at)));
    facts.extend(conversation.gone.map(|_| "deleted by its agent".to_string()));
    let facts = paint.paint(Tone::Faint, &facts.join(" · "));
    format!("{} {facts}\n", paint.paint(Tone::Strong, &title))
}

fn found(hit: &Hit, now: &Now, paint: Paint) -> String {
    let who = plain(hit.tool.as_deref().unwrap_or(hit.role.name()));
    let time = hit.time.map(|at| now.show(at)).unwrap_or_default();
    let mut out = String::new();
    for entry in &hit.before {
        out += &around(entry, paint);
    }
    let at = paint.paint(Tone::Faint, &format!("{time} {who}:"));
    out += &format!("  {at} {}\n", marked(&hit.snippet, paint));
    for entry in &hit.after {
        out += &around(entry, paint);
    }
    out
}

/// A message before or after a hit.
fn around(entry: &segno_archive::read::Entry, paint: Paint) -> String {
    let text = entry.text.as_deref().or(entry.input.as_deref()).unwrap_or_default();
    let text: String = plain(text).chars().take(160).collect();
    let who = entry.tool.as_deref().unwrap_or(entry.role.name());
    paint.paint(Tone::Faint, &format!("    {}: {text}", plain(who))) + "\n"
}

/// A snippet with what was found in it standing out.
fn marked(snippet: &Snippet, paint: Paint) -> String {
    let mut out = String::new();
    let mut from = 0;
    for (begin, end) in &snippet.marks {
        let (Some(before), Some(hit)) =
            (snippet.text.get(from..*begin), snippet.text.get(*begin..*end))
        else {
            continue;
        };
        out += &plain(before);
        out += &paint.paint(Tone::Warn, &plain(hit));
        from = *end;
    }
    out += &plain(snippet.text.get(from..).unwrap_or_default());
    let (before, after) = snippet.cut;
    format!("{}{out}{}", if before { "…" } else { "" }, if after { "…" } else { "" })
}

/// What happened.
pub fn events(events: &Events, now: &Now, paint: Paint) -> String {
    if events.events.is_empty() {
        return "no events\n".into();
    }
    let mut table = Table::new(&["TIME", "AGENT", "WHO", "CONVERSATION", "TEXT"]);
    for event in &events.events {
        let who = event.tool.clone().unwrap_or_else(|| event.role.name().to_string());
        table.row(vec![
            (Tone::Faint, event.time.map(|at| now.show(at)).unwrap_or_default()),
            (Tone::Plain, event.conversation.agent.clone()),
            (Tone::Strong, who),
            (Tone::Faint, event.conversation.id.clone()),
            (Tone::Plain, event.snippet.text.clone()),
        ]);
    }
    table.render(paint)
}

/// Conversations, newest first.
pub fn list(list: &List, now: &Now, paint: Paint) -> String {
    if list.conversations.is_empty() {
        return "no conversations\n".into();
    }
    let mut table =
        Table::new(&["UPDATED", "AGENT", "CONVERSATION", "MESSAGES", "DIRECTORY", "TITLE"]);
    for listed in &list.conversations {
        let of = &listed.conversation;
        let title = of.title.clone().or(listed.prompt.clone());
        let title = title.into_iter().chain(remarks(of, &listed.forks)).collect::<Vec<_>>();
        table.row(vec![
            (Tone::Faint, of.updated.or(of.created).map(|at| now.show(at)).unwrap_or_default()),
            (Tone::Plain, of.agent.clone()),
            (if of.gone.is_some() { Tone::Warn } else { Tone::Strong }, of.id.clone()),
            (Tone::Plain, listed.messages.to_string()),
            (Tone::Faint, of.directory.clone().unwrap_or_default()),
            (Tone::Plain, title.join(" · ")),
        ]);
    }
    table.render(paint)
}

/// Where it comes from and what came of it.
fn remarks(of: &Conversation, forks: &[String]) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(of.forked_from.as_ref().map(|id| format!("fork of {id}")));
    remarks.extend(of.parent.as_ref().map(|id| format!("part of {id}")));
    remarks.extend((!forks.is_empty()).then(|| format!("forked to {}", forks.join(", "))));
    remarks.extend(of.gone.map(|_| "deleted by its agent".to_string()));
    remarks
}

/// Who touched a file.
pub fn files(files: &Files, now: &Now, paint: Paint) -> String {
    if files.touches.is_empty() {
        return "no conversation touched it\n".into();
    }
    let mut table = Table::new(&["TIME", "AGENT", "CONVERSATION", "TOOL", "FILE", "ASKED"]);
    for touch in &files.touches {
        table.row(vec![
            (Tone::Faint, touch.time.map(|at| now.show(at)).unwrap_or_default()),
            (Tone::Plain, touch.conversation.agent.clone()),
            (Tone::Strong, touch.conversation.id.clone()),
            (Tone::Plain, touch.tool.clone().unwrap_or_default()),
            (Tone::Plain, touch.path.clone()),
            (Tone::Plain, touch.prompt.clone().unwrap_or_default()),
        ]);
    }
    table.render(paint)
}

/// How much there is.
pub fn stats(stats: &Stats, paint: Paint) -> String {
    let columns = ["CONVERSATIONS", "MESSAGES", "TOOLS", "INPUT", "OUTPUT", "COST"];
    let mut table = Table::new(&[
        "AGENT", columns[0], columns[1], columns[2], columns[3], columns[4], columns[5],
    ]);
    for tally in &stats.agents {
        table.row(counts(tally, tally.name.as_deref().unwrap_or("?"), Tone::Strong));
    }
    table.row(counts(&stats.total, "total", Tone::Faint));
    let size = |bytes: u64| amount(usize::try_from(bytes).unwrap_or(usize::MAX));
    format!("{}\n{} of text in {}\n", table.render(paint), size(stats.text), size(stats.size))
}

fn counts(tally: &Tally, name: &str, tone: Tone) -> Vec<(Tone, String)> {
    vec![
        (tone, name.to_string()),
        (Tone::Plain, tally.conversations.to_string()),
        (Tone::Plain, tally.messages.to_string()),
        (Tone::Plain, tally.tools.to_string()),
        (Tone::Plain, tokens(tally.input)),
        (Tone::Plain, tokens(tally.output)),
        (Tone::Good, format!("${:.2}", tally.cost)),
    ]
}

/// Where secrets stand.
pub fn secrets(secrets: &Secrets, now: &Now, paint: Paint) -> String {
    if secrets.secrets.is_empty() {
        return "no secrets were found\n".into();
    }
    let mut table = Table::new(&["TIME", "KIND", "AGENT", "CONVERSATION", "MESSAGE"]);
    for found in &secrets.secrets {
        table.row(vec![
            (Tone::Faint, found.time.map(|at| now.show(at)).unwrap_or_default()),
            (Tone::Warn, found.kind.clone()),
            (Tone::Plain, found.conversation.agent.clone()),
            (Tone::Strong, found.conversation.id.clone()),
            (Tone::Faint, found.entry.clone()),
        ]);
    }
    table.render(paint)
}

/// Whether all can be read.
pub fn check(check: &Check) -> String {
    let mut out: String = check.problems.iter().map(|problem| plain(problem) + "\n").collect();
    let count = usize::try_from(check.conversations).unwrap_or(usize::MAX);
    out += &format!("{}, {} entries", conversations(count), check.entries);
    out += match check.problems.is_empty() {
        true => ": all can be read\n",
        false => "; `segno history rebuild` builds the archive again\n",
    };
    out
}

/// What an update did.
pub fn update(report: &Report) -> String {
    let bytes = usize::try_from(report.progress.bytes).unwrap_or(usize::MAX);
    let mut out = format!(
        "{} source{}, {} read, {} new or changed entries",
        report.found,
        if report.found == 1 { "" } else { "s" },
        amount(bytes),
        report.progress.written
    );
    let mut also = |count: u64, what: &str| {
        if count > 0 {
            out += &format!(", {count} {what}");
        }
    };
    also(report.originals, "originals kept");
    also(report.forgotten, "forgotten");
    if report.gone > 0 {
        let gone = conversations(usize::try_from(report.gone).unwrap_or(usize::MAX));
        out += &format!(", {gone} deleted by agents");
    }
    out.push('\n');
    for failure in &report.failed {
        out += &format!("{}: {}\n", plain(&failure.source), plain(&failure.why));
    }
    out
}
