//! An attached client's connection: frames in, composed screens out.
//!
//! The server never waits for a client: what its socket does not take at once is kept (one frame's
//! worth, because nothing more is composed meanwhile) and written by a task.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::server::client::frame_pacing::Pending;
use crate::server::client::input_checkpoint::{ClientPlace, InputRecord};
use crate::server::client::input_cursor::{Frames, Progress};
use crate::server::client::list::Arrival;
use crate::server::message::Message;
use segno_base::ids::{ClientId, PaneId};
use segno_base::screen::geometry::Size;
use segno_base::system::os::recv_with_fds;
use segno_base::system::terminal_writer::TerminalWriter;
use segno_core::attention::notices::Notice;
use segno_custom::theme::Viewer;
use segno_term::input::Decoder;
use segno_term::render::{Capabilities, Renderer};
use segno_view::View;
use segno_wire::frame::{Bye, FrameDecoder, FromClient, FromDaemon, encode_output};

/// Frames of one client that may wait to be handled.
const IN_FLIGHT: usize = 8;
/// An acknowledgement waits at most so long for output to go with, or for others: it wakes the
/// client, which needs it for nothing but forgetting what was typed.
const ACK_WITHIN: Duration = Duration::from_millis(250);
/// With so many frames it does not wait: what a client keeps is bounded.
const ACK_AT: u64 = 16;
/// So soon after a key the client was alive, and has its terminal: one that was stopped types none.
const ALIVE: Duration = Duration::from_millis(100);
/// What a terminal takes as a whole.
const WHOLE: usize = 2048;

/// The right to have one more frame waiting.
#[derive(Debug)]
pub(in crate::server) struct InputCredit(
    #[expect(dead_code, reason = "given back by its drop")] OwnedSemaphorePermit,
);

/// The server's side of an attached client.
pub(in crate::server) struct Attached {
    outbox: Arc<Outbox>,
    pub decoder: Decoder,
    /// When held input counts as typed as it is.
    pub escape_at: Option<Instant>,
    pub renderer: Renderer,
    /// What it was sent last.
    pub view: View,
    /// The size that it was last given, where it shows one pane alone.
    pub offered: Option<Size>,
    /// What it said of itself.
    pub arrival: Arrival,
    /// What decides about its theme.
    pub viewer: Viewer,
    /// Where the divider being dragged was grabbed, if one is.
    pub dragging: Option<segno_core::update::event::Target>,
    /// The pane in which a mouse button went down: it gets what follows until that is let go.
    pub captured: Option<PaneId>,
    /// Whether its bell is to ring with the next frame.
    pub bell: bool,
    /// The newest notification that its terminal is to show with the next frame.
    pub notice: Option<Notice>,
    /// What goes onto its clipboard with the next frame.
    pub clipboard: Option<String>,
    /// What of its screen is no longer so.
    pub pending: Pending,
    /// Input that was handled, to be acknowledged by then.
    ack: Option<(u64, Instant)>,
    /// The last that was acknowledged.
    acked: u64,
    /// Output bytes sent and shown; the difference is under way.
    sent: u64,
    pub shown: u64,
    /// Its terminal, where it has handed that over.
    terminal: Option<TerminalWriter>,
    /// When something was typed last.
    pub typed: Option<Instant>,
    pub token: Option<String>,
    /// How far its input was handled.
    pub frames: Frames,
    /// Where that is kept for the next daemon.
    pub record: Option<InputRecord>,
    /// What the record says of where it is.
    pub placed: Option<ClientPlace>,
    /// One of the connections that there may be.
    pub seat: Option<OwnedSemaphorePermit>,
    reader: tokio::task::AbortHandle,
}

/// What waits to be written to a client.
struct Outbox {
    client: ClientId,
    stream: Arc<UnixStream>,
    waiting: Mutex<Waiting>,
    server: mpsc::UnboundedSender<Message>,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    written: usize,
    task: bool,
    /// Nothing more is accepted; the connection ends when all is written.
    closing: bool,
}

impl Attached {
    /// Takes over a connection whose hello is done, and starts reading frames from it.
    pub fn new(
        client: ClientId,
        stream: Arc<UnixStream>,
        caps: Capabilities,
        token: Option<String>,
        handled: Progress,
        server: mpsc::UnboundedSender<Message>,
    ) -> Attached {
        let reader = tokio::spawn(read(client, stream.clone(), server.clone())).abort_handle();
        Attached {
            outbox: Arc::new(Outbox { client, stream, waiting: Mutex::default(), server }),
            decoder: match handled.paste {
                Some(_) => Decoder::within_paste(),
                None => Decoder::new(),
            },
            escape_at: None,
            renderer: Renderer::new(caps),
            view: View::empty(),
            offered: None,
            arrival: Arrival::default(),
            viewer: Viewer::default(),
            dragging: None,
            captured: None,
            bell: false,
            notice: None,
            clipboard: None,
            pending: Pending::default(),
            ack: None,
            acked: handled.settled(),
            sent: 0,
            shown: 0,
            terminal: None,
            typed: None,
            token,
            frames: Frames::resume(handled),
            record: None,
            placed: None,
            seat: None,
            reader,
        }
    }

