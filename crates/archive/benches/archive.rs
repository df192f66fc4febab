//! How fast the archive takes in, how large it gets, and how fast it finds.
//!
//! `cargo bench -p segno-archive -- [MESSAGES]` makes that many messages (100,000 unless said),
//! writes them as lines of JSON, reads them with a small reader of its own, and searches. Where
//! ripgrep is installed, it searches the same files. Prints tables; `SEGNO_BENCH_KEEP` names a
//! directory that is kept, for a look at the database.

#![allow(clippy::unwrap_used, reason = "a measurement that fails is none")]

mod corpus;

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use corpus::{Corpus, Reader};
use segno_archive::Archive;
use segno_archive::ingest::{self, Source};
use segno_archive::query::{self, How, Options, time::Now};
use segno_archive::read::{self, Reveal};

fn main() {
    let messages = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(100_000);
    let home = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("SEGNO_BENCH_KEEP").map(std::path::PathBuf::from);
    let home = kept.as_deref().unwrap_or(home.path());
    let corpus = Corpus::make(&home.join("transcripts"), messages);
    println!(
        "{} messages in {} files, {:.0} MB of transcript",
        messages,
        corpus.files.len(),
        megabytes(corpus.bytes)
    );
    let directory = home.join("archive");
    index(&directory, &corpus);
    search(&directory, &home.join("transcripts"));
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn index(directory: &Path, corpus: &Corpus) {
    let read_alone = {
        let mut readers: Vec<Reader> = corpus.files.iter().map(|path| Reader::new(path)).collect();
        let start = Clock::now();
        for reader in &mut readers {
            let mut cursor = None;
            while let Ok(batch) = reader.read(cursor.as_deref()) {
                cursor = Some(batch.cursor);
                if !batch.more {
                    break;
                }
            }
        }
        start.elapsed()
    };
    let mut archive = Archive::write(directory).unwrap().archive;
    let mut pass = || {
        let mut readers: Vec<Reader> = corpus.files.iter().map(|path| Reader::new(path)).collect();
        let sources = readers.iter_mut().map(|reader| reader as &mut dyn Source);
        let start = Clock::now();
        let go_on = |_: &ingest::Progress| ControlFlow::Continue(());
        let report = ingest::ingest(&mut archive, sources, 0, go_on).unwrap();
        (report.progress, start.elapsed())
    };
    let (progress, took) = pass();
    let (again, again_took) = pass();
    assert_eq!((again.records, again.written), (0, 0));
    let start = Clock::now();
    archive.tidy(|| true).unwrap();
    let tidied = start.elapsed();
    let stats = read::stats(&archive, &Default::default()).unwrap();
    println!("\n| first index | |\n|---|--:|");
    let rate = megabytes(corpus.bytes) / took.as_secs_f64();
    println!(
        "| transcript | {rate:.1} MB/s ({:.1} s, {} commits) |",
        took.as_secs_f64(),
        progress.commits
    );
    println!("| of which the reader alone | {:.1} s |", read_alone.as_secs_f64());
    println!("| nothing new | {:.0} ms |", again_took.as_secs_f64() * 1e3);
    println!("| merging the index at the end | {:.1} s |", tidied.as_secs_f64());
    println!("| text | {:.1} MB |", megabytes(stats.text));
    println!(
        "| database | {:.1} MB, {:.2} × its text |",
        megabytes(stats.size),
        stats.size as f64 / stats.text as f64
    );
    println!("| peak memory | {} MB |", peak_memory());
}

/// Resident, in megabytes; 0 where the system does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0)
        / 1024
}

fn search(directory: &Path, transcripts: &Path) {
    let ripgrep = Command::new("rg").arg("--version").output().is_ok();
    println!(
        "\n| search, median of 9, opening included | segno | ripgrep | ratio |\n|---|--:|--:|--:|"
    );
    for (name, text, how) in [
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
    ] {
        let ours = median(|| {
            let start = Clock::now();
            let archive = Archive::read(directory).unwrap().unwrap();
            let now = Now::system();
            let query = query::parse(text, &now);
            let budget = Duration::from_secs(60);
            let (context, reveal) = (0, Reveal::No);
            let options = Options { limit: 20, context, how, budget, reveal, now };
            let report = query::search(&archive, &query, &options).unwrap();
            assert!(!report.results.is_empty(), "{text}");
            start.elapsed()
        });
        let theirs = (ripgrep && !text.contains(['*', ':', '"'])).then(|| {
            let word = text.split(' ').next().unwrap_or(text);
            median(|| {
                let start = Instant::now();
                let found =
                    Command::new("rg").args(["-l", "-i", "-e", word]).arg(transcripts).output();
                assert!(!found.unwrap().stdout.is_empty());
                start.elapsed()
            })
        });
        let ours_ms = ours.as_secs_f64() * 1e3;
        let (theirs, ratio) = theirs.map_or(("–".into(), "–".into()), |theirs| {
            let ms = theirs.as_secs_f64() * 1e3;
            (format!("{ms:.0} ms"), format!("{:.2}", ours_ms / ms))
        });
        println!("| {name} | {ours_ms:.1} ms | {theirs} | {ratio} |");
    }
}

fn median(mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..9).map(|_| run()).collect();
    times.sort();
    times[times.len() / 2]
}

/// Time that this thread has had a core for, where the system says; else the time that went by. So
/// other work on the machine is not measured.
struct Clock {
    core: Option<Duration>,
    wall: Instant,
}

impl Clock {
    fn core() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
    }

    fn now() -> Self {
        Self { core: Self::core(), wall: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        match (self.core, Self::core()) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.wall.elapsed(),
        }
    }
}
