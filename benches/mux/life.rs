//! Starting, attaching, coming back; memory, quiet, and what the client's terminal is sent.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::machine;
use super::peer::{Kind, Peer, Place};
use super::screen::Screen;
use super::session::{PATIENCE, PROMPT, Session};
use super::table::Figure;

/// A time in milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// From nothing to a prompt: the median of so many.
pub fn start(peer: &Peer, times: usize) -> Option<Vec<Figure>> {
    let one = || {
        let session = Session::new(peer);
        let start = Instant::now();
        let screen = session.start();
        Some(millis(screen.until(PROMPT, PATIENCE)?.duration_since(start)))
    };
    let mut took = (0..times).map(|_| one()).collect::<Option<Vec<f64>>>()?;
    took.sort_by(f64::total_cmp);
    Some(vec![Figure::less("start to prompt, ms".to_owned(), *took.get(times / 2)?)])
}

/// A script that makes panes.
pub fn scripted(peer: &Peer, panes: usize) -> Option<Vec<Figure>> {
    peer.takes(panes).then_some(())?;
    let (session, _screen) = Session::attached(peer)?;
    let start = Instant::now();
    session.open_behind(panes)?;
    let took = start.elapsed().as_secs_f64();
    Some(vec![Figure::less(format!("{panes} panes made one by one, s"), took)])
}

/// Attaching to many panes.
pub fn attach(peer: &Peer, panes: usize) -> Option<Vec<Figure>> {
    let (session, screen) = many(peer, panes)?;
    let (_screen, took) = session.reattach(screen)?;
    Some(vec![Figure::less(format!("attach with {panes} panes, ms"), millis(took))])
}

/// Memory with so many panes, empty or with 10,000 lines each.
pub fn memory(peer: &Peer, panes: usize, filled: bool) -> Option<Vec<Figure>> {
    peer.takes(panes).then_some(())?;
    let session = Session::new(peer);
    session.at_start(if filled { "seq -f '%0100.0f' 10000" } else { "" });
    let screen = session.start();
    screen.until(PROMPT, PATIENCE)?;
    for _ in 1..panes {
        session.open(Place::Tab)?;
    }
    screen.settle(Duration::from_millis(800), Duration::from_secs(10));
    let what = if filled { "with 10,000 lines" } else { "empty" };
    let name = format!("memory, {panes} panes {what}, MB");
    Some(vec![Figure::less(name, machine::memory_mb(&session.processes()))])
}

/// What is done while nothing happens.
pub fn idle(peer: &Peer, panes: usize, time: Duration) -> Option<Vec<Figure>> {
    let (session, screen) = many(peer, panes)?;
    screen.settle(Duration::from_secs(2), Duration::from_secs(10));
    std::thread::sleep(Duration::from_secs(2));
    let pids = session.processes();
    let (before, switches) = machine::activity(&pids);
    std::thread::sleep(time);
    let (after, later) = machine::activity(&pids);
    let per_30s = 30.0 / time.as_secs_f64();
    Some(vec![
        Figure::less(format!("idle, {panes} panes, 30 s, CPU ms"), (after - before) * per_30s),
        Figure::less(format!("idle, {panes} panes, 30 s, switches"), (later - switches) * per_30s),
    ])
}

/// Bytes for the client's terminal: per turn of a spinner at 30 Hz, and per line that scrolls.
pub fn wire(peer: &Peer, frames: usize) -> Option<Vec<Figure>> {
    let spinner = r"while [ $i -lt N ]; do i=$((i+1)); case $((i%4)) in 0) c='|';; 1) c=/;; 2) c=-;; *) c=X;; esac; printf '\r\033[36m%s\033[0m Thinking' $c; sleep 0.033; done";
    let scroll = "while [ $i -lt N ]; do i=$((i+1)); echo \"line $i of some text that scrolls up the screen, eighty columns\"; sleep 0.033; done";
    let mut figures = Vec::new();
    for (name, script) in [("spinner", spinner), ("scrolled line", scroll)] {
        let (session, screen) = Session::attached(peer)?;
        let script = script.replace('N', &frames.to_string());
        session.at_start(&format!(
            "seq 100; while [ ! -e $HOME/go ]; do sleep 0.02; done; i=0; {script}; : > $HOME/done; exec sleep 1000"
        ));
        session.open(Place::Tab)?;
        screen.settle(Duration::from_millis(500), Duration::from_secs(3));
        let before = screen.bytes();
        std::fs::write(session.path("go"), "").ok()?;
        session.wait(|| session.path("done").exists())?;
        std::thread::sleep(Duration::from_millis(50));
        let bytes = (screen.bytes() - before) as f64 / frames as f64;
        figures.push(Figure::less(format!("bytes to the client per {name}"), bytes));
    }
    Some(figures)
}

/// From the daemon's death to all panes being held by the next one.
pub fn adopt(peer: &Peer, panes: usize) -> Option<Vec<Figure>> {
    // The others have nothing like it.
    let (session, screen) = (peer.kind == Kind::Segno).then(|| many(peer, panes))??;
    screen.close();
    let daemon = |pid: &&i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|word| word == b"daemon")
    };
    let pids = session.processes();
    let pid = pids.iter().find(daemon)?;
    let start = Instant::now();
    kill(Pid::from_raw(*pid), Signal::SIGKILL).ok()?;
    let listed = session.segno(&["ls"])?;
    let took = millis(start.elapsed());
    (listed.lines().count() > panes).then_some(())?;
    Some(vec![Figure::less(format!("{panes} panes back after kill -9, ms"), took)])
}

/// From nothing, after everything was killed, to all shells running again.
pub fn reboot(peer: &Peer, panes: usize) -> Option<Vec<Figure>> {
    // The others have nothing like it.
    let (session, screen) = (peer.kind == Kind::Segno).then(|| many(peer, panes))??;
    // The workspace is stored a moment after a change.
    std::thread::sleep(Duration::from_secs(2));
    for pid in session.processes().into_iter().chain(session.shells()) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    drop(screen);
    session.wait(|| session.processes().is_empty() && session.shells().is_empty())?;
    let start = Instant::now();
    let screen = session.start();
    session.wait(|| session.shells().len() >= panes)?;
    let took = millis(start.elapsed());
    drop(screen);
    Some(vec![Figure::less(format!("{panes} shells back after a reboot, ms"), took)])
}

/// A session with so many panes, each in a tab.
fn many(peer: &Peer, panes: usize) -> Option<(Session<'_>, Screen)> {
    let (session, screen) = Session::attached(peer)?;
    for _ in 1..panes {
        session.open(Place::Tab)?;
    }
    screen.settle(Duration::from_millis(500), Duration::from_secs(5));
    Some((session, screen))
}
