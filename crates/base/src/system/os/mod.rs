//! Everything for which the operating system demands `unsafe`: passing descriptors, preparing
//! children, signals. Thin and safe to call; must not hold policy.
//!
//! Linux first; each Linux-only call has a fallback so that other Unixes compile and work.

#![allow(unsafe_code)] // The one module that may; every block says why it is sound.

mod clone_file;
mod descriptors;
mod footprint;
pub mod process;
pub mod processes;

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use crate::screen::geometry::Size;

pub use clone_file::clone_file;
pub use descriptors::{Descriptors, MAX_FDS, descriptors, recv_with_fds, send_with_fds};
pub use footprint::Footprint;

/// A close-on-exec duplicate of a descriptor that a library shows only as a number.
pub fn duplicate(raw: RawFd) -> io::Result<OwnedFd> {
    if raw < 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: the borrow ends with this statement; the kernel refuses a number that is not open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(raw) };
    borrowed.try_clone_to_owned()
}

/// Takes over a descriptor whose number this process was started with (`--ready-fd 3`). `None`
/// when it is one of the standard ones or not open. To be called once for a number.
pub fn adopt(raw: RawFd) -> Option<OwnedFd> {
    // SAFETY: asking for flags has no effect, whatever the number is.
    if raw <= 2 || unsafe { libc::fcntl(raw, libc::F_GETFD) } < 0 {
        return None;
    }
    // SAFETY: it is open, and was given to this process to own.
    Some(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Closes every descriptor from 3 up except `keep`. Only for the start of a process's main, when
/// nothing owns a descriptor yet.
pub fn close_inherited(keep: Option<RawFd>) {
    let mut open: Vec<RawFd> = match std::fs::read_dir("/dev/fd") {
        Ok(entries) => {
            entries.flatten().filter_map(|e| e.file_name().to_str()?.parse().ok()).collect()
        }
        // Without the list: the usual range.
        Err(_) => (3..1024).collect(),
    };
    open.retain(|fd| *fd > 2 && Some(*fd) != keep);
    for fd in open {
        // SAFETY: by this function's contract nobody owns it. The list's own is closed already.
        unsafe { libc::close(fd) };
    }
}

/// The limit of open descriptors that this process was started with, once it was raised.
static STARTED_WITH: OnceLock<(libc::rlim_t, libc::rlim_t)> = OnceLock::new();

/// Allows this process as many descriptors as the system lets it have: each pane needs a few.
/// What is started from here gets the limit that this process was started with.
pub fn raise_descriptor_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    STARTED_WITH.get_or_init(|| (soft, hard));
    // Some systems call it endless and refuse that.
    let wanted = hard.min(1 << 18).max(soft);
    if let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) {
        tracing::debug!(%error, "the limit of open descriptors stays {soft}");
    }
}

/// Between fork and exec: the limit as this process found it.
fn restore_descriptor_limit() {
    if let Some((soft, hard)) = STARTED_WITH.get() {
        let limit = libc::rlimit { rlim_cur: *soft, rlim_max: *hard };
        // SAFETY: async-signal-safe on every system here; reads the struct during the call.
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    }
}

/// Lets other processes of the machine go first, for what is done in the background. Not behind
/// everything: at the lowest priority, a machine that compiles on all cores leaves too little for
/// it.
pub fn give_way() {
    // SAFETY: takes plain numbers; where it is refused, everything goes on as before.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 10) };
}

/// Which permissions new files of this process lack. Where the system does not say, it is set
/// for a moment: to be called before the process has threads that make files.
pub fn umask() -> u32 {
    #[cfg(target_os = "linux")]
    if let Some(mask) = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let mask = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
        u32::from_str_radix(mask.trim(), 8).ok()
    }) {
        return mask;
    }
    let mask = nix::sys::stat::umask(nix::sys::stat::Mode::S_IRWXG | nix::sys::stat::Mode::S_IRWXO);
    nix::sys::stat::umask(mask);
    // `mode_t` is narrower on other systems.
    #[allow(clippy::useless_conversion)]
    mask.bits().into()
}

