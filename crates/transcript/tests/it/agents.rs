//! Every agent's format: message by message, and tokens once.

use std::fs;

use crate::support::{data, database, everything, home};

macro_rules! files {
    ($($agent:ident)*) => {
        $(
            #[test]
            fn $agent() {
                let agent = stringify!($agent);
                insta::assert_snapshot!(agent, everything(agent, &data().join(agent)));
            }
        )*
    };
}

files! { claude codex gemini qwen copilot pi grok cline kimi }

fn sql(of: &str) -> String {
    fs::read_to_string(data().join(of)).unwrap()
}

#[test]
fn aider() {
    let home = home("aider");
    let text = everything("aider", home.path());
    insta::assert_snapshot!("aider", text);
}

/// Both generations of tables and the files before them: each conversation once.
#[test]
fn opencode() {
    let home = home("opencode");
    let at = home.path().join(".local/share/opencode/opencode.db");
    drop(database(&at, &sql("opencode/opencode.sql")));
    insta::assert_snapshot!("opencode", everything("opencode", home.path()));
}

#[test]
fn kilo() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path().join(".local/share/kilo/kilo.db");
    drop(database(&at, &sql("opencode/opencode.sql")));
    insta::assert_snapshot!("kilo", everything("kilo", home.path()));
}

#[test]
fn goose() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path().join(".local/share/goose/sessions/sessions.db");
    drop(database(&at, &sql("goose/sessions.sql")));
    insta::assert_snapshot!("goose", everything("goose", home.path()));
}

#[test]
fn crush() {
    let home = tempfile::tempdir().unwrap();
    drop(database(&home.path().join("project/.crush/crush.db"), &sql("crush/crush.sql")));
    insta::assert_snapshot!("crush", everything("crush", home.path()));
}
