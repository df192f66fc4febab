//! What arrives at a socket, on either side.

use segno_wire::frame::{FrameDecoder, FrameError, FromClient, FromDaemon};
use segno_wire::line::LineDecoder;
use segno_wire::{hello, rpc};

/// How long a line may get here.
const LINE_MAX: usize = 1000;

/// A connection's bytes: frames in both directions, in any pieces, and the lines of calls. What
/// was read is written so that it is read the same again.
pub fn frames(data: &[u8]) {
    let (whole, error) = all(data, data.len().max(1), FrameDecoder::next_from_client);
    assert_eq!((&whole, &error), (&cut(data).0, &cut(data).1));
    let mut bytes = Vec::new();
    whole
        .iter()
        .filter(|f| !matches!(f, FromClient::Unknown(_)))
        .for_each(|f| f.encode(&mut bytes));
    let (again, error) = all(&bytes, 7, FrameDecoder::next_from_client);
    let known: Vec<_> =
        whole.into_iter().filter(|f| !matches!(f, FromClient::Unknown(_))).collect();
    assert_eq!((again, error), (known, None));

    let (whole, _) = all(data, data.len().max(1), FrameDecoder::next_from_daemon);
    for frame in whole {
        if let FromDaemon::Output(_) | FromDaemon::Ack(_) = frame {
            let mut bytes = Vec::new();
            frame.encode(&mut bytes);
            let (again, error) = all(&bytes, 7, FrameDecoder::next_from_daemon);
            // An empty output is no frame.
            assert!(error.is_none() && again.iter().all(|again| *again == frame), "{frame:?}");
        }
    }
    lines(data);
}

/// The frames of a stream that comes in pieces of so many bytes, and what ended it.
fn all<T>(
    data: &[u8],
    piece: usize,
    next: fn(&mut FrameDecoder) -> Result<Option<T>, FrameError>,
) -> (Vec<T>, Option<FrameError>) {
    let (mut decoder, mut frames) = (FrameDecoder::default(), Vec::new());
    for piece in data.chunks(piece) {
        decoder.push(piece);
        loop {
            match next(&mut decoder) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

fn cut(data: &[u8]) -> (Vec<FromClient>, Option<FrameError>) {
    all(data, 3, FrameDecoder::next_from_client)
}

fn lines(data: &[u8]) {
    let mut decoder = LineDecoder::with_limit(LINE_MAX);
    for piece in data.chunks(5) {
        decoder.push(piece);
        loop {
            let line = match decoder.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(_) => return,
            };
            assert!(line.len() <= LINE_MAX);
            if let Ok(hello) = hello::parse_client(line) {
                let _ = (hello::check_client(&hello), hello.attach_params());
            }
            if let Ok(hello) = hello::parse_daemon(line) {
                let _ = hello::check_daemon(&hello, None);
            }
            let _ = rpc::Request::parse(line).map(|request| request.to_line());
            let _ = rpc::Response::parse(line).map(rpc::Response::outcome);
        }
    }
}
