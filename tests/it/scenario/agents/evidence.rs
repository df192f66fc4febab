//! What is seen of an agent from outside, its title, its screen and its files, and whose word
//! counts; and what a start computes.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::segno::{Segno, arguments};
use crate::support::terminal::Terminal;

/// A shell that does what it reads and shows nothing of it. `MARK …` is reported when the screen
/// that has it was looked at.
const TYPE: &str = r#"schema = 1
name = "seer"
kind = "agent"

[[computed]]
name = "salt"
random = "uuid"

[[computed]]
name = "port"
random = "port"

[[computed]]
name = "hash"
sha256 = { z = "{pane}", a = [1, "{computed:salt}"], s = "{computed:port}" }

[command]
program = "sh"
args = ["-c", "stty -echo; while read -r line; do eval \"$line\"; done", "seer"]

[tracker]
session_id = '^s-[0-9]+$'
args = ["--salt={computed:salt}", "--port={computed:port}", "--hash", "{computed:hash}"]
env = { REPORT = "{hook_command}", WATCHED = "{events_file}.watched" }

[tracker.hook]
event = "/event"
session = "/id"

[[tracker.hook.on]]
name = ["opened"]
current = "selected"

[[tracker.hook.on]]
name = ["asking"]
state = "blocked"
detail = ["/about", "/what"]

[[tracker.hook.on]]
name = ["done"]
state = "idle"

[[tracker.title]]
match = '^\* '
state = "working"

[[tracker.title]]
match = '^- '
state = "idle"

[[tracker.screen]]
match = '(?m)^Esc to stop$'
state = "working"

[[tracker.screen]]
match = '(?m)^> $|^Ready'
state = "idle"

[[tracker.watch]]
files = ["{env:NOT_SET}/{pid}.json", "{user_home}/running/*-{pid}.json"]
session = "/id"

[[tracker.watch.on]]
where = { "/status" = "^waiting" }
state = "blocked"
detail = ["/status"]

[[tracker.watch.on]]
where = { "/status" = "^busy$" }
unless = { "/hidden" = "yes" }
state = "working"

[[tracker.watch]]
files = ["{events_file}.watched"]
format = "lines"
event = "/name"

[[tracker.watch.on]]
name = ["end"]
state = "idle"

[[tracker.watch.on]]
name = ["wrong"]
state = "error"
detail = ["/why"]

[[handler]]
match = '^MARK (.*)'
kind = "notify"
text = "{0}"
cooldown_s = 0
"#;

struct Seer {
    segno: Segno,
    pane: String,
    /// Looks at another tab.
    _terminal: Terminal,
}

impl Seer {
    fn new() -> Self {
        let segno = Segno::new();
        segno.write("panes/seer.toml", TYPE);
        fs::create_dir(segno.user_home().join("running")).unwrap();
        segno.daemon_start();
        segno.ok(&["new", "--focus", "--tab"]);
        let pane = segno.ok(&["new", "--type", "seer", "--tab"]);
        segno.pane_pid(&pane);
        let terminal = segno.terminal();
        Self { segno, pane, _terminal: terminal }
    }

    /// Lets the program run a line of shell.
    fn does(&self, line: &str) {
        // Key by key: a text would wait until the agent says that it takes one.
        let key = |c: char| if c == ' ' { "space".to_owned() } else { c.to_string() };
        let args = ["keys".to_owned(), self.pane.clone()].into_iter().chain(line.chars().map(key));
        self.segno.ok(&args.chain(["enter".to_owned()]).collect::<Vec<_>>());
    }

    /// Lets it print onto an empty screen, and waits until that was looked at.
    fn shows(&self, text: &str, mark: &str) {
        self.does(&format!("printf '\\033[H\\033[2J{text}\\nMARK {mark}\\n'"));
        self.segno.wait_for("a look at the screen", || {
            let list = self.segno.ok(&["notifications", "--json"]);
            list.contains(&format!("MARK {mark}\"")).then_some(())
        });
    }

    fn receives(&self, message: &Value) {
        self.does(&format!("echo '{message}' | sh -c \"$REPORT\""));
    }

    #[track_caller]
    fn is(&self, state: &str, by: &str) -> Value {
        let what = format!("{state} by {by}");
        self.segno.wait_status(&self.pane, &what, |status| {
            let explained = self.segno.ok(&["status", &self.pane, "--explain"]);
            status["state"] == state
                && explained.contains(&format!("the state is known from: {by}\n"))
        })
    }

    fn pid(&self) -> i32 {
        self.segno.pane_pid(&self.pane)
    }

