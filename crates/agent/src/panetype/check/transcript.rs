//! `[[transcript]]`: where conversations are kept and what stands in them.

use std::sync::Arc;

use segno_base::diagnostic::{Diagnostic, Reports};
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
                let message = said(&wrong);
        assert!(message.starts_with("f:10:") && message.contains("a path begins with a slash"), "{message}");
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
