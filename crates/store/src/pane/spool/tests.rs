//! What a tracker and others can do to a spool, and what is read then.

use std::fs::{self, OpenOptions};
use std::io::Write;

use proptest::prelude::*;

use super::*;
use segno_agent::event::What;

struct Spool {
    _dir: tempfile::TempDir,
    path: PathBuf,
    cursor: Cursor,
}

impl Spool {
    fn new() -> Spool {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p1.jsonl");
        Spool { _dir: dir, path, cursor: Cursor::default() }
    }

    fn append(&self, bytes: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
    }

    fn events(&self, numbers: std::ops::Range<u64>) {
        numbers.for_each(|n| self.append(line(n)));
    }

    fn rotate(&self) {
        fs::rename(&self.path, rotated(&self.path)).unwrap();
    }

    /// The numbers of all events that are read now, and how many lines were skipped.
    fn read(&mut self) -> (Vec<u64>, usize) {
        let (mut numbers, mut skipped) = (Vec::new(), 0);
        for _ in 0..1000 {
            // Stored and read again, as between two daemons.
            let stored = serde_json::to_string(&self.cursor).unwrap();
            self.cursor = serde_json::from_str(&stored).unwrap();
            let batch = read_new(&self.path, &mut self.cursor, 0).unwrap();
            numbers.extend(batch.events.iter().map(|event| event.n));
            skipped += batch.skipped;
            if !batch.more {
                return (numbers, skipped);
            }
        }
        panic!("reading does not come to an end");
    }
}

