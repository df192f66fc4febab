//! The client's loop: one `poll` over the terminal, the daemon's socket, signals and the
//! connector. Nothing in it blocks, so that a slow terminal cannot hold up a goodbye and a slow
//! daemon cannot hold up a signal. Without events it sleeps.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::connect::{ConnectError, Connection, Connector, Open};
use super::link::{Link, Undrawn};
use super::outbox::Outbox;
use super::questions::Questions;
use super::signals::{self, Asked};
use super::terminal::{CANCEL, Terminal, TerminalError, Window};
use super::trouble::Trouble;
use segno_base::screen::geometry::Size;
use segno_base::system::os::Footprint;
use segno_wire::attach::AttachParams;
use segno_wire::frame::{Bye, ByeReason, FrameDecoder, FrameError, FromClient, FromDaemon};

/// How many undrawn bytes are held before the socket is left alone. Far more than a daemon that
/// heeds `Shown` ever sends (a text of 8 MiB for the clipboard at most), so that a goodbye is never
/// stuck behind them.
const UNDRAWN_MAX: usize = 16 * 1024 * 1024;

/// Attempts to get the first connection from daemons that break it off.
const FIRST_ATTEMPTS: u32 = 11;

/// Of how long ago a daemon's end still counts.
const BREAKS_WITHIN: Duration = Duration::from_secs(30);

/// From so many on, the next daemon is given some time, so that none is started in a frenzy: more
/// with each.
const BREAKS_CALM: usize = 8;

/// How long the daemon may take to answer a client that leaves.
const LEAVE_PATIENCE: Duration = Duration::from_millis(500);

/// Waits are rounded up to what `poll` can distinguish.
const MILLISECOND: Duration = Duration::from_millis(1);

/// Ctrl+c, which ends a client that never got a connection.
const INTERRUPT: u8 = 3;

/// What a client says of itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Everything but the size, which is the terminal's.
    pub params: AttachParams,
}

/// How an attached client ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The daemon said goodbye.
    Bye(Bye),
    /// A signal ended the client, or its terminal is gone.
    Gone,
}

