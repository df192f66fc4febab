//! How fast the archive takes in what agents store, how large it gets, and how fast it finds.
//!
//! `cargo bench -p segno-history -- [HOME | MESSAGES]` reads the transcripts below a home by the
//! pane types that are built in, or makes so many messages (100,000 unless said) and reads those.
//! Then it searches: within this process, as a key while one types, and as a whole process where
//! `SEGNO_BIN` names one. Beside it ripgrep searches the same files, and agentsview
//! and cass do where they are installed.
//! `SEGNO_BENCH_KEEP` names a directory that is kept, for a look at the database.
#![allow(clippy::unwrap_used, reason = "a measurement that fails is none")]

mod clock;
mod corpus;
mod find;
mod others;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clock::Clock;
use corpus::Corpus;
use segno_archive::{Archive, read};
use segno_history::update::{self, Report, Rules};
use segno_transcript::description;
use segno_transcript::read::{Described, Environment, discover};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("SEGNO_BENCH_KEEP").map(PathBuf::from);
    let own = kept.as_deref().unwrap_or(temporary.path());
    let home = arguments.iter().map(PathBuf::from).find(|path| path.is_dir());
    let messages = arguments.iter().find_map(|arg| arg.parse().ok()).unwrap_or(100_000);
    let (home, types, made) = match home {
        Some(home) => (home, built_in(), None),
        None => {
            let corpus = Corpus::make(own, messages);
            println!(
                "{messages} messages in {} files, {:.0} MB",
                corpus.files.len(),
                megabytes(corpus.bytes)
            );
            (own.to_path_buf(), vec![described("bench", corpus::DESCRIPTION)], Some(corpus))
        }
    };
    let machine = Machine::new(&home, types);
    let directory = own.join("archive");
    let bytes = machine.index(&directory);
    match made {
        Some(corpus) => machine.one_more(&directory, &corpus),
        // What others read, too.
        None => others::measure(&home, bytes),
    }
    find::search(own, &machine.directories());
}

pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn described(agent: &str, text: &str) -> Described {
    let transcripts = description::parse(text).unwrap().into_iter().map(Arc::new).collect();
    Described { agent: agent.into(), transcripts }
}

/// What the pane types that come with Segno say.
fn built_in() -> Vec<Described> {
    let panes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../defaults/panes");
    let mut types = Vec::new();
    for entry in fs::read_dir(panes).unwrap() {
        let path = entry.unwrap().path();
        let agent = path.file_stem().unwrap().to_string_lossy().into_owned();
        types.push(described(&agent, &fs::read_to_string(path).unwrap()));
    }
    types
}

/// What agents store below a home.
struct Machine {
    types: Vec<Described>,
    places: Environment,
}

impl Machine {
    fn new(home: &Path, types: Vec<Described>) -> Self {
        let variables = BTreeMap::from([("HOME".into(), home.into())]);
        Self { types, places: Environment { variables, directories: Vec::new() } }
    }

    /// The files that are read.
    fn files(&self) -> Vec<PathBuf> {
        let sources = discover(&self.types, &self.places).sources;
        sources.iter().filter_map(|source| Some(source.file()?.to_path_buf())).collect()
    }

    /// What has them all below it, for who searches the files.
    fn directories(&self) -> Vec<PathBuf> {
        let home = PathBuf::from(&self.places.variables[std::ffi::OsStr::new("HOME")]);
        let mut below: Vec<PathBuf> = Vec::new();
        for file in self.files() {
            let first = file.strip_prefix(&home).unwrap().components().next().unwrap();
            let top = home.join(first);
            if !below.contains(&top) {
                below.push(top);
            }
        }
        below
    }

    fn update(&self, archive: &mut Archive) -> (Report, std::time::Duration) {
        let start = Clock::now();
        let go_on = |_: &_, _| ControlFlow::Continue(());
        let (types, rules) = (&self.types, Rules::default());
        let report = update::update(archive, types, &self.places, &rules, 0, go_on).unwrap();
        (report, start.elapsed())
    }

    /// The bytes that were read.
    fn index(&self, directory: &Path) -> u64 {
        let (files, bytes) = self.files().iter().fold((0, 0), |(files, bytes), file| {
            (files + 1, bytes + fs::metadata(file).unwrap().len())
        });
        let mut archive = Archive::write(directory).unwrap().archive;
        let (report, took) = self.update(&mut archive);
        let peak = clock::peak_memory();
        let (again, again_took) = self.update(&mut archive);
        let again_peak = clock::peak_memory();
        assert_eq!((again.progress.records, again.progress.written), (0, 0));
        let start = Clock::now();
        archive.tidy(|| true).unwrap();
        let (tidied, tidy_peak) = (start.elapsed(), clock::peak_memory());
        let stats = read::stats(&archive, &Default::default()).unwrap();
        println!("\n| first index | |\n|---|--:|");
        println!("| transcripts | {files} files, {:.1} MB |", megabytes(bytes));
        println!("| rate | {:.1} MB/s |", megabytes(bytes) / took.as_secs_f64());
        println!("| time | {:.1} s, {} commits |", took.as_secs_f64(), report.progress.commits);
        println!("| nothing new | {:.0} ms |", again_took.as_secs_f64() * 1e3);
        println!("| merging the index at the end | {:.1} s |", tidied.as_secs_f64());
        println!("| text | {:.1} MB |", megabytes(stats.text));
        println!(
            "| database | {:.1} MB, {:.2} × its text |",
            megabytes(stats.size),
            stats.size as f64 / stats.text as f64
        );
        println!("| peak memory while it is made | {peak} MB |");
        println!("| nothing new; merging | {again_peak} MB; {tidy_peak} MB |");
        bytes
    }

    /// From a line at the end of a transcript to a search that finds it.
    fn one_more(&self, directory: &Path, corpus: &Corpus) {
        let last = corpus.files.last().unwrap();
        let mut file = OpenOptions::new().append(true).open(last).unwrap();
        writeln!(file, r#"{{"m":"new","role":"user","text":"brandnew"}}"#).unwrap();
        let start = std::time::Instant::now();
        let mut archive = Archive::write(directory).unwrap().archive;
        self.update(&mut archive);
        drop(archive);
        assert_eq!(find::found(directory, "brandnew", find::Typing::Done), 1);
        println!("| one new message is found after | {:.0} ms |", clock::ms(start.elapsed()));
    }
}
