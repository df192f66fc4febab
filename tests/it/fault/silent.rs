//! A daemon that does not answer: commands say so after a few seconds, and a restart gets rid of
//! it.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{everything, pane_running};
use crate::support::segno::{Segno, alive};

#[test]
fn a_stopped_daemon_is_named_and_replaced() {
    let segno = Segno::new();
    let pane = pane_running(&segno, "exec cat");
    let pid = segno.pane_pid(&pane);
    let daemon = segno.daemon_pid().expect("a daemon");
    kill(Pid::from_raw(daemon), Signal::SIGSTOP).expect("stopped");
    let said = format!("the daemon (pid {daemon}) does not answer");
    for command in ["ls", "doctor"] {
        let output = segno.cli(&[command]);
        assert!(!output.status.success(), "{command:?}");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(
            text.contains(&said) && text.contains("segno daemon restart"),
            "{command:?}: {text}"
        );
    }
    let output = segno.ok(&["daemon", "restart"]);
    assert!(output.contains(&format!("(pid {daemon}) did not answer and was killed")), "{output}");
    assert!(output.contains("running: version"), "{output}");
    assert!(!alive(daemon));
    assert_eq!(segno.pane_pid(&pane), pid);
    segno.ok(&["send", &pane, "it goes on", "--enter"]);
    segno.wait_for("it", || everything(&segno, &pane).contains("it goes on").then_some(()));
}