/// Why a client cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// There is no usable terminal.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// There is no daemon to attach to.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The user left while there was none.
    #[error("{0}")]
    NoDaemon(String),
    /// The daemon sends what is no protocol.
    #[error("the daemon sent something unreadable: {0}")]
    Frames(#[from] FrameError),
    /// The system refused something.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Attaches until the daemon says goodbye, the terminal goes, or the user leaves while there is no
/// daemon.
/// To be called before the process starts other threads (see [`signals::watch`]).
pub fn attach(options: Options, open: Open) -> Result<End, AttachError> {
    let signals = signals::watch()?;
    let terminal = Terminal::enter()?;
    let mut client = Client {
        size: terminal.size(),
        terminal,
        signals,
        connector: Connector::new(open)?,
        options,
        outbox: Outbox::default(),
        link: None,
        attempt: 0,
        breaks: Vec::new(),
        trouble: None,
        quit: false,
        ever_connected: false,
        undrawn: Undrawn::default(),
        questions: Questions::default(),
        footprint: Footprint::of_start(Instant::now()),
        buffer: vec![0; 64 * 1024],
    };
    client.begin_connecting(Duration::ZERO)?;
    let end = client.run();
    if !matches!(end, Ok(End::Bye(_))) {
        client.leave();
    }
    client.await_answers();
    end
}

/// The delay before an attempt; none before the first.
fn backoff(attempt: u32) -> Duration {
    match attempt {
        0 => Duration::ZERO,
        n => Duration::from_millis(5 << n.min(10)).min(Duration::from_secs(2)),
    }
}

struct Client {
    terminal: Terminal,
    signals: UnixStream,
    connector: Connector,
    options: Options,
    outbox: Outbox,
    /// `None` while the connector works.
    link: Option<Link>,
    attempt: u32,
    breaks: Vec<Instant>,
    /// While there is no connection any more.
    trouble: Option<Trouble>,
    /// Whether the user left meanwhile.
    quit: bool,
    ever_connected: bool,
    size: Window,
    undrawn: Undrawn,
    questions: Questions,
    footprint: Footprint,
    /// For whatever is read, kept: to make it anew takes longer than to read a key.
    buffer: Vec<u8>,
}

/// What woke the loop.
struct Ready {
    signals: bool,
    connector: bool,
    tty: PollFlags,
    socket: PollFlags,
}

impl Client {
    fn run(&mut self) -> Result<End, AttachError> {
        loop {
            let ready = self.wait()?;
            if self.footprint.due().is_some() {
                self.footprint.shrink(Instant::now());
            }
            if ready.signals && self.take_signals() {
                return Ok(End::Gone);
            }
            if ready.connector
                && let Some(result) = self.connector.take()
                && let Some(bye) = self.connected(result)?
            {
                return Ok(End::Bye(bye));
            }
            // Typed bytes first: they are what a person waits for.
            if ready.tty.intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR)
                && !self.read_keys()
            {
                return Ok(End::Gone);
            }
            if let Some(trouble) = self.trouble.as_ref().filter(|_| self.quit) {
                return Err(AttachError::NoDaemon(trouble.why().to_string()));
            }
            self.show_trouble();
            if ready.socket.intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR)
                && let Some(bye) = self.read_socket()?
            {
                // What is undrawn is dropped: the terminal is about to be put back.
                return Ok(End::Bye(bye));
            }
            if self.undrawn.draw(&self.terminal, &mut self.questions).is_err() {
                return Ok(End::Gone);
            }
            self.report_shown();
            self.flush();
        }
    }

    fn wait(&self) -> Result<Ready, AttachError> {
        let mut tty = PollFlags::empty();
        tty.set(PollFlags::POLLIN, self.outbox.has_room());
        tty.set(PollFlags::POLLOUT, self.undrawn.len() > 0);
        let mut socket = PollFlags::empty();
        socket.set(PollFlags::POLLIN, self.undrawn.len() < UNDRAWN_MAX);
        socket.set(PollFlags::POLLOUT, self.link.as_ref().is_some_and(|l| !l.out.is_empty()));
        let mut fds = vec![
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.connector.wake().as_fd(), PollFlags::POLLIN),
            PollFd::new(self.terminal.fd(), tty),
        ];
        if let Some(link) = &self.link {
            fds.push(PollFd::new(link.stream.as_fd(), socket));
        }
        let until = |at: Instant| at.saturating_duration_since(Instant::now()) + MILLISECOND;
        let due = self.footprint.due().into_iter();
        let due = due.chain(self.trouble.as_ref().and_then(Trouble::due)).min();
        let timeout = due.and_then(|at| PollTimeout::try_from(until(at)).ok());
        match poll(&mut fds, timeout.unwrap_or(PollTimeout::NONE)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(io::Error::from(e).into()),
        }
        let got = |i: usize| fds.get(i).and_then(PollFd::revents).unwrap_or(PollFlags::empty());
        Ok(Ready {
            signals: !got(0).is_empty(),
            connector: !got(1).is_empty(),
            tty: got(2),
            socket: got(3),
        })
    }

    /// Whether a signal ends the client.
    fn take_signals(&mut self) -> bool {
        let mut bytes = [0; 64];
        let n = self.signals.read(&mut bytes).unwrap_or(0);
        let came = |wanted| bytes[..n].iter().any(|byte| signals::asked(*byte) == wanted);
        if came(Asked::Quit) {
            return true;
        }
        if came(Asked::Resume) {
            self.terminal.resume();
        }
        self.size = self.terminal.size();
        if let Some(link) = &mut self.link {
            // After a stop the screen holds something else, and so it does when the size was
            // another one for a moment; a size, even the same, repaints it.
            link.send_size(self.size, n > 0);
        }
        false
    }

    /// Whether the terminal is still there.
    fn read_keys(&mut self) -> bool {
        if !self.outbox.has_room() {
            // Only a hang-up can have woken us, and it does not wait for room.
            return false;
        }
        match self.terminal.read(&mut self.buffer) {
            Ok(None) => true,
            Ok(Some(0)) | Err(_) => false,
            Ok(Some(n)) => {
                let typed = &self.buffer[..n];
                self.questions.read(typed);
                if !self.ever_connected && typed.contains(&INTERRUPT) {
                    return false;
                }
                self.quit |= self.trouble.as_ref().is_some_and(|trouble| trouble.leaves(typed));
                self.outbox.typed(typed, self.link.as_mut().map(|link| &mut link.out));
                true
            }
        }
    }

    fn read_socket(&mut self) -> Result<Option<Bye>, AttachError> {
        let Some(link) = &mut self.link else { return Ok(None) };
        let open = match link.stream.read(&mut self.buffer) {
            Ok(0) => false,
            Ok(n) => {
                link.frames.push(&self.buffer[..n]);
                true
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => true,
            Err(_) => false,
        };
        let bye = self.take_frames()?;
        if bye.is_none() && !open {
            self.broken()?;
        }
        Ok(bye)
    }

    fn take_frames(&mut self) -> Result<Option<Bye>, AttachError> {
        while let Some(link) = &mut self.link {
            let Some(frame) = link.frames.next_from_daemon()? else { break };
            match frame {
                FromDaemon::Output(bytes) => {
                    link.received += bytes.len() as u64;
                    self.terminal.begin_drawing();
                    self.undrawn.bytes.extend_from_slice(&bytes);
                }
                FromDaemon::Ack(seq) => self.outbox.acknowledge(seq),
                FromDaemon::Bye(Bye { reason: ByeReason::Restarting, .. }) => self.broken()?,
                FromDaemon::Bye(bye) => return Ok(Some(bye)),
                FromDaemon::Unknown(_) => {}
            }
        }
        Ok(None)
    }

    /// The daemon went without a goodbye: get another one.
    fn broken(&mut self) -> Result<(), AttachError> {
        self.link = None;
        self.undrawn.clear();
        let now = Instant::now();
        self.breaks.retain(|at| now.duration_since(*at) < BREAKS_WITHIN);
        self.breaks.push(now);
        self.attempt = 0;
        let trouble = self.trouble.get_or_insert_with(|| Trouble::new(now));
        if self.breaks.len() > BREAKS_CALM {
            trouble.failed("the daemon keeps ending right after it started".to_string());
        }
        let calm = u32::try_from(self.breaks.len().saturating_sub(BREAKS_CALM)).unwrap_or(u32::MAX);
        self.begin_connecting(backoff(calm))
    }

    fn begin_connecting(&mut self, delay: Duration) -> Result<(), AttachError> {
        let params = AttachParams {
            cols: self.size.cells.cols,
            rows: self.size.cells.rows,
            xpixel: self.size.pixels.0,
            ypixel: self.size.pixels.1,
            acked: self.outbox.acked(),
            ..self.options.params.clone()
        };
        // So that a size that changes meanwhile is reported afterwards, remember what was said.
        self.options.params.cols = params.cols;
        self.options.params.rows = params.rows;
        (self.options.params.xpixel, self.options.params.ypixel) = (params.xpixel, params.ypixel);
        Ok(self.connector.start(params, delay)?)
    }

    fn connected(
        &mut self,
        result: Result<Connection, ConnectError>,
    ) -> Result<Option<Bye>, AttachError> {
        let Connection { stream, acked, rest } = match result {
            Ok(connection) => connection,
            Err(e) => {
                self.attempt += 1;
                // One that broke off was a daemon being killed just then; the next attempt gets
                // another one. What cannot be started the first time should be reported at once.
                let passing = matches!(e, ConnectError::Broken(_));
                let goes_on = self.ever_connected || passing && self.attempt < FIRST_ATTEMPTS;
                if !e.worth_retrying() || !goes_on {
                    return Err(e.into());
                }
                if let Some(trouble) = self.trouble.as_mut().filter(|_| !passing) {
                    trouble.failed(e.to_string());
                }
                self.begin_connecting(backoff(self.attempt))?;
                return Ok(None);
            }
        };
        self.footprint.used(Instant::now());
        self.outbox.acknowledge(acked);
        let mut link = Link {
            stream,
            frames: FrameDecoder::new(rest),
            out: Vec::new(),
            received: 0,
            acknowledged: 0,
            size: Window {
                cells: Size::new(self.options.params.cols, self.options.params.rows),
                pixels: (self.options.params.xpixel, self.options.params.ypixel),
            },
        };
        link.hand_over(self.terminal.fd());
        link.send_size(self.size, false);
        self.outbox.resend(&mut link.out);
        if self.ever_connected {
            self.undrawn.bytes.extend_from_slice(CANCEL);
        }
        self.ever_connected = true;
        self.trouble = None;
        self.link = Some(link);
        // What came behind the hello.
        self.take_frames()
    }

    /// Says on the screen that there is no daemon. The next one draws everything anew.
    fn show_trouble(&mut self) {
        let (size, kept) = (self.size.cells, self.outbox.kept());
        let line = self.trouble.as_mut().and_then(|t| t.draw(size, kept, Instant::now()));
        self.undrawn.bytes.extend(line.into_iter().flatten());
    }

    /// Reports to the daemon once everything is drawn, so that it knows how fast this terminal is.
    fn report_shown(&mut self) {
        if let Some(link) = &mut self.link
            && self.undrawn.len() == 0
            && link.acknowledged != link.received
        {
            link.acknowledged = link.received;
            FromClient::Shown(link.received).encode(&mut link.out);
        }
    }

    fn flush(&mut self) {
        if let Some(link) = &mut self.link {
            link.flush();
        }
    }

    /// Waits for what the terminal still has to answer, so that the shell does not get it: it would
    /// be taken for typed.
    fn await_answers(&mut self) {
        let Some(until) = self.questions.wait_until(Instant::now()) else { return };
        // Nobody sees that the end has not come yet.
        self.terminal.undo();
        let mut buffer = [0; 4096];
        while self.questions.wait_until(Instant::now()).is_some() {
            let left = until.saturating_duration_since(Instant::now());
            let mut tty = [PollFd::new(self.terminal.fd(), PollFlags::POLLIN)];
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
            match poll(&mut tty, timeout) {
                _ if left.is_zero() => return,
                Ok(0) => return,
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => return,
            }
            match self.terminal.read(&mut buffer) {
                Ok(Some(0)) | Err(_) => return,
                Ok(Some(n)) => self.questions.read(&buffer[..n]),
                Ok(None) => {}
            }
        }
    }

    /// Leaves by this side's wish. The daemon may be writing to the terminal: that is put back when
    /// it knows.
    fn leave(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        FromClient::Detach.encode(&mut link.out);
        link.flush();
        let end = Instant::now() + LEAVE_PATIENCE;
        while !link.said_goodbye() {
            let left = end.saturating_duration_since(Instant::now());
            let mut socket = [PollFd::new(link.stream.as_fd(), PollFlags::POLLIN)];
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
            if left.is_zero() || matches!(poll(&mut socket, timeout), Ok(0)) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_between_attempts_grow_and_are_bounded() {
        let all: Vec<_> = (0..40).map(backoff).collect();
        assert!(all.is_sorted());
        assert_eq!(all.last(), Some(&Duration::from_secs(2)));
        assert!(all[..FIRST_ATTEMPTS as usize].iter().sum::<Duration>() < Duration::from_secs(10));
    }
}
