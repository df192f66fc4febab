//! The keeper where the process is what matters: as a real one, this test program, started anew.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::*;
use crate::process::{Paths, run, start_command};

/// The keeper's main when this test program is started as one, by [`start_process`].
#[test]
#[ignore = "the main of a process that other tests start"]
fn process_main() {
    if let Some(home) = std::env::var_os("SEGNO_TEST_KEEPER") {
        let ready = std::env::args().next_back().and_then(|fd| fd.parse().ok());
        let _ = run(&Paths::in_home(Path::new(&home)), ready);
    }
}

fn start_process(home: &Path) -> Result<(), KeeperError> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    // Behind the dashes, what `start_command` adds is a filter that matches no test.
    command.args(["--ignored", "--exact", "tests::process::process_main", "--nocapture", "--"]);
    command.env("SEGNO_TEST_KEEPER", home);
    start_command(command, &Paths::in_home(home))
}

/// Ends the keeper below a home when a test fails half-way.
struct EndAll<'a>(&'a Path);

impl Drop for EndAll<'_> {
    fn drop(&mut self) {
        let socket = Paths::in_home(self.0).socket;
        let _ = Keeper::connect(&socket, |_| ()).map(|keeper| keeper.shutdown(Duration::ZERO));
    }
}

fn keeper_pid(home: &Path) -> i32 {
    use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
    let stream = unix_socket::connect(&Paths::in_home(home).socket).unwrap();
    getsockopt(&stream, PeerCredentials).unwrap().pid()
}

/// What /proc says of a process in a line like `VmRSS:     1234 kB`.
fn status_of(pid: i32, field: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line[field.len() + 1..].trim().to_string()
}

fn fds_of(pid: i32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

fn children_of(pid: i32) -> usize {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let children = |task: std::fs::DirEntry| {
        std::fs::read_to_string(task.path().join("children")).unwrap_or_default()
    };
    tasks.flatten().map(children).map(|text| text.split_whitespace().count()).sum()
}

#[test]
fn the_process_belongs_to_nobody_and_signals_do_not_end_it() {
    let dir = tempfile::tempdir().unwrap();
    // Longer than a socket's address.
    let home = dir.path().join("x".repeat(120));
    std::fs::create_dir(&home).unwrap();
    // A descriptor that is not close-on-exec, as a careless parent leaves it.
    let careless = nix::unistd::dup(tempfile::tempfile().unwrap()).unwrap();
    start_process(&home).unwrap();
    let _end = EndAll(&home);
    let pid = keeper_pid(&home);
    // A second start finds the first.
    start_process(&home).unwrap();
    assert_eq!(keeper_pid(&home), pid);
    drop(careless);

    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<i32> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(1)
        .take(4)
        .map(|field| field.parse().unwrap())
        .collect();
    let [parent, _group, session, terminal] = fields[..] else { panic!("{stat}") };
    assert_ne!(parent, std::process::id() as i32);
    let ours = nix::unistd::getsid(None).unwrap().as_raw();
    assert!(session != ours && terminal == 0, "{stat}");
    // Standard ones, socket, both locks, what watches over them, the signals' pair.
    eventually("only its own descriptors are open", || fds_of(pid) <= 9);

    let (keeper, events) = connect(&Paths::in_home(&home).socket);
    let spawned = keeper.spawn(&sh(1, "cat /proc/self/status; echo end; read x")).unwrap();
    let text = read_until(&spawned.master, "end");
    for field in ["SigBlk", "SigIgn", "SigCgt"] {
        assert!(text.contains(&format!("{field}:\t0000000000000000")), "{text}");
    }
    for signal in [
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGTERM,
        Signal::SIGUSR1,
        Signal::SIGPIPE,
        Signal::SIGTSTP,
    ] {
        kill(Pid::from_raw(pid), signal).unwrap();
    }
    assert_eq!(keeper.list().unwrap().len(), 1);
    // SIGTERM asked it to go when nothing runs any more.
    nix::unistd::write(&spawned.master, b"\n").unwrap();
    exit(&events);
    assert_eq!(events.recv_timeout(PATIENCE).unwrap(), KeeperEvent::Lost);
    eventually("the process ends", || !alive(pid));
    assert!(!Paths::in_home(&home).socket.exists());
}

#[test]
fn after_kill_9_another_one_takes_its_place_and_the_panes() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    start_process(home).unwrap();
    let _end = EndAll(home);
    let socket = Paths::in_home(home).socket;
    let (keeper, events) = connect(&socket);
    let spawned = keeper.spawn(&sh(1, "echo up; read x; echo $x; read x")).unwrap();
    read_until(&spawned.master, "up");
    kill(Pid::from_raw(keeper_pid(home)), Signal::SIGKILL).unwrap();
    assert_eq!(events.recv_timeout(PATIENCE).unwrap(), KeeperEvent::Lost);
    // The stale socket is no obstacle.
    start_process(home).unwrap();
    let (keeper, events) = connect(&socket);
    keeper.deposit(pane(1), spawned.pid, spawned.master.as_fd(), String::new()).unwrap();
    nix::unistd::write(&spawned.master, b"two\n").unwrap();
    read_until(&keeper.take(pane(1)).unwrap().master, "two\r\ntwo");
    keeper.shutdown(Duration::ZERO).unwrap();
    assert_eq!(exit(&events).1, spawned.pid);
    assert_eq!(events.recv_timeout(PATIENCE).unwrap(), KeeperEvent::Lost);
}

#[test]
fn many_panes_cost_little_and_closed_ones_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    start_process(home).unwrap();
    let _end = EndAll(home);
    let pid = keeper_pid(home);
    let (keeper, events) = connect(&Paths::in_home(home).socket);
    // The connection that asked for the pid is closed in the same turn as the first is answered,
    // perhaps after the answer.
    keeper.list().unwrap();
    keeper.list().unwrap();
    let fds = fds_of(pid);
    for number in 1..=200 {
        keeper.spawn(&sh(number, "read x")).unwrap();
    }
    assert_eq!(keeper.list().unwrap().len(), 200);
    assert_eq!((fds_of(pid), children_of(pid)), (fds + 200, 200));
    // What is its own: the test program's code, which it shares, is not what counts.
    let memory = status_of(pid, "RssAnon:");
    println!("with 200 panes: {memory} of its own, {} in all", status_of(pid, "VmRSS:"));
    assert!(memory.trim_end_matches(" kB").parse::<u32>().unwrap() < 3 << 10, "{memory}");
    for number in 1..=200 {
        keeper.kill(pane(number), Duration::from_secs(5)).unwrap();
    }
    for _ in 1..=200 {
        keeper.ack(exit(&events).0).unwrap();
    }
    let begin = status_of(pid, "RssAnon:");
    for number in 201..=500 {
        let spawned = keeper.spawn(&sh(number, "exit 0")).unwrap();
        assert_eq!(exit(&events), (pane(number), spawned.pid, ExitStatus::Code(0)));
        keeper.ack(pane(number)).unwrap();
    }
    println!("before 300 cycles {begin}, after {}", status_of(pid, "RssAnon:"));
    assert!(keeper.list().unwrap().is_empty());
    assert_eq!((fds_of(pid), children_of(pid)), (fds, 0));
    keeper.shutdown(Duration::ZERO).unwrap();
    assert_eq!(events.recv_timeout(PATIENCE).unwrap(), KeeperEvent::Lost);
}
