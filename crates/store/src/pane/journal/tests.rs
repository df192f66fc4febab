//! What a journal promises, also to a reader whose file was cut, damaged or half rotated.

use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::*;

const SIZE: Size = Size::new(80, 24);
const LIMIT: u64 = 1 << 20;

fn records(dir: &Path) -> Vec<Record> {
    Journal::open(dir, LIMIT).1.collect()
}

/// The printed bytes of a replay, without the records' borders.
fn output(records: &[Record]) -> Vec<u8> {
    let pieces = records.iter().filter_map(|record| match record {
        Record::Output(bytes) => Some(bytes.as_slice()),
        _ => None,
    });
    pieces.collect::<Vec<_>>().concat()
}

fn started(dir: &Path, dump: &[u8]) -> Journal {
    let (mut journal, _) = Journal::open(dir, LIMIT);
    journal.rotate(SIZE, dump, 7).unwrap();
    journal
}

fn newest(dir: &Path) -> PathBuf {
    path_of(dir, numbers_of(dir, "vt").into_iter().max().unwrap(), "vt")
}

#[test]
fn what_was_written_comes_back_in_order() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let (mut journal, replay) = Journal::open(&dir, LIMIT);
    assert!(replay.is_empty() && replay.damage().is_none());
    assert!(journal.wants_rotation());
    assert!(matches!(journal.append(b"early"), Err(JournalError::Suspended)));
    journal.rotate(SIZE, b"dump", 7).unwrap();
    assert!(!journal.wants_rotation() && journal.dirty());
    journal.append(b"one").unwrap();
    journal.resize(Size::new(100, 30)).unwrap();
    journal.marker(99).unwrap();
    journal.sync().unwrap();
    assert!(!journal.dirty());
    drop(journal);

    let (mut journal, replay) = Journal::open(&dir, LIMIT);
    assert_eq!(replay.size(), Some(SIZE));
    assert_eq!(replay.damage(), None);
    assert_eq!(
        replay.collect::<Vec<_>>(),
        [
            Record::Dump { size: SIZE, bytes: b"dump".to_vec() },
            Record::Output(b"one".to_vec()),
            Record::Resize(Size::new(100, 30)),
            Record::Marker { at_ms: 99 },
        ]
    );
    // It goes on in the same segment.
    assert!(!journal.wants_rotation());
    journal.append(b"two").unwrap();
    assert_eq!(output(&records(&dir)), b"onetwo");
}

#[test]
fn long_outputs_and_dumps_come_in_bounded_pieces() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let long: Vec<u8> = (0..300_000u32).map(|n| n as u8).collect();
    let mut journal = started(&dir, &long);
    journal.append(&long).unwrap();
    let mut dump = Vec::new();
    let records = records(&dir);
    for record in &records {
        match record {
            Record::Dump { bytes, .. } | Record::Output(bytes) => assert!(bytes.len() <= 64 << 10),
            other => panic!("{other:?}"),
        }
        if let Record::Dump { bytes, .. } = record {
            dump.extend_from_slice(bytes);
        }
    }
    assert!(dump == long && output(&records) == long);
}

#[test]
fn the_size_on_disk_is_bounded() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let mut journal = started(&dir, b"");
    let mut rotations = 0;
    for _ in 0..1000 {
        if journal.wants_rotation() {
            journal.rotate(SIZE, &[b'd'; 1000], 0).unwrap();
            rotations += 1;
        }
        journal.append(&[b'x'; 10_000]).unwrap();
        let taken: u64 =
            fs::read_dir(&dir).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
        assert!(taken <= LIMIT, "{taken}");
    }
    assert!((15..=25).contains(&rotations), "{rotations}");
    // A dump that is larger than the limit does not make every append a rotation.
    journal.rotate(SIZE, &vec![b'd'; 2 * LIMIT as usize], 0).unwrap();
    journal.append(b"x").unwrap();
    assert!(!journal.wants_rotation());
}

