//! Reading files that another program wrote, or could have replaced: what is not a regular file
//! of ours of a bounded size is refused, and nothing here can block.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};
use nix::unistd::{Gid, Uid};

/// What a path holds instead of a regular file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Directory,
    Fifo,
    Socket,
    Device,
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Directory => "a directory",
            Kind::Fifo => "a named pipe",
            Kind::Socket => "a socket",
            Kind::Device => "a device",
            Kind::Other => "not a regular file",
        })
    }
}

/// Why a file was not used. Comparable, so that the same refusal is logged once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it is a symbolic link")]
    Symlink,
    #[error("it is {0}")]
    NotRegular(Kind),
    #[error("it belongs to another user (id {0})")]
    NotOurs(u32),
    #[error("others can write it; take that away with `chmod go-w`")]
    Writable,
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    #[error("{0}")]
    Malformed(&'static str),
    #[error("the directory it is in {0}")]
    Directory(&'static str),
    #[error("{what}")]
    Io { kind: io::ErrorKind, what: String },
}

impl From<io::Error> for Refusal {
    fn from(e: io::Error) -> Refusal {
        Refusal::Io { kind: e.kind(), what: e.to_string() }
    }
}

impl From<Errno> for Refusal {
    fn from(e: Errno) -> Refusal {
        io::Error::from(e).into()
    }
}

/// An opened file that passed the checks.
#[derive(Debug)]
pub struct Checked {
    pub file: File,
    pub inode: u64,
    pub size: u64,
}

/// Opens a file to add to it, mode 0600 when it is made. Follows no link, and neither waits for nor
/// writes into what is no regular file.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = File::options()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags.bits())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
    }
}

/// Reads a file of at most `limit` bytes in a directory that other programs write to: the
/// directory too must be ours and no symbolic link. `None` when there is no such file.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Refusal> {
    open(path)?.map(|checked| read_all(checked, limit)).transpose()
}

/// As [`read`], wherever the directory is.
pub fn read_file(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Refusal> {
    open_with(path, Directory::Any)?.map(|checked| read_all(checked, limit)).transpose()
}

/// As [`read_file`], for what programs are started from: nobody else may be able to write it. The
/// user's own group counts as the user, as many systems give each user one.
pub fn read_trusted(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(checked) = open_file(path)? else { return Ok(None) };
    let metadata = checked.file.metadata()?;
    let by_group = metadata.mode() & 0o020 != 0 && metadata.gid() != Gid::effective().as_raw();
    if metadata.mode() & 0o002 != 0 || by_group {
        return Err(Refusal::Writable);
    }
    read_all(checked, limit).map(Some)
}

/// Opens a file for reading in a directory that must be ours and no symbolic link.
pub fn open(path: &Path) -> Result<Option<Checked>, Refusal> {
    open_with(path, Directory::Ours)
}

/// As [`open`], wherever the directory is.
pub fn open_file(path: &Path) -> Result<Option<Checked>, Refusal> {
    open_with(path, Directory::Any)
}

#[derive(Clone, Copy, PartialEq)]
enum Directory {
    Ours,
    Any,
}

fn open_with(path: &Path, directory: Directory) -> Result<Option<Checked>, Refusal> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Refusal::NotRegular(Kind::Directory));
    };
    let mut flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    if directory == Directory::Ours {
        flags |= OFlag::O_NOFOLLOW;
    }
    let dir = match openat(nix::fcntl::AT_FDCWD, dir, flags, Mode::empty()) {
        Ok(dir) => dir,
        Err(Errno::ENOENT) => return Ok(None),
        Err(Errno::ELOOP | Errno::ENOTDIR) => {
            return Err(Refusal::Directory("is a symbolic link or no directory"));
        }
        Err(e) => return Err(e.into()),
    };
    if directory == Directory::Ours && fstat(&dir)?.st_uid != Uid::effective().as_raw() {
        return Err(Refusal::Directory("belongs to another user"));
    }
    open_in(&dir, name)
}

fn open_in(dir: &OwnedFd, name: &OsStr) -> Result<Option<Checked>, Refusal> {
    // Looked at before opening, because opening alone has effects on some devices and pipes; and
    // again afterwards, because it may have been replaced in between.
    match fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(metadata) => check(&metadata)?,
        Err(Errno::ENOENT) => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    let flags = OFlag::O_RDONLY
        | OFlag::O_NOFOLLOW
        | OFlag::O_NONBLOCK
        | OFlag::O_NOCTTY
        | OFlag::O_CLOEXEC;
    let file = match openat(dir, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::ENOENT) => return Ok(None),
        Err(Errno::ELOOP) => return Err(Refusal::Symlink),
        Err(e) => return Err(e.into()),
    };
    let metadata = fstat(&file)?;
    check(&metadata)?;
    let size = u64::try_from(metadata.st_size).unwrap_or(0);
    Ok(Some(Checked { file: file.into(), inode: inode(&metadata), size }))
}

// The types of these fields differ between systems.
#[allow(clippy::unnecessary_cast)]
fn inode(metadata: &FileStat) -> u64 {
    metadata.st_ino as u64
}

fn check(metadata: &FileStat) -> Result<(), Refusal> {
    let kind = SFlag::from_bits_truncate(metadata.st_mode & SFlag::S_IFMT.bits());
    if kind == SFlag::S_IFLNK {
        return Err(Refusal::Symlink);
    }
    if kind != SFlag::S_IFREG {
        return Err(Refusal::NotRegular(match kind {
            SFlag::S_IFDIR => Kind::Directory,
            SFlag::S_IFIFO => Kind::Fifo,
            SFlag::S_IFSOCK => Kind::Socket,
            SFlag::S_IFCHR | SFlag::S_IFBLK => Kind::Device,
            _ => Kind::Other,
        }));
    }
    if metadata.st_uid != Uid::effective().as_raw() {
        return Err(Refusal::NotOurs(metadata.st_uid));
    }
    Ok(())
}

pub(crate) fn read_all(checked: Checked, limit: u64) -> Result<Vec<u8>, Refusal> {
    if checked.size > limit {
        return Err(Refusal::TooLarge(limit));
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    checked.file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Refusal::TooLarge(limit));
    }
    Ok(bytes)
}
