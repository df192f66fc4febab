//! As text, to be read in a terminal.

use super::{facts, heading, title, visible};
use crate::query::time::Now;
use crate::read::Shown;

pub fn write(shown: &Shown, now: &Now, out: &mut String) {
    out.push_str(&format!("{}\n", visible(title(shown)).replace('\n', " ")));
    for (name, value) in facts(shown, now) {
        out.push_str(&format!("{name}: {}\n", visible(&value).replace('\n', " ")));
    }
    for entry in &shown.entries {
        out.push_str(&format!("\n── {}\n", visible(&heading(entry, now)).replace('\n', " ")));
        let parts = [
            ("thought", &entry.reasoning),
            ("", &entry.text),
            ("", &entry.input),
            ("output", &entry.output),
        ];
        for (name, text) in parts {
            let Some(text) = text else { continue };
            if !name.is_empty() {
                out.push_str(&format!("[{name}]\n"));
            }
            out.push_str(visible(text).trim_end());
            out.push('\n');
        }
    }
    out.push('\n');
}
