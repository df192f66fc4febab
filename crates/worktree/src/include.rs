//! `.worktreeinclude`: which files that git ignores come along into a new worktree, such as `.env`.
//! Only what is ignored *and* matched is copied, so nothing that is committed is ever replaced.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::copy::{self, Stamp};
use crate::error::io as failed;
use crate::git::{Git, words};
use crate::record::{Copies, Record};
use crate::{Context, Error};

/// The file in the root of the repository; its patterns are those of `.gitignore`.
pub const NAME: &str = ".worktreeinclude";
/// No file that a person writes is larger.
const SIZE_MAX: u64 = 256 << 10;

/// What became of it.
#[derive(Debug, Default)]
pub struct Included {
    pub copies: Copies,
    /// What was not copied, and why.
    pub left_out: Vec<(PathBuf, String)>,
}

/// Copies what is asked for from one working tree into another.
pub fn include(context: &Context, from: &Path, to: &Path) -> Result<Included, Error> {
    let mut included = Included::default();
    // A link would lead to patterns, and a device to none that ends.
    if crate::record::bounded(&from.join(NAME), SIZE_MAX).is_none() {
        return Ok(included);
    }
    let git = Git::look_at_files(context, from)?;
    let others = ["ls-files", "-z", "--others", "--ignored"];
    let ignored = git.call(others).arg("--exclude-standard").bytes()?;
    let mut exclude = std::ffi::OsString::from("--exclude-from=");
    exclude.push(from.join(NAME));
    let matched = git.call(others).arg(exclude).bytes()?;
    let ignored: BTreeSet<&Path> = words::paths(&ignored).collect();
    for path in words::paths(&matched).filter(|path| ignored.contains(path)) {
        let Some(key) = path.to_str() else {
            included.left_out.push((path.into(), "its name is not UTF-8".into()));
            continue;
        };
        match one(from, to, path) {
            Ok(Some(stamp)) => drop(included.copies.insert(key.to_string(), stamp)),
            Ok(None) => included.left_out.push((path.into(), "it is no regular file".into())),
            // The branch has it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                included.left_out.push((path.into(), "a link is in the way".into()));
            }
            // A full disk makes the worktree unusable; that is no small matter.
            Err(error) => return Err(failed("copy", &from.join(path))(error)),
        }
    }
    Ok(included)
}

/// What was copied in is as it is now: the project's own commands have changed it, which is no work
/// of anybody's.
pub fn settle(context: &Context, record: &Record) -> Result<(), Error> {
    let mut copies = record.copies(context);
    for (path, stamp) in &mut copies {
        if let Ok(now) = Stamp::of(&record.path.join(path)) {
            *stamp = now;
        }
    }
    record.store_copies(context, &copies)
}

fn one(from: &Path, to: &Path, path: &Path) -> io::Result<Option<Stamp>> {
    let source = from.join(path);
    // Directories are there when they hold repositories of their own: not ours to copy.
    if fs::symlink_metadata(&source)?.is_dir() {
        return Ok(None);
    }
    copy::lead_to(to, path)?;
    copy::file(&source, &to.join(path))
}
