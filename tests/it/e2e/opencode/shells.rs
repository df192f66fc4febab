//! As a new user would: open a shell, type the agent's name, work, lose everything, start Segno.

use crate::support::opencode::{Bed, READY};

#[test]
fn an_opencode_that_was_typed_is_back_after_a_reboot() {
    if !crate::support::agents::agents_enabled() {
        return;
    }
    let bed = Bed::new("1.18.33");
    let segno = &bed.segno;
    let work = bed.work.to_str().unwrap();
    let pane = segno.ok(&["new", "--type", "shell", "--cwd", work]);
    segno.ok(&["focus", &pane]);
    let terminal = bed.terminal();
    terminal.wait_text("$");
    terminal.type_text("opencode");
    terminal.keys("enter");
    terminal.wait_text(READY);
    segno.wait_status(&pane, "the agent", |status| status["agent"] == "opencode");
    let said = "SAY apples are red";
    terminal.type_text(said);
    terminal.wait_text(said);
    terminal.keys("enter");
    terminal.wait_text("     apples are red");
    let status = segno.wait_status(&pane, "the conversation with what it used", |status| {
        status["state"] == "idle"
            && status["session"].is_string()
            && status["usage"]["output"].as_u64().is_some_and(|output| output > 0)
    });
    let session = status["session"].as_str().unwrap();

    segno.reboot();
    let terminal = bed.terminal();
    terminal.wait_text("     apples are red");
    terminal.wait_text("ctrl+p commands");
    let status = segno.wait_status(&pane, "the same conversation", |status| {
        status["session"] == session && status["state"] == "idle"
    });
    assert_eq!((&status["type"], &status["agent"]), (&"shell".into(), &"opencode".into()));
    // It is in the shell, which is there when it ends.
    terminal.keys("ctrl+c");
    segno.wait_status(&pane, "the shell alone", |status| {
        status["agent"].is_null() && status["state"] == "running"
    });
}
