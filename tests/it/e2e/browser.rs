//! `segno web` in a real browser: Debian's chromium, played by playwright-core. Left out where no
//! chromium is, unless SEGNO_TEST_BROWSER is 1.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::support::agents;
use crate::support::scripted;
use crate::support::web::Web;

const VERSION: &str = "1.65.1";

fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path)
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .filter(|program| program.is_file());
    found.next()
}

#[test]
fn panes_are_seen_answered_and_typed_in() {
    let Some(chromium) = chromium() else {
        let needed = std::env::var_os("SEGNO_TEST_BROWSER").is_some_and(|value| value == "1");
        assert!(!needed, "no chromium in PATH; `apt-get install chromium`");
        return;
    };
    if !agents::agents_enabled() {
        return;
    }
    let segno = crate::scenario::history::with(&["claude", "codex"]);
    segno.ok(&["history", "update"]);
    scripted::install(&segno);
    let path = "panes/scripted.toml";
    let ty = segno.file(path).expect("the type");
    segno.write(path, &format!("{ty}[answer]\nscreen = 'ask'\nallow = [\"y\"]\ndeny = [\"n\"]\n"));
    let asks = segno.ok(&["new", "--type", "scripted", "--name", "<img src=x onerror=hacked=1>"]);
    segno.wait_state(&asks, "idle");
    segno.ok(&["send", &asks, "ask", "--enter"]);
    let shell = segno.ok(&["new", "--type", "shell", "--name", "worker"]);
    segno.wait_state(&asks, "blocked");
    let mut web = Web::start(&segno, 0);
    let port = web.address.port();

    let playwright = agents::install("playwright-core", VERSION);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js/browser.mjs");
    let mut player = segno.command(agents::node());
    player.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    player.env("LINK", format!("http://{}/#code={}", web.address, web.code));
    player.env("PLAYWRIGHT", playwright.join("node_modules/playwright-core/index.mjs"));
    player.env("CHROMIUM", chromium);
    if let Some(shots) = std::env::var_os("SEGNO_TEST_SHOTS") {
        player.env("SHOTS", shots);
    }
    let mut player = player.spawn().expect("node");
    let mut go_on = player.stdin.take().expect("a pipe");
    let mut lines = BufReader::new(player.stdout.take().expect("a pipe")).lines();
    let mut step = |name: &str| {
        let line = lines.next().and_then(Result::ok).unwrap_or_default();
        assert_eq!(line, name);
    };
    let mut next = || writeln!(go_on, "next").expect("it listens");
    let prints = |text: &str| {
        segno.wait_for(text, || segno.ok(&["read", &shell, "--all"]).contains(text).then_some(()));
    };
    step("answered");
    segno.wait_for("the answer", || segno.ok(&["read", &asks]).contains('y').then_some(()));
    next();
    step("typed");
    segno.kill_daemon();
    next();
    step("typed without a daemon");
    segno.daemon_start();
    next();
    step("it is back");
    web.kill();
    next();
    step("typed without a server");
    let web = Web::start(&segno, port);
    next();
    step("done");
    prints("phone-45");
    for once in ["browser-42", "later-43", "last-44"] {
        let printed = segno.ok(&["read", &shell, "--all"]);
        assert_eq!(printed.matches(once).count(), 1, "{printed}");
    }
    assert!(player.wait().expect("it ends").success());
    drop(web);
}
