//! What is kept when agents, users, disks and other Segnos do what they do.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::*;
use crate::support::segno::program;

fn update(segno: &Segno) -> Value {
    json(segno, &["update"])
}

fn database(segno: &Segno) -> PathBuf {
    segno.home().join("archive/archive.db")
}

#[test]
fn what_was_read_is_not_read_again() {
    let segno = with(&["claude", "codex", "gemini", "pi", "qwen", "copilot", "kimi", "grok"]);
    let first = update(&segno);
    assert!(first["bytes"].as_u64() > Some(1000), "{first}");
    assert_eq!(first["failed"], serde_json::json!([]));
    let second = update(&segno);
    assert_eq!((&second["bytes"], &second["written"]), (&0.into(), &0.into()), "{second}");
    // Only the new line is.
    let path = claude_file(&segno);
    let line = r#"{"type":"user","uuid":"u9","parentUuid":"u4","timestamp":"2026-11-02T10:00:00.000Z","message":{"role":"user","content":"a giraffe"}}"#;
    let all = fs::read_to_string(&path).expect("the transcript");
    fs::write(&path, all + line + "\n").expect("written");
    let third = update(&segno);
    assert_eq!(third["written"], 1, "{third}");
    assert!(third["bytes"].as_u64() <= Some(line.len() as u64 + 1), "{third}");
    assert_eq!(found(&segno, "giraffe"), [CLAUDE]);
    // What cannot be read is said.
    let all = fs::read_to_string(&path).expect("the transcript");
    fs::write(&path, all + "no JSON\n").expect("written");
    let failed = update(&segno)["failed"].take();
    assert_eq!(failed[0]["why"], "1 lines are no JSON", "{failed}");
    for name in ["archive", "archive/archive.db"] {
        let mode = fs::metadata(segno.home().join(name)).expect("it").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is closed to others");
    }
}

#[test]
fn what_was_forgotten_does_not_come_back() {
    let segno = with(&["claude", "codex"]);
    update(&segno);
    let (code, why) = segno.fails(&["history", "forget", CODEX]);
    assert!(code == 2 && why.contains("--yes"), "{why}");
    assert_eq!(found(&segno, "fast"), [CODEX]);
    let said = history(&segno, &["forget", CODEX, "--yes"]);
    // With its subagent.
    assert!(said.contains("2 conversations forgotten"), "{said}");
    assert!(found(&segno, "fast").is_empty());
    update(&segno);
    assert!(found(&segno, "fast").is_empty());
    history(&segno, &["rebuild"]);
    assert!(found(&segno, "fast").is_empty());
    // With its subagent.
    let forgotten = json(&segno, &["forget", CLAUDE, "--yes"]);
    let ids: Vec<_> = forgotten["forgotten"].as_array().expect("a list").iter().collect();
    assert_eq!((&forgotten["version"], ids.len()), (&1.into(), 2), "{forgotten}");
    assert!(ids.iter().any(|one| one["id"] == "agent-a7"), "{forgotten}");
    history(&segno, &["forget", "--directory", "/w/app", "--yes"]);
    assert_eq!(json(&segno, &["list", "--agent", "claude"])["conversations"], Value::Array(vec![]));
}

#[test]
fn what_an_agent_deletes_stays_and_is_put_back() {
    let segno = with(&["claude", "codex"]);
    update(&segno);
    let path = claude_file(&segno);
    let before = fs::read(&path).expect("the transcript");
    fs::remove_file(&path).expect("deleted");
    let report = update(&segno);
    assert_eq!(report["gone"], 1, "{report}");
    assert!(found(&segno, "bug").contains(&CLAUDE.to_owned()));
    assert!(shown(&segno, &[CLAUDE])["conversation"]["gone"].is_i64());
    let said = history(&segno, &["restore", CLAUDE]);
    assert!(said.contains(&format!("{}: put back", path.display())), "{said}");
    assert_eq!(fs::read(&path).expect("it is back"), before);
    // What is there is never overwritten.
    fs::write(&path, "newer").expect("written");
    history(&segno, &["restore", CLAUDE]);
    assert_eq!(fs::read(&path).expect("it"), b"newer");
    fs::write(&path, before).expect("written");
    update(&segno);
    assert!(shown(&segno, &[CLAUDE])["conversation"]["gone"].is_null());
}

