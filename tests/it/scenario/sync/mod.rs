//! Conversations go where the user logs in, by the words of `docs/sync.md`: with and without a
//! daemon.

mod again;
mod many;
mod readers;
mod services;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::history::live::{parrots, said, with_parrot};
use super::history::with;
use crate::support::segno::{Segno, program};

const PAGE: &str = include_str!("../../../../docs/sync.md");
const ALL: [&str; 4] = ["sync", "run", "--all", "--json"];

/// A request: its first line and headers, and its body.
type Request = (String, String);

/// Answers everything with this status, after a while.
struct Receiving {
    url: String,
    requests: Receiver<Request>,
    status: Arc<Mutex<(u16, Duration)>>,
}

fn receiving() -> Receiving {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook/s3cret", listener.local_addr().expect("its address"));
    let (sender, requests) = channel();
    let status = Arc::new(Mutex::new((200, Duration::ZERO)));
    let answer = status.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (sender, answer) = (sender.clone(), answer.clone());
            thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                loop {
                    let (mut head, mut length) = (String::new(), 0);
                    loop {
                        let mut line = String::new();
                        match reader.read_line(&mut line) {
                            Ok(0) | Err(_) => return,
                            Ok(_) if line.trim().is_empty() => break,
                            Ok(_) => {}
                        }
                        if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
                            length = value.trim().parse().expect("a length");
                        }
                        head.push_str(&line);
                    }
                    let mut body = vec![0; length];
                    if reader.read_exact(&mut body).is_err() {
                        return;
                    }
                    let body = String::from_utf8(body).expect("text");
                    if sender.send((head, body)).is_err() {
                        return;
                    }
                    let (status, wait) = *answer.lock().expect("the status");
                    thread::sleep(wait);
                    let text = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\n{{}}");
                    if (&stream).write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    Receiving { url, requests, status }
}

/// `segno sync login …` with a key on standard input.
fn log_in(segno: &Segno, args: &[&str], key: &str) -> (bool, String) {
    let mut command = segno.command(program());
    command.args(["sync", "login"]).args(args).arg("--key-stdin");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("segno");
    // One that refuses may not read it.
    let _ = child.stdin.take().expect("its input").write_all(key.as_bytes());
    let output = child.wait_with_output().expect("its output");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).expect("text"))
}

fn events(requests: &Receiver<Request>) -> Vec<Value> {
    let all =
        requests.try_iter().map(|(_, body)| serde_json::from_str::<Value>(&body).expect("JSON"));
    all.flat_map(|body| body["events"].as_array().cloned().unwrap_or_default()).collect()
}

#[test]
fn conversations_become_files_that_another_machine_reads() {
    let segno = with(&["claude", "codex"]);
    let to = segno.directory("notes");
    let at = to.display().to_string();
    assert_eq!(segno.json(&["sync", "status"])["targets"], Value::Array(Vec::new()));
    segno.ok(&["sync", "login", "directory", "--url", &at]);
    // What was said before the login stays here, unless it is asked for.
    assert!(segno.ok(&["sync", "run"]).contains("nothing to send"));
    let shown = segno.json(&["sync", "run", "--all", "--dry-run"]);
    assert!(fs::read_dir(&to).expect("it").next().is_none());
    let report = &segno.json(&ALL)["targets"][0];
    let sent = report["sent"].as_u64().expect("a count");
    assert!(sent >= 3 && report["problem"].is_null(), "{report}");
    for request in shown["requests"].as_array().expect("requests") {
        let written = fs::read_to_string(request["url"].as_str().expect("a path")).expect("a file");
        assert_eq!(request["body"], written.as_str());
    }
    assert_eq!(segno.json(&["sync", "verify", "directory"])["there"], sent);
    assert_eq!(segno.json(&["sync", "run"])["targets"][0]["sent"], 0);
    let status = segno.ok(&["sync", "status"]);
    assert!(status.contains("no problems") && status.contains(&at), "{status}");

    let other = Segno::new();
    other.ok(&["history", "import", &at]);
    let found = other.json(&["history", "search", "bug"]);
    assert!(!found["results"].as_array().expect("results").is_empty(), "{found}");
    let count = |segno: &Segno| {
        let list = segno.json(&["history", "list", "--limit", "100"]);
        list["conversations"].as_array().expect("a list").len()
    };
    assert_eq!(count(&other), count(&segno));
    // Its agents had none of it here: they have not deleted it, and cannot go on with it.
    other.ok(&["history", "update"]);
    let list = other.json(&["history", "list", "--limit", "100"]);
    let all = list["conversations"].as_array().expect("a list");
    assert!(all.iter().all(|one| one["gone"].is_null()), "{list}");
    let (code, why) = other.fails(&["history", "open", all[0]["id"].as_str().expect("an id")]);
    assert!(code == 4 && why.contains("imported") && why.contains("history show"), "{why}");
    let copy = other.directory("copy");
    other.ok(&["sync", "login", "directory", "--url", &copy.display().to_string()]);
    other.ok(&["sync", "config", "directory", "deletions", "all"]);
    assert_eq!(other.json(&ALL)["targets"][0]["sent"], sent);
    assert_eq!(other.json(&ALL)["targets"][0]["deleted"], 0);
    assert_eq!(other.json(&["sync", "verify", "directory"])["there"], sent);
    // Where they were said, nothing is changed by reading them.
    segno.ok(&["history", "import", &at]);
    assert_eq!(segno.json(&["sync", "run"])["targets"][0]["sent"], 0);
    segno.ok(&["sync", "logout", "directory"]);
    assert!(segno.ok(&["sync", "run"]).contains("nobody has logged in"));
}

