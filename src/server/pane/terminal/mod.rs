//! A pane's terminal: what its program prints is journaled and fed to the emulator. One [`task`]
//! does that, and whatever else a terminal wants done in time.
//!
//! Little output is taken where the server runs, which wakes nobody; a flood gets a thread of its
//! own for as long as it lasts, so that it holds up no other pane and no key.
//!
//! Whoever writes to the program goes through [`Terminal::write`], which never blocks: what the
//! program does not take at once waits in a queue that the task empties.

mod input;
#[cfg(all(test, target_os = "linux"))]
mod kill_model;
mod task;
mod uptake;

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, mpsc};

use crate::server::aside::pool::is_short;
use crate::server::message::Message;
use crate::server::pane::output_log::{OpenedLog, PaneLog};
use crate::server::pane::output_pipe::{self, Intake};
use crate::server::pane::pty_channel::PtyChannel;
use crate::server::pane::terminal::input::Input;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Size;
use segno_core::model::pane::InputWaits;
use segno_core::panes::attributes::LogFile;
use segno_keeper::client::Keeper;
use segno_store::pane::journal::{Journal, JournalError};
use segno_term::{CellPixels, Emulator, Lines, NoticeLimit, TermEvent, TextFormat};

/// How long a flood's thread waits for more.
const FLOOD_PAUSE: u16 = 4;
/// A pause of this length is worth a word after a key: what the key was for is most likely there.
const KEY_PAUSE: u16 = 1;
/// How long a program's output waits for its log before it is looked again.
const LOG_PAUSE: Duration = Duration::from_millis(5);
/// The lines at the end of the screen that are searched for what an ended program said.
const LAST_WORDS: usize = 30;

/// What a pane's task reports to the server.
#[derive(Debug)]
pub(in crate::server) enum TerminalEvent {
    /// The screen changed; said once until [`Terminal::seen`].
    Changed,
    /// The flood in which a key was typed has paused.
    Paused,
    Term(TermEvent),
    /// Who waited for room in the queue of input needs to no longer.
    Uncongested,
    /// How much input has been waiting for a while; `None` when none is any more.
    InputWaits(Option<InputWaits>),
    /// Everything that the ended program printed was read; its last lines are here.
    Drained {
        last_words: String,
    },
    /// The log that the user asked for cannot be written, and was ended.
    LogEnded(String),
    /// The journal cannot be written, or can again.
    Journal(Result<(), String>),
    /// The journal was removed from outside, and is begun anew.
    JournalRemoved,
}

/// A pane's terminal, shared by the server and the pane's task.
pub(in crate::server) struct Terminal {
    pub pane: PaneId,
    /// Distinguishes this terminal's events from those of the pane's earlier ones.
    pub run: u64,
    emulator: Mutex<Emulator>,
    journal: Mutex<Journal>,
    master: OwnedFd,
    /// What the program printed and the journal does not have yet.
    intake: Mutex<Intake>,
    /// Where the user wants what is printed.
    log: Mutex<Option<PaneLog>>,
    /// What the program has not taken yet.
    input: Mutex<Input>,
    changed: AtomicBool,
    /// When the program printed something last, in milliseconds after `begun`; 0 for never.
    printed: AtomicU64,
    begun: Instant,
    /// The program ended: read what is left, then stop.
    ended: AtomicBool,
    congested: AtomicBool,
    /// A key was typed since the last pause of a flood.
    typed: AtomicBool,
    notices: Mutex<NoticeLimit>,
    wake: Notify,
    queue: mpsc::UnboundedSender<Message>,
}

