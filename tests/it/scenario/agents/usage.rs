//! What conversations have used is counted once, whatever dies in between.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::quiet;
use crate::support::segno::Segno;
use segno_base::text::day::Day;

fn used(segno: &Segno, args: &[&str]) -> Value {
    segno.json(&[&["usage"], args].concat())
}

#[test]
fn figures_grow_once_by_conversation_pane_project_and_model() {
    let segno = Segno::new();
    quiet::install(&segno);
    let project = segno.directory("project");
    let below = segno.directory("project/src/deep");
    fs::create_dir(project.join(".git")).unwrap();
    let first = quiet::open(&segno, &["--cwd", below.to_str().unwrap()]);
    let second = quiet::open(&segno, &[]);
    let usage = |session: &str, output: u64, cost: f64| {
        json!({"session": session, "model": "a/m", "input": 2 * output, "output": output,
               "cache_read": 7, "cost": cost, "context": 50, "context_limit": 200})
    };
    quiet::report(&segno, &first, "current", json!({"session": "q-1", "reason": "created"}));
    quiet::report(&segno, &first, "title", json!({"session": "q-1", "title": "Moon"}));
    quiet::report(&segno, &first, "usage", usage("q-1", 100, 0.5));
    quiet::report(&segno, &second, "usage", usage("q-2", 10, 0.25));
    quiet::report(&segno, &first, "usage", usage("q-1", 300, 1.5));
    // An agent that has just started reports less than before; that takes nothing back.
    quiet::report(&segno, &first, "usage", usage("q-1", 20, 0.1));
    let total = |segno: &Segno| used(segno, &[])["total"].clone();
    let sum = json!({"input": 620, "output": 310, "reasoning": 0, "cache_read": 14,
                     "cache_write": 0, "cost": 1.75});
    segno.wait_for("all figures", || (total(&segno) == sum).then_some(()));

    let rows = used(&segno, &["--by", "conversation"])["usage"].clone();
    let row = rows.as_array().unwrap().iter().find(|row| row["key"] == "q-1").unwrap();
    assert_eq!((&row["title"], &row["output"]), (&json!("Moon"), &json!(300)));
    assert_eq!((&row["context"], &row["context_limit"]), (&json!(50), &json!(200)));
    let by = |what: &str, key: &str| {
        let rows = used(&segno, &["--by", what, "--since", "7d"])["usage"].clone();
        let row = rows.as_array().unwrap().iter().find(|row| row["key"] == key).cloned();
        row.unwrap_or_else(|| panic!("{key} is not in {rows:#}"))["output"].clone()
    };
    assert_eq!(by("pane", &first), 300);
    assert_eq!(by("project", project.to_str().unwrap()), 300);
    assert_eq!(by("model", "a/m"), 310);
    assert_eq!(used(&segno, &["--since", "9999-01-01"])["usage"], json!([]));
    assert!(segno.fails(&["usage", "--since", "soon"]).1.contains("7d"));

    // Killed at any moment and read again from the beginning, it is the same.
    for _ in 0..3 {
        segno.kill_daemon();
        let workspace = segno.home().join("workspace.json");
        let mut stored: Value = serde_json::from_slice(&fs::read(&workspace).unwrap()).unwrap();
        stored["spools"] = json!({});
        fs::write(&workspace, stored.to_string()).unwrap();
        segno.daemon_start();
        segno.wait_for("the same figures", || (total(&segno) == sum).then_some(()));
    }
    // A file that is torn costs what is torn, and the next figures make up for it.
    segno.daemon_stop();
    let file = segno.home().join("usage.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.trim_end().len() - 20]).unwrap();
    segno.daemon_start();
    quiet::report(&segno, &second, "usage", usage("q-2", 10, 0.25));
    quiet::report(&segno, &first, "usage", usage("q-1", 300, 1.5));
    segno.wait_for("the figures again", || (total(&segno) == sum).then_some(()));

    let terminal = segno.terminal_of(160, 30, &["attach"]);
    terminal.wait_text("$1.75 today");
    segno.ok(&["focus", &first]);
    terminal.wait_text("25% full");
}

/// The type `scribe` of the test below: it keeps a transcript per conversation, and one per helper.
const SCRIBE: &str = r#"
schema = 1
name = "scribe"
kind = "agent"

[command]
program = "sh"
args = ["-c", "exec cat", "sh"]

[tracker]
session_id = '^s-[0-9]+$'

[resume]
with_id = ["{session}"]

[[usage.transcript]]
files = ["{user_home}/scribe/{session}.jsonl", "{user_home}/scribe/{session}/*.jsonl"]
once = "/id"
model = "/model"
context = "/prompt"
sum = { input = ["/prompt", "-/cached"], cache_read = "/cached", output = "/reply" }

[[usage.model]]
match = '^large$'
context_limit = 1000
input = 2
output = 10
cache_read = 1
"#;

#[test]
fn a_transcript_is_summed_up_as_it_grows_and_when_it_is_written_anew() {
    let segno = Segno::new();
    segno.write("panes/scribe.toml", SCRIBE);
    let kept = segno.user_home().join("scribe");
    fs::create_dir_all(&kept).unwrap();
    let line = |id: u64, prompt: u64, cached: u64, reply: u64| {
        let line =
            json!({"id": id, "model": "large", "prompt": prompt, "cached": cached, "reply": reply});
        format!("{line}\n")
    };
    let append = |file: &str, text: &str| {
        let mut file = fs::File::options().append(true).create(true).open(kept.join(file)).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    };
    append("s-1.jsonl", &line(1, 500_000, 0, 100_000));
    let pane = segno.ok(&["new", "--focus", "--type", "scribe", "--session", "s-1"]);
    let figures = |input: u64, cache_read: u64, output: u64| {
        let cost = (2 * input + cache_read + 10 * output) as f64 / 1e6;
        segno.wait_status(&pane, &format!("{input}, {cache_read}, {output}"), |status| {
            let usage = &status["usage"];
            usage["input"] == input
                && usage["cache_read"] == cache_read
                && usage["output"] == output
                && (usage["cost"].as_f64().unwrap_or(0.0) - cost).abs() < 1e-9
        })
    };
    figures(500_000, 0, 100_000);

    // The first answer's last line counts, and what its transcript and a helper's say besides.
    append("s-1.jsonl", &line(1, 600_000, 100_000, 200_000));
    fs::create_dir(kept.join("s-1")).unwrap();
    append("s-1/helper.jsonl", &line(1, 7, 0, 7));
    append("s-1.jsonl", "no JSON\n");
    append("s-1.jsonl", &line(2, 900, 400, 100));
    let status = figures(500_000 + 500 + 7, 100_000 + 400, 200_000 + 100 + 7);
    assert_eq!(
        (&status["usage"]["context"], &status["usage"]["context_limit"]),
        (&json!(900), &json!(1000))
    );
    assert_eq!(status["usage"]["model"], "large");

    // A daemon that was away knows what was used meanwhile, and nothing twice.
    segno.write(&format!("sessions/scribe-{pane}.id"), "s-1\n");
    segno.kill_daemon();
    append("s-1.jsonl", &line(3, 1000, 0, 0));
    segno.daemon_start();
    figures(500_000 + 500 + 7 + 1000, 100_000 + 400, 200_000 + 100 + 7);
    let total = used(&segno, &[])["total"].clone();
    assert_eq!((&total["input"], &total["output"]), (&json!(501_507), &json!(200_107)));

    // Written anew it is what it says, and no sum goes back.
    fs::write(kept.join("s-1.jsonl"), line(9, 10, 0, 10)).unwrap();
    figures(17, 0, 17);
    assert_eq!(used(&segno, &[])["total"]["output"], 200_107);
}

#[test]
fn what_the_agents_plan_allows_is_shown_where_it_says_so() {
    let segno = Segno::new();
    let quota = |name: &str| {
        format!(
            "[[usage.quota]]\nwhere = {{ \"/type\" = \"^limits$\" }}\nused = \"/{name}/used\"\n\
             minutes = \"/{name}/minutes\"\nresets = \"/{name}/resets\"\n"
        )
    };
    let ty = format!("{SCRIBE}{}{}", quota("short"), quota("long"));
    segno.write("panes/scribe.toml", &ty);
    let kept = segno.user_home().join("scribe");
    fs::create_dir_all(&kept).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let said = |short: f64| {
        let limits = json!({
            "type": "limits", "short": { "used": short, "minutes": 300, "resets": now + 7500 },
            "long": { "used": 80, "minutes": 10_080 },
        });
        let mut file =
            fs::File::options().append(true).create(true).open(kept.join("s-1.jsonl")).unwrap();
        std::io::Write::write_all(&mut file, format!("{limits}\n").as_bytes()).unwrap();
    };
    said(12.0);
    let pane = segno.ok(&["new", "--focus", "--type", "scribe", "--session", "s-1"]);
    let used = |percent: f64| {
        segno.wait_status(&pane, "the quota", |status| status["quotas"][0]["used"] == percent)
    };
    let status = used(12.0);
    let long = json!({ "name": "week", "used": 80.0 });
    assert_eq!((&status["quotas"][0]["name"], &status["quotas"][1]), (&json!("5 h"), &long));
    said(37.0);
    used(37.0);
    let text = segno.ok(&["status", &pane]);
    assert!(text.contains("5 h 37% used, anew in 2 h; week 80% used"), "{text}");
    let usage = segno.ok(&["usage"]);
    assert!(usage.contains("scribe: 5 h 37% used, anew in 2 h; week 80% used"), "{usage}");
    let quotas = &segno.json(&["usage"])["quotas"][0];
    assert_eq!((&quotas["type"], &quotas["pane"]), (&json!("scribe"), &json!(pane)));
    segno.terminal_of(200, 30, &["attach"]).wait_text("5 h 37% used · week 80% used");
}

/// Days are the user's, and each has what was used on it, also when the daemon dies in between.
#[test]
fn a_day_ends_at_the_users_midnight() {
    const DAY: u64 = 86_400_000;
    const AHEAD: u64 = 9 * 3_600_000;
    let mut segno = Segno::new();
    segno.env("TZ", "XYZ-9");
    quiet::install(&segno);
    let pane = quiet::open(&segno, &[]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let today = (now + AHEAD) / DAY;
    let midnight = today * DAY - AHEAD;
    let name = |day: u64| Day::of(day * 86_400, 0).to_string();
    let used = |at: u64, session: &str, output: u64, cost: f64| {
        quiet::report_at(
            &segno,
            &pane,
            at,
            "usage",
            json!({"session": session, "model": "a/m", "output": output, "cost": cost}),
        );
    };
    quiet::report(&segno, &pane, "current", json!({"session": "q-1", "reason": "created"}));
    used(midnight - 1000, "q-1", 100, 0.5);
    let by_day = || {
        let rows = self::used(&segno, &["--by", "day"])["usage"].take();
        let row = |row: &Value| (row["key"].clone(), row["output"].clone());
        rows.as_array().unwrap().iter().map(row).collect::<Vec<_>>()
    };
    let yesterday = (json!(name(today - 1)), json!(100));
    segno.wait_for("the day before", || (by_day() == [yesterday.clone()]).then_some(()));
    segno.kill_daemon();
    used(midnight, "q-1", 130, 0.75);
    segno.daemon_start();
    let both = [(json!(name(today)), json!(30)), yesterday];
    segno.wait_for("both days", || (by_day() == both).then_some(()));
    let sum = |since: &str| self::used(&segno, &["--since", since])["total"]["output"].clone();
    assert_eq!((sum("1d"), sum("2d")), (json!(30), json!(130)));
    assert_eq!(sum(&name(today)), 30);
    // The line of the screen is about today alone.
    let terminal = segno.terminal_of(160, 30, &["attach"]);
    terminal.wait_text("$0.25 today");
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!(by_day(), both);
    terminal.wait_text("$0.25 today");
}