/// Lets the child become the leader of a new session whose controlling terminal is its standard
/// input, with default signal dispositions, an empty mask, no descriptor from 3 up, and this mask
/// for new files if one is given.
pub fn lead_terminal(command: &mut Command, umask: Option<u32>) {
    let umask = umask.map(|mask| nix::sys::stat::Mode::from_bits_truncate((mask & 0o777) as _));
    let prepare = move || {
        if let Some(mask) = umask {
            nix::sys::stat::umask(mask);
        }
        reset_signals();
        restore_descriptor_limit();
        // SAFETY: async-signal-safe calls on this process itself.
        unsafe {
            if libc::setsid() < 0 {
                return Err(io::Error::last_os_error());
            }
            #[allow(clippy::cast_lossless, clippy::unnecessary_cast)] // its type differs by system
            if libc::ioctl(0, libc::TIOCSCTTY as _, 0) < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        mark_all_close_on_exec();
        Ok(())
    };
    // SAFETY: `prepare` only makes async-signal-safe calls and allocates nothing.
    unsafe { command.pre_exec(prepare) };
}

/// Lets the child be nobody's: a session of its own without a terminal, and not a child of this
/// process (the one that `spawn` returns ends at once and is to be waited for). Keeps `inherit`.
pub fn detach(command: &mut Command, inherit: Option<RawFd>) {
    let prepare = move || {
        reset_signals();
        restore_descriptor_limit();
        // SAFETY: async-signal-safe calls on this process itself; between fork and exec this
        // process has one thread, and the one that forks again only ends.
        unsafe {
            if libc::setsid() < 0 {
                return Err(io::Error::last_os_error());
            }
            match libc::fork() {
                -1 => return Err(io::Error::last_os_error()),
                0 => {}
                _ => libc::_exit(0),
            }
        }
        mark_all_close_on_exec();
        if let Some(fd) = inherit
            // SAFETY: as above.
            && unsafe { libc::fcntl(fd, libc::F_SETFD, 0) } < 0
        {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    };
    // SAFETY: see inside.
    unsafe { command.pre_exec(prepare) };
}

/// Lets the child lead a session of its own without a terminal: it can ask nobody anything.
pub fn leave_terminal(command: &mut Command) {
    let prepare = || {
        // SAFETY: an async-signal-safe call on this process itself.
        if unsafe { libc::setsid() } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    };
    // SAFETY: `prepare` makes one async-signal-safe call and allocates nothing.
    unsafe { command.pre_exec(prepare) };
}

/// Between fork and exec: marks every descriptor from 3 up close-on-exec, in case some library
/// forgot to. Closing them here would take the pipe by which a failing exec is reported.
fn mark_all_close_on_exec() {
    #[cfg(target_os = "linux")]
    // SAFETY: changes flags only. A kernel that does not know the call refuses it, and every
    // descriptor of ours is marked already.
    unsafe {
        const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, CLOSE_RANGE_CLOEXEC);
    }
}

/// Between fork and exec: every signal as a fresh process expects it.
fn reset_signals() {
    // SAFETY: async-signal-safe. The kernel refuses the numbers that cannot be changed or do not
    // exist.
    unsafe {
        for number in 1..32 {
            libc::signal(number, libc::SIG_DFL);
        }
        #[cfg(target_os = "linux")]
        for number in 32..=64 {
            unignore_realtime(number);
        }
        let mut none = std::mem::MaybeUninit::uninit();
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut());
    }
}

/// Sets a real-time signal to its default where some ancestor had it ignored. By the system call,
/// because the C library does not let anybody near the two that it uses itself.
#[cfg(target_os = "linux")]
fn unignore_realtime(number: libc::c_int) {
    // The kernel's struct, whose first word is the handler, is four words; more is harmless.
    let mut old = [0usize; 8];
    let default = [0usize; 8];
    const SET_BYTES: usize = 8;
    // SAFETY: async-signal-safe; the kernel reads one buffer and fills the other.
    unsafe {
        let nothing = std::ptr::null::<usize>();
        libc::syscall(libc::SYS_rt_sigaction, number, nothing, old.as_mut_ptr(), SET_BYTES);
        if old[0] == libc::SIG_IGN {
            let nowhere = std::ptr::null_mut::<usize>();
            libc::syscall(libc::SYS_rt_sigaction, number, default.as_ptr(), nowhere, SET_BYTES);
        }
    }
}

