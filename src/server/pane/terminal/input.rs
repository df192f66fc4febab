//! A pane's input: what waits for its program, how much may, and what is said of it.

use std::os::fd::BorrowedFd;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::server::client::input_cursor::Progress;
use crate::server::pane::input_queue::{self, Backlog, PasteMark};
use crate::server::pane::terminal::uptake::Uptake;
use crate::server::pane::terminal::{Terminal, TerminalEvent};

/// From this much waiting input on, who pastes into a program that goes on taking it waits; what is
/// pasted into one that does not is lost, and the pane says so.
const CONGESTED: usize = 8 * 1024 * 1024;
/// When so much of that was taken, it goes on.
const RELIEF: usize = 512 * 1024;
/// What else is given to a program (keys, answers) may wait beyond that.
const FULL: usize = CONGESTED + 64 * 1024;
/// Ends a bracketed paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// Input on its way to the program, and how that takes it.
pub(super) struct Input {
    pub queue: Backlog,
    uptake: Uptake,
}

impl Input {
    /// A queue, in which an earlier daemon may have left some.
    pub fn new(queue: Backlog) -> Input {
        let now = Instant::now();
        let mut uptake = Uptake::new(now);
        uptake.changed(false, queue.len(), now);
        Input { queue, uptake }
    }

    /// Gives the program what it takes now.
    fn flush(&mut self, terminal: BorrowedFd<'_>) {
        let before = self.queue.len();
        self.queue.flush(terminal);
        let left = self.queue.len();
        if left != before {
            self.uptake.changed(true, left, Instant::now());
        }
    }
}

impl Terminal {
    /// Gives bytes to the program, in order. Never blocks.
    pub fn write(&self, bytes: &[u8]) {
        self.write_from(bytes, None);
    }

    /// Gives the program what a client's input means for it, handled this far with these bytes.
    pub fn write_from(&self, bytes: &[u8], from: Option<input_queue::From<'_>>) {
        let mut input = self.input.lock();
        if input.queue.len() >= FULL {
            input.uptake.lost(bytes.len());
            return self.wake.notify_one();
        }
        if from.is_some() {
            self.typed.store(true, Ordering::Release);
        }
        input.queue.push(bytes, from);
        let waiting = input.queue.len();
        input.uptake.changed(false, waiting, Instant::now());
        input.flush(self.master());
        if !input.queue.is_empty() {
            if input.queue.len() > CONGESTED {
                self.congested.store(true, Ordering::Release);
            }
            self.wake.notify_one();
        }
    }

    /// Gives the program this much of a prompt; its id and that are known with the bytes.
    pub fn write_prompt(&self, bytes: &[u8], id: &str, part: u64) {
        let progress = Progress::handled(part);
        self.write_from(bytes, Some(input_queue::From { token: id, progress: &progress }));
    }

    /// How far this client's input was handled when the program was given the last of it.
    pub fn handled(&self, token: &str) -> Option<Progress> {
        self.input.lock().queue.handled(token)
    }

    /// Whether its sender should wait, until `Uncongested` is said: much waits, and the program
    /// goes on taking it.
    pub fn is_congested(&self) -> bool {
        self.congested.load(Ordering::Acquire) && self.input.lock().uptake.is_taking(Instant::now())
    }

    /// How many bytes wait for the program, when they are too many for a paste to be added to.
    pub fn overfull(&self) -> Option<usize> {
        Some(self.input.lock().queue.len()).filter(|waiting| *waiting > CONGESTED)
    }

    /// Input was not given to the program because too much waits.
    pub fn lost(&self, bytes: usize) {
        self.input.lock().uptake.lost(bytes);
        self.wake.notify_one();
    }

    /// How many bytes wait for the program.
    pub fn waiting(&self) -> usize {
        self.input.lock().queue.len()
    }

    /// Drops what the program has not taken. `pasting`: a bracketed paste is under way, of which
    /// no more comes. A paste that the program has seen the beginning of is ended.
    pub fn drop_input(&self, pasting: bool) -> usize {
        let mut input = self.input.lock();
        let dropped = input.queue.clear();
        input.uptake.changed(true, 0, Instant::now());
        let within_paste = match dropped.paste {
            Some(mark) => mark == PasteMark::End,
            None => pasting,
        };
        drop(input);
        if within_paste {
            self.write(PASTE_END);
        }
        self.relieve();
        self.wake.notify_one();
        dropped.bytes
    }

    pub(super) fn flush_input(&self) {
        self.input.lock().flush(self.master());
        self.relieve();
    }

    /// Lets those go on who wait for room, if there is some.
    fn relieve(&self) {
        let room = self.input.lock().queue.len() <= CONGESTED - RELIEF;
        if room && self.congested.swap(false, Ordering::AcqRel) {
            self.report_event(TerminalEvent::Uncongested);
        }
    }

    /// Whether input waits, and when to [look](Terminal::look_at_input) at that.
    pub(super) fn input_due(&self) -> (bool, Option<Instant>) {
        let input = self.input.lock();
        (!input.queue.is_empty(), input.uptake.due())
    }

    /// Says how the program takes its input, if that has changed.
    pub(super) fn look_at_input(&self) {
        let mut input = self.input.lock();
        let waiting = input.queue.len();
        let look = input.uptake.look(waiting, Instant::now());
        drop(input);
        if look.stalled {
            // To wait for it makes no sense any more.
            self.report_event(TerminalEvent::Uncongested);
        }
        if let Some(waits) = look.say {
            self.report_event(TerminalEvent::InputWaits(waits));
        }
    }
}
