//! Directories that are ours alone: made, checked and tightened.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

use nix::unistd::Uid;

use super::HomeError;

/// Makes a directory that is ours alone and no symbolic link, or checks and tightens the one that
/// is there. To be used for every directory below the home.
pub fn own_directory(path: &Path) -> Result<(), HomeError> {
    // Before anything is made: a link that leads nowhere must not be made to lead somewhere.
    no_link(path)?;
    let found = directory(path)?;
    tighten(path, found)
}

pub(super) fn no_link(path: &Path) -> Result<(), HomeError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(HomeError::Symlink(path.to_path_buf())),
        _ => Ok(()),
    }
}

/// Makes one directory with mode 0700, or checks the one that is there; its mode.
pub(super) fn directory(path: &Path) -> Result<u32, HomeError> {
    let failed = |action, source| HomeError::Io { action, path: path.to_path_buf(), source };
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    match builder.create(path) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            return Err(HomeError::NotADirectory(path.to_path_buf()));
        }
        Err(e) => return Err(failed("create", e)),
    }
    let found = fs::metadata(path).map_err(|e| failed("look at", e))?;
    if !found.is_dir() {
        return Err(HomeError::NotADirectory(path.to_path_buf()));
    }
    let me = Uid::effective().as_raw();
    if found.uid() != me {
        return Err(HomeError::Owner { path: path.to_path_buf(), owner: found.uid(), me });
    }
    // Root owns /tmp; closing it would break the machine.
    if found.mode() & 0o1000 != 0 {
        return Err(HomeError::NotOwn(path.to_path_buf(), "shared with other users"));
    }
    Ok(found.mode())
}

pub(super) fn is_loose(mode: u32) -> bool {
    mode & 0o077 != 0
}

pub(super) fn tighten(path: &Path, mode: u32) -> Result<(), HomeError> {
    if is_loose(mode) || mode & 0o700 != 0o700 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(|source| {
            HomeError::Io { action: "tighten the permissions of", path: path.to_path_buf(), source }
        })?;
    }
    Ok(())
}
