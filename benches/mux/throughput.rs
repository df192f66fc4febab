//! How fast a program's output passes: until the screen shows what came after it, without anybody
//! looking, and with four panes at once.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::peer::{Peer, Place};
use super::screen::SIZE;
use super::session::{PATIENCE, Session};
use super::streams::{KINDS, stream};
use super::table::Figure;

/// The streams as files.
pub struct Files {
    directory: tempfile::TempDir,
    sizes: [usize; 4],
}

impl Files {
    pub fn new(megabytes: [usize; 4]) -> std::io::Result<Files> {
        let directory = tempfile::Builder::new().prefix("mux-streams-").tempdir()?;
        let mut sizes = [0; 4];
        for ((kind, megabytes), size) in KINDS.iter().zip(megabytes).zip(&mut sizes) {
            let bytes = stream(kind, megabytes * 1_000_000, "\n");
            *size = bytes.len();
            std::fs::write(directory.path().join(kind), bytes)?;
        }
        Ok(Files { directory, sizes })
    }

    pub fn path(&self, kind: &str) -> PathBuf {
        self.directory.path().join(kind)
    }

    fn megabytes(&self, kind: &str) -> f64 {
        let at = KINDS.iter().position(|known| *known == kind).unwrap_or(0);
        self.sizes[at] as f64 / 1e6
    }
}

/// One stream until it is on the screen.
pub fn attached(peer: &Peer, files: &Files, kind: &str) -> Option<Vec<Figure>> {
    let (_session, screen) = Session::attached(peer)?;
    let path = files.path(kind);
    let typed = format!("cat {}; printf '\\033[0m\\033[2J\\033[HEN''DED'\n", path.display());
    let start = Instant::now();
    screen.send(typed.as_bytes());
    let took = screen.until("ENDED", PATIENCE)?.duration_since(start);
    Some(vec![Figure::rate(format!("throughput, {kind}, MB/s"), files.megabytes(kind), took)])
}

/// One stream while no client is attached.
pub fn detached(peer: &Peer, files: &Files, kind: &str) -> Option<Vec<Figure>> {
    let (session, screen) = Session::attached(peer)?;
    let took = together(&session, files, kind, 1, || screen.close())?;
    Some(vec![Figure::rate(format!("detached, {kind}, MB/s"), files.megabytes(kind), took)])
}

/// The same stream in four panes beside each other.
pub fn four(peer: &Peer, files: &Files, kind: &str) -> Option<Vec<Figure>> {
    let (session, _screen) = Session::attached(peer)?;
    let took = together(&session, files, kind, 4, || {})?;
    let size = 4.0 * files.megabytes(kind);
    Some(vec![Figure::rate(format!("four panes at once, {kind}, MB/s"), size, took)])
}

/// Lets further panes beside the first print a stream, all at once, and waits for the last.
fn together(
    session: &Session,
    files: &Files,
    kind: &str,
    panes: usize,
    before: impl FnOnce(),
) -> Option<Duration> {
    session.at_start(&format!(
        "while [ ! -e $HOME/go ]; do sleep 0.02; done; cat {}; : > $HOME/done.$$",
        files.path(kind).display()
    ));
    for _ in 0..panes {
        session.open(Place::Beside)?;
    }
    before();
    std::thread::sleep(Duration::from_millis(300));
    let done = || {
        let entries = std::fs::read_dir(session.path("")).into_iter().flatten().flatten();
        entries.filter(|e| e.file_name().to_string_lossy().starts_with("done.")).count()
    };
    let start = Instant::now();
    std::fs::write(session.path("go"), "").ok()?;
    session.wait(|| done() == panes)?;
    Some(start.elapsed())
}

/// What a pseudo-terminal gives a reader that drops everything: the limit.
pub fn raw(files: &Files, kind: &str) -> Option<f64> {
    let size = PtySize { cols: SIZE.cols, rows: SIZE.rows, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).ok()?;
    let mut command = CommandBuilder::new("cat");
    command.arg(OsString::from(Path::new(&files.path(kind))));
    let mut reader = pair.master.try_clone_reader().ok()?;
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command).ok()?;
    drop(pair.slave);
    let mut buffer = vec![0; 64 * 1024];
    while matches!(reader.read(&mut buffer), Ok(1..)) {}
    let took = start.elapsed();
    let _ = child.wait();
    Some(files.megabytes(kind) / took.as_secs_f64())
}
