//! The keeper's server in a thread of the test, driven through the daemon's handle.

/// Looks at processes through /proc.
#[cfg(target_os = "linux")]
mod process;

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::client::{Keeper, KeeperError, KeeperEvent};
use super::protocol::{ExitStatus, HeldState, SpawnRequest, Successor};
use super::serve::Server;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Size;
use segno_base::system::os;
use segno_base::system::unix_socket;

/// Far above what anything here needs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A keeper in a thread, which ends with the test and takes every program along.
struct Fixture {
    dir: tempfile::TempDir,
    thread: Option<JoinHandle<()>>,
}

impl Fixture {
    fn new() -> Fixture {
        let dir = tempfile::tempdir().unwrap();
        let mut server = Server::new(unix_socket::bind(&dir.path().join("sock")).unwrap()).unwrap();
        let thread = std::thread::spawn(move || server.run().unwrap());
        Fixture { dir, thread: Some(thread) }
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("sock")
    }

    fn connect(&self) -> (Keeper, Receiver<KeeperEvent>) {
        connect(&self.socket())
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = Keeper::connect(&self.socket(), |_| ()).map(|k| k.shutdown(Duration::ZERO));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))));
    }
}

fn connect(socket: &Path) -> (Keeper, Receiver<KeeperEvent>) {
    let (sender, receiver) = channel();
    let keeper = Keeper::connect(socket, move |event| drop(sender.send(event))).unwrap();
    (keeper, receiver)
}

fn pane(number: u32) -> PaneId {
    PaneId::new(number).unwrap()
}

fn sh(number: u32, script: &str) -> SpawnRequest {
    SpawnRequest {
        pane: pane(number),
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        cwd: "/".into(),
        cols: 80,
        rows: 24,
        note: String::new(),
        umask: None,
    }
}

/// The next end of a program.
fn exit(events: &Receiver<KeeperEvent>) -> (PaneId, i32, ExitStatus) {
    match events.recv_timeout(PATIENCE).unwrap() {
        KeeperEvent::Exited { pane, pid, status } => (pane, pid, status),
        other => panic!("{other:?}"),
    }
}

/// Reads from a terminal until it said this.
fn read_until(master: &std::os::fd::OwnedFd, wanted: &str) -> String {
    let mut file = File::from(master.try_clone().unwrap());
    let mut text = String::new();
    while !text.contains(wanted) {
        let mut buffer = [0; 4096];
        let mut fds = [PollFd::new(master.as_fd(), PollFlags::POLLIN)];
        let ready = poll(&mut fds, PollTimeout::try_from(PATIENCE).unwrap()).unwrap();
        assert!(ready > 0, "no {wanted:?} after {text:?}");
        match file.read(&mut buffer) {
            // EIO: every program has closed the terminal.
            Ok(0) | Err(_) => panic!("it ended after {text:?}"),
            Ok(count) => text.push_str(&String::from_utf8_lossy(&buffer[..count])),
        }
    }
    text
}

fn alive(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

/// Waits for what cannot be waited for otherwise.
fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !check() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_program_runs_in_its_terminal_and_its_end_is_reported_and_remembered() {
    let fixture = Fixture::new();
    let (keeper, events) = fixture.connect();
    let spawned =
        keeper.spawn(&sh(1, "stty size; tty; read line; echo \"got $line\"; exit 3")).unwrap();
    let text = read_until(&spawned.master, "/dev/");
    assert!(text.contains("24 80"), "{text}");
    assert_eq!(os::window_size(spawned.master.as_fd()).unwrap(), Size::new(80, 24));
    assert!(matches!(keeper.ack(pane(1)), Err(KeeperError::Refused(_))));
    assert!(matches!(keeper.spawn(&sh(1, "true")), Err(KeeperError::Refused(_))));
    // Another descriptor for the same terminal.
    let taken = keeper.take(pane(1)).unwrap();
    assert!(taken.stash.is_empty());
    nix::unistd::write(&taken.master, b"hello\n").unwrap();
    read_until(&spawned.master, "got hello");
    assert_eq!(exit(&events), (pane(1), spawned.pid, ExitStatus::Code(3)));
    let held = keeper.list().unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].state, HeldState::Exited { status: ExitStatus::Code(3) });
    keeper.ack(pane(1)).unwrap();
    assert!(keeper.list().unwrap().is_empty());
    assert!(matches!(keeper.take(pane(1)), Err(KeeperError::Refused(_))));
}