    /// Whether it has shown all that it was sent.
    pub fn is_free(&self) -> bool {
        self.outbox.is_empty() && self.shown >= self.sent
    }

    /// Sends bytes for its terminal.
    pub fn output(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.sent += bytes.len() as u64;
        let mut framed = Vec::with_capacity(bytes.len() + 16);
        encode_output(bytes, &mut framed);
        self.take_ack(&mut framed);
        self.outbox.push(&framed, false);
    }

    /// It hands over its terminal, to be written to where that is as good as sending.
    pub fn hand_over(&mut self, terminal: &OwnedFd) {
        self.terminal = TerminalWriter::open(terminal.as_fd()).ok();
    }

    pub fn has_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// Shows bytes on its terminal. What is little and answers a key is written there at once,
    /// which wakes the client for nothing; not while the client itself has something to write.
    pub fn show(&mut self, bytes: &[u8], now: Instant) {
        let alive = self.typed.is_some_and(|at| now <= at + ALIVE);
        let written = match &self.terminal {
            Some(terminal) if alive && bytes.len() <= WHOLE && self.is_free() => {
                terminal.write(bytes)
            }
            _ => 0,
        };
        // What it did not take, the client writes as soon as it does.
        self.output(&bytes[written..]);
    }

    /// What it is to be sent before a frame of another size than the one before: one pane alone
    /// has its own size, not its terminal's.
    pub fn fit_to_pane(&mut self, out: &mut Vec<u8>) {
        let size = self.view.frame.size();
        if self.offered.replace(size) != Some(size) {
            segno_term::render::resize(size, out);
            self.renderer.resize(size);
        }
    }

    /// Acknowledges its input.
    /// Not at once, since it is in no hurry and what the input causes goes out soon, with which
    /// it goes.
    pub fn acknowledge(&mut self, seq: u64, now: Instant) {
        let due = match self.ack {
            _ if seq >= self.acked + ACK_AT => now,
            Some((_, due)) => due,
            None => now + ACK_WITHIN,
        };
        self.ack = Some((seq, due));
    }

    /// When the acknowledgement must go, at the latest.
    pub fn ack_due(&self) -> Option<Instant> {
        self.ack.map(|(_, due)| due)
    }

    /// Sends the acknowledgement, if it is due.
    pub fn flush_ack(&mut self, now: Instant) {
        if self.ack_due().is_some_and(|due| due <= now) {
            let mut framed = Vec::new();
            self.take_ack(&mut framed);
            self.outbox.push(&framed, false);
        }
    }

    fn take_ack(&mut self, framed: &mut Vec<u8>) {
        if let Some((seq, _)) = self.ack.take() {
            self.acked = seq;
            FromDaemon::Ack(seq).encode(framed);
        }
    }

    /// Says goodbye; nothing is sent after it.
    pub fn bye(&mut self, bytes: &[u8], bye: Bye) {
        let mut framed = Vec::new();
        encode_output(bytes, &mut framed);
        self.take_ack(&mut framed);
        FromDaemon::Bye(bye).encode(&mut framed);
        // The client puts it back now.
        self.terminal = None;
        self.outbox.push(&framed, true);
        self.reader.abort();
    }