#[test]
fn what_is_there_again_or_cannot_be_listed_is_not_deleted() {
    let segno = with(&["claude"]);
    update(&segno);
    let gone = || shown(&segno, &[CLAUDE])["conversation"]["gone"].is_i64();
    let (path, aside) = (claude_file(&segno), segno.user_home().join("aside"));
    fs::rename(&path, &aside).expect("moved away");
    update(&segno);
    assert!(gone());
    fs::rename(&aside, &path).expect("moved back");
    update(&segno);
    assert!(!gone(), "nothing of it is new, and it is there");
    let projects = segno.user_home().join(".claude/projects");
    fs::rename(&projects, &aside).expect("moved away");
    std::os::unix::fs::symlink(&projects, &projects).expect("a link to itself");
    let report = update(&segno);
    assert_eq!(report["gone"], 0, "{report}");
    assert_eq!(report["failed"][0]["source"], projects.display().to_string(), "{report}");
}

#[test]
fn what_belongs_to_a_document_is_kept_with_it() {
    let segno = with(&["cline"]);
    update(&segno);
    let id = "1785701058566_vnwtz";
    let directory = segno.user_home().join(".cline/data/sessions").join(id);
    let messages = directory.join(format!("{id}.messages.json"));
    let before = fs::read(&messages).expect("the messages");
    let said = shown(&segno, &[id])["entries"].take();
    fs::remove_dir_all(&directory).expect("deleted");
    history(&segno, &["rebuild"]);
    assert_eq!(shown(&segno, &[id])["entries"], said);
    history(&segno, &["restore", id]);
    assert_eq!(fs::read(&messages).expect("it is back"), before);
    history(&segno, &["forget", id, "--yes"]);
    let kept = segno.home().join("archive/originals/cline");
    assert_eq!(fs::read_dir(kept).expect("a directory").count(), 0);
}

#[test]
fn a_second_name_that_is_missing_is_made_by_the_next_update() {
    let segno = with(&["claude", "codex"]);
    update(&segno);
    let archive = segno.home().join("archive");
    assert_eq!(segno.file("archive/.unlinked").as_deref(), Some(""));
    // As if the update had been killed when it had read everything.
    fs::remove_dir_all(archive.join("originals")).expect("deleted");
    segno.write("archive/.unlinked", "claude\n");
    assert_eq!(update(&segno)["originals"], 3);
    assert_eq!(segno.file("archive/.unlinked").as_deref(), Some(""));
    // Or as an earlier version left it, which kept less.
    fs::remove_file(archive.join(".unlinked")).expect("deleted");
    assert_eq!(update(&segno)["originals"], 3, "of the other agent");
    fs::remove_file(claude_file(&segno)).expect("deleted");
    history(&segno, &["restore", CLAUDE]);
    assert!(claude_file(&segno).exists());
}

/// An agent that keeps its conversations in a database in its project.
const MILL: &str = r#"
schema = 1
name = "mill"
kind = "agent"

[command]
program = "mill"

[tracker]
session_id = '^[0-9a-f]{8}$'

[resume]
with_id = ["resume", "{session}"]

[[transcript]]
files = ["{directory}/mill.db"]

[transcript.database]
conversations = "SELECT id AS conversation, 1 AS version, directory FROM said"
rows = "SELECT id, text, 'user' AS role FROM said WHERE id = :conversation"
export = ["mill", "export", "{conversation}"]
import = ["mill", "import", "{file}"]

[[transcript.conversation]]
directory = "/directory"

[[transcript.message]]
id = "/id"
role = "/role"
text = "/text"
"#;
const MILL_PROGRAM: &str = r#"#!/bin/sh
case $1 in
  export) echo '{}' ;;
  import) touch ~/imported ;;
  resume) echo "back in $2"; cat ;;
esac
"#;