#[test]
fn the_daemons_death_ends_nothing_and_the_next_one_takes_the_panes() {
    let fixture = Fixture::new();
    let (keeper, _events) = fixture.connect();
    let spawned = keeper.spawn(&sh(1, "trap '' HUP; echo one; read x; echo $x; read x")).unwrap();
    let quick = keeper.spawn(&sh(2, "read x; kill -9 $$")).unwrap();
    read_until(&spawned.master, "one");
    let file = tempfile::tempfile().unwrap();
    keeper.stash(pane(1), &[file.as_fd(), file.as_fd()]).unwrap();
    drop((keeper, spawned.master));
    // Ends while no daemon is there.
    nix::unistd::write(&quick.master, b"\n").unwrap();

    let (keeper, events) = fixture.connect();
    let mut status = None;
    eventually("the exit is listed", || {
        let held = keeper.list().unwrap();
        assert_eq!(held[0].pid, spawned.pid);
        assert_eq!(held[0].state, HeldState::Running);
        status = Some(held[1].state);
        held[1].state != HeldState::Running
    });
    assert_eq!(status, Some(HeldState::Exited { status: ExitStatus::Signal(9) }));
    let taken = keeper.take(pane(1)).unwrap();
    assert_eq!(taken.stash.len(), 2);
    nix::unistd::write(&taken.master, b"two\n").unwrap();
    read_until(&taken.master, "two\r\ntwo");
    keeper.kill(pane(1), Duration::ZERO).unwrap();
    let (_, pid, status) =
        std::iter::repeat_with(|| exit(&events)).find(|(ended, ..)| *ended == pane(1)).unwrap();
    assert_eq!((pid, status), (spawned.pid, ExitStatus::Signal(9)));
}

