//! What is said in a pane is archived when its turn has ended, is found in the terminal, and comes
//! back when its agent deletes it. The agent is the one of `docs/pane-types.md`, which keeps its
//! conversations as lines of JSON here, and says so.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::scenario::agents::own_type::block;
use crate::support::terminal::Terminal;

const TRANSCRIPT: &str = r#"
[[transcript]]
files = ["{user_home}/.parrot/{session}.jsonl"]
time = "/at"

[[transcript.conversation]]
directory = "/cwd"

[[transcript.message]]
where = { "/who" = "." }
id = "/id"
role = { at = "/who", user = "user", assistant = "parrot" }
text = "/text"
"#;

const SAY: &str = r#"say() {
  n=$((n + 1))
  printf '{"who":"%s","id":"%s.%s","text":"%s","cwd":"%s","at":%s}\n' \
    "$1" $$ $n "$2" "$PWD" "$(date +%s)" >> ~/.parrot/"$id".jsonl
}
"#;

/// A daemon that knows the agent, which is in front of `PATH`.
pub(in crate::scenario) fn parrots() -> Segno {
    let segno = with_parrot();
    segno.daemon_start();
    segno
}

/// The same before the daemon is started.
pub(in crate::scenario) fn with_parrot() -> Segno {
    let mut segno = Segno::new();
    let bin = segno.directory("bin");
    let replaced = |text: String, from: &str, to: &str| {
        assert!(text.contains(from), "{from} is not in {text}");
        text.replace(from, to)
    };
    let script = replaced(block("sh").into(), r#"~/.parrot/"$id""#, r#"~/.parrot/"$id".jsonl"#);
    let script = replaced(
        script,
        r#"echo "$line, $line!" | tee -a ~/.parrot/"$id".jsonl"#,
        r#"say user "$line"; say parrot "$line, $line!"; echo "$line, $line!""#,
    );
    let fork = r#"--fork) cp ~/.parrot/"$2".jsonl ~/.parrot/"$id".jsonl ;; --on-event)"#;
    let script = replaced(script, "--on-event) ", fork);
    let script = replaced(script, "report() {", &format!("{SAY}report() {{"));
    fs::write(bin.join("parrot"), script).expect("the agent");
    fs::set_permissions(bin.join("parrot"), fs::Permissions::from_mode(0o755)).expect("rights");
    let toml = replaced(block("toml").into(), ".parrot/{session}", ".parrot/{session}.jsonl");
    let fork = "fork = [\"--fork\", \"{session}\"]\nwith_id = ";
    let toml = replaced(toml, "with_id = ", fork);
    segno.write("panes/parrot.toml", &(toml + TRANSCRIPT));
    segno.path_first(&bin);
    segno
}

/// A directory with something checked out.
fn checked_out(segno: &Segno) -> PathBuf {
    let work = segno.directory("tree");
    fs::create_dir_all(work.join(".git/refs/heads")).expect("git's directory");
    fs::write(work.join(".git/HEAD"), "ref: refs/heads/feathers\n").expect("its head");
    fs::write(work.join(".git/refs/heads/feathers"), format!("{COMMIT}\n")).expect("a commit");
    work
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A pane in which the agent has answered this; with the conversation's id.
pub(in crate::scenario) fn said(segno: &Segno, words: &str) -> (String, String, Terminal) {
    let cwd = checked_out(segno).display().to_string();
    let pane = segno.ok(&["new", "--focus", "--type", "parrot", "--cwd", &cwd]);
    segno.ok(&["focus", &pane]);
    let terminal = segno.terminal();
    segno.wait_state(&pane, "idle");
    terminal.type_text(words);
    terminal.keys("enter");
    terminal.wait_text(&format!("{words}, {words}!"));
    let status = segno.wait_status(&pane, "an id", |status| status["session"].is_string());
    let id = text(&status["session"]);
    segno.wait_for("it in the archive", || {
        let output = segno.cli(&["history", "search", words]);
        output.status.success().then_some(())
    });
    (pane, id, terminal)
}

#[test]
fn what_was_said_in_a_pane_is_found_and_opened() {
    let segno = parrots();
    let (pane, id, _terminal) = said(&segno, "nightingale");
    assert_eq!(found(&segno, "nightingale"), std::slice::from_ref(&id));
    let held =
        segno.wait_for("where it was held", || shown(&segno, &[&id])["held"].get(0).cloned());
    assert_eq!((&held["pane"], &held["branch"]), (&pane.as_str().into(), &"feathers".into()));
    assert_eq!(held["commit"], COMMIT);
    assert!(history(&segno, &["show", &id]).contains("feathers"));
    assert_eq!(found(&segno, "branch:feathers nightingale"), std::slice::from_ref(&id));
    assert_eq!(found(&segno, "branch:main nightingale"), [""; 0]);
    assert!(history(&segno, &["query", "--branch", "feathers"]).contains("nightingale"));
    assert!(history(&segno, &["list", "--branch", "feathers"]).contains(&id));
    // It is open: one goes there. It is closed: another pane resumes it, where it was held.
    let other = segno.ok(&["new", "--focus"]);
    assert_eq!(history(&segno, &["open", &id]), pane);
    assert_eq!(segno.status(&pane)["focused"], true, "{other} had the focus");
    segno.ok(&["close", "--force", &pane]);
    let new = history(&segno, &["open", &format!("parrot:{id}")]);
    assert_ne!(new, pane);
    let status = segno.wait_state(&new, "idle");
    assert_eq!(status["session"], id.as_str());
    assert!(text(&status["cwd"]).ends_with("/tree"), "{status}");
}

#[test]
fn a_search_in_the_terminal_finds_reads_and_opens() {
    let segno = parrots();
    let (pane, id, _) = said(&segno, "nightingale");
    segno.ok(&["new", "--focus"]);
    let terminal = segno.terminal_of(80, 24, &["attach"]);
    terminal.keys("ctrl+b H");
    terminal.wait_text("History");
    terminal.type_text("nighti");
    terminal.wait_text("nightingale, nightingale!");
    terminal.wait_text(&id);
    terminal.keys("ctrl+e");
    terminal.wait_text("exported to");
    let file = segno.user_home().join(format!("parrot-{id}.md"));
    assert!(fs::read_to_string(file).expect("the export").contains("nightingale"));
    // The newest query counts.
    terminal.type_text("xyz");
    terminal.wait_text("No matches");
    terminal.keys("backspace backspace backspace");
    terminal.wait_text(&id);
    terminal.keys("enter");
    segno.wait_status(&pane, "the focus", |status| status["focused"] == true);
    terminal.wait_gone("History");
    // The pane's own conversation, as text.
    terminal.keys("ctrl+b h");
    terminal.wait_text("parrot · ");
    terminal.wait(|screen| screen.contains("assistant") && screen.contains("user"), "who spoke");
    terminal.keys("q");
    terminal.wait_gone("parrot · ");
    // What is closed is resumed.
    segno.ok(&["close", "--force", &pane]);
    terminal.keys("ctrl+b H");
    terminal.type_text("nightingale");
    terminal.wait_text(&id);
    terminal.keys("enter");
    let again = segno.wait_for("a pane that resumes it", || {
        segno.panes().into_iter().find(|pane| pane["session"] == id.as_str())
    });
    segno.wait_state(&text(&again["id"]), "idle");
}

#[test]
fn a_conversation_is_forked_and_the_first_one_stays() {
    let segno = parrots();
    let (pane, id, _) = said(&segno, "nightingale");
    let fork = history(&segno, &["open", &id, "--fork"]);
    assert_ne!(fork, pane);
    let is_new = |status: &Value| status["session"].is_string() && status["session"] != id.as_str();
    segno.wait_status(&fork, "an id of its own", is_new);
    assert!(segno.ok(&["read", &fork]).contains("nightingale"));
    assert_eq!(segno.status(&pane)["session"], id.as_str());
    // The same from the search.
    let terminal = segno.terminal_of(80, 24, &["attach"]);
    terminal.keys("ctrl+b H");
    terminal.type_text("nightingale");
    terminal.wait_text(&id);
    let before = segno.panes().len();
    terminal.keys("ctrl+f");
    segno.wait_for("another fork", || (segno.panes().len() > before).then_some(()));
    terminal.wait_gone("History");
}

#[test]
fn filters_are_chips_in_the_terminal() {
    let segno = parrots();
    let (_, id, _) = said(&segno, "nightingale");
    let terminal = segno.terminal_of(80, 24, &["attach"]);
    terminal.keys("ctrl+b H");
    terminal.type_text("nightingale");
    terminal.wait_text(&id);
    terminal.keys("ctrl+o");
    terminal.wait_text("project:");
    terminal.type_text("parr");
    terminal.wait_text("agent:parrot");
    terminal.keys("enter");
    let has = |text: &'static str| move |screen: &str| screen.contains(text);
    terminal.wait(has(" agent:parrot "), "the chip");
    terminal.wait_text(&id);
    terminal.type_text(" role:tool ");
    terminal.wait_text("No matches");
    terminal.keys("home backspace");
    terminal.wait_text(&id);
}

#[test]
fn the_resume_picker_finds_what_was_said() {
    let segno = parrots();
    let (pane, id, terminal) = said(&segno, "nightingale");
    segno.ok(&["send", &pane, "starling", "--enter"]);
    terminal.wait_text("starling, starling!");
    segno.ok(&["send", &pane, "canary", "--enter"]);
    terminal.wait_text("canary, canary!");
    segno.wait_for("it in the archive", || {
        segno.cli(&["history", "search", "canary"]).status.success().then_some(())
    });
    let cwd = segno.status(&pane)["cwd"].take();
    segno.ok(&["new", "--focus", "--cwd", &text(&cwd)]);
    segno.ok(&["close", "--force", &pane]);
    let terminal = segno.terminal_of(80, 24, &["attach"]);
    terminal.keys("ctrl+b A");
    terminal.wait_text("Resume");
    // Neither the first nor the last prompt.
    terminal.type_text("starling");
    terminal.wait_text("user: starling");
    terminal.keys("enter");
    segno.wait_for("a pane that resumes it", || {
        segno.panes().into_iter().find(|pane| pane["session"] == id.as_str())
    });
}

#[test]
fn a_pane_offers_what_its_agent_has_deleted() {
    let segno = parrots();
    let (pane, id, terminal) = said(&segno, "nightingale");
    let file = segno.user_home().join(format!(".parrot/{id}.jsonl"));
    segno.wait_for("the original", || {
        let kept = segno.cli(&["history", "restore", &id]);
        kept.status.success().then_some(())
    });
    fs::remove_file(&file).expect("deleted");
    segno.ok(&["restart", &pane, "--session", &id]);
    terminal.wait_text("restore it from the archive and resume");
    let asks = segno.status(&pane)["asks"].take();
    assert!(asks.to_string().contains(&format!("segno history restore parrot:{id}")), "{asks}");
    terminal.keys("3");
    segno.wait_state(&pane, "idle");
    assert!(fs::read_to_string(&file).expect("it is back").contains("nightingale"));
    assert_eq!(segno.status(&pane)["session"], id.as_str());
}
