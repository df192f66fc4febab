//! What the intake promises: each byte in exactly one place, whoever dies when.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;

use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

use crate::server::pane::output_pipe::*;

/// A terminal in raw mode: the master, not blocking, and the program's side.
fn terminal() -> (OwnedFd, File) {
    let pty = openpty(None, None).unwrap();
    let mut raw = tcgetattr(&pty.slave).unwrap();
    cfmakeraw(&mut raw);
    tcsetattr(&pty.slave, SetArg::TCSANOW, &raw).unwrap();
    let flags = nix::fcntl::OFlag::O_NONBLOCK;
    nix::fcntl::fcntl(&pty.master, nix::fcntl::FcntlArg::F_SETFL(flags)).unwrap();
    (pty.master, pty.slave.into())
}

fn successor(intake: &Intake) -> Intake {
    Intake::adopt(intake.fd().unwrap().try_clone_to_owned().unwrap())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn what_was_fetched_is_found_until_it_is_done() {
    let (master, mut program) = terminal();
    let mut intake = Intake::new();
    let mut buffer = vec![0; BUFFER];
    let nothing = intake.fetch(master.as_fd(), 7, &mut buffer).unwrap_err();
    assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
    program.write_all(b"one").unwrap();
    assert_eq!(intake.fetch(master.as_fd(), 7, &mut buffer).unwrap(), Some(&b"one"[..]));

    let mut next = successor(&intake);
    drop(intake);
    let held = Held { offset: 7, bytes: b"one".to_vec() };
    assert_eq!(next.held(), Some(held));
    next.done();
    let mut next = successor(&next);
    assert_eq!(next.held(), None);
    program.write_all(b"two").unwrap();
    assert_eq!(next.fetch(master.as_fd(), 10, &mut buffer).unwrap(), Some(&b"two"[..]));
    next.done();
    drop(program);
    assert_eq!(next.fetch(master.as_fd(), 13, &mut buffer).unwrap(), None);
}

#[test]
fn a_flood_passes_whole_with_a_new_daemon_at_every_other_step() {
    let (master, mut program) = terminal();
    let sent: Vec<u8> = (0..1_000_000_u32).flat_map(|i| (i as u16).to_le_bytes()).collect();
    let expected = sent.clone();
    let writer = std::thread::spawn(move || program.write_all(&sent).unwrap());
    let mut intake = Intake::new();
    let mut buffer = vec![0; BUFFER];
    let mut got: Vec<u8> = Vec::new();
    let mut step = 0;
    while got.len() < expected.len() {
        match intake.fetch(master.as_fd(), got.len() as u64, &mut buffer) {
            Ok(Some(bytes)) => {
                step += 1;
                // Killed before, or after, it journaled what it had fetched.
                let journaled = step % 2 == 0;
                if journaled {
                    got.extend_from_slice(bytes);
                }
                if intake.fd().is_some() {
                    intake = successor(&intake);
                    let held = intake.held().unwrap();
                    let known = got.len() as u64 - held.offset;
                    got.extend_from_slice(&held.bytes[known as usize..]);
                } else if !journaled {
                    got.extend_from_slice(bytes);
                }
                intake.done();
            }
            Ok(None) => break,
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                std::thread::yield_now();
            }
        }
    }
    // The program's side stays open until here, or Linux would drop what is not read yet.
    writer.join().unwrap();
    assert!(got == expected, "{} of {} bytes", got.len(), expected.len());
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn a_pipe_that_holds_something_else_holds_nothing() {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(b"SEGNOOUTxx").unwrap();
    let mut intake = Intake::adopt(reader.into());
    assert_eq!(intake.held(), None);
    let (master, mut program) = terminal();
    program.write_all(b"x").unwrap();
    let mut buffer = vec![0; BUFFER];
    assert_eq!(intake.fetch(master.as_fd(), 0, &mut buffer).unwrap(), Some(&b"x"[..]));
}