/// Whom to wake on SIGCHLD and on SIGTERM: the writing ends of self-pipes, -1 for a free place. A
/// process has one keeper; tests run several in one process.
static WATCHERS: [Watcher; 32] = [const { Watcher::new() }; 32];

struct Watcher(AtomicI32);

impl Watcher {
    const fn new() -> Watcher {
        Watcher(AtomicI32::new(-1))
    }
}

/// Bytes that arrive at a [`SignalPipe`].
pub const WAKE_CHILD: u8 = b'c';
/// SIGTERM arrived.
pub const WAKE_TERM: u8 = b't';

extern "C" fn wake(signal: libc::c_int) {
    let byte = if signal == libc::SIGTERM { WAKE_TERM } else { WAKE_CHILD };
    let saved = nix::errno::Errno::last_raw();
    for watcher in &WATCHERS {
        let fd = watcher.0.load(Ordering::Relaxed);
        if fd >= 0 {
            // SAFETY: write is async-signal-safe; the pipe is non-blocking, and a full one will
            // wake its reader anyway.
            unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
        }
    }
    nix::errno::Errno::set_raw(saved);
}

extern "C" fn ignore(_: libc::c_int) {}

/// Becomes readable when a child of this process changed state, or SIGTERM came if that is
/// watched too.
pub struct SignalPipe {
    reader: UnixStream,
    writer: UnixStream,
}

impl SignalPipe {
    /// Starts watching SIGCHLD.
    pub fn children() -> io::Result<SignalPipe> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        let fd = writer.as_raw_fd();
        let free = WATCHERS.iter().any(|watcher| {
            watcher.0.compare_exchange(-1, fd, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        });
        if !free {
            return Err(io::Error::other("too many watchers of child processes"));
        }
        let pipe = SignalPipe { reader, writer };
        handle(Signal::SIGCHLD, wake)?;
        Ok(pipe)
    }

    /// Watches SIGTERM as well, which then ends nothing by itself.
    pub fn watch_term(&self) -> io::Result<()> {
        handle(Signal::SIGTERM, wake)
    }

    /// What is readable when there is something to do.
    pub fn reader(&self) -> &UnixStream {
        &self.reader
    }

    /// Empties the pipe; whether SIGTERM was among what came.
    pub fn drain(&self) -> bool {
        let mut buffer = [0; 64];
        let mut term = false;
        while let Ok(n @ 1..) = io::Read::read(&mut &self.reader, &mut buffer) {
            term |= buffer[..n].contains(&WAKE_TERM);
        }
        term
    }
}