impl Terminal {
    /// Starts the task that serves a channel. Must be called within the runtime. `replies` are what
    /// the program still waits for from an earlier daemon; what that one had fetched is journaled
    /// now, and done.
    pub fn start(
        pane: PaneId,
        run: u64,
        emulator: Emulator,
        journal: Journal,
        channel: PtyChannel,
        replies: &[u8],
        queue: mpsc::UnboundedSender<Message>,
    ) -> std::io::Result<Arc<Terminal>> {
        let PtyChannel { master, intake, backlog } = channel;
        set_nonblocking(&master)?;
        let terminal = Arc::new(Terminal {
            pane,
            run,
            emulator: Mutex::new(emulator),
            journal: Mutex::new(journal),
            master,
            intake: Mutex::new(intake),
            log: Mutex::new(None),
            input: Mutex::new(Input::new(backlog)),
            changed: AtomicBool::new(false),
            printed: AtomicU64::new(0),
            begun: Instant::now(),
            ended: AtomicBool::new(false),
            congested: AtomicBool::new(false),
            typed: AtomicBool::new(false),
            notices: Mutex::default(),
            wake: Notify::new(),
            queue,
        });
        let (size, cell) = {
            let emulator = terminal.emulator();
            (emulator.size(), emulator.modes().cell.each())
        };
        let set = segno_base::system::os::set_window_size(terminal.master(), size, cell);
        set.unwrap_or_else(|error| tracing::debug!(%pane, %error, "cannot set a cell's size"));
        let watched = task::watch(&terminal)?;
        if !replies.is_empty() {
            terminal.write(replies);
        }
        terminal.intake.lock().done();
        tokio::spawn(task::serve(terminal.clone(), watched));
        Ok(terminal)
    }

