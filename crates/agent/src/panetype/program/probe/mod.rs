//! The file system as launch plans see it.

use std::fs::File;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::{AccessFlags, access};

use crate::panetype::launch::{Head, Probe};
use segno_base::system::os::process;

mod glob;

/// The largest file that is read to be merged with.
const MAX_BYTES: u64 = 1024 * 1024;

/// The real file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemProbe;

impl Probe for SystemProbe {
    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn is_executable(&self, path: &Path) -> bool {
        path.is_file() && access(path, AccessFlags::X_OK).is_ok()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let head = self.head(path, MAX_BYTES)?;
        if !head.whole {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than 1 MB"));
        }
        Ok(head.bytes)
    }

    fn head(&self, path: &Path, most: u64) -> io::Result<Head> {
        // Without waiting: the name may be a pipe's.
        let file = File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        let whole = bytes.len() as u64 <= most;
        if !whole {
            bytes.pop();
        }
        Ok(Head { bytes, whole })
    }

    fn matching(&self, pattern: &Path) -> Vec<PathBuf> {
        glob::matching(pattern)
    }

    fn is_alive(&self, pid: i32) -> bool {
        process::exists(pid)
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        segno_base::system::random::bytes()
    }

    fn free_port(&self) -> io::Result<u16> {
        Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_regular_files_are_read_and_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("plain"), "x").unwrap();
        fs::write(path("program"), "x").unwrap();
        fs::set_permissions(path("program"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(path("huge"), vec![b' '; MAX_BYTES as usize + 1]).unwrap();
        nix::unistd::mkfifo(&path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(SystemProbe.is_executable(&path("program")));
        assert!(!SystemProbe.is_executable(&path("pipe")));
        assert!(!SystemProbe.is_executable(dir.path()));
        assert_eq!(SystemProbe.read(&path("plain")).unwrap(), b"x");
        assert!(SystemProbe.read(&path("pipe")).is_err());
        assert!(SystemProbe.read(&path("huge")).is_err());
        assert!(SystemProbe.read(dir.path()).is_err());
        let missing = SystemProbe.read(&path("missing")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