    /// Writes a file as a careful program does.
    fn writes(&self, path: &std::path::Path, text: &str) {
        let new = path.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, path).unwrap();
    }
}

#[test]
fn a_title_shows_the_state_and_goes_before_the_screen() {
    let seer = Seer::new();
    seer.shows("Ready", "one");
    seer.is("idle", "the text on its screen: [[tracker.screen]] 2");
    seer.shows("some text\\nEsc to stop", "two");
    seer.is("working", "the text on its screen: [[tracker.screen]] 1");
    // What fits no rule changes nothing.
    seer.shows("Esc to stop it", "three");
    seer.is("working", "the text on its screen: [[tracker.screen]] 1");

    seer.does("printf '\\033]0;- resting\\007'");
    seer.is("idle", "the title of its terminal: [[tracker.title]] 2");
    seer.does("printf '\\033]2;* digging\\007'");
    seer.is("working", "the title of its terminal: [[tracker.title]] 1");
    // A screen is not believed any more.
    seer.shows("Ready", "four");
    seer.is("working", "the title of its terminal: [[tracker.title]] 1");
    // Nor by the next daemon, which knows what was believed, stored or not.
    seer.segno.kill_daemon();
    seer.segno.daemon_start();
    assert_eq!(seer.segno.status(&seer.pane)["title"], "* digging");
    seer.shows("Esc to stop", "five");
    seer.shows("Ready", "six");
    seer.is("working", "the title of its terminal: [[tracker.title]] 1");
    seer.does("printf '\\033]0;- resting\\007'");
    seer.is("idle", "the title of its terminal: [[tracker.title]] 2");

    // Another program begins from nothing.
    seer.segno.ok(&["restart", &seer.pane]);
    seer.segno.wait_state(&seer.pane, "starting");
    seer.shows("Esc to stop", "seven");
    seer.is("working", "the text on its screen: [[tracker.screen]] 1");
}

