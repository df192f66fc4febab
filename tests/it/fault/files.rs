//! Every file below the home spoiled in every way: the daemon starts, and what another file holds
//! is not lost.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Seed, everything, log, pane_running};
use crate::support::segno::Segno;

/// The plain files below a directory.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let kind = entry.file_type().expect("a kind of file");
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Spoilt {
    Missing,
    Empty,
    Garbage,
    Cut(usize),
    Directory,
    Link,
    Unreadable,
}

fn spoil(path: &Path, how: Spoilt, content: &[u8], outside: &Path) {
    let _ = fs::remove_file(path);
    match how {
        Spoilt::Missing => {}
        Spoilt::Empty => fs::write(path, b"").expect("written"),
        Spoilt::Garbage => fs::write(path, b"\0\xff{garbage\n".repeat(50)).expect("written"),
        Spoilt::Cut(length) => fs::write(path, &content[..length]).expect("written"),
        Spoilt::Directory => fs::create_dir(path).expect("made"),
        Spoilt::Link => symlink(outside, path).expect("linked"),
        Spoilt::Unreadable => {
            fs::write(path, content).expect("written");
            fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("closed");
        }
    }
}

#[test]
fn any_file_may_be_spoilt_in_any_way() {
    let segno = Segno::with_limit(Duration::from_secs(300));
    let mut seed = Seed::new();
    segno.write("config.toml", "[general]\nscrollback_lines = 500\n");
    segno.write("panes/mine.toml", "schema = 1\nname = \"mine\"\ntitle = \"Mine\"\nkind = \"shell\"\n\n[command]\nprogram = \"sh\"\n");
    let first = pane_running(&segno, "echo kept-one; exec cat");
    let second = pane_running(&segno, "echo kept-two; exec cat");
    for (pane, text) in [(&first, "kept-one"), (&second, "kept-two")] {
        segno.wait_for(text, || everything(&segno, pane).contains(text).then_some(()));
    }
    // Twice in order, so that the backup has both panes as well.
    for _ in 0..2 {
        segno.daemon_stop();
        segno.daemon_start();
    }
    segno.reboot();
    let outside = segno.root().join("outside");
    fs::write(&outside, "{}").expect("written");
    let mut paths = Vec::new();
    files(segno.home(), &mut paths);
    paths.sort();
    // They are all read alike: two types' stand for all.
    let assets = segno.home().join("assets");
    let of_type =
        |path: &PathBuf| path.strip_prefix(&assets).ok()?.iter().next().map(OsString::from);
    let kept: BTreeSet<OsString> = paths.iter().filter_map(of_type).take(2).collect();
    paths.retain(|path| of_type(path).is_none_or(|of| kept.contains(&of)));
    let good: Vec<(PathBuf, Vec<u8>)> =
        paths.into_iter().map(|path| (path.clone(), fs::read(&path).expect("read"))).collect();
    let mut rounds = 0;
    for (spoilt, content) in &good {
        let name = spoilt.strip_prefix(segno.home()).expect("below it").display().to_string();
        let holds_much = name == "workspace.json" || name.starts_with(&format!("journal/{first}/"));
        let mut ways = vec![
            Spoilt::Missing,
            Spoilt::Empty,
            Spoilt::Garbage,
            Spoilt::Directory,
            Spoilt::Link,
            Spoilt::Unreadable,
        ];
        let cuts = if holds_much { 50 } else { 1 };
        if !content.is_empty() {
            ways.extend((0..cuts).map(|_| Spoilt::Cut(seed.below(content.len() as u64) as usize)));
        }
        for how in ways {
            rounds += 1;
            let case = format!("{name} {how:?}");
            // As it was, but for one file.
            fs::remove_dir_all(segno.home()).expect("removed");
            for (path, content) in &good {
                fs::create_dir_all(path.parent().expect("a directory")).expect("made");
                fs::write(path, content).expect("written");
            }
            spoil(spoilt, how, content, &outside);
            let started = segno.cli(&["daemon", "start"]);
            let error = String::from_utf8_lossy(&started.stderr).into_owned();
            assert!(started.status.success(), "{case}: {error}\n{}", log(&segno));
            let panes: Vec<String> =
                segno.panes().iter().filter_map(|p| p["id"].as_str().map(str::to_owned)).collect();
            assert_eq!(panes, [first.clone(), second.clone()], "{case}\n{}", log(&segno));
            for (pane, text) in [(&first, "kept-one"), (&second, "kept-two")] {
                // A pane's own journal is what its history is in.
                if !name.starts_with(&format!("journal/{pane}/")) {
                    let what = format!("{case}: {text} in {pane}");
                    segno.wait_for(&what, || everything(&segno, pane).contains(text).then_some(()));
                }
            }
            assert_eq!(fs::read(&outside).expect("read"), b"{}", "{case}");
            segno.reboot();
        }
    }
    eprintln!("{rounds} rounds over {} files", good.len());
}
