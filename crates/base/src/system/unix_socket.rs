//! Unix sockets at any path, for their owner only. Blocking; the daemon turns them into tokio's.
//!
//! A socket's address holds about a hundred bytes, and a home directory may be longer. On Linux
//! the address then goes through a descriptor of the directory; elsewhere it is a clear error.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

/// The longest path that fits into an address everywhere, its final NUL not counted.
const DIRECT_MAX: usize = 103;

/// Listens at a path, mode 0600. What lies there is replaced: a stale socket must not keep
/// anybody from starting, so make sure by a lock that nobody listens there.
pub fn bind(path: &Path) -> io::Result<UnixListener> {
    let is_socket = |metadata: fs::Metadata| metadata.file_type().is_socket();
    if !fs::symlink_metadata(path).is_ok_and(is_socket) {
        clear(path)?;
    }
    // A stale socket is replaced at once, never missing: it shows whoever looks that there was a
    // daemon, and that another one is to be had.
    let mut fresh = path.as_os_str().to_os_string();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    clear(&fresh)?;
    // Between bind and chmod the directory's mode (0700) keeps others out, and peers are checked.
    let listener = at(&fresh, |address| UnixListener::bind(address))?;
    fs::set_permissions(&fresh, Permissions::from_mode(0o600))?;
    fs::rename(&fresh, path)?;
    Ok(listener)
}

/// The identity of the file at a path; `None` when there is none.
pub fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Connects to the socket at a path, and checks that it is ours.
pub fn connect(path: &Path) -> io::Result<UnixStream> {
    let stream = at(path, |address| UnixStream::connect(address))?;
    check_peer(&stream)?;
    Ok(stream)
}

/// Refuses a peer that runs as another user, whatever the file's mode let through.
pub fn check_peer(stream: &UnixStream) -> io::Result<()> {
    let peer = peer_uid(stream)?;
    if peer == Uid::effective() {
        return Ok(());
    }
    let message = format!("the other side runs as user {peer}, not as you");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn peer_uid(stream: &UnixStream) -> io::Result<Uid> {
    let peer = nix::sys::socket::getsockopt(stream, nix::sys::socket::sockopt::PeerCredentials)?;
    Ok(Uid::from_raw(peer.uid()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn peer_uid(stream: &UnixStream) -> io::Result<Uid> {
    Ok(nix::unistd::getpeereid(stream)?.0)
}

/// Calls with an address for the path that is short enough.
fn at<T>(path: &Path, call: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() <= DIRECT_MAX {
        return call(path);
    }
    #[cfg(target_os = "linux")]
    {
        use nix::fcntl::{OFlag, open};
        use std::os::fd::AsRawFd;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let directory = open(parent, flags, nix::sys::stat::Mode::empty())?;
        call(&Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string()).join(name))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let message = format!(
            "the socket's path has {} bytes and at most {DIRECT_MAX} are allowed here; choose a shorter SEGNO_HOME",
            path.as_os_str().len()
        );
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}

/// Makes a path free for a socket.
fn clear(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => move_aside(path),
        Ok(_) => fs::remove_file(path),
    }
}

/// Renames what lies at a path to a free name beside it: `NAME.aside-N`.
pub(crate) fn move_aside(path: &Path) -> io::Result<()> {
    for n in 1..1000 {
        let mut name = OsString::from(path.file_name().unwrap_or_default());
        name.push(format!(".aside-{n}"));
        let target: PathBuf = path.with_file_name(name);
        if fs::symlink_metadata(&target).is_err() {
            return fs::rename(path, target);
        }
    }
    let shown = String::from_utf8_lossy(path.as_os_str().as_bytes()).into_owned();
    Err(io::Error::other(format!("too much was moved aside from {shown:?} already")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn talk(path: &Path) {
        let listener = bind(path).unwrap();
        let mut client = connect(path).unwrap();
        client.write_all(b"hi").unwrap();
        drop(client);
        let (mut server, _) = listener.accept().unwrap();
        check_peer(&server).unwrap();
        let mut text = String::new();
        server.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hi");
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn any_length_around_the_limit_works() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().as_os_str().len() + 2;
        for wanted in [DIRECT_MAX - 1, DIRECT_MAX, 104, 107, 108, 109, 200] {
            // One directory deeper for each, so that the path has exactly this many bytes.
            let home = dir.path().join("x".repeat(wanted - base - "keeper.sock".len()));
            fs::create_dir(&home).unwrap();
            let path = home.join("keeper.sock");
            assert_eq!(path.as_os_str().len(), wanted);
            if cfg!(target_os = "linux") || wanted <= DIRECT_MAX {
                talk(&path);
            } else {
                assert!(bind(&path).is_err());
            }
        }
    }

    #[test]
    fn whatever_lies_there_does_not_keep_anybody_from_listening() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sock");
        drop(UnixListener::bind(&path).unwrap());
        talk(&path);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "garbage").unwrap();
        talk(&path);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        talk(&path);
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/nowhere", &path).unwrap();
        talk(&path);
    }
}