#[test]
fn what_an_agent_has_in_its_project_is_not_imported_again() {
    let mut segno = Segno::new();
    let (bin, work) = (segno.directory("bin"), segno.directory("work"));
    fs::write(bin.join("mill"), MILL_PROGRAM).expect("the agent");
    fs::set_permissions(bin.join("mill"), fs::Permissions::from_mode(0o755)).expect("rights");
    segno.path_first(&bin);
    segno.write("panes/mill.toml", MILL);
    let db = rusqlite::Connection::open(work.join("mill.db")).expect("a database");
    db.execute("CREATE TABLE said (id text, directory text, text text)", ()).expect("a table");
    let said = ("0badc0de", work.to_str(), "a windmill");
    db.execute("INSERT INTO said VALUES (?1, ?2, ?3)", said).expect("a row");
    drop(db);
    let mut in_project = segno.command(program());
    let output = in_project.args(["history", "update", "--json"]).current_dir(&work).output();
    let report: Value = serde_json::from_slice(&output.expect("segno").stdout).expect("JSON");
    assert_eq!((&report["originals"], &report["failed"]), (&1.into(), &Value::Array(vec![])));
    // From elsewhere it is not seen, as if the agent had deleted it.
    assert_eq!(update(&segno)["gone"], 1);
    segno.daemon_start();
    let terminal = segno.terminal();
    terminal.keys("ctrl+b H");
    terminal.type_text("windmill");
    terminal.wait_text("a windmill");
    terminal.wait_text("0badc0de");
    terminal.keys("enter");
    terminal.wait_text("back in 0badc0de");
    assert!(!segno.user_home().join("imported").exists(), "it was there already");
}

#[test]
fn a_damaged_archive_is_set_aside_and_built_again() {
    let segno = with(&["claude", "codex"]);
    update(&segno);
    // Deleted by its agent: only the original in the archive has it.
    fs::remove_file(claude_file(&segno)).expect("deleted");
    update(&segno);
    fs::write(database(&segno), "this is no database, but garbage ".repeat(1000)).expect("written");
    let (_, why) = segno.fails(&["history", "search", "fast"]);
    assert!(why.contains("history rebuild"), "{why}");
    let doctor = segno.cli(&["doctor"]);
    let doctor = String::from_utf8_lossy(&doctor.stdout);
    assert!(doctor.contains("the archive is damaged"), "{doctor}");
    let output = segno.cli(&["history", "update"]);
    let output_text = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && output_text.contains("archive.db.damaged-1"),
        "{output_text}"
    );
    assert_eq!(found(&segno, "fast"), [CODEX]);
    assert!(found(&segno, "bug").contains(&CLAUDE.to_owned()), "from the original");
    assert!(segno.home().join("archive/archive.db.damaged-1").exists());
    assert!(shown(&segno, &[CLAUDE])["conversation"]["gone"].is_number(), "its agent has it not");
    history(&segno, &["restore", CLAUDE]);
    assert!(claude_file(&segno).exists());
}

