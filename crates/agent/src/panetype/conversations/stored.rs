//! Past conversations of which a program keeps a file each, such as a transcript.
//!
//! Files may be huge: their first and their last part are enough. What a part cuts in two is no
//! JSON, and as good as not there.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Listed, Pointer, Scope, TEXT_MAX};
use crate::event::one_line;
use crate::mapping::{Mapping, is_at};
use crate::panetype::text::template::Template;
use crate::past::Summary;
use segno_base::text::expression::Expression;
use segno_base::text::hex::hex;

/// Where such files are and what stands in them.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Patterns.
    pub files: Vec<Template>,
    /// Each line is a message; otherwise the whole file is one.
    pub lines: bool,
    /// Where, in a message, a list of further messages is.
    pub list: Option<Pointer>,
    /// Where the directory is, or its SHA-256 in hexadecimal digits.
    pub directory: Option<Pointer>,
    pub directory_sha256: Option<Pointer>,
    /// A file with such a message is no conversation to return to.
    pub unless: BTreeMap<Pointer, Expression>,
    /// Where names and ids are, and which messages have the user's words and the title.
    pub mapping: Mapping,
}

/// A file of a conversation of the wanted directory, of which the beginning was read.
#[derive(Debug)]
pub struct Begun<'a> {
    how: &'a Stored,
    /// Whether nothing of the file is left out.
    whole: bool,
    listed: Listed,
}

