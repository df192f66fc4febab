//! The archive's directory, which nobody else reads.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use crate::error::{Error, Result};

pub const DATABASE: &str = "archive.db";

/// Makes it where it is missing; the path without links in it.
pub fn prepare(directory: &Path) -> Result<PathBuf> {
    make_private(directory)?;
    directory.canonicalize().map_err(Error::file("cannot read", directory))
}

/// A directory for this user alone, and those above it.
pub fn make_private(directory: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .and_then(|()| fs::set_permissions(directory, Permissions::from_mode(0o700)))
        .map_err(Error::file("cannot make", directory))
}

/// Opens a file to append to, for this user alone; never through a link.
pub fn create_private(path: &Path) -> Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
        .map_err(Error::file("cannot write", path))
}
