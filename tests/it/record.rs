//! Records what real programs print, with changes of size in between, for the tests of the whole
//! chain (`crates/view/src/tests/chain.rs`).
//!
//! Not tests: `cargo test --test it record -- --ignored` writes `tests/streams/` anew, with the
//! programs that are installed here. Look for names of machines, users and directories before a
//! new recording is kept.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::sleep;
use std::time::Duration;

use crate::support::agents::OPENCODE_NEWEST;
use crate::support::opencode::{Bed, READY};
use crate::support::segno::Segno;
use crate::support::terminal::Terminal;

/// Something to look at: long lines, wide and combined characters, tabs.
fn text() -> String {
    let mut text = String::from("// Wörter, 漢字, e\u{301}, 👍🏽, 👨‍👩‍👧, ❤️ and\ttabs\n");
    for n in 0..120 {
        text +=
            &format!("fn line_{n}(a: u32) -> u32 {{ a + {n} }} // {}\n", "wort 漢 ".repeat(n % 17));
    }
    text
}

/// Starts a program in the test's home; its terminal is 80 by 24.
fn start(segno: &Segno, program: &str, args: &[&str]) -> Terminal {
    let args: Vec<OsString> = args.iter().map(Into::into).collect();
    let expired = Arc::new(AtomicBool::new(false));
    let env = segno.environment();
    Terminal::start(program.as_ref(), &args, env, segno.user_home(), 80, 24, expired)
}

/// Gives the program time to draw.
fn settle() {
    sleep(Duration::from_millis(600));
}

fn press(terminal: &Terminal, keys: &str) {
    terminal.keys(keys);
    settle();
}

fn resize(terminal: &Terminal, cols: u16, rows: u16) {
    terminal.resize(cols, rows);
    settle();
}

/// Writes what the terminal was sent, in the form that the test reads. The test's directory gets
/// another name of the same length.
fn keep(name: &str, segno: &Segno, terminal: &Terminal) {
    let (mut raw, sizes) = (terminal.raw(), terminal.sizes());
    let home = segno.user_home().as_os_str().as_encoded_bytes();
    let neutral = "/home/ada/src/segno/with/a/long/name/for/long/temporary/ones".as_bytes();
    for at in 0..raw.len().saturating_sub(home.len()) {
        if raw[at..].starts_with(home) {
            raw[at..at + home.len()].copy_from_slice(&neutral[..home.len()]);
        }
    }
    let mut out = Vec::new();
    for (n, (at, size)) in sizes.iter().enumerate() {
        out.extend(format!("size {} {}\n", size.cols, size.rows).bytes());
        let end = sizes.get(n + 1).map_or(raw.len(), |(at, _)| *at);
        out.extend(format!("bytes {}\n", end - at).bytes());
        out.extend_from_slice(&raw[*at..end]);
        out.push(b'\n');
    }
    assert!(out.len() < 200_000, "{name}: {} bytes are too many", out.len());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/streams").join(name);
    fs::write(path, out).expect("the recording can be written");
}

#[test]
#[ignore = "records"]
fn vim() {
    let segno = Segno::new();
    fs::write(segno.user_home().join("a.rs"), text()).unwrap();
    let set = "set nocp noswf viminfo= nu ruler hls is cul title t_RV= mouse=a so=3 | syn on";
    let terminal = start(&segno, "vim", &["-u", "NONE", "-c", set, "a.rs"]);
    settle();
    press(&terminal, "ctrl+d ctrl+d ctrl+e ctrl+y");
    terminal.type_text("/line_4");
    press(&terminal, "enter n n");
    resize(&terminal, 100, 30);
    terminal.type_text(":vsplit");
    press(&terminal, "enter ctrl+u ctrl+f G");
    resize(&terminal, 61, 18);
    terminal.type_text("ggOneu: 漢字 e\u{301}");
    press(&terminal, "escape V j j > u");
    resize(&terminal, 40, 10);
    resize(&terminal, 90, 24);
    terminal.type_text(":set nowrap list");
    press(&terminal, "enter $ ctrl+w w 0 i");
    keep("vim", &segno, &terminal);
}