impl Stored {
    /// Reads a file's beginning; `None` when it is no conversation of the wanted directory.
    pub fn begin(&self, bytes: &[u8], whole: bool, wanted: Scope<'_>) -> Option<Begun<'_>> {
        let messages = self.messages(bytes);
        let text = |place: &Option<Pointer>| {
            messages.iter().find_map(|message| message.pointer(place.as_deref()?)?.as_str())
        };
        if self.directory.is_some() && !text(&self.directory).is_some_and(|d| wanted.is_here(d)) {
            return None;
        }
        if self.directory_sha256.is_some() {
            let found = text(&self.directory_sha256)?;
            wanted
                .names
                .iter()
                .find(|name| sha256(name.as_os_str().as_encoded_bytes()) == found)?;
        }
        if messages.iter().any(|message| self.unless.iter().any(|rule| is_at(message, rule))) {
            return None;
        }
        let session = wanted.session(text(&self.mapping.session)?)?;
        let listed = Listed { session, summary: Summary::default(), at: 0 };
        let mut begun = Begun { how: self, whole, listed };
        begun.take(&messages);
        Some(begun)
    }

    fn messages(&self, bytes: &[u8]) -> Vec<Value> {
        let texts: Vec<_> = match self.lines {
            true => bytes.split(|byte| *byte == b'\n').collect(),
            false => vec![bytes],
        };
        let mut messages = Vec::new();
        for message in texts.iter().filter_map(|text| serde_json::from_slice::<Value>(text).ok()) {
            let further =
                self.list.as_ref().and_then(|at| message.pointer(at)?.as_array().cloned());
            messages.push(message);
            messages.extend(further.into_iter().flatten());
        }
        messages
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

impl Begun<'_> {
    /// Reads the file's last part, and says what is known; `at` is when the file was changed.
    pub fn end(mut self, bytes: &[u8], at: u64) -> Listed {
        if !self.whole {
            let first = self.listed.summary.first_prompt.take();
            self.listed.summary.last_prompt = None;
            self.take(&self.how.messages(bytes));
            // What is said first in the last part is not what was said first.
            self.listed.summary.first_prompt = first;
        }
        Listed { at, ..self.listed }
    }

    fn take(&mut self, messages: &[Value]) {
        let mapping = &self.how.mapping;
        for message in messages {
            let name = mapping.name(message);
            for line in mapping.lines_of(&self.listed.session, name, message) {
                let text = |key: &str| {
                    let text = one_line(line.get(key)?.as_str()?, TEXT_MAX);
                    Some(text).filter(|text| !text.is_empty())
                };
                let summary = &mut self.listed.summary;
                summary.title = text("title").or(summary.title.take());
                if let Some(prompt) = text("text") {
                    summary.prompted(&prompt);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panetype::check;
    use std::path::PathBuf;

    fn stored(keys: &str) -> Stored {
        let text = format!(
            "schema = 1\nname = 'a'\nkind = 'agent'\n[command]\nprogram = 'a'\n\
             [conversations.stored]\nfiles = ['/a/*']\nsession = '/id'\n{keys}"
        );
        let checked = check(&text, "f");
        assert_eq!(checked.diagnostics, []);
        checked.pane_type.unwrap().conversations.stored.unwrap()
    }

    const LINES: &str = "format = 'lines'\ndirectory = '/cwd'\nevent = '/type'\n\
        unless = { '/sub' = 'true' }\n\
        [[conversations.stored.on]]\nname = ['user']\nunless = { '/text' = '^<' }\nprompt = '/text'\n\
        [[conversations.stored.on]]\nname = ['name']\ntitle = '/name'\n";

    fn read(how: &Stored, head: &str, tail: Option<&str>) -> Option<Listed> {
        let names = [PathBuf::from("/w"), PathBuf::from("/real")];
        let wanted = Scope { names: &names, allowed: &|id| id.starts_with('s') };
        let begun = how.begin(head.as_bytes(), tail.is_none(), wanted)?;
        Some(begun.end(tail.unwrap_or_default().as_bytes(), 7))
    }

    #[test]
    fn lines_say_what_was_said_first_and_last() {
        let how = stored(LINES);
        let head = "no JSON\n{\"id\":\"s1\",\"cwd\":\"/real/\"}\n\
            {\"type\":\"user\",\"text\":\"<synthetic>\"}\n\
            {\"type\":\"user\",\"text\":\"one\\u001b\\n two\"}\n{\"type\":\"name\",\"name\":\"N\"}\n\
            {\"type\":\"user\",\"text\":\"cut";
        let listed = read(&how, head, None).unwrap();
        let said = |l: &Listed| {
            (l.summary.first_prompt.clone().unwrap_or_default(), l.summary.last_prompt.clone())
        };
        let one = String::from("one two");
        assert_eq!(said(&listed), (one.clone(), Some(one.clone())));
        assert_eq!(
            (listed.session.as_str(), listed.summary.title.as_deref(), listed.at),
            ("s1", Some("N"), 7)
        );

        let tail =
            "rest\"}\n{\"type\":\"user\",\"text\":\"last\"}\n{\"type\":\"name\",\"name\":\"M\"}\n";
        let listed = read(&how, head, Some(tail)).unwrap();
        assert_eq!(said(&listed), (one.clone(), Some("last".into())));
        assert_eq!(listed.summary.title.as_deref(), Some("M"));
        // What was said last is not in what was read.
        assert_eq!(said(&read(&how, head, Some("{}")).unwrap()), (one, None));
        // Nor what was said first.
        let begin = "{\"id\":\"s1\",\"cwd\":\"/w\"}\n";
        assert_eq!(
            said(&read(&how, begin, Some(tail)).unwrap()),
            (String::new(), Some("last".into()))
        );
    }

    #[test]
    fn other_files_are_not_taken_over() {
        let how = stored(LINES);
        for other in [
            "",
            "7\n[]\nnull",
            "{\"id\":\"s1\"}",
            "{\"id\":\"s1\",\"cwd\":\"/other\"}",
            "{\"id\":\"x1\",\"cwd\":\"/w\"}",
            "{\"id\":7,\"cwd\":\"/w\"}",
            "{\"id\":\"s1\",\"cwd\":\"/w\"}\n{\"sub\":true}",
        ] {
            assert_eq!(read(&how, other, None), None, "{other}");
        }
    }

    #[test]
    fn a_whole_text_may_have_a_list_of_messages_and_only_a_hash_of_the_directory() {
        let how = stored(
            "list = '/all'\ndirectory_sha256 = '/of'\n[[conversations.stored.on]]\nprompt = '/said'\n",
        );
        let of = |directory: &str| {
            let of = sha256(directory.as_bytes());
            format!(
                "{{\"id\":\"s1\",\"of\":\"{of}\",\n\"all\":[{{\"said\":\"a\"}},7,{{\"said\":\"b\"}}]}}"
            )
        };
        let listed = read(&how, &of("/w"), None).unwrap();
        assert_eq!(listed.summary.first_prompt.as_deref(), Some("a"));
        assert_eq!(listed.summary.last_prompt.as_deref(), Some("b"));
        assert_eq!(read(&how, &of("/x"), None), None);
    }
}
