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

/// What is said better in another way: where a type says what conversations are in the keys that
/// came before `[[transcript]]`. They keep working.
pub fn advice(text: &str, file: &str) -> Vec<Diagnostic> {
    let mut reports = Reports::new(file, text);
    let table = reader::parse(text, &mut reports);
    let mut advice = Reports::new(file, text);
    let root = table.get_ref();
    let below = |table: &str, key: &str| root.get(table)?.get_ref().as_table()?.get(key);
    let old = [
        (
            below("usage", "transcript"),
            "`[[usage.transcript]]` is [[transcript]] now, of which the history is kept as well: `once` \
             is `key` of [[transcript.usage]], and what stands in `sum` stands in it; `model`, `title`, \
             `context` and `context_limit` are those of [[transcript.conversation]]",
        ),
        (
            below("conversations", "stored"),
            "`[conversations.stored]` is [[transcript]] now, of which the history is kept as well: \
             `session` is `id` of [[transcript.conversation]] or {session} in files, `directory` stands \
             there, too, `prompt` is the `text` of a [[transcript.message]] of the user, and `unless` is \
             `internal`",
        ),
        (
            below("conversations", "database"),
            "`[conversations.database]` is [transcript.database] of [[transcript]] now, of which the \
             history is kept as well: `sql` is `past` there (`session` is `conversation`, `at` is \
             `updated`), `conversations` lists them all, and `rows` say what each says",
        ),
        (
            below("conversations", "args"),
            "`conversations.args` gives first and last prompts only; add [[transcript]] with files, \
             with [transcript.database] or with command, of which the history is kept as well",
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
    fn old_keys_get_advice() {
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
        assert_eq!(advice(&both, "f").len(), 2, "also beside it");
    }

    /// Of every type built in that says what conversations used, or what there were.
    #[test]
    fn embedded_types_are_written_in_the_new_way() {
        for (file, text) in crate::panetype::embedded::embedded_types() {
            assert_eq!(advice(&text, &file), []);
        }
    }
}