#[test]
#[ignore = "records"]
fn nvim() {
    let segno = Segno::new();
    fs::write(segno.user_home().join("a.rs"), text()).unwrap();
    let set = "set termguicolors nu hls cul title mouse=a spell so=3 list | syntax on";
    let looks = "hi SpellBad gui=undercurl guisp=#ff8800 | hi Search gui=bold,italic guibg=#005f87";
    let args = ["-u", "NONE", "-i", "NONE", "-n", "-c", set, "-c", looks, "a.rs"];
    let terminal = start(&segno, "nvim", &args);
    settle();
    press(&terminal, "ctrl+d ctrl+e ctrl+y");
    terminal.type_text("/wort");
    press(&terminal, "enter n n");
    resize(&terminal, 90, 26);
    terminal.type_text(":vsplit");
    press(&terminal, "enter ctrl+f G");
    resize(&terminal, 61, 18);
    terminal.type_text("ggOneu: 漢字 e\u{301}");
    press(&terminal, "escape V j j > u R");
    resize(&terminal, 40, 10);
    resize(&terminal, 90, 24);
    terminal.type_text("x");
    press(&terminal, "escape");
    keep("nvim", &segno, &terminal);
}

#[test]
#[ignore = "records"]
fn htop() {
    let segno = Segno::new();
    let line = "sleep 99 & a=$!; sleep 98 & exec htop -d 5 -p $a,$!";
    let terminal = start(&segno, "sh", &["-c", line]);
    settle();
    press(&terminal, "down f6");
    press(&terminal, "escape");
    resize(&terminal, 120, 30);
    press(&terminal, "f2");
    resize(&terminal, 60, 20);
    press(&terminal, "right down escape");
    resize(&terminal, 80, 24);
    press(&terminal, "f1");
    press(&terminal, "q");
    press(&terminal, "q");
    keep("htop", &segno, &terminal);
}

#[test]
#[ignore = "records"]
fn less() {
    let segno = Segno::new();
    let mut colored = String::new();
    for (n, line) in text().lines().enumerate() {
        colored += &format!("\x1b[3{}m{}\x1b[1;4m{n}\x1b[0;7m {line}\x1b[m\n", n % 8, n % 3);
    }
    fs::write(segno.user_home().join("a.txt"), colored).unwrap();
    let terminal = start(&segno, "less", &["-R", "a.txt"]);
    settle();
    press(&terminal, "space b down down up");
    terminal.type_text("/line_7");
    press(&terminal, "enter n");
    resize(&terminal, 50, 12);
    press(&terminal, "G");
    resize(&terminal, 120, 40);
    press(&terminal, "g right h");
    press(&terminal, "q q");
    keep("less", &segno, &terminal);
}

#[test]
#[ignore = "records"]
fn fzf() {
    let segno = Segno::new();
    fs::write(segno.user_home().join("a.rs"), text()).unwrap();
    let line = "seq 1 40; cat a.rs | fzf --multi --border --preview 'echo {}; seq 1 30'; \
                cat a.rs | fzf --height 40% --reverse; echo done";
    let terminal = start(&segno, "sh", &["-c", line]);
    settle();
    terminal.type_text("line 4");
    press(&terminal, "tab up tab");
    resize(&terminal, 120, 30);
    press(&terminal, "up up backspace");
    resize(&terminal, 60, 16);
    press(&terminal, "enter");
    settle();
    terminal.type_text("9");
    press(&terminal, "down down");
    press(&terminal, "enter");
    settle();
    keep("fzf", &segno, &terminal);
}

