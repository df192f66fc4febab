//! A difference as text: unified, with colours, and with nothing in it that steers the terminal.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::syntax::{self, Pieces, Syntax};
use crate::show::table::{Paint, Tone};
use segno_worktree::diff::{Change, Diff, FileDiff, Hunk, Line, Side};

/// How long it may take to find out what is what in code. What is left is shown without.
const PATIENCE: Duration = Duration::from_secs(2);

/// Unified, as programs and people read it.
pub fn diff(diff: &Diff, paint: Paint) -> String {
    let end = Instant::now() + PATIENCE;
    let syntax = paint.on.then(Syntax::load);
    let mut text = String::new();
    for file in &diff.files {
        text.push_str(&paint.paint(Tone::Strong, &heading(file)));
        text.push('\n');
        if file.binary {
            text.push_str("binary\n");
        }
        for hunk in &file.hunks {
            let left = end.saturating_duration_since(Instant::now());
            let pieces = syntax.as_ref().map(|syntax| syntax.pieces(file, hunk, left));
            hunk_text(hunk, &pieces.unwrap_or_default(), paint, &mut text);
        }
        text.push('\n');
    }
    text
}

fn hunk_text(hunk: &Hunk, pieces: &Pieces, paint: Paint, text: &mut String) {
    text.push_str(&paint.paint(Tone::Faint, &range(hunk)));
    text.push('\n');
    for (at, line) in hunk.lines.iter().enumerate() {
        let (sign, tone) = signed(line);
        let code = shown(&line.text);
        match pieces.get(at) {
            None => text.push_str(&paint.paint(tone, &format!("{sign}{code}"))),
            Some(pieces) => {
                text.push_str(&paint.paint(tone, &sign.to_string()));
                // What is gone recedes.
                let style = if line.side == Side::Old { "2" } else { "" };
                text.push_str(&syntax::painted(&code, pieces, style));
            }
        }
        text.push('\n');
        if line.open {
            text.push_str("\\ No newline at end of file\n");
        }
    }
}

/// Where a hunk is, as patches have it.
fn range(hunk: &Hunk) -> String {
    let ((a, b), (c, d)) = (hunk.old, hunk.new);
    let gap = if hunk.heading.is_empty() { "" } else { " " };
    format!("@@ -{a},{b} +{c},{d} @@{gap}{}", hunk.heading)
}

fn signed(line: &Line) -> (char, Tone) {
    match line.side {
        Side::Both => (' ', Tone::Plain),
        Side::Old => ('-', Tone::Bad),
        Side::New => ('+', Tone::Good),
    }
}

/// As git would print it, for programs that show patches; with nothing in it that steers a
/// terminal, as they may let that through.
pub fn git_patch(diff: &Diff) -> String {
    let mut text = String::new();
    for file in &diff.files {
        let name = |path: &Option<std::path::PathBuf>| {
            super::plain(&path.as_deref().unwrap_or(file.path()).to_string_lossy())
        };
        let (old, new) = (name(&file.old), name(&file.new));
        text.push_str(&format!("diff --git a/{old} b/{new}\n"));
        let mode = |mode: &Option<String>| {
            mode.clone().filter(|mode| mode.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let (before, after) = (mode(&file.old_mode), mode(&file.new_mode));
        let usual = || "100644".to_string();
        let (mut from, mut to) = (format!("a/{old}"), format!("b/{new}"));
        match (file.change, before, after) {
            (Change::Added, _, after) => {
                text.push_str(&format!("new file mode {}\n", after.unwrap_or_else(usual)));
                from = "/dev/null".into();
            }
            (Change::Deleted, before, _) => {
                text.push_str(&format!("deleted file mode {}\n", before.unwrap_or_else(usual)));
                to = "/dev/null".into();
            }
            (Change::Renamed, ..) => {
                text.push_str(&format!("rename from {old}\nrename to {new}\n"));
            }
            (_, Some(before), Some(after)) => {
                text.push_str(&format!("old mode {before}\nnew mode {after}\n"));
            }
            _ => {}
        }
        if file.binary {
            text.push_str(&format!("Binary files {from} and {to} differ\n"));
        }
        if file.hunks.is_empty() {
            continue;
        }
        text.push_str(&format!("--- {from}\n+++ {to}\n"));
        for hunk in &file.hunks {
            text.push_str(&range(hunk));
            text.push('\n');
            for line in &hunk.lines {
                text.push_str(&format!("{}{}\n", signed(line).0, shown(&line.text)));
                if line.open {
                    text.push_str("\\ No newline at end of file\n");
                }
            }
        }
    }
    text
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
    crate::show::json_parts([("base", base), ("files", Value::Array(files))])
}
