//! Every target over its corpus, and over mutations of it that are the same on every machine. What
//! a failure prints can be run again: it names the input.
//!
//! `SEGNO_FUZZ_RUNS=1000000 cargo test -p segno-fuzzing --release` looks longer;
//! `cargo test -p segno-fuzzing -- --ignored` makes the corpus again from the recorded streams.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use segno_agent::start::{Conversation, StartRequest};
use segno_base::ids::{PaneId, TabId};
use segno_base::screen::geometry::Size;
use segno_core::layout::Layout;
use segno_core::model::catalogue::TypeTraits;
use segno_core::model::pane::{Life, Pane};
use segno_core::model::tab::Tab;
use segno_core::model::workspace::Model;
use segno_fuzzing::TARGETS;
use segno_store::pane::journal::Journal;
use segno_store::workspace_file;
use segno_term::{Emulator, Options};
use segno_wire::frame::{Bye, ByeReason, FromClient, FromDaemon};

/// How many mutations each gets: work, not time.
const RUNS: usize = 400;
/// No mutation grows beyond.
const LONGEST: usize = 4096;

/// What random bytes would not often make.
const WORDS: &[&[u8]] = &[
    b"\x1b[",
    b"\x1b]",
    b"\x1b\\",
    b"\x1bP",
    b"\x1b_G",
    b"\x1b[?1049h",
    b"\x1b[?2026h",
    b"\x1b[200~",
    b"\x1b[201~",
    b"\x1b[65535b",
    b"\r\n",
    b"\x07",
    "漢\u{301}👨\u{200d}👩".as_bytes(),
    b"\n[[",
    b"]]\n",
    b" = \"",
    b"{}",
    b"+=",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551615",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
];

/// A small generator, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }

    /// A place in a text, and one behind it that is near.
    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        start..(start + 1 + self.below(32)).min(len).max(start)
    }
}

fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(6) {
        let range = random.range(data.len());
        match random.below(7) {
            0 if !data.is_empty() => {
                let at = random.below(data.len());
                data[at] ^= 1 << random.below(8);
            }
            1 if !data.is_empty() => {
                let at = random.below(data.len());
                data[at] =
                    [0, 1, 0x1b, 0x7f, 0x80, 0xff, b'9', random.below(256) as u8][random.below(8)];
            }
            2 => drop(data.drain(range)),
            3 => {
                let copy = data[range.clone()].to_vec();
                let at = random.below(data.len() + 1);
                data.splice(at..at, copy);
            }
            4 => {
                let other = &corpus[random.below(corpus.len())];
                let part = other[random.range(other.len())].to_vec();
                data.splice(range, part);
            }
            5 => data.truncate(random.below(data.len() + 1)),
            _ => {
                let word = WORDS[random.below(WORDS.len())].to_vec();
                data.splice(range.start..range.start, word);
            }
        }
    }
    data.truncate(LONGEST);
    data
}

fn corpus_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name)
}

/// Runs a target over its corpus and mutations of it.
fn run(name: &str) {
    let (_, target) = TARGETS.iter().find(|(other, _)| *other == name).expect("a target");
    let mut paths: Vec<_> = fs::read_dir(corpus_of(name))
        .expect("a corpus")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let corpus: Vec<Vec<u8>> = paths.iter().map(|p| fs::read(p).expect("a seed")).collect();
    for (path, seed) in paths.iter().zip(&corpus) {
        assert!(catch_unwind(|| target(seed)).is_ok(), "{name}: {path:?}");
    }
    let runs = std::env::var("SEGNO_FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..runs.unwrap_or(RUNS) {
        let data = mutated(&corpus, &mut random);
        let good = catch_unwind(|| target(&data)).is_ok();
        assert!(good, "{name}, round {round}: b\"{}\"", data.escape_ascii());
    }
}

#[test]
fn config() {
    run("config");
}

#[test]
fn dump() {
    run("dump");
}

#[test]
fn emulator() {
    run("emulator");
}

#[test]
fn frames() {
    run("frames");
}

#[test]
fn input() {
    run("input");
}

#[test]
fn journal_segment() {
    run("journal_segment");
}

#[test]
fn pane_type() {
    run("pane_type");
}

#[test]
fn spool() {
    run("spool");
}

#[test]
fn transcript() {
    run("transcript");
}

#[test]
fn workspace() {
    run("workspace");
}

