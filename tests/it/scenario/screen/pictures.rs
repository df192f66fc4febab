//! Pictures in panes: drawn where the terminal can, named where it cannot, and back after a reboot.

use std::time::Duration;

use crate::support::segno::{Segno, program};
use crate::support::terminal::{Line, Terminal};
use segno_term::{CellPixels, Graphics};

/// A picture of 4 × 6 pixels in kitty's way.
const KITTY: &str = "printf '\\033_Ga=T,f=24,s=4,v=6,c=20,r=3;%s\\033\\\\\\n' \
                     \"$(head -c 72 /dev/zero | base64 -w0)\"; echo be''low";
/// One of 160 × 60 pixels as sixel.
const SIXEL: &str = "printf '\\033Pq\"1;1;160;60#0;2;0;0;0!160~-\\033\\\\'; echo; echo be''low";

fn attach(segno: &Segno, line: Line) -> Terminal {
    let program = program().to_str().expect("a Unicode path");
    let terminal = segno.terminal_over(line, program, &["attach"]);
    terminal.wait_text("$");
    terminal
}

fn print(terminal: &Terminal, line: &str) {
    terminal.type_text(line);
    terminal.keys("enter");
    terminal.wait_text("below");
}

/// Ends `cat` below what it has shown. What is typed before the prompt is there, it may still read.
fn leave_cat(terminal: &Terminal) {
    terminal.keys("ctrl+c");
    terminal.wait_text("$");
    terminal.type_text("stty sane; clear");
    terminal.keys("enter");
}

fn sent(terminal: &Terminal, what: &str) -> usize {
    terminal.raw().windows(what.len()).filter(|w| *w == what.as_bytes()).count()
}

#[test]
fn a_picture_has_a_name_where_it_cannot_be_drawn_also_after_a_reboot() {
    let segno = Segno::new();
    let terminal = attach(&segno, Line::default());
    print(&terminal, KITTY);
    terminal.wait_text("picture 4×6");
    // No program learns that pictures can be drawn.
    terminal.type_text("clear; stty -icanon -echo; printf '\\033_Gi=3,a=q,s=1,v=1,f=24;AAAA\\033\\\\\\033[c'; cat -v");
    terminal.keys("enter");
    let answer = terminal.wait_text("22;52c");
    assert!(!answer.contains("_G") && !answer.contains(";4;"), "{answer}");
    leave_cat(&terminal);
    terminal.wait_gone("52c");
    print(&terminal, SIXEL);
    terminal.wait_text("sixel 160×60");
    drop(terminal);
    segno.kill_daemon();
    let terminal = attach(&segno, Line::default());
    terminal.wait_text("sixel 160×60");
    drop(terminal);
    segno.reboot();
    let terminal = attach(&segno, Line::default());
    terminal.wait_text("sixel 160×60");
}

#[test]
fn a_picture_is_drawn_by_placeholders_and_goes_under_what_is_above_it() {
    let segno = Segno::new();
    let graphics = Graphics { kitty: true, sixel: false };
    let line = Line { graphics, name: Some("kitty(0.42.1)"), ..Line::default() };
    let terminal = attach(&segno, line);
    // Programs learn it.
    terminal.type_text(
        "clear; stty -icanon -echo; printf '\\033_Gi=3,a=q,s=1,v=1,f=24;AAAA\\033\\\\'; cat -v",
    );
    terminal.keys("enter");
    terminal.wait_text("Gi=3;OK");
    leave_cat(&terminal);
    terminal.wait_gone("Gi=3;OK");
    print(&terminal, KITTY);
    segno.wait_for("the picture", || (sent(&terminal, "a=T,U=1,c=20,r=3,q=2,") == 1).then_some(()));
    assert!(sent(&terminal, "\u{10eeee}\u{305}\u{305}") > 0);
    // The help is above it; the picture is not sent again.
    terminal.keys("ctrl+b ?");
    terminal.wait_text("New pane:");
    terminal.keys("escape");
    terminal.wait_gone("New pane:");
    terminal.wait_text("below");
    assert_eq!(sent(&terminal, "a=T,U=1,c=20,r=3,q=2,"), 1);
}

#[test]
fn a_sixel_picture_is_sent_as_it_came() {
    let segno = Segno::new();
    let graphics = Graphics { kitty: false, sixel: true };
    let cell = Some(CellPixels { width: 10, height: 20 });
    let line = Line { graphics, cell, lag: Duration::ZERO, ..Line::default() };
    let terminal = attach(&segno, line);
    let drawn = |terminal: &Terminal| sent(terminal, "\x1bPq\"1;1;160;60#0;2;0;0;0!160~-\x1b\\");
    print(&terminal, SIXEL);
    segno.wait_for("the picture", || (drawn(&terminal) == 1).then_some(()));
    // Programs know what a cell measures.
    terminal.type_text("clear; stty -icanon -echo; printf '\\033[16t\\033[c'; cat -v");
    terminal.keys("enter");
    let answer = terminal.wait_text("52c");
    assert!(answer.contains("[6;20;10t") && answer.contains("62;4;22;52c"), "{answer}");
}
