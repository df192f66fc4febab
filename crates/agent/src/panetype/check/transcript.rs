//! `[[transcript]]`: where conversations are kept and what stands in them.

use std::sync::Arc;

use segno_base::text::diagnostic::{Diagnostic, Reports};
use segno_config::reader::{self, Section};
use segno_transcript::description::{self, Transcript};

/// The descriptions of a type, which it reads with the rest of the text for their lines.
pub(super) fn transcripts(
    root: &mut Section<'_>,
    text: &str,
    reports: &mut Reports<'_>,
) -> Vec<Arc<Transcript>> {
    if root.sections(reports, "transcript").is_empty() {
        return Vec::new();
    }
    match description::parse(text) {
        Ok(transcripts) => transcripts.into_iter().map(Arc::new).collect(),
        Err(faults) => {
            for fault in faults {
                // On one line, as every finding.
                let message = fault.message.replace('\n', " ");
                reports.error(fault.span.unwrap_or(0..0), format!("transcript: {message}"));
            }
            Vec::new()
        }
    }
}

/// What is said better in another way: a type that says where conversations are only in the keys
/// that came before `[[transcript]]`. They keep working.
pub fn advice(text: &str, file: &str) -> Vec<Diagnostic> {
    let mut reports = Reports::new(file, text);
    let table = reader::parse(text, &mut reports);
    let mut advice = Reports::new(file, text);
    let root = table.get_ref();
    if root.contains_key("transcript") {
        return Vec::new();
    }
    let below = |table: &str, key: &str| root.get(table)?.get_ref().as_table()?.get(key);
    let old = [
        (
            below("usage", "transcript"),
            "`[[usage.transcript]]` gives figures only; add [[transcript]] with [[transcript.usage]] \
             (`once` is `key` there, `sum.input` is `input`) to keep and find its conversations",
        ),
        (
            below("conversations", "stored"),
            "`[conversations.stored]` gives first and last prompts only; add [[transcript]] with \
             [[transcript.conversation]] and [[transcript.message]] (`prompt` is its `text`) to keep and \
             find its conversations",
        ),
        (
            below("conversations", "database"),
            "`[conversations.database]` gives first and last prompts only; add [[transcript]] with \
             [transcript.database] (its `conversations` list them, its `rows` say what each says) to keep \
             and find its conversations",
        ),
        (
            below("conversations", "args"),
            "`conversations.args` gives first and last prompts only; add [[transcript]] with files and \
             [transcript.database], or with command, to keep and find its conversations",
        ),
    ];
    for (found, message) in old {
        if let Some(value) = found {
            advice.warning(value.span(), message);
        }
    }
    advice.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panetype::check;

    const TYPE: &str = "schema = 1\nname = 'a'\nkind = 'agent'\n[command]\nprogram = 'a'\n";

    #[test]
    fn a_type_has_descriptions_and_what_is_wrong_with_one_has_its_line() {
        let good = format!(
            "{TYPE}[[transcript]]\nfiles = ['{{user_home}}/a/{{session}}.jsonl']\n\
             [[transcript.message]]\nrole = 'user'\ntext = '/text'\n"
        );
        let checked = check(&good, "f");
        assert_eq!(checked.diagnostics, []);
        assert_eq!(checked.pane_type.unwrap().transcripts.len(), 1);

        let said = |text: &str| check(text, "f").diagnostics[0].to_string();
        let wrong = good.replace("'/text'", "'text'");
        let message = said(&wrong);
        let why = "a path begins with a slash";
        assert!(message.starts_with("f:10:") && message.contains(why), "{message}");
        assert!(said(&good.replace("text =", "txt =")).contains("txt"));
        let message = said(&format!("{TYPE}transcript = 7\n"));
        assert!(message.contains("`transcript`") || message.contains("transcript"), "{message}");
        assert!(
            said(&good.replace("files = ['{user_home}/a/{session}.jsonl']\n", ""))
                .contains("files")
        );
    }

    #[test]
    fn old_keys_alone_get_advice() {
        let old = format!(
            "{TYPE}[[usage.transcript]]\nfiles = ['/a']\nmodel = '/m'\n\
             [conversations.stored]\nfiles = ['/a']\nsession = '/id'\n[[conversations.stored.on]]\nprompt = '/p'\n"
        );
        assert_eq!(check(&old, "f").diagnostics, [], "they keep working");
        let said: Vec<_> = advice(&old, "f").iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 2, "{said:#?}");
        assert!(
            said.iter().all(|said| said.contains(": warning: ") && said.contains("[[transcript]]"))
        );
        let both = format!(
            "{old}[[transcript]]\nfiles = ['/a']\n[[transcript.message]]\nrole = 'user'\ntext = '/t'\n"
        );
        assert_eq!(advice(&both, "f"), []);
    }

    /// Of every type built in that says what conversations used, or what there were.
    #[test]
    fn embedded_types_are_written_in_the_new_way() {
        for (file, text) in crate::panetype::embedded::embedded_types() {
            assert_eq!(advice(&text, &file), []);
        }
    }
}