#[test]
fn a_rebuild_that_is_killed_is_finished_by_the_next_update() {
    let segno = with(&["claude", "codex"]);
    update(&segno);
    let other = segno.directory("exported");
    let exported = history(&segno, &["export", CODEX, "--format", "jsonl"]);
    let exported = exported.replace(CODEX, "imported-1").replace("fast", "zeppelin");
    fs::write(other.join("one.jsonl"), exported).expect("written");
    history(&segno, &["import", "../exported"]);
    assert_eq!(found(&segno, "zeppelin"), ["imported-1"]);
    fs::remove_dir_all(&other).expect("deleted");
    fs::remove_file(claude_file(&segno)).expect("deleted");
    update(&segno);
    let marker = segno.home().join("archive/.rebuilding");
    let killed_within = (0..20).any(|_| {
        let mut command = segno.command(program());
        command.args(["history", "rebuild"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("segno");
        while !marker.exists() && child.try_wait().expect("its state").is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().expect("its end");
        marker.exists()
    });
    assert!(killed_within, "every rebuild was quicker than its end");
    update(&segno);
    assert!(!marker.exists());
    assert_eq!(found(&segno, "zeppelin"), ["imported-1"]);
    assert!(found(&segno, "bug").contains(&CLAUDE.to_owned()), "from the original");
    let doctor = segno.cli(&["doctor"]).stdout;
    let doctor = String::from_utf8_lossy(&doctor);
    assert!(doctor.contains("7 conversations are kept, "), "{doctor}");
    assert!(doctor.contains("claude deletes transcripts after 30 days"), "{doctor}");
}

#[test]
fn two_updates_at_once_read_everything_once() {
    let segno = with(&["claude", "codex", "gemini", "cline", "pi", "qwen"]);
    let start = || {
        let mut command = segno.command(program());
        command.args(["history", "update"]).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("segno")
    };
    let both = [start(), start()].map(|child| child.wait_with_output().expect("its end"));
    assert!(both.iter().all(|output| output.status.success()), "{both:?}");
    update(&segno);
    let alone = with(&["claude", "codex", "gemini", "cline", "pi", "qwen"]);
    update(&alone);
    assert_eq!(history(&segno, &["check"]), history(&alone, &["check"]));
}

#[test]
fn an_update_waits_for_another_one_and_can_be_interrupted() {
    let segno = with(&["claude", "codex"]);
    update(&segno);
    let lock = fs::File::open(segno.home().join("archive/.lock")).expect("the lock");
    lock.lock().expect("it is free");
    fs::remove_file(claude_file(&segno)).expect("deleted");
    let waiting = |args: &[&str]| {
        let mut command = segno.command(program());
        command.arg("history").args(args).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("segno");
        let mut line = String::new();
        let said = child.stderr.as_mut().expect("a pipe");
        BufReader::new(said).read_line(&mut line).expect("a line");
        assert!(line.contains("waiting for another update to end"), "{line}");
        child
    };
    let mut interrupted = waiting(&["rebuild"]);
    let pid = Pid::from_raw(i32::try_from(interrupted.id()).expect("an id"));
    kill(pid, Signal::SIGINT).expect("it runs");
    let status = interrupted.wait().expect("its end");
    assert_eq!(status.signal(), Some(Signal::SIGINT as i32), "{status:?}");
    let mut waits = [waiting(&["update"]), waiting(&["forget", CODEX, "--yes"])];
    drop(lock);
    for child in &mut waits {
        assert!(child.wait().expect("its end").success());
    }
    assert!(shown(&segno, &[CLAUDE])["conversation"]["gone"].is_number());
    assert!(found(&segno, "fast").is_empty());
}

#[test]
fn a_newer_archive_is_refused_and_untouched() {
    let segno = with(&["codex"]);
    update(&segno);
    // The version of its format, as SQLite keeps it in the file's header.
    let mut bytes = fs::read(database(&segno)).expect("the database");
    bytes[60..64].copy_from_slice(&9_u32.to_be_bytes());
    fs::write(database(&segno), &bytes).expect("written");
    for args in [&["history", "search", "fast"][..], &["history", "update"], &["history", "list"]] {
        let (_, why) = segno.fails(args);
        assert!(why.contains("newer Segno") && why.contains("update this Segno"), "{why}");
    }
    let output = segno.cli(&["history", "rebuild"]);
    assert!(!output.status.success());
    assert!(fs::read(database(&segno)).expect("the database") == bytes, "it was touched");
}

#[test]
fn another_home_is_imported() {
    let segno = with(&["codex"]);
    update(&segno);
    let other = segno.directory("laptop");
    copy(&Path::new(STORED).join("claude"), &other);
    history(&segno, &["import", "../laptop"]);
    assert!(found(&segno, "bug").contains(&CLAUDE.to_owned()));
    assert_eq!(found(&segno, "fast"), [CODEX]);
    update(&segno);
    for id in [CODEX, CLAUDE] {
        assert!(shown(&segno, &[id])["conversation"]["gone"].is_null(), "{id}");
    }
    let (_, why) = segno.fails(&["history", "import", "nowhere"]);
    assert!(why.contains("nowhere is no directory"), "{why}");
}

const HASH: &str = "ece9371bedcbc1139e32f73cc67f0e41d989923d6c820725b6bc0a499922f610";

#[test]
fn rules_of_the_settings_leave_out() {
    let segno = with(&["codex", "claude"]);
    segno.write("config.toml", "[archive]\nleave_out_types = [\"codex\"]\n");
    update(&segno);
    assert!(found(&segno, "fast").is_empty());
    assert!(!found(&segno, "bug").is_empty());
    // An agent that says only the hash of a directory, as `printf %s /w/app | sha256sum` does.
    let chats = segno.user_home().join(".gemini/tmp/app/chats");
    copy(&Path::new(STORED).join("gemini"), segno.user_home());
    let path = chats.join("session-2026-11-01T10-00-33333333.jsonl");
    let chat = fs::read_to_string(&path).expect("the chat");
    fs::write(path, chat.replace(r#""projectHash":"ab""#, &format!(r#""projectHash":"{HASH}""#)))
        .expect("written");
    segno.write("config.toml", "[archive]\nleave_out_directories = [\"/w/app\"]\n");
    update(&segno);
    let kept = json(&segno, &["list", "--agent", "gemini"])["conversations"].take();
    let kept: Vec<_> =
        kept.as_array().expect("a list").iter().map(|one| text(&one["id"])).collect();
    assert_eq!(kept, ["44444444-4444-4444-8444-444444444444"]);
}
