//! As Markdown. What was said stays Markdown where a person or a model said it, without raw HTML;
//! what a tool took and printed is fenced.

use super::{facts, heading, title, visible};
use crate::query::time::Now;
use crate::read::Shown;

pub fn write(shown: &Shown, now: &Now, out: &mut String) {
    out.push_str(&format!("# {}\n\n", line(title(shown))));
    for (name, value) in facts(shown, now) {
        out.push_str(&format!("- {name}: {}\n", line(&value)));
    }
    out.push('\n');
    for entry in &shown.entries {
        out.push_str(&format!("## {}\n\n", line(&heading(entry, now))));
        if let Some(reasoning) = &entry.reasoning {
            for row in said(reasoning).lines() {
                out.push_str(&format!("> {row}\n"));
            }
            out.push('\n');
        }
        if let Some(text) = &entry.text {
            out.push_str(&format!("{}\n\n", said(text).trim_end()));
        }
        for text in [&entry.input, &entry.output].into_iter().flatten() {
            fenced(text, out);
        }
    }
}

/// In one line, in which nothing is markup.
fn line(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            '\n' | '\t' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '!' => {
                escaped.extend(['\\', c]);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Markdown without raw HTML, and without links to scripts: outside of code, `<` is text. Headings
/// get deeper, so that none looks like one of this document.
fn said(text: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<String> = None;
    for row in visible(text).lines() {
        let start = row.trim_start();
        let run: String = start.chars().take_while(|c| matches!(c, '`' | '~')).collect();
        match &fence {
            Some(open) => {
                if run.starts_with(open.as_str()) && start.trim_end() == run {
                    fence = None;
                }
                out.push_str(row);
            }
            None if run.len() >= 3 => {
                fence = Some(run);
                out.push_str(row);
            }
            None => {
                if start.starts_with('#') {
                    out.push_str("##");
                }
                let row = row.replace('<', "&lt;");
                out.push_str(&row.replace("](javascript:", "](#").replace("](data:", "](#"));
            }
        }
        out.push('\n');
    }
    if let Some(open) = fence {
        out.push_str(&open);
        out.push('\n');
    }
    out
}

/// Between fences that are longer than any within.
fn fenced(text: &str, out: &mut String) {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    out.push_str(&format!("{fence}\n{}\n{fence}\n\n", text.trim_end()));
}
