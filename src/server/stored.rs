//! Reads the files in which agents keep past conversations: those of one directory, newest first.
//!
//! There may be many thousands, and each may be huge, so little is read of each and not of all. To
//! be run beside the daemon's main thread.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::panetype::conversations::{LISTED_MAX, Listed, Stored, Wanted};
use crate::panetype::launch::{self, Probe};
use crate::panetype::probe::SystemProbe;
use crate::store::foreign;

/// What is read of a file of lines: its first and its last bytes.
const HEAD: u64 = 64 << 10;
const TAIL: u64 = 256 << 10;
/// The largest file that is read as one message.
const WHOLE_MAX: u64 = 4 << 20;
/// How many files are looked into, and how long.
const FILES_MAX: usize = 10_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// The conversations of a directory.
pub(super) fn read(
    how: &Stored,
    env: &BTreeMap<OsString, OsString>,
    wanted: Wanted<'_>,
) -> Vec<Listed> {
    let end = Instant::now() + PATIENCE;
    let mut found = Vec::new();
    let mut known = HashSet::new();
    for (at, path) in newest_first(how, env).into_iter().take(FILES_MAX) {
        if found.len() >= LISTED_MAX || Instant::now() > end {
            break;
        }
        // Of several files of one conversation the newest counts.
        let listed = read_file(how, &path, at, wanted).ok().flatten();
        found.extend(listed.filter(|listed| known.insert(listed.session.clone())));
    }
    found
}

fn newest_first(how: &Stored, env: &BTreeMap<OsString, OsString>) -> Vec<(u64, PathBuf)> {
    let paths = launch::stored(how, env);
    let files = paths.iter().flat_map(|path| SystemProbe.matching(path));
    let dated = files.filter_map(|file| {
        let changed = fs::symlink_metadata(&file).ok()?;
        let ms =
            changed.mtime().saturating_mul(1000).saturating_add(changed.mtime_nsec() / 1_000_000);
        Some((u64::try_from(ms).unwrap_or(0), file))
    });
    let mut dated: Vec<_> = dated.collect();
    dated.sort_by(|a, b| b.cmp(a));
    dated
}

fn read_file(how: &Stored, path: &Path, at: u64, wanted: Wanted<'_>) -> io::Result<Option<Listed>> {
    let Ok(Some(mut found)) = foreign::open_file(path) else { return Ok(None) };
    if !how.lines && found.size > WHOLE_MAX {
        return Ok(None);
    }
    let all = if how.lines { HEAD + TAIL } else { WHOLE_MAX };
    let whole = found.size <= all;
    let head = part(&mut found.file, 0, if whole { all } else { HEAD })?;
    let Some(begun) = how.begin(&head, whole, wanted) else { return Ok(None) };
    let tail = if whole { Vec::new() } else { part(&mut found.file, found.size - TAIL, TAIL)? };
    Ok(Some(begun.end(&tail, at)))
}

fn part(file: &mut fs::File, from: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
