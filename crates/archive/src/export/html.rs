//! As one HTML file: no scripts, nothing from elsewhere, and a policy in it that says so.

use super::{facts, heading, title, visible};
use crate::query::Role;
use crate::query::time::Now;
use crate::read::{Entry, Shown};

const STYLE: &str = include_str!("page.css");

pub fn page(conversations: &[Shown], now: &Now) -> String {
    let name = match conversations {
        [one] => title(one).to_owned(),
        all => format!("{} conversations", all.len()),
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        escaped(&name)
    );
    for shown in conversations {
        out.push_str(&format!("<article>\n<h1>{}</h1>\n<dl>\n", escaped(title(shown))));
        for (name, value) in facts(shown, now) {
            out.push_str(&format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(&value)));
        }
        out.push_str("</dl>\n");
        for item in &shown.entries {
            entry(item, now, &mut out);
        }
        out.push_str("</article>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn entry(entry: &Entry, now: &Now, out: &mut String) {
    let gone = if entry.gone.is_some() { " gone" } else { "" };
    out.push_str(&format!("<section class=\"{}{gone}\">\n", entry.role.name()));
    let heading = escaped(&heading(entry, now));
    let text = |text: &str| format!("<pre>{}</pre>\n", escaped(text));
    if entry.role == Role::Tool {
        // Folded without a script.
        out.push_str(&format!("<details>\n<summary>{heading}</summary>\n"));
        for part in [&entry.input, &entry.output].into_iter().flatten() {
            out.push_str(&text(part));
        }
        out.push_str("</details>\n");
    } else {
        out.push_str(&format!("<h2>{heading}</h2>\n"));
        if let Some(reasoning) = &entry.reasoning {
            out.push_str("<details>\n<summary>thought</summary>\n");
            out.push_str(&text(reasoning));
            out.push_str("</details>\n");
        }
        if let Some(said) = &entry.text {
            out.push_str(&text(said));
        }
    }
    out.push_str("</section>\n");
}

/// Text, in an element or between quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&#38;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