#[test]
fn nothing_is_written_when_switched_off_and_nothing_stays() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    drop(started(&dir, b"secret"));
    let (mut journal, replay) = Journal::open(&dir, 0);
    assert!(replay.is_empty() && !journal.wants_rotation());
    journal.append(b"x").unwrap();
    journal.resize(SIZE).unwrap();
    journal.rotate(SIZE, b"", 0).unwrap();
    journal.sync().unwrap();
    assert!(!dir.exists());
}

#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    drop(started(&dir, b""));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&newest(&dir))), (0o700, 0o600));
}

#[test]
fn cut_anywhere_the_replay_is_a_prefix_and_writing_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let mut journal = started(&dir, b"state");
    let dump_end = journal.segment.as_ref().unwrap().dump_end;
    for n in 0..12 {
        journal.append(format!("line {n}\n").as_bytes()).unwrap();
        journal.resize(Size::new(80 + n, 24)).unwrap();
    }
    drop(journal);
    let all = records(&dir);
    let bytes = fs::read(newest(&dir)).unwrap();
    for cut in 0..=bytes.len() {
        let dir = home.path().join("cut");
        fs::create_dir_all(&dir).unwrap();
        fs::write(path_of(&dir, 1, "vt"), &bytes[..cut]).unwrap();
        let (mut journal, replay) = Journal::open(&dir, LIMIT);
        let damage = replay.damage();
        let read: Vec<Record> = replay.collect();
        assert!(all.starts_with(&read), "cut at {cut}");
        if (cut as u64) < dump_end {
            assert!(read.is_empty() && damage == Some(Damage::Segment), "cut at {cut}");
        } else {
            assert!(!read.is_empty(), "cut at {cut}");
            journal.append(b"more").unwrap();
            let again = records(&dir);
            assert!(again.starts_with(&read) && again.len() == read.len() + 1);
        }
        Journal::remove(&dir).unwrap();
    }
}

#[test]
fn a_crash_in_any_step_of_a_rotation_leaves_a_valid_newest_segment() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let mut journal = started(&dir, b"first");
    journal.append(b"old").unwrap();
    let old = newest(&dir);
    let old_bytes = fs::read(&old).unwrap();
    journal.rotate(SIZE, b"second", 0).unwrap();
    assert!(!old.exists());
    let new_bytes = fs::read(newest(&dir)).unwrap();
    let dump_of = |dir: &Path| match &records(dir)[0] {
        Record::Dump { bytes, .. } => bytes.clone(),
        other => panic!("{other:?}"),
    };
    // While it is written under a temporary name, and, should the file system reorder, when the
    // name came before the bytes.
    for cut in 0..=new_bytes.len() {
        for ending in ["tmp", "vt"] {
            let dir = home.path().join("crash");
            fs::create_dir_all(&dir).unwrap();
            fs::write(path_of(&dir, 1, "vt"), &old_bytes).unwrap();
            fs::write(path_of(&dir, 2, ending), &new_bytes[..cut]).unwrap();
            let whole = ending == "vt" && cut == new_bytes.len();
            assert_eq!(dump_of(&dir), if whole { b"second".to_vec() } else { b"first".to_vec() });
            // The next rotation clears it up.
            let (mut journal, _) = Journal::open(&dir, LIMIT);
            journal.rotate(SIZE, b"third", 0).unwrap();
            assert_eq!(dump_of(&dir), b"third");
            assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
            Journal::remove(&dir).unwrap();
        }
    }
}

