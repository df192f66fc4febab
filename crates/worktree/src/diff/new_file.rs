//! A file that git does not know yet, as a difference to nothing.

use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::libc;

use super::{Change, FileDiff, Hunk, Line, Side};

/// Reads it. `left` is how many bytes may still be read; `None` when that is not enough, and for
/// what is no file.
pub(super) fn read(root: &Path, path: &Path, left: &mut usize) -> Option<FileDiff> {
    let full = root.join(path);
    let metadata = fs::symlink_metadata(&full).ok()?;
    let (mode, bytes) = if metadata.is_symlink() {
        ("120000", fs::read_link(&full).ok()?.as_os_str().as_bytes().to_vec())
    } else if metadata.is_file() {
        let size = usize::try_from(metadata.len()).ok().filter(|size| size <= left)?;
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = fs::File::options().read(true).custom_flags(flags).open(&full).ok()?;
        let mut bytes = Vec::new();
        file.take(size as u64).read_to_end(&mut bytes).ok()?;
        (if metadata.mode() & 0o100 == 0 { "100644" } else { "100755" }, bytes)
    } else {
        return None;
    };
    *left = left.saturating_sub(bytes.len());
    // As git decides it.
    let binary = bytes.iter().take(8000).any(|byte| *byte == 0);
    let hunks = if binary || bytes.is_empty() { Vec::new() } else { vec![whole(&bytes)] };
    Some(FileDiff {
        old: None,
        new: Some(path.to_path_buf()),
        change: Change::Added,
        old_mode: None,
        new_mode: Some(mode.into()),
        binary,
        untracked: true,
        hunks,
    })
}

fn whole(bytes: &[u8]) -> Hunk {
    let line = |raw: &[u8]| Line {
        side: Side::New,
        text: raw.strip_suffix(b"\n").unwrap_or(raw).to_vec(),
        open: !raw.ends_with(b"\n"),
    };
    let lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').map(line).collect();
    let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    Hunk { old: (0, 0), new: (1, count), heading: String::new(), lines }
}