#[test]
fn a_key_is_checked_kept_for_its_owner_and_shown_to_nobody() {
    let segno = with(&["codex"]);
    let receiving = receiving();
    *receiving.status.lock().expect("it") = (403, Duration::ZERO);
    let key = "0123456789abcdef\n";
    let (done, why) = log_in(&segno, &["webhook", "--url", &receiving.url], key);
    assert!(!done && why.contains("403"), "{why}");
    assert!(segno.file("sync/targets/webhook.toml").is_none());
    *receiving.status.lock().expect("it") = (200, Duration::ZERO);
    let (done, said) = log_in(&segno, &["webhook", "--url", &receiving.url, "--name", "mine"], key);
    assert!(done && !said.contains("789abc") && !said.contains("s3cret"), "{said}");
    let file = segno.home().join("sync/keys/mine");
    let mode = fs::metadata(file).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for args in [
        &["sync", "settings", "--json"][..],
        &["sync", "config", "mine"],
        &["sync", "status"],
        &["sync", "run", "--all", "--dry-run"],
        &["sync", "log", "mine"],
    ] {
        let said = segno.ok(args);
        assert!(!said.contains("789abc"), "{args:?}: {said}");
        assert!(args.contains(&"run") || !said.contains("s3cret"), "{args:?}: {said}");
    }
    // Signed, as the page says; the check at the login, too.
    segno.json(&ALL);
    let hmac = |body: &str| {
        let script = "import hmac,sys;print(hmac.new(b'0123456789abcdef',sys.stdin.buffer.read(),'sha256').hexdigest())";
        let mut python = segno.command("python3");
        let python =
            python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut python = python.ok()?;
        python.stdin.take()?.write_all(body.as_bytes()).ok()?;
        String::from_utf8(python.wait_with_output().ok()?.stdout).ok()
    };
    let all: Vec<Request> = receiving.requests.try_iter().collect();
    assert!(all.len() >= 3);
    for (head, body) in all {
        let signature =
            head.lines().find_map(|line| line.strip_prefix("x-segno-signature: sha256="));
        let signature = signature.expect("a signature");
        if let Some(own) = hmac(&body).filter(|own| !own.trim().is_empty()) {
            assert_eq!(signature, own.trim());
        }
    }
    // A command that prints it serves as well.
    let by_command = segno.cli(&[
        "sync",
        "login",
        "webhook",
        "--url",
        &receiving.url,
        "--name",
        "other",
        "--set",
        "key_command=echo 0123456789abcdef",
    ]);
    assert!(by_command.status.success());
    assert!(segno.file("sync/keys/other").is_none());
}

