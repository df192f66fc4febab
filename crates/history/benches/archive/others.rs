//! Others that index the same transcripts, where they are installed: in the same round, so that the
//! machine is the same.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::clock::{median, ms};

/// Another program; `{data}` is a directory of its own, `{query}` what is looked for.
struct Other {
    program: &'static str,
    index: &'static [&'static str],
    search: &'static [&'static str],
    /// Ends what it leaves running.
    stop: &'static [&'static str],
    /// The variable that names its directory, where arguments do not.
    data: &'static str,
}

const OTHERS: [Other; 2] = [
    Other {
        program: "agentsview",
        index: &["sync"],
        search: &["session", "search", "{query}", "--json"],
        stop: &["daemon", "stop"],
        data: "AGENTSVIEW_DATA_DIR",
    },
    Other {
        program: "cass",
        index: &["index", "--full", "--data-dir", "{data}"],
        search: &["search", "{query}", "--robot", "--data-dir", "{data}"],
        stop: &[],
        data: "",
    },
];

const QUERIES: [&str; 3] = ["needle-03", "error function", "连接超时"];

impl Other {
    /// In this user's home, with what it keeps elsewhere.
    fn command(&self, words: &[&str], query: &str, home: &Path, data: &Path) -> Command {
        let mut command = Command::new(self.program);
        let word = |word: &&str| word.replace("{query}", query).replace("{data}", &text(data));
        command.args(words.iter().map(word)).env("HOME", home).stdin(Stdio::null());
        if !self.data.is_empty() {
            command.env(self.data, data);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Has each that is installed index the transcripts of a home, and search them as a process.
pub fn measure(home: &Path, bytes: u64) {
    let installed = |other: &&Other| {
        let mut command = Command::new(other.program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    for other in OTHERS.iter().filter(installed) {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        let start = Instant::now();
        let status = other.command(other.index, "", home, data).status().unwrap();
        assert!(status.success(), "{} has not indexed {}", other.program, home.display());
        let rate = bytes as f64 / 1e6 / start.elapsed().as_secs_f64();
        println!("\n| {} | |\n|---|--:|\n| first index | {rate:.1} MB/s |", other.program);
        for query in QUERIES {
            let took = median(|| {
                let start = Instant::now();
                other.command(other.search, query, home, data).status().unwrap();
                start.elapsed()
            });
            println!("| `{query}`, as a process | {:.0} ms |", ms(took));
        }
        if !other.stop.is_empty() {
            let _ = other.command(other.stop, "", home, data).status();
        }
    }
}
