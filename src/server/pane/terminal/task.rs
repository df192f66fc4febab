//! The task of a pane's terminal: it waits for output, for room for input, for disks and for
//! deadlines, and lets the terminal do what is due.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

use crate::server::aside::pool;
use crate::server::aside::pool::Running;
use crate::server::pane::output_pipe;
use crate::server::pane::terminal::{Terminal, TerminalEvent};

/// The journal is synced this long after the first byte that is not.
const SYNC_AFTER: Duration = Duration::from_millis(500);
/// Output of this size at once is a flood.
const FLOOD: usize = 8 * 1024;
/// Output below this size was all that there was.
const LITTLE: usize = output_pipe::SHORT;

/// The end of something that runs aside; never, when nothing does.
async fn joined<T>(running: &mut Option<Running<T>>) -> Option<T> {
    match running {
        Some(handle) => {
            let result = handle.await.ok();
            *running = None;
            result
        }
        None => std::future::pending().await,
    }
}

/// A terminal's master as the runtime watches it.
pub(super) struct Master(Arc<Terminal>);

impl AsRawFd for Master {
    fn as_raw_fd(&self) -> RawFd {
        self.0.master.as_raw_fd()
    }
}

/// Lets the runtime watch the master. Not while a flood's thread reads it: the runtime's thread
/// would wake for every page of the flood, and the kernel's with it.
#[expect(
    deprecated,
    reason = "the successor is unsafe for types whose descriptor may change; an OwnedFd's does not"
)]
pub(super) fn watch(terminal: &Arc<Terminal>) -> std::io::Result<AsyncFd<Master>> {
    AsyncFd::new(Master(terminal.clone()))
}

/// Resolves when there may be output; never, while nobody watches.
async fn readable(
    watched: Option<&AsyncFd<Master>>,
) -> std::io::Result<AsyncFdReadyGuard<'_, Master>> {
    match watched {
        Some(watched) => watched.readable().await,
        None => std::future::pending().await,
    }
}

/// Resolves when input may be taken; never, while nobody watches.
async fn writable(
    watched: Option<&AsyncFd<Master>>,
) -> std::io::Result<AsyncFdReadyGuard<'_, Master>> {
    match watched {
        Some(watched) => watched.writable().await,
        None => std::future::pending().await,
    }
}

/// Serves one PTY until its program ended and all was read.
pub(super) async fn serve(terminal: Arc<Terminal>, watched: AsyncFd<Master>) {
    let mut watched = Some(watched);
    let mut open = true;
    let mut sync_at: Option<tokio::time::Instant> = None;
    let mut disk: Option<Running<()>> = None;
    let mut flood: Option<Running<bool>> = None;
    let soon = || tokio::time::Instant::now() + SYNC_AFTER;
    while !terminal.ended.load(Ordering::Acquire) {
        let hold = terminal.emulator.lock().sync_deadline().map(tokio::time::Instant::from_std);
        let (waiting, look) = terminal.input_due();
        let look = look.map(tokio::time::Instant::from_std);
        let retry = terminal.retry_at().map(tokio::time::Instant::from_std);
        if disk.is_none() && terminal.is_rotating() {
            let terminal = terminal.clone();
            disk = Some(pool::spawn(move || terminal.sync()));
        }
        tokio::select! {
            ready = readable(watched.as_ref()), if open => {
                let Ok(mut ready) = ready else { open = false; continue };
                match ready.try_io(|_| terminal.take_in()) {
                    Ok(Ok(Some(count))) => {
                        sync_at.get_or_insert_with(soon);
                        let waits = terminal.wants_rotation() || terminal.is_behind_log();
                        if count >= FLOOD || waits {
                            drop(ready);
                            watched = None;
                            let flooding = terminal.clone();
                            flood = Some(pool::spawn(move || flooding.take_flood()));
                        } else if count < LITTLE {
                            // There was no more, and what comes from now on is announced. Asking
                            // would wait for the kernel to look.
                            ready.clear_ready();
                        } else {
                            // What is ready elsewhere has its turn.
                            drop(ready);
                            tokio::task::yield_now().await;
                        }
                    }
                    Ok(_) => open = false,
                    Err(_would_block) => {}
                }
            }
            more = joined(&mut flood) => {
                open &= more.unwrap_or(true);
                sync_at.get_or_insert_with(soon);
                watched = watch(&terminal).ok();
                if watched.is_none() && open {
                    // Out of memory for it, most likely: its thread goes on looking.
                    let flooding = terminal.clone();
                    flood = Some(pool::spawn(move || flooding.take_flood()));
                }
            }
            // A terminal that nobody has open any more is writable for ever and takes nothing.
            ready = writable(watched.as_ref()), if waiting && open => {
                let Ok(mut ready) = ready else { open = false; continue };
                terminal.flush_input();
                if terminal.waiting() > 0 {
                    ready.clear_ready();
                }
            }
            () = tokio::time::sleep_until(look.unwrap_or_else(soon)), if look.is_some() => {
                terminal.look_at_input();
            }
            () = tokio::time::sleep_until(sync_at.unwrap_or_else(soon)), if sync_at.is_some() && disk.is_none() => {
                // A flood goes on being written.
                sync_at = flood.is_some().then(soon);
                let terminal = terminal.clone();
                disk = Some(pool::spawn(move || terminal.sync()));
            }
            _ = joined(&mut disk) => {}
            () = tokio::time::sleep_until(retry.unwrap_or_else(soon)), if retry.is_some() && disk.is_none() && flood.is_none() => {
                let terminal = terminal.clone();
                disk = Some(pool::spawn(move || terminal.rotate()));
            }
            () = tokio::time::sleep_until(hold.unwrap_or_else(soon)), if hold.is_some() => {
                terminal.emulator.lock().end_sync();
                terminal.report_all(Vec::new());
            }
            () = terminal.wake.notified() => {}
        }
        // Whatever is ready all the time here, others have their turn.
        tokio::task::consume_budget().await;
    }
    // What the program printed before its end is in the PTY now.
    if let Some(flood) = flood {
        let _ = flood.await;
    }
    while matches!(terminal.take_in(), Ok(Some(_))) {
        tokio::task::yield_now().await;
    }
    let last = terminal.clone();
    let _ = pool::spawn(move || last.sync()).await;
    terminal.report_event(TerminalEvent::Drained { last_words: terminal.last_words() });
}