#[test]
fn what_cannot_be_started_says_why() {
    let fixture = Fixture::new();
    let (keeper, _events) = fixture.connect();
    let refused = |request: &SpawnRequest| match keeper.spawn(request) {
        Err(KeeperError::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    let good = sh(1, "true");
    let missing = SpawnRequest { program: "no-such-program".into(), ..good.clone() };
    assert!(refused(&missing).contains("No such file"), "{}", refused(&missing));
    let nowhere = SpawnRequest { cwd: "/no/such/place".into(), ..good.clone() };
    assert!(refused(&nowhere).contains("/no/such/place"));
    let nul = SpawnRequest { args: vec!["a\0b".into()], ..good.clone() };
    assert!(refused(&nul).contains("nul"));
    let environment = SpawnRequest { env: vec![("A=B".into(), "".into())], ..good.clone() };
    assert!(refused(&environment).contains("environment"));
    // What only exec finds out.
    let script = fixture.dir.path().join("script");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    refused(&SpawnRequest { program: script.into(), ..good.clone() });
    refused(&SpawnRequest { args: vec!["x".repeat(3 << 20).into()], ..good });
    assert!(keeper.list().unwrap().is_empty());
}

#[test]
fn a_child_gets_its_environment_its_signals_and_nothing_else() {
    let fixture = Fixture::new();
    let (keeper, _events) = fixture.connect();
    let odd = OsString::from_vec(vec![b'x', 0xff, 0xfe]);
    let home = fixture.dir.path().join(&odd);
    std::fs::create_dir(&home).unwrap();
    let mut request = sh(
        1,
        "cat /proc/self/environ | od -An -v -w4096 -c; echo; pwd | od -An -tx1; ls /proc/self/fd | tr '\\n' ,; \
         grep -E 'Sig(Blk|Ign)' /proc/self/status; echo end; read x",
    );
    request.env.push(("ODD".into(), odd));
    request.cwd = home;
    let text = read_until(&keeper.spawn(&request).unwrap().master, "end");
    if cfg!(target_os = "linux") {
        assert!(text.contains("O   D   D   =   x 377 376"), "{text}");
        assert!(!text.contains("H   O   M   E"), "{text}");
        assert!(text.contains("78 ff fe 0a"), "{text}");
        // The fourth is the directory that ls reads.
        assert!(text.contains("0,1,2,3,S") || text.contains("0,1,2,3,\r\n"), "{text}");
        assert_eq!(text.matches("0000000000000000").count(), 2, "{text}");
    }
}

#[test]
fn stubborn_programs_end_step_by_step_and_hold_up_nobody() {
    let fixture = Fixture::new();
    let (keeper, events) = fixture.connect();
    let soft =
        keeper.spawn(&sh(1, "trap 'exit 5' HUP; echo up; while :; do sleep 0.01; done")).unwrap();
    let middle = keeper
        .spawn(&sh(2, "trap '' HUP; trap 'exit 6' TERM; echo up; while :; do sleep 0.01; done"))
        .unwrap();
    let hard =
        keeper.spawn(&sh(3, "trap '' HUP TERM; echo up; while :; do sleep 0.01; done")).unwrap();
    let stopped = keeper.spawn(&sh(4, "echo up; kill -STOP $$")).unwrap();
    for spawned in [&soft, &middle, &hard, &stopped] {
        read_until(&spawned.master, "up");
    }
    let begin = Instant::now();
    for number in 1..=4 {
        keeper.kill(pane(number), Duration::from_millis(600)).unwrap();
    }
    assert_eq!(keeper.list().unwrap().len(), 4);
    assert!(begin.elapsed() < Duration::from_millis(500), "nobody waits");
    let mut ends: Vec<_> = (0..4).map(|_| exit(&events)).map(|(pane, _, s)| (pane, s)).collect();
    assert!(begin.elapsed() >= Duration::from_millis(600));
    ends.sort_by_key(|(pane, _)| *pane);
    assert_eq!(
        ends,
        [
            (pane(1), ExitStatus::Code(5)),
            (pane(2), ExitStatus::Code(6)),
            (pane(3), ExitStatus::Signal(9)),
            (pane(4), ExitStatus::Signal(1)),
        ]
    );
}

#[test]
fn what_a_program_leaves_in_its_group_ends_too() {
    let fixture = Fixture::new();
    let (keeper, events) = fixture.connect();
    let script =
        "(trap '' HUP TERM; echo pid $(sh -c 'echo $PPID') .; while :; do sleep 0.01; done) & wait";
    let spawned = keeper.spawn(&sh(1, script)).unwrap();
    let text = read_until(&spawned.master, " .");
    let left: i32 = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    keeper.kill(pane(1), Duration::from_millis(200)).unwrap();
    exit(&events);
    keeper.ack(pane(1)).unwrap();
    eventually("the rest of the group ends", || !alive(left));
}

#[test]
fn a_program_in_the_background_that_keeps_the_terminal_does_not_confuse() {
    let fixture = Fixture::new();
    let (keeper, events) = fixture.connect();
    let script = "(trap '' HUP; echo pid $(sh -c 'echo $PPID') .; exec sleep 1000) & \
                  read x; exit 0";
    let spawned = keeper.spawn(&sh(1, script)).unwrap();
    let text = read_until(&spawned.master, " .");
    let left: i32 = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    nix::unistd::write(&spawned.master, b"\n").unwrap();
    assert_eq!(exit(&events).2, ExitStatus::Code(0));
    assert!(alive(left));
    keeper.ack(pane(1)).unwrap();
    kill(Pid::from_raw(left), Signal::SIGKILL).unwrap();
}

#[test]
fn a_new_daemon_takes_over_and_onlookers_disturb_nobody() {
    let fixture = Fixture::new();
    let (first, events) = fixture.connect();
    first.spawn(&sh(1, "read x")).unwrap();
    let onlooker = Keeper::observe(&fixture.socket()).unwrap();
    assert_eq!(onlooker.list().unwrap().len(), 1);
    assert!(matches!(onlooker.kill(pane(1), Duration::ZERO), Err(KeeperError::Refused(_))));
    assert_eq!(first.list().unwrap().len(), 1);
    let (second, _events) = fixture.connect();
    assert_eq!(events.recv_timeout(PATIENCE).unwrap(), KeeperEvent::Superseded);
    assert!(matches!(first.list(), Err(KeeperError::Lost)));
    assert_eq!(second.list().unwrap().len(), 1);
    assert_eq!(onlooker.list().unwrap().len(), 1);
}

#[test]
fn peers_that_stall_or_talk_nonsense_hold_up_nobody() {
    use std::io::Write;
    let fixture = Fixture::new();
    let (keeper, _events) = fixture.connect();
    let mut silent = unix_socket::connect(&fixture.socket()).unwrap();
    silent.write_all(&[9, 0]).unwrap();
    for nonsense in
        [&b"\xff\xff\xff\xff"[..], b"\x02\0\0\0{}", b"\x01\0\0\0x", b"GET / HTTP/1.1\r\n\r\n"]
    {
        let mut peer = unix_socket::connect(&fixture.socket()).unwrap();
        peer.write_all(nonsense).unwrap();
        let mut rest = Vec::new();
        peer.set_read_timeout(Some(PATIENCE)).unwrap();
        // The end, one way or the other.
        let _ = peer.read_to_end(&mut rest);
        assert!(keeper.list().unwrap().is_empty());
    }
}

#[test]
fn other_versions_are_refused_by_name() {
    use super::frame::{Inbox, encode};
    use super::protocol::{Hello, Role};
    use std::io::Write;
    let fixture = Fixture::new();
    let mut newer = unix_socket::connect(&fixture.socket()).unwrap();
    let hello = Hello { protocol: 2, release: "9.9".into(), role: Role::Daemon };
    newer.write_all(&encode(&hello).unwrap()).unwrap();
    let mut inbox = Inbox::default();
    while inbox.receive(&newer).unwrap() {}
    let theirs: Hello = inbox.take().unwrap().unwrap();
    assert!(Hello::mismatch(&hello, &theirs).unwrap().contains("keeper is older"));

    // A keeper of another version, as the handle sees it.
    let path = fixture.dir.path().join("other");
    let listener = unix_socket::bind(&path).unwrap();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // Closing with something unread would reset the connection.
        let mut inbox = Inbox::default();
        while inbox.take::<Hello>().unwrap().is_none() {
            inbox.receive(&stream).unwrap();
        }
        let hello = Hello { protocol: 0, release: "0.0.1".into(), role: Role::Keeper };
        stream.write_all(&encode(&hello).unwrap()).unwrap();
    });
    match Keeper::observe(&path) {
        Err(KeeperError::Version(why)) => assert!(why.contains("keeper is older"), "{why}"),
        other => panic!("{other:?}"),
    }
    other.join().unwrap();
}

