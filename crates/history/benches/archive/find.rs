//! How fast something is found, beside what else is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::clock::{Clock, median, ms};
use segno_archive::Archive;
use segno_archive::query::{self, How, Options, time::Now};
use segno_archive::read::Reveal;

/// Whether the last word may go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    GoesOn,
    Done,
}

const QUERIES: [(&str, &str, How); 11] = [
    ("rare word", "needle-03", How::Words),
    ("common word", "error", How::Words),
    ("two common words", "error function", How::Words),
    ("two common words, of one project", "error function project:project-07", How::Words),
    ("phrase", "\"the error\"", How::Words),
    ("alternatives", "error OR needle-04", How::Words),
    ("two letters and more", "er*", How::Words),
    ("CJK, four characters", "连接超时", How::Words),
    ("CJK, two characters", "復元", How::Words),
    ("substring of a rare word", "eedle-0", How::Substring),
    ("regular expression", "needle-0[56]", How::Regex),
];

/// What somebody types, key by key.
const TYPED: &str = "error function needle";

/// The conversations that a search shows.
pub fn found(directory: &Path, text: &str, typing: Typing) -> usize {
    run(directory, text, How::Words, typing)
}

fn run(directory: &Path, text: &str, how: How, typing: Typing) -> usize {
    let archive = Archive::read(directory).unwrap().unwrap();
    let now = Now::system();
    let mut query = query::parse(text, &now);
    if let Some([term]) = query.all.last_mut().map(Vec::as_mut_slice)
        && typing == Typing::GoesOn
    {
        term.prefix = !text.ends_with(' ');
    }
    let budget = Duration::from_secs(60);
    let (context, reveal) = (0, Reveal::No);
    let options = Options { limit: 20, context, how, budget, reveal, now };
    query::search(&archive, &query, &options).unwrap().results.len()
}

/// Searches the archive below `own`, and the files below `directories`.
pub fn search(own: &Path, directories: &[PathBuf]) {
    let directory = own.join("archive");
    let segno = std::env::var_os("SEGNO_BIN");
    let ripgrep = Command::new("rg").arg("--version").output().is_ok();
    println!(
        "\n| search, median of 9 | segno, opening included | as a process | ripgrep | ratio |\n\
         |---|--:|--:|--:|--:|"
    );
    for (name, text, how) in QUERIES {
        let ours = median(|| {
            let start = Clock::now();
            assert!(run(&directory, text, how, Typing::Done) > 0, "{text}");
            start.elapsed()
        });
        let process = segno.as_ref().map(|segno| {
            median(|| {
                let mut command = Command::new(segno);
                command.args(["history", "search"]).env("SEGNO_HOME", own);
                match how {
                    How::Words => {}
                    How::Substring => drop(command.arg("--substring")),
                    How::Regex => drop(command.arg("--regex")),
                }
                timed(command.arg(text))
            })
        });
        let theirs = (ripgrep && !text.contains(['*', ':', '"'])).then(|| {
            let word = text.split(' ').next().unwrap_or(text);
            median(|| timed(Command::new("rg").args(["-l", "-i", "-e", word]).args(directories)))
        });
        let shown = |time: Option<Duration>| {
            time.map_or("–".to_string(), |time| format!("{:.1} ms", ms(time)))
        };
        let ratio = theirs.zip(process.or(Some(ours)));
        let ratio = ratio.map_or("–".to_string(), |(theirs, ours)| {
            format!("{:.2}", ours.as_secs_f64() / theirs.as_secs_f64())
        });
        println!(
            "| {name} | {:.1} ms | {} | {} | {ratio} |",
            ms(ours),
            shown(process),
            shown(theirs)
        );
    }
    keys(&directory);
}

/// From the start of a process to its end.
fn timed(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?} found nothing");
    start.elapsed()
}

/// Each key of what somebody types is a search.
fn keys(directory: &Path) {
    let mut times: Vec<(Duration, &str)> = Vec::new();
    for (end, _) in TYPED.char_indices().skip(1) {
        let text = &TYPED[..end];
        let took = median(|| {
            let start = Clock::now();
            found(directory, text, Typing::GoesOn);
            start.elapsed()
        });
        times.push((took, text));
    }
    times.sort();
    let (middle, (worst, at)) = (times[times.len() / 2].0, times[times.len() - 1]);
    println!("\n| a key of `{TYPED}` | |\n|---|--:|");
    println!("| median | {:.1} ms |", ms(middle));
    println!("| slowest, after `{at}` | {:.1} ms |", ms(worst));
}
