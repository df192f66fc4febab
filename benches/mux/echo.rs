//! How long a key takes to be on the screen: with nothing else going on, beside a flood that is
//! seen, and beside one that is not. And how soon ctrl+c ends a flood.

use std::time::{Duration, Instant};

use super::peer::{Peer, Place};
use super::screen::{Screen, Sight};
use super::session::{PATIENCE, PROMPT, Session};
use super::streams::Random;
use super::table::Figure;
use super::throughput::Files;

/// Keys of one line.
const LINE: usize = 50;
/// A key that takes longer is lost.
const LOST: Duration = Duration::from_secs(2);

/// What goes on beside the pane that is typed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    Nothing,
    VisibleFlood,
    HiddenFlood,
}

pub fn echo(peer: &Peer, files: &Files, beside: Beside, lines: usize) -> Option<Vec<Figure>> {
    let (session, screen) = Session::attached(peer)?;
    let name = match beside {
        Beside::Nothing => "idle",
        Beside::VisibleFlood => "beside a visible flood",
        Beside::HiddenFlood => "beside a hidden flood",
    };
    session.at_start("exec cat");
    if beside != Beside::Nothing {
        let flood = format!("while :; do cat {}; done\n", files.path("sgr").display());
        screen.send(flood.as_bytes());
    }
    session.open(match beside {
        Beside::VisibleFlood => Place::Beside,
        _ => Place::Tab,
    })?;
    let times = times(&screen, lines)?;
    Some(vec![
        Figure::less(format!("echo {name}, p50, ms"), times.at(0.5)),
        Figure::less(format!("echo {name}, p99, ms"), times.at(0.99)),
    ])
}

/// How long keys took, the shortest first; there is at least one.
pub struct Times(Vec<Duration>);

impl Times {
    /// In milliseconds; 0.5 is the median.
    pub fn at(&self, part: f64) -> f64 {
        self.0[((self.0.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3
    }
}

/// Types into what has the focus, which echoes.
pub fn times(screen: &Screen, lines: usize) -> Option<Times> {
    screen.settle(Duration::from_millis(300), Duration::from_secs(1));
    let mut times = keys(screen, lines)?;
    times.sort_unstable();
    (!times.is_empty()).then_some(Times(times))
}

/// Types lines of single keys, at uneven distances so that no pace falls in with them.
fn keys(screen: &Screen, lines: usize) -> Option<Vec<Duration>> {
    let mut random = Random(7);
    let mut times = Vec::new();
    for number in 0..lines {
        // A text that was not there before shows where the line is.
        let mark = format!("L{number:03}>");
        screen.send_until(mark.as_bytes(), Sight::Text(mark.clone()), PATIENCE)?;
        let mut at = screen.end_of(&mark)?;
        for _ in 0..LINE {
            std::thread::sleep(Duration::from_micros(5_000 + random.below(25_000)));
            let key = (b'a' + random.below(26) as u8) as char;
            let start = Instant::now();
            let seen = screen.send_until(&[key as u8], Sight::Cell(at, key), LOST);
            times.push(seen.map_or(LOST, |seen| seen.duration_since(start)));
            at.x += 1;
        }
        screen.send(b"\n");
        std::thread::sleep(Duration::from_millis(30));
    }
    Some(times)
}

/// From ctrl+c to the prompt, while a program prints as fast as it can.
pub fn interrupt(peer: &Peer) -> Option<Vec<Figure>> {
    let (_session, screen) = Session::attached(peer)?;
    // One prompt is on the screen; the flood takes it away.
    screen.send(b"yes\n");
    let end = Instant::now() + PATIENCE;
    while screen.end_of(PROMPT).is_some() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    let seen = screen.send_until(b"\x03", Sight::Text(PROMPT.to_owned()), PATIENCE)?;
    let took = seen.duration_since(start).as_secs_f64() * 1e3;
    Some(vec![Figure::less("ctrl+c on `yes` until the prompt, ms".to_owned(), took)])
}