#[test]
#[ignore = "records"]
fn tmux() {
    let segno = Segno::new();
    fs::write(segno.user_home().join("a.rs"), text()).unwrap();
    let settings = "set -g status-right ''\nset -g default-terminal tmux-256color\n\
                    set -g set-titles on\nset -g set-titles-string 'tmux #W'\n\
                    set -g mouse on\nset -as terminal-features ',xterm*:RGB:usstyle'\n";
    fs::write(segno.user_home().join("tmux.conf"), settings).unwrap();
    let args = ["-S", "socket", "-f", "tmux.conf", "new", "exec sh"];
    let terminal = start(&segno, "tmux", &args);
    settle();
    terminal.type_text("PS1='> '; clear; head -30 a.rs");
    press(&terminal, "enter");
    press(&terminal, "ctrl+b %");
    terminal.type_text("PS1='% '; clear; printf '\\033[4:3;58:2::255:0:0mcurly\\033[m\\033]8;;http://a.example\\033\\\\link\\033]8;;\\033\\\\\\n'");
    press(&terminal, "enter");
    resize(&terminal, 121, 35);
    press(&terminal, "ctrl+b \"");
    terminal.type_text("seq 1 60");
    press(&terminal, "enter");
    resize(&terminal, 70, 20);
    press(&terminal, "ctrl+b [");
    press(&terminal, "pageup q ctrl+b z");
    resize(&terminal, 80, 24);
    press(&terminal, "ctrl+b z");
    keep("tmux", &segno, &terminal);
    terminal.keys("ctrl+b :");
    terminal.type_text("kill-server");
    press(&terminal, "enter");
}

/// What programs rarely use together: links, lines under text, characters that combine.
#[test]
#[ignore = "records"]
fn signs() {
    let segno = Segno::new();
    let mut script = String::from("cat <<'END'\n");
    for (n, line) in ["4", "4:2", "4:3", "4:4", "4:5", "9", "2", "3", "7", "8", "5", "53"]
        .into_iter()
        .enumerate()
    {
        script += &format!("\x1b[{line}mlook {line}\x1b[58:2::{n}:99:200m coloured\x1b[58:5:{n}m");
        script += &format!(" indexed\x1b[59m none\x1b[m {n}\n");
    }
    for n in 0..256 {
        script += &format!("\x1b[48;5;{n}m{n:4}\x1b[38;2;{n};0;99m+\x1b[m");
    }
    script += "\n\x1b]8;;http://a.example/1\x1b\\plain\x1b]8;id=x;http://a.example/2\x1b\\named";
    script += "\x1b]8;;\x1b\\ \x1b]8;id=x;http://a.example/2\x07again\x1b]8;;\x07 end\n";
    script +=
        "e\u{301}o\u{308}\u{304} 漢\u{300}字 한글 👍🏽 👨‍👩‍👧 🇩🇪 ❤️ ❤ ☺️ 1️⃣ क्षि \u{200b}x\u{ad}y ﷽ Ａ\n";
    script += "\x1b(0lqqqk\x1b(B \x1b[3;5H漢\x1b[3;6Hx\x1b[4;79H漢字\x1b[5;80H漢\n";
    script += "\x1b[10;1H\x1b[41mred to the end\x1b[K\x1b[m\x1b[11;5H\x1b[44m\x1b[5X\x1b[m\x1b[12;1Habc\x1b[1@\x1b[2P\n";
    script += "\x1b[5;15r\x1b[5;1H\x1bM\x1bM\x1b[15;1H\n\n\x1b[r\x1b[20;1H\x1b]2;a title: ü 漢\x07\x1b[5 q\n";
    script += "END\n";
    let args = [
        "-c",
        "printf '\\033[?1049h'; for n in 1 2 3; do . ./signs; read x; done; printf '\\033[?25l'; read x",
    ];
    fs::write(segno.user_home().join("signs"), script).unwrap();
    let terminal = start(&segno, "sh", &args);
    settle();
    resize(&terminal, 100, 30);
    press(&terminal, "enter");
    resize(&terminal, 45, 30);
    press(&terminal, "enter");
    resize(&terminal, 80, 24);
    press(&terminal, "enter");
    keep("signs", &segno, &terminal);
}

#[test]
#[ignore = "records"]
fn opencode() {
    let bed = Bed::new(OPENCODE_NEWEST);
    // Its directory is on its screen.
    let terminal = start(&bed.segno, "opencode", &[]).with_patience(Duration::from_secs(60));
    terminal.wait_text(READY);
    settle();
    resize(&terminal, 120, 36);
    terminal.type_text("say: **bold** 漢字 `code`");
    press(&terminal, "enter");
    sleep(Duration::from_secs(5));
    resize(&terminal, 70, 20);
    press(&terminal, "ctrl+p");
    resize(&terminal, 90, 28);
    press(&terminal, "escape");
    keep("opencode", &bed.segno, &terminal);
}
