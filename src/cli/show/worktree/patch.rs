//! A difference as text: unified, with colours, and with nothing in it that steers the terminal.

use serde_json::{Value, json};

use crate::cli::show::table::{Paint, Tone};
use segno_worktree::diff::{Change, Diff, FileDiff, Hunk, Side};

/// Unified, as programs and people read it.
pub fn diff(diff: &Diff, paint: Paint) -> String {
    let mut text = String::new();
    for file in &diff.files {
        text.push_str(&paint.paint(Tone::Strong, &heading(file)));
        text.push('\n');
        if file.binary {
            text.push_str("binary\n");
        }
        for hunk in &file.hunks {
            hunk_text(hunk, paint, &mut text);
        }
        text.push('\n');
    }
    text
}

fn hunk_text(hunk: &Hunk, paint: Paint, text: &mut String) {
    let ((a, b), (c, d)) = (hunk.old, hunk.new);
    let gap = if hunk.heading.is_empty() { "" } else { " " };
    let range = format!("@@ -{a},{b} +{c},{d} @@{gap}{}", hunk.heading);
    text.push_str(&paint.paint(Tone::Faint, &range));
    text.push('\n');
    for line in &hunk.lines {
        let (sign, tone) = match line.side {
            Side::Both => (' ', Tone::Plain),
            Side::Old => ('-', Tone::Bad),
            Side::New => ('+', Tone::Good),
        };
        text.push_str(&paint.paint(tone, &format!("{sign}{}", shown(&line.text))));
        text.push('\n');
        if line.open {
            text.push_str("\\ No newline at end of file\n");
        }
    }
}

/// A line of a file: tabs stay, what would steer the terminal does not.
pub fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let parts: Vec<_> = text.trim_end_matches('\r').split('\t').map(super::plain).collect();
    parts.join("\t")
}

/// A file's name, with what became of it.
pub fn heading(file: &FileDiff) -> String {
    let path = |path: &Option<std::path::PathBuf>| {
        super::plain(&path.as_deref().unwrap_or(file.path()).to_string_lossy())
    };
    match (file.change, file.untracked) {
        (Change::Renamed, _) => format!("{} → {}", path(&file.old), path(&file.new)),
        (Change::Copied, _) => format!("{} → {} (copied)", path(&file.old), path(&file.new)),
        (Change::Added, true) => format!("{} (untracked)", path(&file.new)),
        (Change::Added, false) => format!("{} (new)", path(&file.new)),
        (Change::Deleted, _) => format!("{} (deleted)", path(&file.old)),
        (Change::Conflict, _) => format!("{} (conflict)", path(&file.new)),
        (Change::Modified, _) => path(&file.new),
    }
}

/// The files, with lines added and removed.
pub fn stat(diff: &Diff, paint: Paint) -> String {
    let mut text = String::new();
    for file in &diff.files {
        let (added, removed) = file.counts();
        let (plus, minus) = (format!("+{added}"), format!("-{removed}"));
        let plus = paint.paint(Tone::Good, &format!("{plus:>6}"));
        let minus = paint.paint(Tone::Bad, &format!("{minus:>6}"));
        text.push_str(&format!("{plus} {minus}  {}\n", heading(file)));
    }
    text
}

/// `diff --json`: lines as text; what is no UTF-8 is replaced.
pub fn diff_json(diff: &Diff) -> String {
    let file = |file: &FileDiff| {
        let hunk = |hunk: &Hunk| {
            let lines: Vec<Value> = hunk
                .lines
                .iter()
                .map(|line| {
                    json!({ "side": line.side, "text": String::from_utf8_lossy(&line.text) })
                })
                .collect();
            json!({ "old": hunk.old, "new": hunk.new, "heading": hunk.heading, "lines": lines })
        };
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref().map(|path| path.to_string_lossy().into_owned())
        };
        json!({
            "old": path(&file.old),
            "new": path(&file.new),
            "change": file.change,
            "binary": file.binary,
            "untracked": file.untracked,
            "hunks": file.hunks.iter().map(hunk).collect::<Vec<_>>(),
        })
    };
    let files: Vec<_> = diff.files.iter().map(file).collect();
    let base = json!(diff.base);
    crate::cli::show::json_parts([("base", base), ("files", Value::Array(files))])
}
