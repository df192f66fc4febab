//! What is wrong with a description is said, with what to do.

use std::fs;

use crate::support::{describe, panes};
use segno_transcript::description;

#[test]
fn every_description_is_sound() {
    let files = fs::read_dir(panes()).unwrap().map(|entry| entry.unwrap().path());
    let names = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_string());
    let described = names.filter(|name| !describe(name).transcripts.is_empty()).count();
    assert_eq!(described, 15);
}

#[track_caller]
fn refused(keys: &str, why: &str) {
    let text = format!("name = 'x'\n[[transcript]]\n{keys}");
    let faults = description::parse(&text).expect_err(keys);
    let said: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
    assert!(said.iter().any(|said| said.contains(why)), "{keys}\n{said:#?}");
    assert!(faults.iter().all(|fault| fault.span.is_some()), "{faults:?}");
}

#[test]
fn what_is_wrong_is_said() {
    const MESSAGE: &str = "[[transcript.message]]\nrole = 'user'\ntext = '/t'\n";
    refused(MESSAGE, "give it either files");
    refused(&format!("files = ['/a']\ncommand = ['x']\n{MESSAGE}"), "give it either files");
    refused(
        &format!("files = ['{{hom}}/a']\n{MESSAGE}"),
        "{hom} is not known; there are user_home",
    );
    refused(&format!("files = ['a']\n{MESSAGE}"), "it begins neither with a slash");
    refused("files = ['/a']", "nothing of it is used; add [[transcript.message]]");
    refused(&format!("files = ['/a']\nfrom = 'xml'\n{MESSAGE}"), "from");
    refused(&format!("files = ['/a']\nform = 'xml'\n{MESSAGE}"), "markdown");
    refused(
        &format!("files = ['/a']\nform = 'markdown'\n{MESSAGE}"),
        "add form = \"markdown\" and [[transcript.section]]",
    );
    refused(&format!("files = ['/a']\ntree = ['x']\n{MESSAGE}"), "add form = \"json\"");
    refused("files = ['/a']\n[[transcript.message]]\nrole = 'user'", "add its `text`");
    refused(
        "files = ['/a']\n[[transcript.message]]\nrole = 'robot'\ntext = '/t'",
        "none of user, assistant, system",
    );
    refused(
        "files = ['/a']\n[[transcript.message]]\nrole = { user = 'u' }\ntext = '/t'",
        "`at` is missing",
    );
    refused(
        "files = ['/a']\n[[transcript.message]]\nrole = 'user'\ntext = 't'",
        "a path begins with a slash",
    );
    refused("files = ['/a']\n[[transcript.message]]\nrole = 'user'\ntext = '/t/*[x]'", "key=value");
    refused(
        "files = ['/a']\n[[transcript.message]]\nrole = 'user'\ntext = '/t'\nwhere = { '/x' = '(' }",
        "unclosed",
    );
    refused(
        "files = ['/a']\n[[transcript.message]]\nrole = 'user'\ntext = '/t'\ntex = '/t'",
        "tex",
    );
    refused(
        &format!("files = ['/a']\n{MESSAGE}[[transcript.remove]]\n"),
        "one of from, message and conversation",
    );
    refused(
        &format!("files = ['/a']\n{MESSAGE}[[transcript.tool]]\nid = '/i'"),
        "add `name`, `output` or both",
    );
    refused(&format!("files = ['/a']\n{MESSAGE}[transcript.touches]\n'x' = 'file'"), "one group");
    refused(
        &format!(
            "files = ['/a']\n{MESSAGE}[transcript.database]\nconversations = 'SELECT 1'\nrows = []"
        ),
        "`database.rows` is missing",
    );
}