/// `fuzz/` has each target.
#[test]
fn every_target_can_be_run_with_coverage() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("a manifest");
    for (name, _) in TARGETS {
        let path = format!("fuzz_targets/{name}.rs");
        let text = fs::read_to_string(fuzz.join(&path)).expect("a target");
        assert!(text.contains(&format!("segno_fuzzing::{name}(data)")), "{path}");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"{path}\"")), "{name}");
    }
}

/// The beginning of each recorded stream, and states, segments and texts made of what is in the
/// repository.
#[test]
#[ignore = "writes fuzz/corpus"]
fn write_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let write = |target: &str, name: &str, parts: &[&[u8]]| {
        let directory = corpus_of(target);
        fs::create_dir_all(&directory).expect("a directory");
        fs::write(directory.join(name), parts.concat()).expect("room for a seed");
    };
    let mut streams: Vec<_> = fs::read_dir(root.join("tests/streams"))
        .expect("the recorded streams")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    streams.sort();
    for path in streams {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let stream = fs::read(&path).expect("a stream");
        let stream = &stream[..stream.len().min(2500)];
        write("emulator", &name, &[&[80, 24, 60, 20, 100], stream]);
        let size = Size::new(40, 12);
        let options = Options { scrollback_lines: 100, ..Options::default() };
        let mut emulator = Emulator::new(size, options);
        emulator.advance(stream, Instant::now(), &mut Vec::new());
        let dump = emulator.dump();
        write("dump", &name, &[&[40, 12], &dump]);
        let home = tempfile::tempdir().expect("a directory");
        let directory = home.path().join("journal");
        let (mut journal, _) = Journal::open(&directory, 1 << 20);
        journal.rotate(size, &dump, 1_700_000_000_000).expect("a segment");
        journal.append(&stream[..600]).expect("room");
        journal.resize(Size::new(50, 10)).expect("room");
        journal.marker(1_700_000_000_001).expect("room");
        journal.append(&stream[600..1000]).expect("room");
        let segment = fs::read_dir(&directory).expect("a journal").next().expect("a segment");
        let segment = fs::read(segment.expect("a segment").path()).expect("a segment");
        write("journal_segment", &name, &[&[1], &segment]);
    }
    for name in ["shell", "command", "ssh", "tail"] {
        let text = fs::read(root.join(format!("defaults/panes/{name}.toml"))).expect("a type");
        write("pane_type", name, &[&text]);
    }
    let every = root.join("crates/agent/src/panetype/testdata/valid/every-key.toml");
    write("pane_type", "every-key", &[&fs::read(every).expect("a type")]);
    for (name, path) in [
        ("settings", "defaults/config.toml"),
        ("keys", "defaults/keys/segno.toml"),
        ("tmux", "defaults/keys/tmux.toml"),
    ] {
        write("config", name, &[&fs::read(root.join(path)).expect("a text")]);
    }
    let added =
        b"[environment]\nunset += [\"A_*\"]\n[[on]]\nevent = [\"state.*\"]\nrun = [\"x\"]\n";
    write("config", "added", &[added]);
    write(
        "input",
        "keys",
        &["hé\x1b[A\x1b[1;5C\x1bOP\x1b[97:65;2:3;97u\x1b[27;5;9~\x1bx\r\x7f".as_bytes()],
    );
    write(
        "input",
        "mouse-and-paste",
        &[b"\x1b[<0;10;20M\x1b[<35;1;1m\x1b[M !!\x1b[200~two\nlines\x1b[201~\x1b[I\x1b[O"],
    );
    write(
        "input",
        "replies",
        &[b"\x1b[?62;4c\x1b]11;rgb:1111/2222/3333\x1b\\\x1bP>|term 1\x1b\\\x1b[?2026;2$y\x1b[4;5R\x1b_Gi=1;OK\x1b\\"],
    );
    for (name, lines) in [("turn", TURN), ("torn", "not json\n{\"v\":1,\"at\":2,\"n\":1,\"fr")] {
        write("spool", name, &[&[100], lines.as_bytes()]);
    }
    let mut bytes = Vec::new();
    FromClient::Input { seq: 1, bytes: b"ls\r".to_vec() }.encode(&mut bytes);
    FromClient::Resize { cols: 80, rows: 24, xpixel: 800, ypixel: 480 }.encode(&mut bytes);
    FromClient::Shown(77).encode(&mut bytes);
    FromClient::Detach.encode(&mut bytes);
    write("frames", "client", &[&bytes]);
    bytes.clear();
    FromDaemon::Output(b"\x1b[H".to_vec()).encode(&mut bytes);
    FromDaemon::Ack(1).encode(&mut bytes);
    FromDaemon::Bye(Bye { reason: ByeReason::Stopped, text: "why".into() }).encode(&mut bytes);
    write("frames", "daemon", &[&bytes]);
    write(
        "frames",
        "lines",
        &[b"{\"segno\":\"0.1.0\",\"protocol\":1,\"role\":\"control\"}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\",\"params\":{}}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}\n"],
    );
    let mut types: Vec<_> = fs::read_dir(root.join("defaults/panes"))
        .expect("the types")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    types.sort();
    for (agent, file) in TRANSCRIPTS {
        let stored = root.join("crates/transcript/tests/data").join(agent).join(file);
        let stored = fs::read(stored).expect("a transcript");
        let which = u8::try_from(description_of(&types, agent)).expect("a few types");
        write("transcript", agent, &[&[which, 100], &stored[..stored.len().min(3000)]]);
    }
    write("workspace", "two-tabs", &[&workspace_of(2)]);
    write("workspace", "backup-of-none", &[b"{\"version\":1,\"tabs\":[]}"]);
}

