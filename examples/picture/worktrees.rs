//! The pictures of the page about worktrees: what an agent did in one is reviewed, and all are
//! listed.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::model_server::Reply;
use super::{Result, Stage, run};

/// What the agent is asked.
pub const ASKED: &str = "A rest can be longer than two bars. Split it at every bar line.";

const BEFORE: &str = "    let left = bar.length - rest.start;
    vec![rest.take(left), rest.skip(left)]
";
const AFTER: &str = "    let first = bar.length - rest.start;
    let mut pieces = vec![rest.take(first)];
    let mut left = rest.skip(first);
    while left.length > bar.length {
        pieces.push(left.take(bar.length));
        left = left.skip(bar.length);
    }
    pieces.push(left);
    pieces
";
const TEST: &str = "use harmonic::{Bar, Rest, split};

#[test]
fn a_rest_of_three_bars_has_three_pieces() {
    let bar = Bar { length: 4 };
    let pieces = split(Rest { start: 0, length: 12 }, bar);
    assert_eq!(pieces.len(), 3);
    assert!(pieces.iter().all(|piece| piece.length == 4));
}
";
const COMMENT: &str = "A rest that ends before the bar line leaves an empty piece here.";

/// What the fake model does about it.
pub fn story(step: usize) -> Reply {
    let tool =
        |name, arguments: serde_json::Value| Reply::Tool { name, arguments: arguments.to_string() };
    match step {
        0 => tool("read", json!({"filePath": "src/rest.rs"})),
        1 => tool(
            "edit",
            json!({"filePath": "src/rest.rs", "oldString": BEFORE, "newString": AFTER}),
        ),
        2 => tool("write", json!({"filePath": "tests/rest.rs", "content": TEST})),
        3 => tool("bash", json!({"command": "./test", "description": "Run the tests"})),
        _ => Reply::Text("`split` makes a piece for every bar now. All 48 tests pass.".into()),
    }
}

/// Plays it.
pub fn play(stage: &Stage, out: &Path) -> Result<()> {
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]);
        run(git.args(args).current_dir(&stage.project))
    };
    git(&["add", "-A"])?;
    git(&["commit", "-q", "-m", "Rests"])?;
    git(&["branch", "-q", "-M", "main"])?;
    let screen = stage.attach()?;
    screen.wait_for("ctrl+b ?")?;
    stage.agent("rests", ASKED, &["--worktree", "split-rests"])?;
    stage.agent("docs", "How are slurs written?", &["--worktree", "slurs"])?;
    for (name, words) in [("rests", "output=All 48 tests"), ("docs", "output=A slur joins")] {
        stage.wait(name, words)?;
        stage.wait(name, "idle")?;
    }
    stage.segno(&["close", "p1"])?;
    stage.segno(&["focus", "rests"])?;
    screen.settle();
    screen.keys("\x02D")?;
    screen.wait_for("2 files")?;
    // To the loop; its two lines get a comment.
    screen.keys("n")?;
    for _ in 0..5 {
        screen.keys("j")?;
    }
    screen.keys("vj")?;
    screen.keys("c")?;
    screen.wait_for("src/rest.rs:5-6")?;
    screen.keys(COMMENT)?;
    screen.keys("\r")?;
    screen.wait_for("1 comment")?;
    screen.settle();
    fs::write(out.join("worktrees.svg"), screen.picture())?;

    screen.keys("q")?;
    stage.segno(&["focus", "rests"])?;
    stage.segno(&["new", "--split", "down", "--of", "rests", "--name", "shell"])?;
    stage.segno(&["focus", "shell"])?;
    stage.segno(&["send", "shell", "segno worktree list", "--enter"])?;
    stage.wait("shell", "output=split-rests")?;
    screen.keys("\x02W")?;
    screen.settle();
    Ok(fs::write(out.join("worktree-list.svg"), screen.picture())?)
}