#[test]
fn whatever_lies_in_its_place_costs_the_history_and_no_more() {
    type Make = fn(&Path);
    let makes: [(&str, Make); 8] = [
        ("an empty file", |p| fs::write(p, "").unwrap()),
        ("garbage", |p| fs::write(p, [0xa5; 5000]).unwrap()),
        ("a directory", |p| fs::create_dir(p).unwrap()),
        ("a link to nowhere", |p| symlink("/nowhere", p).unwrap()),
        ("a link to a file", |p| {
            fs::write(p.with_extension("target"), "kept").unwrap();
            symlink(p.with_extension("target"), p).unwrap();
        }),
        ("a pipe", |p| nix::unistd::mkfifo(p, nix::sys::stat::Mode::S_IRWXU).unwrap()),
        ("an endless file", |p| symlink("/dev/zero", p).unwrap()),
        ("a header without records", |p| {
            let header = Header { size: SIZE, at_ms: 0, dump_len: u64::MAX, offset: 0 };
            fs::write(p, header.encode()).unwrap();
        }),
    ];
    for (what, make) in makes {
        let home = tempfile::tempdir().unwrap();
        // In place of a segment, and in place of the directory.
        for inside in [true, false] {
            let dir = home.path().join(if inside { "p1" } else { "p2" });
            if inside {
                fs::create_dir(&dir).unwrap();
                make(&path_of(&dir, 1, "vt"));
            } else {
                make(&dir);
            }
            let (mut journal, replay) = Journal::open(&dir, LIMIT);
            assert_eq!(replay.count(), 0, "{what}");
            assert!(journal.wants_rotation(), "{what}");
            journal.rotate(SIZE, b"", 0).unwrap();
            journal.append(b"x").unwrap();
            assert_eq!(output(&records(&dir)), b"x", "{what}");
            Journal::remove(&dir).unwrap();
            assert!(fs::symlink_metadata(&dir).is_err(), "{what}");
        }
    }
}

#[test]
fn while_a_segment_is_synced_output_goes_on_and_either_is_whole() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let mut journal = started(&dir, b"first");
    journal.append(b"one ").unwrap();
    journal.begin(SIZE, b"second", 0).unwrap();
    assert!(journal.is_rotating() && !journal.wants_rotation());
    journal.append(b"two ").unwrap();
    // Killed now, the older one has everything.
    assert_eq!(output(&records(&dir)), b"one two ");
    let rotation = journal.rotation().unwrap();
    rotation.sync().unwrap();
    journal.finish(&rotation, Ok(())).unwrap();
    journal.append(b"three").unwrap();
    assert_eq!(output(&records(&dir)), b"two three");
    assert_eq!(numbers_of(&dir, "vt").len(), 2);
    rotation.drop_older().unwrap();
    assert_eq!(numbers_of(&dir, "vt").len(), 1);

    // One that cannot be synced, or written, is given up, and the older one goes on.
    journal.begin(SIZE, b"third", 0).unwrap();
    let rotation = journal.rotation().unwrap();
    let full = || JournalError::Write(io::Error::other("full"));
    assert!(journal.finish(&rotation, Err(full())).is_err());
    journal.begin(SIZE, b"fourth", 0).unwrap();
    let next = journal.next.as_mut().unwrap();
    next.file = File::options().append(true).open("/dev/full").unwrap();
    journal.append(b" four").unwrap();
    assert!(!journal.is_rotating() && !journal.wants_rotation());
    assert_eq!(output(&records(&dir)), b"two three four");
    assert_eq!(numbers_of(&dir, "tmp").len(), 0);
}

#[test]
fn a_full_disk_leaves_a_gap_and_then_a_fresh_start() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let mut journal = started(&dir, b"");
    journal.append(b"before").unwrap();
    let len = fs::metadata(newest(&dir)).unwrap().len();
    // The closest to a full disk that needs no privilege: a device that is always full.
    let good = journal.segment.take().unwrap();
    let full = File::options().append(true).open("/dev/full").unwrap();
    journal.segment = Some(Segment { file: full, ..good });
    assert!(matches!(journal.append(b"lost"), Err(JournalError::Write(_))));
    assert!(matches!(journal.append(b"lost too"), Err(JournalError::Suspended)));
    assert!(!journal.wants_rotation(), "not at once");
    journal.retry_at = Some(Instant::now());
    assert!(journal.wants_rotation());
    // What was there still is, until the rotation.
    assert_eq!(fs::metadata(newest(&dir)).unwrap().len(), len);
    journal.rotate(SIZE, b"fresh", 0).unwrap();
    journal.append(b"after").unwrap();
    let read = records(&dir);
    assert_eq!(read[0], Record::Dump { size: SIZE, bytes: b"fresh".to_vec() });
    assert_eq!(output(&read), b"after");
}

