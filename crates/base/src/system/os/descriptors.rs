//! Descriptors: passed between processes, and counted.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::libc;
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

/// The most descriptors that one message may carry.
pub const MAX_FDS: usize = 4;

/// Sends bytes with descriptors attached to the first of them; returns how many bytes went.
/// Once one byte went, the descriptors went too.
pub fn send_with_fds(stream: impl AsFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let raw: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&raw)];
    let control: &[ControlMessage<'_>] = if raw.is_empty() { &[] } else { &rights };
    // A peer that went must be an error here, not a SIGPIPE. Where the flag is missing, the Rust
    // runtime and the standard library's sockets see to that.
    #[cfg(not(target_vendor = "apple"))]
    let flags = MsgFlags::MSG_NOSIGNAL;
    #[cfg(target_vendor = "apple")]
    let flags = MsgFlags::empty();
    let to = stream.as_fd().as_raw_fd();
    let sent = sendmsg::<()>(to, &[IoSlice::new(bytes)], control, flags, None)?;
    Ok(sent)
}

/// Receives bytes and the descriptors that came with them, close-on-exec. 0 bytes: the peer went.
/// More than [`MAX_FDS`] at once are an error, and so are some that this process has no room for;
/// none of them stays open then.
pub fn recv_with_fds(stream: impl AsFd, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    // Aligned for what the kernel writes there, and with room for more than is allowed.
    let mut space = [0_u64; 16];
    let mut slice = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: a plain struct of numbers and pointers, for which zeros are valid.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut slice;
    header.msg_iovlen = 1;
    header.msg_control = space.as_mut_ptr().cast();
    header.msg_controllen = std::mem::size_of_val(&space) as _;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let flags = libc::MSG_CMSG_CLOEXEC;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let flags = 0;
    // SAFETY: the header points to buffers that outlive the call, with their lengths.
    let count = unsafe { libc::recvmsg(stream.as_fd().as_raw_fd(), &raw mut header, flags) };
    let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    // What was cut off is none of ours; what came is, and a library that reports the cut as an
    // error would leave it open.
    let fds = rights(&header);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    for fd in &fds {
        nix::fcntl::fcntl(fd, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC))?;
    }
    if fds.len() > MAX_FDS {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "too many descriptors at once"));
    }
    if header.msg_flags & libc::MSG_CTRUNC != 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no room for the descriptors"));
    }
    Ok((count, fds))
}

/// The descriptors that a message brought.
fn rights(header: &libc::msghdr) -> Vec<OwnedFd> {
    let mut fds = Vec::new();
    // SAFETY: the kernel has filled the header, and these walk what it says is there.
    let mut item = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !item.is_null() {
        // SAFETY: not null, so it is a whole item within the header's space; its data are
        // descriptors that the kernel has just made for this process alone.
        unsafe {
            if (*item).cmsg_level == libc::SOL_SOCKET && (*item).cmsg_type == libc::SCM_RIGHTS {
                let data = libc::CMSG_DATA(item);
                let length = (*item).cmsg_len as usize - (data as usize - item as usize);
                for index in 0..length / std::mem::size_of::<RawFd>() {
                    let raw = data.cast::<RawFd>().add(index).read_unaligned();
                    fds.push(OwnedFd::from_raw_fd(raw));
                }
            }
            item = libc::CMSG_NXTHDR(header, item);
        }
    }
    fds
}

/// How many descriptors a process has open, and may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptors {
    pub open: usize,
    pub limit: usize,
}

/// Those of this process.
pub fn descriptors() -> io::Result<Descriptors> {
    use nix::sys::resource::{Resource, getrlimit};
    let listed = if cfg!(any(target_os = "linux", target_os = "android")) {
        "/proc/self/fd"
    } else {
        "/dev/fd"
    };
    // The listing itself is one of them.
    let open = std::fs::read_dir(listed)?.count().saturating_sub(1);
    let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(Descriptors { open, limit: usize::try_from(soft).unwrap_or(usize::MAX) })
}
