//! The trackers' JavaScript: its own tests, and its types.
//!
//! Needs node and npm, like the agents; `SEGNO_TEST_AGENTS=0` leaves it out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::agents::{agents_enabled, install};

const TYPESCRIPT: &str = "5.9.3";
const NODE_TYPES: &str = "22.19.1";

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js")
}

#[track_caller]
fn succeeds(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("node runs");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
}

#[test]
fn their_own_tests_pass() {
    if agents_enabled() {
        let tests = std::fs::read_dir(tests()).unwrap().map(|entry| entry.unwrap().path());
        let tests = tests.filter(|path| path.to_string_lossy().ends_with(".test.js"));
        // What this process has of a pane's environment is nothing of theirs.
        succeeds(Command::new("node").arg("--test").args(tests).env_remove("SEGNO_TRACKER"));
    }
}

#[test]
fn their_types_are_right() {
    if agents_enabled() {
        let compiler = install("typescript", TYPESCRIPT).join("node_modules/typescript/bin/tsc");
        let types = install("@types/node", NODE_TYPES).join("node_modules/@types");
        let project = tests().join("tsconfig.json");
        let mut check = Command::new("node");
        check.arg(compiler).arg("--project").arg(project).arg("--typeRoots").arg(types);
        succeeds(&mut check);
    }
}
