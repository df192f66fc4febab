//! Agents that end when they should not, and conversations that are gone.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fault::kill::Load;
use crate::support::opencode::{Bed, Pane, READY};

both_versions!(a_conversation_that_is_gone);
// What these are about is Segno's, the same with every version.
newest_version!(killed_in_a_turn, a_turn_outlives_daemons);

/// In the middle of a turn the daemon is restarted, and then killed twenty times while other panes
/// print at full speed. opencode finishes, and what is known of it is right.
fn a_turn_outlives_daemons(version: &str) {
    let bed = Bed::new(version);
    let mut load = Load::start(&bed.segno);
    let mut pane = bed.open_ready(&[]);
    pane.enter("SLOW 20 one two three four five six seven eight finished");
    pane.terminal.wait_text("one");
    let id = pane.wait_id(&[]);
    pane.wait_state("working");
    let pid = pane.pid();
    bed.segno.ok(&["daemon", "restart"]);
    assert_eq!(pane.pid(), pid);
    pane.wait_state("working");

    load.kill_the_daemon(&bed.segno, 20);
    assert_eq!(pane.pid(), pid);
    let status = pane.wait_idle();
    assert_eq!(status["session"], id.as_str(), "{status:#}");
    bed.segno.ok(&["focus", &pane.id]);
    pane.terminal = bed.terminal();
    pane.terminal.wait_text("eight finished");
}

/// opencode dies in the middle of an answer; the pane stays, says so, and comes back.
fn killed_in_a_turn(version: &str) {
    let bed = Bed::new(version);
    let mut pane = bed.open_ready(&[]);
    pane.enter("HANG in the middle");
    pane.terminal.wait_text("esc interrupt");
    let id = pane.wait_id(&[]);
    pane.wait_state("working");
    kill(Pid::from_raw(pane.pid()), Signal::SIGKILL).expect("opencode runs");
    let status = pane.wait_state("exited");
    assert_eq!(status["exit"]["signal"], 9, "{status:#}");
    assert_eq!(status["session"], id.as_str());

    bed.segno.ok(&["restart", &pane.id]);
    assert_eq!(pane.arguments(), ["--session", &id]);
    pane.terminal.wait_text("HANG in the middle");
    pane.wait_session();
    pane.wait_idle();
    pane.say("still here");
    pane.reboots_into(&id, "still here");
}

/// A conversation that opencode does not know any more: the pane asks, and every answer works.
fn a_conversation_that_is_gone(version: &str) {
    const GONE: &str = "ses_0000000000000000000000gone";
    let bed = Bed::new(version);
    let pane = bed.open(&["--session", GONE]);
    let asked = |pane: &Pane<'_>| {
        let screen = pane.terminal.wait_text("choose another");
        assert!(screen.contains("start fresh"), "{screen}");
        assert!(screen.contains("continue the last one"), "{screen}");
        assert!(screen.contains(GONE), "{screen}");
        // It does not try again by itself.
        let status = pane.wait_state("exited");
        assert_eq!(status["pid"], serde_json::Value::Null, "{status:#}");
        let history = pane.history();
        assert!(history.contains(&(Some(GONE.into()), "stale".into())), "{history:?}");
    };
    asked(&pane);
    pane.terminal.keys("1");
    pane.terminal.wait_text(READY);
    assert_eq!(pane.arguments(), [""; 0]);
    pane.wait_recorded_new();
    pane.say("figs are old");
    let known = pane.wait_id(&[]);

    bed.segno.ok(&["restart", &pane.id, "--session", GONE]);
    asked(&pane);
    pane.terminal.keys("down enter");
    pane.terminal.wait_text("figs are old");
    assert_eq!(pane.arguments(), ["--continue"]);
    pane.wait_recorded(&known);

    bed.segno.ok(&["restart", &pane.id, "--session", GONE]);
    asked(&pane);
    pane.terminal.keys("3");
    // The conversation is listed below "a new conversation".
    pane.terminal.wait(|screen| screen.contains("( ) "), "a conversation to choose");
    pane.terminal.keys("down enter");
    pane.terminal.wait_text("figs are old");
    assert_eq!(pane.arguments(), ["--session", &known]);
    pane.wait_recorded(&known);
    let stale = pane.history().iter().filter(|(_, reason)| reason == "stale").count();
    assert_eq!(stale, 3, "{:?}", pane.history());
}