impl Drop for SignalPipe {
    fn drop(&mut self) {
        let fd = self.writer.as_raw_fd();
        for watcher in &WATCHERS {
            let _ = watcher.0.compare_exchange(fd, -1, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

/// Catches these signals without effect. A handler rather than "ignored", because the latter would
/// be inherited by every program that is started from here.
pub fn shrug_off(signals: &[Signal]) -> io::Result<()> {
    signals.iter().try_for_each(|signal| handle(*signal, ignore))
}

fn handle(signal: Signal, handler: extern "C" fn(libc::c_int)) -> io::Result<()> {
    let action = SigAction::new(SigHandler::Handler(handler), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: both handlers make async-signal-safe calls only.
    unsafe { sigaction(signal, &action) }?;
    Ok(())
}

/// Lets the child have every signal unblocked and at its default, whatever this process has.
pub fn own_signals(command: &mut Command) {
    let prepare = || {
        reset_signals();
        Ok(())
    };
    // SAFETY: `prepare` only makes async-signal-safe calls and allocates nothing.
    unsafe { command.pre_exec(prepare) };
}

/// Unblocks every signal in this process and sets them to their defaults.
pub fn fresh_signals() {
    reset_signals();
    // What the Rust runtime sets up: a broken pipe is an error, not the end. The standard library
    // undoes it in children.
    // SAFETY: changes a disposition.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

/// A descriptor that becomes readable when the process ends, whoever's child it is. `None` where
/// the system has no such thing, or no such process.
pub fn watch_process(pid: i32) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: takes numbers only; a result of 0 or more is a new descriptor (close-on-exec).
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        RawFd::try_from(fd).ok().filter(|fd| *fd >= 0).map(|fd| {
            // SAFETY: see above.
            unsafe { OwnedFd::from_raw_fd(fd) }
        })
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pid;
        None
    }
}

/// The process group in the foreground of a terminal, asked by its master.
pub fn foreground_group(terminal: BorrowedFd<'_>) -> Option<i32> {
    nix::unistd::tcgetpgrp(terminal).ok().map(nix::unistd::Pid::as_raw).filter(|pid| *pid > 1)
}

/// The name of the program that leads a terminal's foreground group, cut as the kernel keeps it;
/// where the system reports it so.
pub fn foreground_name(terminal: BorrowedFd<'_>) -> Option<String> {
    let group = foreground_group(terminal)?;
    let name = std::fs::read_to_string(format!("/proc/{group}/comm")).ok()?;
    Some(name.trim_end_matches('\n').to_string())
}

/// What the machine is called.
pub fn host_name() -> String {
    let name = nix::sys::utsname::uname().ok();
    name.map(|name| name.nodename().to_string_lossy().into_owned()).unwrap_or_default()
}

/// Sets a terminal's size; its foreground group gets SIGWINCH when it changed.
pub fn set_window_size(terminal: BorrowedFd<'_>, size: Size, cell: (u16, u16)) -> io::Result<()> {
    let size = libc::winsize {
        ws_row: size.rows,
        ws_col: size.cols,
        ws_xpixel: size.cols.saturating_mul(cell.0),
        ws_ypixel: size.rows.saturating_mul(cell.1),
    };
    // SAFETY: the kernel reads the struct during the call.
    let done = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ as _, &raw const size) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A terminal's size.
pub fn window_size(terminal: BorrowedFd<'_>) -> io::Result<Size> {
    window_sizes(terminal).map(|(size, _)| size)
}

/// A terminal's size in cells, and as width and height in pixels, which are 0 when unknown.
pub fn window_sizes(terminal: BorrowedFd<'_>) -> io::Result<(Size, (u16, u16))> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the kernel fills the struct during the call.
    let done = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCGWINSZ as _, &raw mut size) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((Size::new(size.ws_col, size.ws_row), (size.ws_xpixel, size.ws_ypixel)))
}

/// Seconds that local time is ahead of UTC at a time (seconds since the Unix epoch).
pub fn utc_offset(at: u64) -> Option<i32> {
    broken_down(at).and_then(|tm| i32::try_from(tm.tm_gmtoff).ok())
}

/// A time (seconds since the Unix epoch) as a local date and time of day, `2026-11-21 14:02`.
pub fn local_time(at: u64) -> String {
    match broken_down(at) {
        Some(tm) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02}",
            tm.tm_year + 1900,
            tm.tm_mon + 1,
            tm.tm_mday,
            tm.tm_hour,
            tm.tm_min
        ),
        None => "earlier".to_string(),
    }
}

fn broken_down(at: u64) -> Option<libc::tm> {
    // Its type has no name that every C library's bindings agree on.
    let at = at.try_into().ok()?;
    let mut tm = std::mem::MaybeUninit::<libc::tm>::uninit();
    // SAFETY: both pointers are valid for the call, and the result is read only when it says that
    // it filled the structure in.
    unsafe {
        if libc::localtime_r(&at, tm.as_mut_ptr()).is_null() {
            return None;
        }
        Some(tm.assume_init())
    }
}

/// A process's working directory; `None` where the system does not say, or the process or the
/// directory is gone. Never waits.
pub fn process_directory(pid: i32) -> Option<std::path::PathBuf> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use std::os::unix::ffi::OsStrExt;
        // As the kernel has it: no disk is asked, so that one that hangs is not waited for.
        let gone = |path: &std::path::Path| path.as_os_str().as_bytes().ends_with(b" (deleted)");
        std::fs::read_link(format!("/proc/{pid}/cwd")).ok().filter(|path| !gone(path))
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = pid;
        None
    }
}

/// The process at the other end of a socket, where the system reports it.
pub fn peer_pid(stream: &UnixStream) -> Option<i32> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let peer = nix::sys::socket::getsockopt(stream, nix::sys::socket::sockopt::PeerCredentials);
        peer.ok().map(|peer| peer.pid())
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = stream;
        None
    }
}