#[test]
fn a_record_that_was_written_by_half_is_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let mut journal = started(&dir, b"");
    let segment = journal.segment.as_mut().unwrap();
    // A file as long as the file system allows, but for a few bytes: they are written, then no
    // more.
    let (mut fits, mut too_long) = (0u64, 1 << 63);
    while too_long - fits > 1 {
        let middle = fits + (too_long - fits) / 2;
        match segment.file.set_len(middle) {
            Ok(()) => fits = middle,
            Err(_) => too_long = middle,
        }
    }
    segment.len = fits - 5;
    segment.file.set_len(segment.len).unwrap();
    assert!(matches!(journal.append(b"does not fit"), Err(JournalError::Write(_))));
    assert_eq!(fs::metadata(newest(&dir)).unwrap().len(), fits - 5);
}

#[test]
fn a_rotation_that_fails_keeps_the_older_segment_in_use() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("p1");
    let mut journal = started(&dir, b"");
    journal.append(b"one").unwrap();
    // Make the new segment's file impossible.
    let number = journal.segment.as_ref().unwrap().number;
    let moved = home.path().join("moved");
    fs::rename(&dir, &moved).unwrap();
    fs::create_dir(&dir).unwrap();
    fs::write(home.path().join("block"), "").unwrap();
    journal.dir = home.path().join("block").join("under");
    assert!(journal.rotate(SIZE, b"", 0).is_err());
    assert!(!journal.wants_rotation());
    journal.append(b"two").unwrap();
    assert_eq!(journal.segment.as_ref().unwrap().number, number);
    assert_eq!(output(&records(&moved)), b"onetwo");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn damage_never_alters_what_comes_back(
        outputs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..12),
        hits in proptest::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
    ) {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("p1");
        let mut journal = started(&dir, &outputs.concat());
        for output in &outputs {
            journal.append(output).unwrap();
        }
        drop(journal);
        let all = records(&dir);
        let path = newest(&dir);
        let mut bytes = fs::read(&path).unwrap();
        for (place, change) in &hits {
            let place = place.index(bytes.len());
            bytes[place] ^= change;
        }
        fs::write(&path, &bytes).unwrap();
        let read = records(&dir);
        prop_assert!(all.starts_with(&read));
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600), header: bool) {
        let home = tempfile::tempdir().unwrap();
        let mut file = Vec::new();
        if header {
            file.extend(Header { size: SIZE, at_ms: 0, dump_len: 0, offset: 0 }.encode());
        }
        file.extend(&bytes);
        fs::write(path_of(home.path(), 1, "vt"), file).unwrap();
        prop_assert!(output(&records(home.path())).is_empty());
    }
}

/// `cargo test --release -- --ignored --nocapture journal_throughput`
#[test]
#[ignore = "a measurement"]
fn journal_throughput() {
    let home = tempfile::tempdir().unwrap();
    for chunk in [64 << 10, 4 << 10] {
        let dir = home.path().join(chunk.to_string());
        let (mut journal, _) = Journal::open(&dir, 16 << 20);
        journal.rotate(SIZE, b"", 0).unwrap();
        let data = vec![b'x'; chunk];
        let total = 1u64 << 30;
        let begin = Instant::now();
        for _ in 0..total / chunk as u64 {
            if journal.wants_rotation() {
                journal.rotate(SIZE, b"dump", 0).unwrap();
            }
            journal.append(&data).unwrap();
        }
        let mb = total as f64 / 1e6;
        println!("append, {chunk} bytes each: {:.0} MB/s", mb / begin.elapsed().as_secs_f64());
    }
    let dir = home.path().join("read");
    let (mut journal, _) = Journal::open(&dir, 64 << 20);
    journal.rotate(SIZE, b"", 0).unwrap();
    let data = vec![b'x'; 4096];
    (0..2048).for_each(|_| journal.append(&data).unwrap());
    let begin = Instant::now();
    let (_, replay) = Journal::open(&dir, 64 << 20);
    println!("open 8 MiB: {:?}", begin.elapsed());
    println!("replay {} records: {:?} in all", replay.count(), begin.elapsed());
}
