//! Segno in tmux, as docs/inside-tmux.md has it.

use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::support::segno::{Segno, program};
use crate::support::terminal::Terminal;

/// The prefix twice reaches Segno; then Segno's own, and in a pane nothing is attached.
#[test]
fn in_tmux_the_prefix_pressed_twice_is_segnos() {
    if Command::new("tmux").arg("-V").output().is_err() {
        eprintln!("skipped: there is no tmux");
        return;
    }
    let segno = Segno::new();
    let page = include_str!("../../../../docs/inside-tmux.md");
    // What it says of ~/.tmux.conf is what tmux is given.
    let settings = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    fs::write(segno.user_home().join("tmux.conf"), settings.expect("settings")).unwrap();
    let run = format!("exec '{}'", program().display());
    let args = ["-S", "socket", "-f", "tmux.conf", "new", run.as_str()];
    let args: Vec<OsString> = args.iter().map(Into::into).collect();
    let (env, home) = (segno.environment(), segno.user_home());
    let expired = Arc::new(AtomicBool::new(false));
    let mut terminal = Terminal::start("tmux".as_ref(), &args, env, home, 100, 30, expired);
    // The first start says so.
    terminal.wait_text("press it twice");
    let panes = segno.panes().len();
    terminal.keys("ctrl+b ctrl+b %");
    segno.wait_for("a second pane", || (segno.panes().len() == panes + 1).then_some(()));
    terminal.keys("ctrl+b ctrl+b d");
    // Segno was all that ran in tmux.
    terminal.wait_end();
    assert_eq!(segno.panes().len(), panes + 1);

    let inner = segno.panes()[0]["id"].as_str().unwrap().to_owned();
    let refused = segno.command(program()).arg("attach").env("SEGNO_PANE", inner).output().unwrap();
    let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.contains("already inside pane"), "{refused}");
}