#[test]
fn a_deposited_pane_lives_on_and_its_end_is_noticed() {
    let fixture = Fixture::new();
    let next = Fixture::new();
    let (keeper, events) = fixture.connect();
    let (second, second_events) = next.connect();
    let spawned = keeper.spawn(&sh(1, "read x")).unwrap();
    second.deposit(pane(1), spawned.pid, spawned.master.as_fd(), String::new()).unwrap();
    assert_eq!(second.list().unwrap()[0].state, HeldState::Running);
    assert!(second.deposit(pane(2), 1, spawned.master.as_fd(), String::new()).is_err());
    nix::unistd::write(&second.take(pane(1)).unwrap().master, b"\n").unwrap();
    assert_eq!(exit(&second_events), (pane(1), spawned.pid, ExitStatus::Unknown));
    assert_eq!(exit(&events).2, ExitStatus::Code(0));
    second.ack(pane(1)).unwrap();
    assert!(second.list().unwrap().is_empty());
    let gone = second.deposit(pane(3), spawned.pid, spawned.master.as_fd(), String::new());
    assert!(matches!(gone, Err(KeeperError::Refused(_))), "{gone:?}");
}

#[test]
fn a_shutdown_ends_every_program_and_then_the_keeper() {
    let fixture = Fixture::new();
    let (keeper, events) = fixture.connect();
    let spawned =
        keeper.spawn(&sh(1, "trap '' HUP; echo up; while :; do sleep 0.01; done")).unwrap();
    read_until(&spawned.master, "up");
    keeper.shutdown(Duration::from_millis(200)).unwrap();
    assert!(keeper.spawn(&sh(2, "true")).is_err());
    assert_eq!(exit(&events).2, ExitStatus::Signal(15));
    assert_eq!(events.recv_timeout(PATIENCE).unwrap(), KeeperEvent::Lost);
    assert!(matches!(keeper.list(), Err(KeeperError::Lost)));
    assert!(!alive(spawned.pid));
}

#[test]
fn a_daemon_that_dies_is_followed_and_one_that_leaves_is_not() {
    let fixture = Fixture::new();
    let mark = fixture.dir.path().join("mark");
    let line = format!("echo started >> '{}'", mark.display());
    let successor = Successor {
        program: "/bin/sh".into(),
        args: ["-c", line.as_str(), "sh"].map(OsString::from).to_vec(),
        env: Vec::new(),
    };
    let (keeper, _events) = fixture.connect();
    keeper.succeed_by(successor.clone()).unwrap();
    keeper.leave().unwrap();
    drop(keeper);
    let observer = Keeper::observe(&fixture.socket()).unwrap();
    assert_eq!(observer.look().unwrap().1, None);
    assert!(observer.succeed_by(successor.clone()).is_err(), "only the daemon may do that");

    let (keeper, _events) = fixture.connect();
    keeper.succeed_by(successor).unwrap();
    assert_eq!(observer.look().unwrap().1, None);
    assert!(!mark.exists(), "the one before left in order");
    drop(keeper);
    eventually("it is started", || mark.exists());
    eventually("how it goes is reported", || {
        observer.look().unwrap().1.is_some_and(|r| r.starts > 0 && r.why == "it ended at once")
    });
    // Whoever comes ends that.
    let (_keeper, _events) = fixture.connect();
    assert_eq!(observer.look().unwrap().1, None);
}