#[test]
fn of_hooks_titles_and_files_the_last_one_counts_and_no_screen_beside_them() {
    let seer = Seer::new();
    seer.shows("Esc to stop", "one");
    seer.is("working", "the text on its screen: [[tracker.screen]] 1");
    seer.receives(&json!({"event": "opened", "id": "s-1"}));
    seer.receives(&json!({"event": "asking", "about": "fire", "what": "may I?"}));
    let status = seer.is("blocked", "its hooks: asking, rule 2");
    assert_eq!((&status["detail"], &status["session"]), (&json!("fire: may I?"), &json!("s-1")));
    seer.shows("Ready", "two");
    seer.is("blocked", "its hooks: asking, rule 2");
    seer.does("printf '\\033]0;* digging\\007'");
    seer.is("working", "the title of its terminal: [[tracker.title]] 1");
    seer.receives(&json!({"event": "done"}));
    seer.is("idle", "its hooks: done, rule 3");
    // A title that says the same again changes nothing.
    seer.does("printf '\\033]0;* digging on\\007'");
    seer.shows("Esc to stop", "three");
    seer.is("idle", "its hooks: done, rule 3");
    // Not for another daemon either.
    seer.segno.wait_for("it to be stored", || {
        let stored = seer.segno.file("workspace.json")?;
        (stored.contains("\"title\": \"* digging") && stored.contains("done, rule 3")).then_some(())
    });
    seer.segno.kill_daemon();
    seer.segno.daemon_start();
    seer.does("printf '\\033]0;* still digging\\007'");
    seer.shows("Esc to stop", "again");
    seer.is("idle", "its hooks: done, rule 3");
    let file = seer.segno.user_home().join(format!("running/a-{}.json", seer.pid()));
    seer.writes(&file, r#"{"id":"s-1","status":"waiting for you"}"#);
    seer.shows("Esc to stop", "four");
    let status = seer.is("blocked", "a file it keeps: [[tracker.watch]] 1, rule 1");
    assert_eq!(status["detail"], "waiting for you");
    let explained = seer.segno.ok(&["status", &seer.pane, "--explain"]);
    assert!(
        explained.contains("the conversation is known from: its hooks: opened, rule 1"),
        "{explained}"
    );
}

#[test]
fn files_are_followed_also_while_no_daemon_runs() {
    let seer = Seer::new();
    let running =
        |name: &str| seer.segno.user_home().join(format!("running/{name}-{}.json", seer.pid()));
    // What is no JSON yet says nothing; of several files the last by name speaks.
    seer.writes(&running("a"), "{\"status\":");
    seer.shows("nothing", "one");
    seer.writes(&running("a"), r#"{"status":"busy"}"#);
    seer.is("working", "a file it keeps: [[tracker.watch]] 1, rule 2");
    seer.writes(&running("b"), r#"{"status":"waiting"}"#);
    seer.shows("nothing", "two");
    seer.is("blocked", "a file it keeps: [[tracker.watch]] 1, rule 1");
    seer.writes(&running("b"), r#"{"status":"busy","hidden":"yes"}"#);
    seer.writes(&running("b"), r#"{"status":"busy"}"#);
    seer.is("working", "a file it keeps: [[tracker.watch]] 1, rule 2");

    // A file of lines: of what is there already the last counts, then each as it comes.
    seer.does(
        "printf '{\"name\":\"wrong\",\"why\":\"old\"}\\nnonsense\\n{\"name\":\"end\"}\\n{\"na' > \"$WATCHED\"",
    );
    seer.shows("nothing", "three");
    seer.is("idle", "a file it keeps: [[tracker.watch]] 2, end, rule 1");
    seer.does("printf 'me\":\"wrong\",\"why\":\"no ink\"}\\n' >> \"$WATCHED\"");
    let status = seer.is("error", "a file it keeps: [[tracker.watch]] 2, wrong, rule 2");
    assert_eq!(status["detail"], "no ink");

    seer.segno.kill_daemon();
    seer.writes(&running("b"), r#"{"status":"waiting for a daemon"}"#);
    seer.segno.daemon_start();
    let status = seer.is("blocked", "a file it keeps: [[tracker.watch]] 1, rule 1");
    assert_eq!(status["detail"], "waiting for a daemon");

    // A link to something else is not read.
    let elsewhere = seer.segno.root().join("elsewhere.json");
    fs::write(&elsewhere, r#"{"status":"busy"}"#).unwrap();
    std::os::unix::fs::symlink(&elsewhere, running("c")).unwrap();
    seer.shows("nothing", "four");
    assert_eq!(seer.segno.status(&seer.pane)["state"], "blocked");
}

/// Hashes, ports and UUIDs in arguments: made anew at each start, and what is computed from them
/// too.
#[test]
fn computed_values_reach_the_arguments() {
    let seer = Seer::new();
    let computed = |pid: i32| {
        let args = arguments(pid);
        let of = |start: &str| {
            let found = args.iter().find_map(|arg| arg.strip_prefix(start));
            found.unwrap_or_else(|| panic!("{start} in {args:?}")).to_owned()
        };
        let hash = args.iter().position(|arg| arg == "--hash").map(|at| args[at + 1].clone());
        (of("--salt="), of("--port="), hash.expect("a hash"))
    };
    let (salt, port, hash) = computed(seer.pid());
    let uuid =
        regex::Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$");
    assert!(uuid.unwrap().is_match(&salt), "{salt}");
    assert!(port.parse::<u16>().is_ok_and(|port| port > 1023), "{port}");
    std::net::TcpListener::bind(format!("127.0.0.1:{port}")).expect("a port that is free");
    let text = format!(r#"{{"a":[1,"{salt}"],"s":"{port}","z":"{}"}}"#, seer.pane);
    let digest = Sha256::digest(text);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, digest);
    let before = seer.pid();
    seer.segno.ok(&["restart", &seer.pane]);
    seer.segno.wait_status(&seer.pane, "another process", |status| {
        status["pid"].as_i64().is_some_and(|pid| pid as i32 != before)
    });
    let again = computed(seer.pid());
    assert_ne!((&again.0, &again.2), (&salt, &hash));
}

/// What a program reports before the daemon has handled the report of its start.
#[test]
fn a_report_may_arrive_before_that_of_the_start() {
    const HASTY: &str = r#"schema = 1
name = "hasty"
kind = "agent"

[command]
program = "sh"
args = ["-c", 'printf "%s\n" "$REPORT" >> "$EVENTS"; exec cat']

[tracker]
env = { EVENTS = "{events_file}", REPORT = '{{"v":1,"at":0,"from":"hook","event":"state","state":"blocked"}}' }
"#;
    let segno = Segno::new();
    segno.write("panes/hasty.toml", HASTY);
    segno.daemon_start();
    let open = || segno.ok(&["new", "--type", "hasty", "--tab"]);
    let panes = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..24).map(|_| scope.spawn(open)).collect();
        opening.into_iter().map(|pane| pane.join().unwrap()).collect::<Vec<_>>()
    });
    for pane in &panes {
        segno.wait_status(pane, "what it said", |status| status["state"] == "blocked");
    }
}
