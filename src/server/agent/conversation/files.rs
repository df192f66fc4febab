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

use segno_agent::panetype::conversations::{LISTED_MAX, Listed, Scope, Stored};
use segno_agent::panetype::launch::{self, Probe};
use segno_agent::panetype::program::probe::SystemProbe;
use segno_store::file::foreign;

/// What is read of a file of lines: its first and its last bytes.
const HEAD: u64 = 64 << 10;
const TAIL: u64 = 256 << 10;
/// The largest file that is read as one message.
const WHOLE_MAX: u64 = 4 << 20;
/// How many files are looked into, and how long.
const FILES_MAX: usize = 10_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// The conversations of a directory.
pub(in crate::server) fn read(
    how: &Stored,
    env: &BTreeMap<OsString, OsString>,
    wanted: Scope<'_>,
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
    let paths = launch::absolute_files(&how.files, env);
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

fn read_file(how: &Stored, path: &Path, at: u64, wanted: Scope<'_>) -> io::Result<Option<Listed>> {
    let Ok(Some(mut found)) = foreign::open_file(path) else { return Ok(None) };
    if !how.lines && found.size > WHOLE_MAX {
        return Ok(None);
    }
    let first = if how.lines { HEAD } else { WHOLE_MAX };
    let head = part(&mut found.file, 0, first)?;
    let Some(begun) = how.begin(&head, found.size <= first, wanted) else { return Ok(None) };
    if found.size <= first {
        return Ok(Some(begun.end(&[], at)));
    }
    if found.size <= HEAD + TAIL {
        let all = part(&mut found.file, 0, HEAD + TAIL)?;
        return Ok(how.begin(&all, true, wanted).map(|begun| begun.end(&[], at)));
    }
    let tail = part(&mut found.file, found.size - TAIL, TAIL)?;
    Ok(Some(begun.end(&tail, at)))
}

fn part(file: &mut fs::File, from: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::unix::fs::symlink;
    use std::time::SystemTime;

    fn stored(dir: &Path) -> Stored {
        let text = format!(
            "schema = 1\nname = 'a'\nkind = 'agent'\n[command]\nprogram = 'a'\n\
             [conversations.stored]\nfiles = ['{{env:NONE}}/*', '{}/*']\nformat = 'lines'\n\
             session = '/id'\ndirectory = '/cwd'\n\
             [[conversations.stored.on]]\nprompt = '/said'\n",
            dir.display()
        );
        let checked = segno_agent::panetype::check(&text, "f");
        checked.pane_type.expect("a type").conversations.stored.expect("files")
    }

    fn write(path: &Path, age: u64, text: &str) {
        fs::write(path, text).unwrap();
        let changed = SystemTime::now() - Duration::from_secs(age);
        File::options().append(true).open(path).unwrap().set_modified(changed).unwrap();
    }

    #[test]
    fn the_newest_are_first_and_what_is_no_plain_file_is_left_out() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        let conversation = |id: &str, said: &str| {
            format!("{{\"id\":\"{id}\",\"cwd\":\"/w\",\"said\":\"{said}\"}}\n")
        };
        write(&path("a"), 30, &conversation("s1", "old"));
        write(&path("b"), 10, &conversation("s2", "new"));
        write(&path("c"), 20, &conversation("s1", "newer"));
        write(&path("d"), 0, "\u{0}\u{1}");
        // Far more than is read, in one line and in many.
        let line = format!("{{\"said\":\"{}\"}}\n", "x".repeat(2 << 20));
        let many = "{\"said\":\"between\"}\n".repeat(40_000);
        let last = "{\"said\":\"last\"}\n";
        write(&path("e"), 40, &format!("{}{line}{many}{last}", conversation("s3", "first")));
        symlink("a", path("link")).unwrap();
        nix::unistd::mkfifo(&path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        fs::create_dir(path("directory")).unwrap();

        let names = [PathBuf::from("/w")];
        let wanted = Scope { names: &names, allowed: &|id| id.starts_with('s') };
        let found = read(&stored(temp.path()), &BTreeMap::new(), wanted);
        let listed: Vec<_> = found
            .iter()
            .map(|listed| {
                (listed.session.as_str(), listed.summary.first_prompt.as_deref().unwrap_or(""))
            })
            .collect();
        assert_eq!(listed, [("s2", "new"), ("s1", "newer"), ("s3", "first")]);
        assert_eq!(found[2].summary.last_prompt.as_deref(), Some("last"));
        assert!(found[0].at > found[1].at && found[1].at > found[2].at);
    }
}