#[test]
fn a_key_is_asked_for_when_it_is_needed_and_its_trouble_is_put_off_and_shown() {
    let segno = with(&["codex"]);
    let receiving = receiving();
    segno.write(
        "sinks/own.toml",
        "schema = 1\nname = \"own\"\ntitle = \"Own\"\n[requests.event]\nmethod = \"POST\"\n\
         path = \"/{key}/x\"\nbody = { key = \"{key}\", text = \"{item}\" }\n\
         [items.user]\nrequest = \"event\"\nbody = \"{text}\"\n",
    );
    let (count, key) = (segno.root().join("count"), segno.root().join("key"));
    fs::write(&key, "0123456789/abcdef\n").expect("a key");
    let command = format!("key_command=echo x >>'{}'; cat '{}'", count.display(), key.display());
    segno.ok(&["sync", "login", "own", "--url", &receiving.url, "--set", &command]);
    let count = || fs::read_to_string(&count).map_or(0, |text| text.lines().count());
    let before = count();
    segno.ok(&["sync", "pause"]);
    segno.json(&ALL);
    assert_eq!(count(), before, "nothing is sent, and no key is asked for");
    segno.ok(&["sync", "resume"]);
    for dry in [&["sync", "run", "--dry-run"][..], &["sync", "run", "--dry-run", "--json"]] {
        let shown = segno.ok(dry);
        assert!(shown.contains("s3cret") && !shown.contains("abcdef"), "{shown}");
    }
    fs::remove_file(&key).expect("it");
    let before = count();
    let output = segno.cli(&["sync", "run"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(1) && said.contains("tried again at"), "{said}");
    assert_eq!(count(), before + 1, "once in a run");
    let (status, log) = (segno.ok(&["sync", "status"]), segno.ok(&["sync", "log", "own"]));
    for said in [&status, &log] {
        assert!(said.contains("the key's command failed"), "{said}");
    }
}

#[test]
fn what_is_paused_left_out_or_excluded_stays_here() {
    let segno = with(&["codex"]);
    let receiving = receiving();
    assert!(log_in(&segno, &["webhook", "--url", &receiving.url], "k").0);
    let _ = receiving.requests.try_iter().count();
    segno.ok(&["sync", "pause"]);
    segno.json(&ALL);
    segno.ok(&["sync", "resume"]);
    segno.ok(&["sync", "config", "webhook", "exclude_agents", "codex"]);
    segno.json(&["sync", "run"]);
    assert!(events(&receiving.requests).is_empty());
    let (code, why) = segno.fails(&["sync", "config", "webhook", "contents", "some"]);
    assert!(code == 2 && why.contains("prompts"), "{why}");
    // What nobody asks for is no setting: a slip of the pen would send what was to stay here.
    let slip = ["sync", "login", "webhook", "--url", &receiving.url, "--set", "contens=prompts"];
    let (code, why) = segno.fails(&slip);
    assert!(code == 2 && why.contains("contens") && why.contains("contents"), "{why}");
    segno.ok(&["sync", "config", "webhook", "contents", "prompts"]);
    segno.ok(&["sync", "config", "webhook", "exclude_agents", ""]);
    segno.json(&["sync", "run"]);
    let sent = events(&receiving.requests);
    let kinds: Vec<&str> = sent.iter().filter_map(|event| event["kind"].as_str()).collect();
    assert!(kinds.contains(&"user") && !kinds.contains(&"assistant"), "{kinds:?}");
}

#[test]
fn killed_while_it_sends_it_loses_nothing() {
    let segno = with(&["codex", "claude"]);
    let receiving = receiving();
    assert!(log_in(&segno, &["webhook", "--url", &receiving.url], "k").0);
    let _ = receiving.requests.try_iter().count();
    *receiving.status.lock().expect("it") = (200, Duration::from_secs(20));
    let mut sends =
        segno.command(program()).args(ALL).stdout(Stdio::null()).spawn().expect("segno");
    // The request has arrived, and no answer has.
    let first = receiving.requests.recv_timeout(Duration::from_secs(30)).expect("a request");
    sends.kill().expect("it runs");
    sends.wait().expect("it ends");
    *receiving.status.lock().expect("it") = (200, Duration::ZERO);
    let report = segno.json(&ALL);
    let again = receiving.requests.recv().expect("a request");
    assert_eq!(first.1, again.1, "the same ids once more");
    let count = report["targets"][0]["sent"].as_u64().expect("a count");
    let first: Value = serde_json::from_str(&again.1).expect("JSON");
    let first = first["events"].as_array().expect("events").len();
    assert_eq!(events(&receiving.requests).len() + first, count as usize);
}

#[test]
fn the_services_of_the_page_work() {
    let segno = with(&["codex"]);
    let receiving = receiving();
    let blocks = PAGE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut names = Vec::new();
    for block in blocks.filter(|block| block.contains("schema = 1")) {
        let table: toml::Table = block.parse().expect("TOML");
        let name = table["name"].as_str().expect("a name").to_owned();
        segno.write(&format!("sinks/{name}.toml"), block);
        let login = ["sync", "login", &name, "--url", &receiving.url, "--set", "chat=7"];
        let asks = block.contains("{target.chat}");
        segno.ok(if asks { &login } else { &login[..5] });
        let _ = receiving.requests.try_iter().count();
        let report = segno.json(&["sync", "run", &name, "--all"]);
        assert!(report["targets"][0]["problem"].is_null(), "{report}");
        let all: Vec<Request> = receiving.requests.try_iter().collect();
        assert!(all.iter().any(|(_, body)| body.contains("It is fast.")), "{name}: {all:?}");
        segno.ok(&["sync", "logout", &name]);
        names.push(name);
    }
    assert_eq!(names, ["ntfy", "slack", "telegram"]);
}

#[test]
fn a_turn_is_sent_when_it_has_ended_and_what_is_in_the_way_is_said() {
    let segno = parrots();
    let receiving = receiving();
    assert!(log_in(&segno, &["webhook", "--url", &receiving.url], "k").0);
    let _ = receiving.requests.try_iter().count();
    let (_pane, id, terminal) = said(&segno, "polly");
    let mut texts = Vec::new();
    segno.wait_for("the turn at the webhook", || {
        texts.extend(events(&receiving.requests));
        let has = |text: &str| texts.iter().any(|event| event["text"] == text);
        (has("polly") && has("polly, polly!")).then_some(())
    });
    assert!(texts.iter().all(|event| {
        event["conversation"] == id.as_str() || event["conversation"]["id"] == id.as_str()
    }));
    // The key is not good any more: nothing is sent, and the status line has a sign.
    *receiving.status.lock().expect("it") = (401, Duration::ZERO);
    terminal.type_text("again");
    terminal.keys("enter");
    terminal.wait_text("again, again!");
    terminal.wait_text("⚠ 1");
    let status = segno.json(&["sync", "status", "webhook"]);
    assert_eq!(status["targets"][0]["stopped"], true, "{status}");
}

/// The daemon and all that it starts, traced: no socket but Unix ones where nobody has logged in.
#[test]
fn nothing_opens_a_connection_where_nobody_has_logged_in() {
    let segno = with_parrot();
    let trace = segno.root().join("trace");
    let mut strace = segno.command("strace");
    strace.args(["-f", "-qq", "--seccomp-bpf", "-e", "trace=socket,execve", "-o"]).arg(&trace);
    strace.arg(program()).args(["daemon", "start"]);
    let Ok(mut tracer) = strace.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else { return };
    let ended = |tracer: &mut Child| tracer.try_wait().expect("strace").is_some();
    let runs = segno.wait_for("the daemon, or that nothing can be traced", || {
        let daemon = segno.daemon_pid().map(|_| true);
        daemon.or_else(|| ended(&mut tracer).then_some(false))
    });
    // Where tracing is not allowed, there is nothing to be seen.
    if !runs {
        return;
    }
    let (_pane, id, _terminal) = said(&segno, "quiet");
    segno.wait_for("the archive", || {
        let shown = segno.cli(&["history", "show", &id]);
        String::from_utf8_lossy(&shown.stdout).contains("quiet, quiet!").then_some(())
    });
    // Whoever shows it reads what is new; so does the daemon, on its own.
    segno.wait_for("the daemon's own reading", || {
        let traced = fs::read_to_string(&trace).unwrap_or_default();
        traced.contains("history\", \"update").then_some(())
    });
    segno.reboot();
    tracer.wait().expect("strace");
    let seen = fs::read_to_string(&trace).expect("a trace");
    let other: Vec<&str> = seen.lines().filter(|line| line.contains("AF_INET")).collect();
    assert!(other.is_empty(), "{other:?}");
}
