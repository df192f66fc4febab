//! A real browser: Debian's chromium, played by playwright-core and a script below `tests/js`. Left
//! out where no chromium is, unless SEGNO_TEST_BROWSER is 1.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::agents;
use super::segno::Segno;

const VERSION: &str = "1.65.1";
/// What looks for barriers in pages.
const AXE: &str = "4.14.1";

/// A script that plays; killed when dropped.
pub struct Player {
    child: Child,
    go_on: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Player {
    /// The browser, where there is one.
    pub fn chromium() -> Option<PathBuf> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .flat_map(|directory| names.map(|name| directory.join(name)))
            .find(|program| program.is_file());
        let needed = std::env::var_os("SEGNO_TEST_BROWSER").is_some_and(|value| value == "1");
        assert!(found.is_some() || !needed, "no chromium in PATH; `apt-get install chromium`");
        found
    }

    /// Plays this script on what the link leads to.
    pub fn start(segno: &Segno, chromium: &Path, script: &Path, link: &str) -> Player {
        let playwright = agents::install("playwright-core", VERSION);
        let mut player = segno.command(agents::node());
        player.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        player.env("LINK", link).env("CHROMIUM", chromium);
        player.env("PLAYWRIGHT", playwright.join("node_modules/playwright-core/index.mjs"));
        let axe = agents::install("axe-core", AXE);
        player.env("AXE", axe.join("node_modules/axe-core/axe.min.js"));
        if let Some(shots) = std::env::var_os("SEGNO_TEST_SHOTS") {
            player.env("SHOTS", shots);
        }
        let mut child = player.spawn().expect("node");
        let go_on = child.stdin.take().expect("a pipe");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Player { child, go_on, lines }
    }

    /// Waits until it is there.
    #[track_caller]
    pub fn step(&mut self, name: &str) {
        let line = self.lines.next().and_then(Result::ok).unwrap_or_default();
        assert_eq!(line, name);
    }

    /// Lets it go on.
    pub fn next(&mut self) {
        writeln!(self.go_on, "next").expect("it listens");
    }

    pub fn ends(mut self) {
        assert!(self.child.wait().expect("it ends").success());
    }
}
