//! The queue of input and the pipe of output against daemons that are killed between any two system
//! calls: whatever happens, each byte arrives once and in order.

#![allow(clippy::unwrap_used, reason = "a model for tests")]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use proptest::prelude::*;

use crate::server::client::input_cursor::Progress;
use crate::server::pane::input_queue::{Backlog, From};
use crate::server::pane::output_pipe::{BUFFER, Intake};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// How far a daemon comes with something before it is killed.
#[derive(Debug, Clone, Copy)]
enum Killed {
    /// Not at all.
    Before,
    /// Within it.
    Half,
    /// It is done, and not noted.
    After,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The user types so many bytes.
    Type(usize, Option<Killed>),
    /// The program reads at most so many.
    Read(usize),
    /// The queue is given to the program.
    Flush,
    /// What waits is dropped.
    Drop,
    /// The program prints so many bytes.
    Print(usize),
    /// What it printed is taken in.
    Take(Option<Killed>),
    Kill,
}

fn killed() -> impl Strategy<Value = Option<Killed>> {
    proptest::option::weighted(
        0.4,
        prop_oneof![Just(Killed::Before), Just(Killed::Half), Just(Killed::After)],
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..9_000_usize, killed()).prop_map(|(n, killed)| Step::Type(n, killed)),
        3 => (1..20_000_usize).prop_map(Step::Read),
        2 => Just(Step::Flush),
        1 => Just(Step::Drop),
        4 => (1..9_000_usize).prop_map(Step::Print),
        4 => killed().prop_map(Step::Take),
        1 => Just(Step::Kill),
    ]
}

/// A program, a user, what outlives daemons, and a daemon.
struct World {
    master: OwnedFd,
    program: File,
    queue: Backlog,
    intake: Intake,
    /// What the user typed by frame, as far as it is not known to be handled.
    frames: Vec<(u64, Vec<u8>)>,
    seq: u64,
    /// The daemon's note beside the queue of how far it has come.
    record: u64,
    /// What the program must get, and what it got.
    typed: Vec<u8>,
    read: Vec<u8>,
    /// What it printed, and what the journal has.
    printed: Vec<u8>,
    journal: Vec<u8>,
    /// The next byte of anything.
    next: u8,
}

impl World {
    fn new() -> World {
        let pty = nix::pty::openpty(None, None).unwrap();
        let mut raw = tcgetattr(&pty.slave).unwrap();
        cfmakeraw(&mut raw);
        tcsetattr(&pty.slave, SetArg::TCSANOW, &raw).unwrap();
        for fd in [&pty.master, &pty.slave] {
            fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        }
        World {
            master: pty.master,
            program: pty.slave.into(),
            queue: Backlog::new(),
            intake: Intake::new(),
            frames: Vec::new(),
            seq: 0,
            record: 0,
            typed: Vec::new(),
            read: Vec::new(),
            printed: Vec::new(),
            journal: Vec::new(),
            next: 0,
        }
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count)
            .map(|_| {
                self.next = self.next.wrapping_add(1);
                self.next
            })
            .collect()
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Type(count, killed) => {
                let bytes = self.bytes(count);
                self.typed.extend_from_slice(&bytes);
                self.seq += 1;
                self.frames.push((self.seq, bytes.clone()));
                match killed {
                    None => self.take_frame(self.seq, &bytes),
                    Some(Killed::Before) => {}
                    Some(Killed::Half) => {
                        // The bytes are there, the header does not speak of them yet.
                        let file =
                            File::from(self.queue.fd().unwrap().try_clone_to_owned().unwrap());
                        let mut tail = [0; 8];
                        file.read_exact_at(&mut tail, 0).unwrap();
                        file.write_all_at(&bytes, u64::from_le_bytes(tail)).unwrap();
                    }
                    Some(Killed::After) => self.push(self.seq, &bytes),
                }
                if killed.is_some() {
                    self.kill();
                }
            }
            Step::Read(count) => {
                let mut buffer = vec![0; count];
                let count = self.program.read(&mut buffer).unwrap_or(0);
                self.read.extend_from_slice(&buffer[..count]);
            }
            Step::Flush => self.queue.flush(self.master.as_fd()),
            Step::Drop => {
                // What was dropped is the end of what the program would have got.
                let dropped = self.queue.clear().bytes;
                self.typed.truncate(self.typed.len() - dropped);
            }
            Step::Print(count) => {
                let bytes = self.bytes(count);
                let count = self.program.write(&bytes).unwrap_or(0);
                self.next = self.next.wrapping_sub((bytes.len() - count) as u8);
                self.printed.extend_from_slice(&bytes[..count]);
            }
            Step::Take(killed) => self.take_in(killed),
            Step::Kill => self.kill(),
        }
    }

    fn push(&mut self, seq: u64, bytes: &[u8]) {
        let progress = Progress::handled(seq);
        self.queue.push(bytes, Some(From { token: TOKEN, progress: &progress }));
    }

    fn take_frame(&mut self, seq: u64, bytes: &[u8]) {
        self.push(seq, bytes);
        self.queue.flush(self.master.as_fd());
        self.record = seq;
    }

    fn take_in(&mut self, killed: Option<Killed>) {
        let mut buffer = vec![0; BUFFER];
        let offset = self.journal.len() as u64;
        let Ok(Some(bytes)) = self.intake.fetch(self.master.as_fd(), offset, &mut buffer) else {
            return;
        };
        match killed {
            Some(Killed::Before) => return self.kill(),
            // A torn record at the journal's end is cut.
            Some(Killed::Half) => {
                let half = bytes.len() / 2;
                self.journal.extend_from_slice(&bytes[..half]);
                return self.kill();
            }
            None | Some(Killed::After) => self.journal.extend_from_slice(bytes),
        }
        if killed.is_some() {
            return self.kill();
        }
        self.intake.done();
    }

    /// This daemon is gone; the next one finds what the keeper and the disk have.
    fn kill(&mut self) {
        self.queue = Backlog::adopt(self.queue.fd().unwrap().try_clone_to_owned().unwrap());
        self.intake = Intake::adopt(self.intake.fd().unwrap().try_clone_to_owned().unwrap());
        if let Some(held) = self.intake.held() {
            let known = usize::try_from(self.journal.len() as u64 - held.offset).unwrap();
            self.journal.extend_from_slice(&held.bytes[known.min(held.bytes.len())..]);
        }
        self.intake.done();
        // The client sends again what nobody has handled.
        let handled = self.queue.handled(TOKEN).map_or(0, |progress| progress.seq).max(self.record);
        self.record = handled;
        let frames = std::mem::take(&mut self.frames);
        for (seq, bytes) in frames.into_iter().filter(|(seq, _)| *seq > handled) {
            self.take_frame(seq, &bytes);
        }
    }

    fn finish(&mut self) {
        while self.read.len() < self.typed.len() {
            let before = self.read.len();
            self.run(Step::Flush);
            self.run(Step::Read(64 * 1024));
            if self.read.len() == before && self.queue.is_empty() {
                std::thread::yield_now();
            }
        }
        while self.journal.len() < self.printed.len() {
            self.run(Step::Take(None));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_byte_arrives_once_whoever_is_killed_when(
        steps in proptest::collection::vec(step(), 1..60)
    ) {
        let mut world = World::new();
        for step in steps {
            world.run(step);
        }
        world.finish();
        prop_assert!(world.read == world.typed);
        prop_assert!(world.journal == world.printed);
    }
}
