//! Files copied and moved: shared with the original where the file system can, links as links, and
//! nothing written through one.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path};

use nix::libc;

use segno_base::system::os;

/// No larger file is compared, in bytes.
const SAME_MAX: u64 = 16 << 20;

/// How a file looked: whoever writes to it changes one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    pub size: u64,
    /// Seconds and nanoseconds since the Unix epoch.
    pub modified: (i64, i64),
}

impl Stamp {
    /// Of what lies at a path; a link's own.
    pub fn of(path: &Path) -> io::Result<Stamp> {
        fs::symlink_metadata(path).map(|metadata| Stamp::from(&metadata))
    }
}

impl From<&fs::Metadata> for Stamp {
    fn from(metadata: &fs::Metadata) -> Stamp {
        Stamp { size: metadata.size(), modified: (metadata.mtime(), metadata.mtime_nsec()) }
    }
}

/// Copies a regular file or a link to a place where nothing is; what it looks like there. `None`
/// for what is neither (sockets, pipes, devices).
pub fn file(from: &Path, to: &Path) -> io::Result<Option<Stamp>> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_symlink() {
        symlink(fs::read_link(from)?, to)?;
    } else if metadata.is_file() {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC;
        let source = File::options().read(true).custom_flags(flags).open(from)?;
        let metadata = source.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let target = File::options().write(true).create_new(true).mode(0o600).open(to)?;
        let copied = match os::clone_file(&source, &target) {
            Ok(()) => Ok(()),
            Err(_) => io::copy(&mut &source, &mut &target).map(drop),
        };
        let dressed = copied.and_then(|()| {
            target.set_permissions(Permissions::from_mode(metadata.mode() & 0o7777))?;
            target.set_modified(metadata.modified()?)
        });
        if let Err(error) = dressed {
            // Half a file must not look like one.
            let _ = fs::remove_file(to);
            return Err(error);
        }
    } else {
        return Ok(None);
    }
    Stamp::of(to).map(Some)
}

/// Whether two regular files hold the same; links are not followed.
pub fn same(a: &Path, b: &Path) -> bool {
    let size = |path: &Path| {
        fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.size())
    };
    let sizes = (size(a), size(b));
    let (Some(one), Some(other)) = sizes else { return false };
    // A larger one is not worth the time: it counts as changed.
    one == other
        && one <= SAME_MAX
        && matches!((fs::read(a), fs::read(b)), (Ok(a), Ok(b)) if a == b)
}

/// Makes the directories that lead to a relative path, below a root. Refused where something else
/// stands in the way: a link would lead out of the root.
pub fn lead_to(root: &Path, relative: &Path) -> io::Result<()> {
    let mut path = root.to_path_buf();
    for part in relative.parent().into_iter().flat_map(Path::components) {
        let Component::Normal(name) = part else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        path.push(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(_) => fs::create_dir(&path)?,
        }
    }
    Ok(())
}

/// Copies everything of a directory except what `skip` names by its path into a new one.
pub fn tree(from: &Path, to: &Path, skip: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if !metadata.is_dir() {
        return file(from, to).map(drop);
    }
    DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let path = entry.path();
        if !skip(&path) {
            tree(&path, &to.join(entry.file_name()), skip)?;
        }
    }
    let directory = File::open(to)?;
    directory.set_permissions(Permissions::from_mode(metadata.mode() & 0o7777))?;
    directory.set_modified(metadata.modified()?)
}

/// Brings a directory to a place where nothing is; whether the original is gone. On another disk it
/// is copied to `half`, which is nobody's, and gets its name when all of it is on the disk and
/// `ready` has seen it: then the original is still there.
pub fn carry(
    from: &Path,
    to: &Path,
    half: &Path,
    ready: &dyn Fn(&fs::Metadata) -> io::Result<()>,
) -> io::Result<bool> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    match rename(from, to) {
        Err(error) if error.raw_os_error() == Some(libc::EXDEV) => {}
        done => return done.map(|()| true),
    }
    remove(half)?;
    tree(from, half, &|_| false)?;
    sync(half)?;
    ready(&fs::symlink_metadata(half)?)?;
    crate::step::step("carry: copied");
    rename(half, to)?;
    crate::step::step("carry: named");
    Ok(false)
}

/// Renames to a place where nothing is, and makes it last.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    for path in [from, to] {
        if let Some(parent) = path.parent() {
            File::open(parent)?.sync_all()?;
        }
    }
    Ok(())
}

/// Removes what was copied to `to`; what was changed or added meanwhile is copied first.
pub fn remove_copied(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(from) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let kept = fs::symlink_metadata(to).ok();
    if metadata.is_dir() {
        if kept.is_none() {
            fs::create_dir(to)?;
        }
        allow(from, &metadata);
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            remove_copied(&entry.path(), &to.join(entry.file_name()))?;
        }
        return fs::remove_dir(from);
    }
    let special = !metadata.is_file() && !metadata.is_symlink();
    let same = kept.as_ref().is_some_and(|kept| {
        kept.is_symlink() == metadata.is_symlink()
            && (metadata.is_symlink() || Stamp::from(kept) == Stamp::from(&metadata))
    });
    if !special && !same {
        match &kept {
            Some(kept) if kept.is_dir() => fs::remove_dir_all(to)?,
            Some(_) => fs::remove_file(to)?,
            None => {}
        }
        file(from, to)?;
    }
    fs::remove_file(from)
}

/// Removes whatever lies at a path, if anything does.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            unlock(path, &metadata);
            fs::remove_dir_all(path)
        }
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes directories that nobody may write to removable.
fn unlock(path: &Path, metadata: &fs::Metadata) {
    allow(path, metadata);
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if let Ok(metadata) = entry.metadata()
            && metadata.is_dir()
        {
            unlock(&entry.path(), &metadata);
        }
    }
}

fn allow(path: &Path, metadata: &fs::Metadata) {
    if metadata.mode() & 0o700 != 0o700 {
        let _ = fs::set_permissions(path, Permissions::from_mode(metadata.mode() | 0o700));
    }
}

/// Brings what is below a directory onto its disk.
fn sync(path: &Path) -> io::Result<()> {
    let directory = File::open(path)?;
    #[cfg(target_os = "linux")]
    nix::unistd::syncfs(&directory)?;
    directory.sync_all()
}

/// What may be copied.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub bytes: u64,
    pub files: u64,
}

impl Room {
    /// Whether a directory without what `skip` names fits; looks no further than that.
    pub fn holds(&mut self, path: &Path, skip: &dyn Fn(&Path) -> bool) -> bool {
        let Ok(metadata) = fs::symlink_metadata(path) else { return true };
        let size = if metadata.is_dir() { 0 } else { metadata.size() };
        let (Some(bytes), Some(files)) = (self.bytes.checked_sub(size), self.files.checked_sub(1))
        else {
            return false;
        };
        *self = Room { bytes, files };
        if !metadata.is_dir() {
            return true;
        }
        let mut entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.all(|entry| skip(&entry.path()) || self.holds(&entry.path(), skip))
    }
}

/// The size of a directory, in bytes; a file under several names counts each time.
pub fn size(path: &Path) -> u64 {
    let Ok(metadata) = fs::symlink_metadata(path) else { return 0 };
    if !metadata.is_dir() {
        return metadata.blocks() * 512;
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    metadata.blocks() * 512 + entries.map(|entry| size(&entry.path())).sum::<u64>()
}