/// A transcript of some agents, below the data of the transcripts' tests.
const TRANSCRIPTS: &[(&str, &str)] = &[
    ("aider", "project/.aider.chat.history.md"),
    ("claude", ".claude/projects/-w-app/11111111-1111-4111-8111-111111111111.jsonl"),
    (
        "codex",
        ".codex/sessions/2026/11/01/rollout-2026-11-01T10-00-00-01a00000-0000-7000-8000-00000000000a.jsonl",
    ),
    ("copilot", ".copilot/session-state/66666666-6666-4666-8666-666666666666/events.jsonl"),
    ("gemini", ".gemini/tmp/app/chats/session-2026-11-01T10-00-33333333.jsonl"),
    ("kimi", ".kimi-code/sessions/wd_app_1/session_1/agents/main/wire.jsonl"),
    (
        "pi",
        ".pi/agent/sessions/--w-app--/2026-11-01T10-00-00-000Z_77777777-7777-4777-8777-777777777777.jsonl",
    ),
    ("qwen", ".qwen/projects/-w-app/chats/55555555-5555-4555-8555-555555555555.jsonl"),
];

/// The place of a type's first description among those of files, in order of the types' names.
fn description_of(types: &[PathBuf], agent: &str) -> usize {
    let of = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a type");
        let all = segno_transcript::description::parse(&text).expect("a sound type");
        all.iter().filter(|one| one.database.is_none()).count()
    };
    let is_before =
        |path: &&PathBuf| path.file_stem().is_some_and(|name| name < std::ffi::OsStr::new(agent));
    types.iter().take_while(is_before).map(of).sum()
}

/// What a tracker reports of one turn.
const TURN: &str = r#"{"v":1,"at":1,"n":1,"from":"screen","event":"hello","pid":1,"agent":"a","version":"1"}
{"v":1,"at":2,"n":2,"from":"screen","event":"current","session":"s1"}
{"v":1,"at":3,"n":3,"from":"server","event":"state","session":"s1","state":"working"}
{"v":1,"at":4,"n":4,"from":"screen","event":"title","session":"s1","title":"what was asked"}
{"v":1,"at":5,"n":5,"from":"screen","event":"state","session":"s1","state":"idle"}
{"v":1,"at":6,"n":6,"from":"screen","event":"current","session":null}
"#;

/// A workspace with so many tabs of one pane each, as it is stored.
fn workspace_of(tabs: u32) -> Vec<u8> {
    let mut model = Model::default();
    let size = Size::new(80, 24);
    for number in 1..=tabs {
        let (pane, tab) = (PaneId::new(number).expect("an id"), TabId::new(number).expect("an id"));
        let spec =
            StartRequest { type_name: "shell".into(), cwd: "/tmp".into(), ..Default::default() };
        let life = Life::Running { pid: 1, since: 0, conversation: Conversation::New };
        model.panes.insert(pane, Pane::new(pane, spec, TypeTraits::missing("Shell"), life, size));
        model.tabs.push(Tab::new(tab, Layout::new(pane), size));
    }
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("workspace.json");
    workspace_file::save(&path, &model.saved()).expect("room for a workspace");
    fs::read(path).expect("a workspace")
}