fn line(n: u64) -> String {
    format!(r#"{{"v":1,"at":{n},"n":{n},"from":"screen","event":"hello","pid":1}}"#) + "\n"
}

#[test]
fn each_line_is_read_once() {
    let mut spool = Spool::new();
    assert_eq!(spool.read(), (vec![], 0));
    spool.events(0..3);
    assert_eq!(spool.read(), (vec![0, 1, 2], 0));
    assert_eq!(spool.read(), (vec![], 0));
    spool.events(3..1000);
    assert_eq!(spool.read().0, (3..1000).collect::<Vec<_>>());
}

#[test]
fn a_line_is_read_when_it_is_complete() {
    let mut spool = Spool::new();
    let text = line(1);
    for byte in text.as_bytes().chunks(1).take(text.len() - 1) {
        spool.append(byte);
        assert_eq!(spool.read(), (vec![], 0));
    }
    spool.append("\n");
    assert_eq!(spool.read(), (vec![1], 0));
}

#[test]
fn the_rest_of_a_rotated_file_comes_first() {
    let mut spool = Spool::new();
    spool.events(0..2);
    assert_eq!(spool.read().0, [0, 1]);
    spool.events(2..4);
    spool.rotate();
    assert_eq!(spool.read().0, [2, 3], "no new file yet");
    assert_eq!(spool.read(), (vec![], 0));
    spool.events(4..6);
    assert_eq!(spool.read().0, [4, 5]);
    spool.rotate();
    spool.events(6..7);
    assert_eq!(spool.read().0, [6]);
    assert_eq!(spool.read(), (vec![], 0));
}

#[test]
fn a_torn_end_of_a_rotated_file_is_dropped() {
    let mut spool = Spool::new();
    spool.events(0..1);
    spool.append(&line(1)[..10]);
    assert_eq!(spool.read(), (vec![0], 0));
    spool.rotate();
    assert_eq!(spool.read(), (vec![], 0));
    spool.events(2..3);
    assert_eq!(spool.read(), (vec![2], 1));
}

#[test]
fn rotated_twice_what_is_left_is_read() {
    let mut spool = Spool::new();
    spool.events(0..10);
    assert_eq!(spool.read().0.len(), 10);
    spool.rotate();
    spool.events(10..12);
    spool.rotate();
    spool.events(12..14);
    assert_eq!(spool.read().0, [10, 11, 12, 13]);
}

#[test]
fn a_first_reading_begins_with_the_rotated_file() {
    let mut spool = Spool::new();
    spool.events(0..2);
    spool.rotate();
    spool.events(2..4);
    assert_eq!(spool.read().0, [0, 1, 2, 3]);
}

#[test]
fn an_inode_used_again_is_noticed() {
    let mut spool = Spool::new();
    spool.events(0..3);
    assert_eq!(spool.read().0.len(), 3);
    // The same inode with other content, longer than what was read.
    fs::write(&spool.path, "").unwrap();
    spool.events(100..110);
    assert_eq!(spool.read().0, (100..110).collect::<Vec<_>>());
}

#[test]
fn a_cut_file_is_read_from_its_start() {
    let mut spool = Spool::new();
    spool.events(0..10);
    assert_eq!(spool.read().0.len(), 10);
    fs::write(&spool.path, line(50)).unwrap();
    assert_eq!(spool.read().0, [50]);
    fs::write(&spool.path, "").unwrap();
    assert_eq!(spool.read(), (vec![], 0));
    spool.events(51..52);
    assert_eq!(spool.read().0, [51]);
}

#[test]
fn bad_lines_are_skipped_and_counted() {
    let mut spool = Spool::new();
    spool.append("\n\n");
    spool.append("garbage\n");
    spool.events(0..1);
    spool.append(b"\xff\xfe\0\n");
    spool.append(r#"{"v":1,"from":"screen","event":"from the future"}"#.to_string() + "\n");
    spool.append("[".repeat(LINE_MAX) + "\n");
    spool.append("x".repeat(LINE_MAX + 1) + "\n");
    spool.events(1..2);
    assert_eq!(spool.read(), (vec![0, 1], 4));
}

#[test]
fn a_line_of_any_length_costs_bounded_memory() {
    let mut spool = Spool::new();
    spool.events(0..1);
    for _ in 0..40 {
        spool.append("x".repeat(5000));
        assert!(spool.read().1 == 0);
    }
    assert!(spool.cursor.in_long_line);
    spool.append("\n");
    spool.events(1..2);
    assert_eq!(spool.read(), (vec![1], 1), "the first was read before");
}

#[test]
fn what_is_no_file_of_ours_is_refused() {
    let mut spool = Spool::new();
    std::os::unix::fs::symlink("/dev/zero", &spool.path).unwrap();
    let mut cursor = Cursor::default();
    assert_eq!(read_new(&spool.path, &mut cursor, 0), Err(Refusal::Symlink));
    assert_eq!(cursor, Cursor::default());
    fs::remove_file(&spool.path).unwrap();
    // A refused `.1` does not keep the spool from being read.
    fs::create_dir(rotated(&spool.path)).unwrap();
    spool.events(0..1);
    assert_eq!(spool.read().0, [0]);
}

#[derive(Debug, Clone)]
enum Step {
    Append(u8),
    Torn,
    Read,
    Rotate,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<u8>().prop_map(Step::Append),
        1 => Just(Step::Torn),
        3 => Just(Step::Read),
        1 => Just(Step::Rotate),
    ];
    proptest::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// With at most one rotation between two readings, nothing is lost and nothing comes twice.
    #[test]
    fn nothing_is_lost_or_doubled(steps in steps()) {
        let mut spool = Spool::new();
        let (mut next, mut seen, mut rotated) = (0, Vec::new(), false);
        for step in steps {
            match step {
                Step::Append(count) => {
                    let count = u64::from(count);
                    spool.events(next..next + count);
                    next += count;
                }
                Step::Torn => spool.append("{\"torn\n"),
                Step::Read => {
                    seen.extend(spool.read().0);
                    rotated = false;
                }
                Step::Rotate => {
                    if !rotated && spool.path.exists() {
                        spool.rotate();
                        rotated = true;
                    }
                }
            }
        }
        seen.extend(spool.read().0);
        prop_assert_eq!(seen, (0..next).collect::<Vec<_>>());
    }

    #[test]
    fn no_content_panics_or_hangs(content in proptest::collection::vec(any::<u8>(), 0..40_000)) {
        let mut spool = Spool::new();
        spool.append(&content);
        spool.read();
    }
}

#[test]
fn events_are_those_of_the_lines() {
    let spool = Spool::new();
    spool.append(line(7));
    let batch = read_new(&spool.path, &mut Cursor::default(), 0).unwrap();
    assert_eq!(batch.events[0].what, What::Hello { pid: Some(1), agent: None, version: None });
}