    /// Whether everything was written to the socket.
    pub fn is_flushed(&self) -> bool {
        self.outbox.is_empty()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Outbox {
    fn is_empty(&self) -> bool {
        let waiting = self.waiting.lock();
        waiting.written == waiting.bytes.len()
    }

    fn push(self: &Arc<Self>, framed: &[u8], last: bool) {
        let mut waiting = self.waiting.lock();
        if waiting.closing {
            return;
        }
        waiting.closing = last;
        waiting.bytes.extend_from_slice(framed);
        if !waiting.task && !self.write(&mut waiting) {
            waiting.task = true;
            tokio::spawn(flush(self.clone()));
        }
    }

    /// Writes what the socket takes; true when nothing is left.
    fn write(&self, waiting: &mut Waiting) -> bool {
        while waiting.written < waiting.bytes.len() {
            match self.stream.try_write(&waiting.bytes[waiting.written..]) {
                Ok(n) => waiting.written += n,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return false,
                // The reader notices the end of the connection.
                Err(_) => break,
            }
        }
        waiting.bytes.clear();
        waiting.bytes.shrink_to(64 * 1024);
        waiting.written = 0;
        true
    }
}

async fn flush(outbox: Arc<Outbox>) {
    loop {
        if outbox.stream.writable().await.is_err() {
            return;
        }
        let mut waiting = outbox.waiting.lock();
        if outbox.write(&mut waiting) {
            waiting.task = false;
            break;
        }
    }
    let _ = outbox.server.send(Message::ClientFlushed { client: outbox.client });
}

/// Reads frames until the connection ends or is not made of frames.
async fn read(client: ClientId, stream: Arc<UnixStream>, server: mpsc::UnboundedSender<Message>) {
    let credits = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut decoder = FrameDecoder::new(Vec::new());
    let mut buffer = vec![0; 16 * 1024];
    let mut handed = None;
    'connection: loop {
        if stream.readable().await.is_err() {
            break;
        }
        match stream.try_io(Interest::READABLE, || recv_with_fds(&*stream, &mut buffer)) {
            Ok((0, _)) => break,
            Ok((n, fds)) => {
                decoder.push(&buffer[..n]);
                // A message with descriptors ends a read, and all others end it when there is no
                // more: that need not be asked.
                if fds.is_empty() && n < buffer.len() {
                    let empty = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
                    let _ = stream.try_io(Interest::READABLE, empty);
                }
                handed = fds.into_iter().last().or(handed);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => break,
        }
        loop {
            let frame = match decoder.next_from_client() {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(?client, %error, "a client does not keep to the protocol");
                    break 'connection;
                }
            };
            if frame == FromClient::Terminal {
                let terminal = handed.take();
                if let Some(terminal) = terminal
                    && server.send(Message::ClientTerminal { client, terminal }).is_err()
                {
                    break 'connection;
                }
                continue;
            }
            // Only input can be so much that it has to wait; a detach must always get through.
            let credit = match &frame {
                FromClient::Input { .. } => match credits.clone().acquire_owned().await {
                    Ok(permit) => Some(InputCredit(permit)),
                    Err(_) => break 'connection,
                },
                _ => None,
            };
            if server.send(Message::Client { client, frame, credit }).is_err() {
                break 'connection;
            }
        }
    }
    let _ = server.send(Message::ClientGone { client });
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::net::UnixStream as StdStream;

    /// A client at the other end of a socket, whose terminal the server has, and that typed at
    /// `now`.
    fn attached(now: Instant) -> (Attached, OwnedFd, StdStream) {
        let (here, there) = UnixStream::pair().expect("sockets");
        let pty = nix::pty::openpty(None, None).expect("a terminal");
        let (server, _) = mpsc::unbounded_channel();
        let mut client = Attached::new(
            ClientId(1),
            Arc::new(here),
            Capabilities::full(),
            None,
            Progress::default(),
            server,
        );
        client.hand_over(&pty.slave);
        client.typed = Some(now);
        (client, pty.master, there.into_std().expect("a socket"))
    }

    fn read_of(terminal: &OwnedFd) -> String {
        let mut got = [0; 64];
        let n = nix::unistd::read(terminal, &mut got).expect("an answer");
        String::from_utf8_lossy(&got[..n]).into_owned()
    }

    /// Whether a client was sent nothing; takes what it was.
    fn is_silent(mut client: &StdStream) -> bool {
        let got = client.read(&mut [0; 64]);
        got.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    #[tokio::test]
    async fn the_answer_to_a_key_wakes_no_client() {
        let now = Instant::now();
        let (mut client, terminal, other) = attached(now);
        client.acknowledge(1, now);
        client.show(b"answer", now + ALIVE / 2);
        client.flush_ack(now + ALIVE / 2);
        assert_eq!(read_of(&terminal), "answer");
        assert!(is_silent(&other) && client.is_free());
        // It may forget what it sent, later.
        client.flush_ack(now + ACK_WITHIN);
        assert!(!is_silent(&other));
    }

    #[tokio::test]
    async fn a_client_that_may_be_stopped_shows_it_itself() {
        let now = Instant::now();
        let (mut client, _terminal, other) = attached(now);
        client.show(b"late", now + ALIVE * 2);
        assert!(!is_silent(&other) && !client.is_free());
        // And what follows goes the same way until it has.
        client.show(b"next", now);
        assert!(!is_silent(&other));
        client.shown = client.sent;
        client.show(b"direct", now);
        assert!(is_silent(&other) && client.is_free());
    }
}
