//! What is typed while daemons die arrives once, and in order.

use std::time::Duration;

use super::{Seed, log};
use crate::support::segno::Segno;

#[test]
fn keys_typed_while_the_daemon_is_killed_arrive_once_and_in_order() {
    let segno = Segno::with_limit(Duration::from_secs(120));
    let mut seed = Seed::new();
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    let typed_file = segno.root().join("typed");
    terminal
        .type_text(&format!("stty raw -echo; echo rea''dy; exec cat > {}", typed_file.display()));
    terminal.keys("enter");
    terminal.wait_text("ready");
    let mut typed = String::new();
    let mut next = 0;
    let mut type_some = |count: u64, typed: &mut String| {
        for _ in 0..count {
            let text = format!("{next} ");
            terminal.type_text(&text);
            typed.push_str(&text);
            next += 1;
        }
    };
    for round in 0..20 {
        type_some(seed.below(20), &mut typed);
        let daemon = segno.wait_for("a daemon", || segno.daemon_pid());
        type_some(seed.below(40), &mut typed);
        seed.pause(Duration::from_millis(3));
        crate::support::segno::kill_and_wait(daemon);
        type_some(seed.below(20), &mut typed);
        // The client comes back by itself.
        let seen = || std::fs::read_to_string(&typed_file).unwrap_or_default();
        let what = format!(
            "what was typed by round {round}: {typed:?}, has {:?}\n{}",
            seen(),
            log(&segno)
        );
        segno.wait_for(&what, || (seen().len() >= typed.len()).then_some(()));
        assert_eq!(seen(), typed, "round {round}\n{}", log(&segno));
    }
}
