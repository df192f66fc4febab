//! Files that are linked, copied and replaced, never through a link.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

use crate::error::{Error, Result};

/// Of one that is larger, no version before is kept.
const BEFORE_MAX: u64 = 256 << 20;

pub enum Kept {
    Already,
    Linked,
    Copied,
}

/// Opens an ordinary file, not through a link, without waiting for a pipe's other end.
pub fn open_plain(path: &Path) -> Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)
        .map_err(Error::file("cannot read", path))?;
    let metadata = file.metadata().map_err(Error::file("cannot read", path))?;
    match metadata.is_file() {
        true => Ok(file),
        false => Err(Error::Refused { path: path.into(), why: "is not an ordinary file" }),
    }
}

/// Gives a file the second name `kept`, or brings its copy up to date.
pub fn keep(path: &Path, kept: &Path, before: &Path) -> Result<Kept> {
    let file = open_plain(path)?;
    let now = file.metadata().map_err(Error::file("cannot read", path))?;
    let old = fs::symlink_metadata(kept).ok().filter(fs::Metadata::is_file);
    if let Some(old) = &old {
        let same_file = (old.dev(), old.ino()) == (now.dev(), now.ino());
        let same_copy = old.len() == now.len() && old.modified().ok() == now.modified().ok();
        if same_file || same_copy {
            return Ok(Kept::Already);
        }
        // The file is another one, or it no longer begins with what the copy has.
        if !begins_with(&file, kept, old.len())? && old.len() <= BEFORE_MAX {
            pack(open_plain(kept)?, before)?;
        }
    }
    let directory = kept.parent().unwrap_or(Path::new("."));
    let temporary = directory.join(".new");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Error::file("cannot delete", &temporary)(error));
        }
        _ => {}
    }
    let linked = fs::hard_link(path, &temporary).is_ok()
        && fs::symlink_metadata(&temporary)
            .is_ok_and(|m| (m.dev(), m.ino()) == (now.dev(), now.ino()));
    if !linked {
        let _ = fs::remove_file(&temporary);
        let mut copy = create(&temporary)?;
        let mut source = &file;
        io::copy(&mut source, &mut copy)
            .and_then(|_| copy.set_modified(now.modified()?))
            .and_then(|()| copy.sync_all())
            .map_err(Error::file("cannot copy", path))?;
    }
    fs::rename(&temporary, kept).map_err(Error::file("cannot rename", &temporary))?;
    // Renaming over another name of the same file does nothing.
    let _ = fs::remove_file(&temporary);
    Ok(if linked { Kept::Linked } else { Kept::Copied })
}

/// Whether the file's first `length` bytes are the copy's.
fn begins_with(file: &File, copy: &Path, length: u64) -> Result<bool> {
    let mut copy_file = open_plain(copy)?;
    let same = (|| {
        if file.metadata()?.len() < length {
            return Ok(false);
        }
        let mut source = file;
        let (mut ours, mut theirs) = (vec![0; 64 << 10], vec![0; 64 << 10]);
        let mut left = length;
        let mut same = true;
        while left > 0 && same {
            let n = ours.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            copy_file.read_exact(&mut ours[..n])?;
            source.read_exact(&mut theirs[..n])?;
            same = ours[..n] == theirs[..n];
            left -= n as u64;
        }
        io::Seek::rewind(&mut source)?;
        Ok(same)
    })();
    same.map_err(Error::file("cannot read", copy))
}

/// Replaces a file by what is read, compressed.
pub fn pack(from: impl Read, to: &Path) -> Result<()> {
    write_with(to, Sync::Now, |file| zstd::stream::copy_encode(from, file, 3))
}

/// A new file for this user alone.
pub fn create(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::file("cannot write", path))
}

/// When what was written has to be on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    Now,
    /// At the next [`sync`]; until then it is whole, or as good as not there.
    Later,
}

/// Waits until everything in the file system of a directory is on the disk: for many files that is
/// quicker than for one after the other.
pub fn sync(directory: &Path) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        let opened = File::open(directory).map_err(Error::file("cannot read", directory))?;
        nix::unistd::syncfs(opened)
            .map_err(|code| Error::file("cannot write", directory)(code.into()))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = directory;
        nix::unistd::sync();
        Ok(())
    }
}

/// Replaces a file: all of it is there, or nothing has changed.
pub fn write(path: &Path, bytes: &[u8], sync: Sync) -> Result<()> {
    write_with(path, sync, |file| file.write_all(bytes))
}

fn write_with(
    path: &Path,
    sync: Sync,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let failed = || Error::file("cannot write", path);
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(directory)
        .map_err(failed())?;
    write(file.as_file_mut()).map_err(failed())?;
    if sync == Sync::Now {
        file.as_file().sync_all().map_err(failed())?;
    }
    file.persist(path).map_err(|error| failed()(error.error))?;
    Ok(())
}