    pub fn emulator(&self) -> MutexGuard<'_, Emulator> {
        self.emulator.lock()
    }

    /// The PTY master, for the keeper.
    pub fn master(&self) -> std::os::fd::BorrowedFd<'_> {
        self.master.as_fd()
    }

    /// Lets a new keeper hold what is under way on the channel.
    pub fn entrust(&self, keeper: &Keeper) {
        // Not under the locks: the keeper may take its time.
        let held: Vec<OwnedFd> = {
            let (intake, input) = (self.intake.lock(), self.input.lock());
            let fds = [intake.fd(), input.queue.fd()].into_iter().flatten();
            fds.filter_map(|fd| fd.try_clone_to_owned().ok()).collect()
        };
        if let [intake, input] = &held[..] {
            crate::server::pane::pty_channel::entrust(
                keeper,
                self.pane,
                &[intake.as_fd(), input.as_fd()],
            );
        }
    }

    /// When the program printed something last, since this daemon has its terminal.
    pub fn printed_at(&self) -> Option<Instant> {
        let after = Some(self.printed.load(Ordering::Acquire)).filter(|after| *after > 0)?;
        Some(self.begun + Duration::from_millis(after))
    }

    /// The server has drawn, or will draw, what changed so far.
    pub fn seen(&self) {
        self.changed.store(false, Ordering::Release);
    }

    pub fn resize(&self, size: Size) {
        let size = size.clamped();
        // In this order wherever both are taken.
        let mut journal = self.journal.lock();
        let mut emulator = self.emulator.lock();
        if emulator.size() == size {
            return;
        }
        emulator.resize(size);
        let written = journal.resize(size);
        drop(journal);
        self.report(written);
        // Under the lock, so that the program sees sizes in the order the emulator has them.
        let cell = emulator.modes().cell.each();
        if let Err(error) = segno_base::system::os::set_window_size(self.master(), size, cell) {
            tracing::debug!(pane = %self.pane, %error, "cannot resize the terminal");
        }
    }

    /// What a cell measures from now on, for programs that ask and for pictures.
    pub fn set_cell_pixels(&self, cell: CellPixels) {
        // In this order wherever both are taken.
        let mut journal = self.journal.lock();
        let mut emulator = self.emulator.lock();
        if emulator.modes().cell == cell {
            return;
        }
        emulator.set_cell_pixels(cell);
        // The size of a picture in what comes next depends on it: replayed, it has to be the same.
        journal.outdate();
        let set =
            segno_base::system::os::set_window_size(self.master(), emulator.size(), cell.each());
        if let Err(error) = set {
            tracing::debug!(pane = %self.pane, %error, "cannot set a cell's size");
        }
    }

    /// The program ended: what it printed is read to the end, then `Drained` is said.
    pub fn finish(&self) {
        self.ended.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    /// Stores what is not yet safe from a power failure.
    pub fn sync(&self) {
        // Not under the lock: output goes on meanwhile.
        self.settle();
        // A pane's own end takes its journal away, but only after its terminal has ended.
        if self.journal.lock().was_removed() && !self.ended.load(Ordering::Acquire) {
            self.report_event(TerminalEvent::JournalRemoved);
            self.rotate();
        }
        let unsynced = self.journal.lock().unsynced();
        if let Some(unsynced) = unsynced {
            self.report(unsynced.sync());
        }
    }

    /// What colour queries are answered with from now on.
    pub fn set_palette(&self, palette: segno_term::Palette) {
        let mut events = Vec::new();
        self.emulator.lock().set_palette(palette, &mut events);
        self.report_all(events);
    }

    /// Takes the screen and the journal out, for the pane's next run.
    pub fn take_over(&self) -> (Emulator, Journal) {
        let emulator = std::mem::replace(
            &mut *self.emulator.lock(),
            Emulator::new(
                Size::MIN,
                segno_term::Options { scrollback_lines: 0, ..Default::default() },
            ),
        );
        (emulator, std::mem::replace(&mut *self.journal.lock(), Journal::disabled()))
    }

    fn report_event(&self, event: TerminalEvent) {
        // The server is gone only when the process ends.
        let _ = self.queue.send(Message::Pane { pane: self.pane, run: self.run, event });
    }

    /// Reports what became of writing the journal, if that is worth it.
    pub fn report(&self, result: Result<(), JournalError>) {
        match result {
            Ok(()) | Err(JournalError::Suspended) => {}
            Err(error) => self.report_event(TerminalEvent::Journal(Err(error.to_string()))),
        }
    }

    /// Journals bytes and feeds them to the emulator.
    fn take(&self, bytes: &[u8]) {
        let mut events = Vec::new();
        let mut journal = self.journal.lock();
        let written = journal.append(bytes);
        let mut emulator = self.emulator.lock();
        let now = Instant::now();
        emulator.advance(bytes, now, &mut events);
        let after = u64::try_from((now - self.begun).as_millis()).unwrap_or(u64::MAX);
        self.printed.store(after.max(1), Ordering::Release);
        self.write_log(bytes);
        drop(journal);
        MutexGuard::unlock_fair(emulator);
        self.report(written);
        self.report_all(events);
    }

    /// Logs what comes from now on, and nothing to a file that was logged to before. May take as
    /// long as the file's disk.
    pub fn log_to(&self, to: &LogFile) -> Result<(), String> {
        self.begin_log(OpenedLog::open(to).map_err(|error| error.to_string())?)
    }

    /// Logs to a file that was opened for it.
    pub fn begin_log(&self, opened: OpenedLog) -> Result<(), String> {
        let (queue, pane, run) = (self.queue.clone(), self.pane, self.run);
        let failed = move |why| {
            let event = TerminalEvent::LogEnded(why);
            let _ = queue.send(Message::Pane { pane, run, event });
        };
        // Nothing is printed between what the screen shows and what is logged.
        let _journal = self.journal.lock();
        let log = PaneLog::begin(opened, &self.emulator.lock(), failed);
        *self.log.lock() = Some(log.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Ends the log, when all is written.
    pub fn end_log(&self) {
        // Not under the lock: the program goes on printing.
        let log = self.log.lock().take();
        if let Some(log) = log {
            log.finish();
        }
    }

    /// Waits until what was printed is in the log, at most so long.
    pub fn settle_log(&self, end: Instant) {
        if let Some(log) = &*self.log.lock() {
            log.settle(end);
        }
    }

    /// Has bytes logged; a log that cannot be written is over.
    fn write_log(&self, bytes: &[u8]) {
        let mut log = self.log.lock();
        if log.as_mut().is_some_and(|log| !log.write(bytes)) {
            *log = None;
        }
    }

    /// Whether the program has to wait for its log.
    fn is_behind_log(&self) -> bool {
        self.log.lock().as_ref().is_some_and(PaneLog::is_behind)
    }

    /// Begins a new segment of the journal where one is wanted. [`Terminal::sync`] continues it.
    fn rotate(&self) {
        let mut journal = self.journal.lock();
        if !journal.wants_rotation() {
            return;
        }
        // Nothing comes in between: output and sizes take the journal first.
        let (size, dump) = {
            let emulator = self.emulator.lock();
            (emulator.size(), emulator.dump())
        };
        let suspended = journal.retry_at().is_some();
        let begun = journal.begin(size, &dump, crate::server::clock::now_ms());
        let settled = begun.is_ok() && !journal.is_rotating();
        drop(journal);
        match begun {
            Ok(()) if suspended && settled => self.report_event(TerminalEvent::Journal(Ok(()))),
            result => self.report(result),
        }
        self.wake.notify_one();
    }

    /// Waits for the disk until the segment that was begun is the journal. Output goes on.
    fn settle(&self) {
        let Some(rotation) = self.journal.lock().rotation() else { return };
        let synced = rotation.sync();
        let mut journal = self.journal.lock();
        let suspended = journal.retry_at().is_some();
        let finished = journal.finish(&rotation, synced);
        drop(journal);
        match finished.and_then(|()| rotation.drop_older()) {
            Ok(()) if suspended => self.report_event(TerminalEvent::Journal(Ok(()))),
            result => self.report(result),
        }
    }

    /// Whether a segment was begun; not known while somebody uses the journal, who then wakes the
    /// task.
    fn is_rotating(&self) -> bool {
        self.journal.try_lock().is_some_and(|journal| journal.is_rotating())
    }

    /// When room is to be looked for again for a journal that could not be written; `None` also
    /// while somebody uses it.
    fn retry_at(&self) -> Option<Instant> {
        self.journal.try_lock()?.retry_at()
    }

    fn report_all(&self, events: Vec<TermEvent>) {
        for event in events {
            match event {
                TermEvent::Reply(bytes) => self.write(&bytes),
                // What is too much is dropped here, before it costs the server anything.
                TermEvent::Notification(_) if !self.notices.lock().allows(Instant::now()) => {}
                other => self.report_event(TerminalEvent::Term(other)),
            }
        }
        if !self.changed.swap(true, Ordering::AcqRel) {
            self.report_event(TerminalEvent::Changed);
        }
    }

    /// Takes in what the program has printed, a chunk at most, and says how much that was; `None`
    /// at its end, `WouldBlock` when there is nothing.
    fn take_in(&self) -> std::io::Result<Option<usize>> {
        BUFFER.with_borrow_mut(|buffer| {
            let mut intake = self.intake.lock();
            let offset = self.journal.lock().offset();
            let Some(bytes) = intake.fetch(self.master(), offset, buffer)? else {
                return Ok(None);
            };
            let count = bytes.len();
            self.take(bytes);
            intake.done();
            Ok(Some(count))
        })
    }

    /// Whether the journal should begin a new segment, which takes a while.
    fn wants_rotation(&self) -> bool {
        self.journal.lock().wants_rotation()
    }

    /// Whether a flood has to wait for the disk.
    fn is_overfull(&self) -> bool {
        self.journal.lock().is_overfull()
    }

    /// Takes in a flood until there is a pause; false at the output's end. Blocks.
    fn take_flood(&self) -> bool {
        use nix::poll::{PollFd, PollFlags, poll};
        // Where threads are short, others have their turn.
        while !self.ended.load(Ordering::Acquire) && !is_short() {
            self.rotate();
            if self.is_overfull() {
                self.settle();
            }
            if self.is_behind_log() {
                std::thread::sleep(LOG_PAUSE);
                continue;
            }
            self.flush_input();
            match self.take_in() {
                Ok(Some(_)) => {}
                Ok(None) => return false,
                Err(_) => {
                    let mut master = [PollFd::new(self.master(), PollFlags::POLLIN)];
                    let mut goes_on = |within: u16| poll(&mut master, within) == Ok(1);
                    if self.typed.load(Ordering::Acquire) && !goes_on(KEY_PAUSE) {
                        self.typed.store(false, Ordering::Release);
                        self.report_event(TerminalEvent::Paused);
                    }
                    if !goes_on(FLOOD_PAUSE) {
                        break;
                    }
                }
            }
        }
        true
    }

    fn last_words(&self) -> String {
        self.emulator.lock().text(Lines::Last(LAST_WORDS), TextFormat::Plain)
    }
}

thread_local! {
    /// One buffer per worker, not per pane: two hundred idle panes must not cost memory.
    static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; output_pipe::BUFFER]);
}

fn set_nonblocking(fd: &OwnedFd) -> std::io::Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}
