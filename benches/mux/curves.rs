//! How cost grows with what there is: panes, attached clients, lines of scrollback.

use std::time::{Duration, Instant};

use super::echo::times;
use super::life::millis;
use super::machine;
use super::peer::{Peer, Place};
use super::session::{PATIENCE, PROMPT, Session};
use super::table::Figure;

/// Panes.
pub const PANES: [usize; 4] = [1, 20, 200, 1000];
/// Clients that look at the same tab.
pub const CLIENTS: [usize; 3] = [1, 10, 50];
/// Lines that one pane prints, and keeps as far as it can.
pub const LINES: [usize; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// What a pane of Segno keeps at most.
const KEPT: usize = 1_000_000;
/// Lines that are typed, of fifty keys each.
const TYPED: usize = 2;

/// Making so many panes by a script, their memory, attaching to them, and a key in one of them.
pub fn panes(peer: &Peer, panes: usize) -> Option<Vec<Figure>> {
    peer.takes(panes).then_some(())?;
    let (session, screen) = Session::attached(peer)?;
    let start = Instant::now();
    session.open_behind(panes - 1)?;
    let made = millis(start.elapsed());
    screen.settle(Duration::from_millis(800), Duration::from_secs(10));
    let memory = machine::memory_mb(&session.processes());
    let (screen, attached) = session.reattach(screen)?;
    session.at_start("exec cat");
    session.open(Place::Tab)?;
    let key = times(&screen, TYPED)?.at(0.5);
    Some(vec![
        Figure::less(format!("{panes} panes made one by one, ms"), made),
        Figure::less(format!("memory, {panes} panes, MB"), memory),
        Figure::less(format!("attach, {panes} panes, ms"), millis(attached)),
        Figure::less(format!("echo, {panes} panes, p50, ms"), key),
    ])
}

/// A key while so many clients look at the tab.
pub fn clients(peer: &Peer, clients: usize) -> Option<Vec<Figure>> {
    let (session, screen) = Session::attached(peer)?;
    let others: Vec<_> = (1..clients).map(|_| session.attach()).collect();
    for other in &others {
        other.until(PROMPT, PATIENCE)?;
    }
    session.at_start("exec cat");
    session.open(Place::Tab)?;
    let key = times(&screen, TYPED)?.at(0.5);
    let memory = machine::memory_mb(&session.processes());
    Some(vec![
        Figure::less(format!("echo, {clients} clients, p50, ms"), key),
        Figure::less(format!("memory, {clients} clients, MB"), memory),
    ])
}

/// A pane that prints so many lines, memory with them, and attaching to them.
pub fn lines(peer: &Peer, lines: usize) -> Option<Vec<Figure>> {
    let session = Session::new(peer);
    peer.keeps(&session.path(""), lines.min(KEPT)).ok()?;
    session.at_start(&format!("seq -f 'line %.0f of a pane that keeps them all' {lines}"));
    let start = Instant::now();
    let screen = session.start();
    let printed = millis(screen.until(PROMPT, PATIENCE)?.duration_since(start));
    screen.settle(Duration::from_millis(800), Duration::from_secs(10));
    let memory = machine::memory_mb(&session.processes());
    let (_screen, attached) = session.reattach(screen)?;
    Some(vec![
        Figure::less(format!("start and print, {lines} lines, ms"), printed),
        Figure::less(format!("memory, {lines} lines, MB"), memory),
        Figure::less(format!("attach, {lines} lines, ms"), millis(attached)),
    ])
}
