//! Notifications that programs send (OSC 9, 99, 777): reading, cleaning, counting.
//!
//! What comes out is text that is safe to show anywhere: one line, bounded, without controls.
//! What to do with it is not decided here.

use std::time::{Duration, Instant};

use base64::Engine as _;

use crate::ops::osc::{LENIENT, split};
use crate::state::event::{self, TermEvent};
use crate::state::screen::Screen;

/// The longest title, in characters.
const MAX_TITLE: usize = event::MAX_TITLE;
/// The longest text, in characters.
const MAX_BODY: usize = 1024;
/// How much of a text that comes in pieces is kept, in bytes.
const MAX_PIECES: usize = 4 * MAX_BODY;
/// The longest name that a program may give to a notification.
const MAX_ID: usize = 64;
/// How many notifications one chunk of output may bring.
const MAX_AT_ONCE: usize = 16;

/// What a program wants its user to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Never empty.
    pub title: Option<String>,
    /// Never empty.
    pub body: String,
}

impl Notification {
    /// From texts that are not to be trusted; `None` when nothing is left of them. A title alone
    /// is the text.
    pub fn new(title: Option<&[u8]>, body: &[u8]) -> Option<Notification> {
        let title = title.map(|t| event::one_line(t, MAX_TITLE)).filter(|t| !t.is_empty());
        let body = event::one_line(body, MAX_BODY);
        match (title, body.is_empty()) {
            (title, false) => Some(Notification { title, body }),
            (Some(title), true) => Some(Notification { title: None, body: title }),
            (None, true) => None,
        }
    }
}

/// How often a program may notify: a few at once, then one every other second.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoticeLimit {
    /// When the allowance will be whole again.
    whole_at: Option<Instant>,
}

impl NoticeLimit {
    /// How many at once.
    const BURST: u32 = 5;
    /// What one costs.
    const EACH: Duration = Duration::from_secs(2);

    /// Whether one more may pass now.
    pub fn allows(&mut self, now: Instant) -> bool {
        let from = self.whole_at.map_or(now, |at| at.max(now));
        let then = from + Self::EACH;
        let allowed = then <= now + Self::EACH * Self::BURST;
        if allowed {
            self.whole_at = Some(then);
        }
        allowed
    }
}

/// A notification that comes in pieces (OSC 99).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pending {
    pub id: Vec<u8>,
    pub title: Vec<u8>,
    pub body: Vec<u8>,
}

impl Pending {
    /// One from a dump; what could not have come from a program is refused.
    pub fn from_parts(id: &[u8], title: &[u8], body: &[u8]) -> Option<Pending> {
        let fits = id.len() <= MAX_ID && title.len() <= MAX_PIECES && body.len() <= MAX_PIECES;
        fits.then(|| Pending { id: id.to_vec(), title: title.to_vec(), body: body.to_vec() })
    }
}

fn append(text: &mut Vec<u8>, piece: &[u8]) {
    let room = MAX_PIECES - text.len();
    text.extend_from_slice(&piece[..piece.len().min(room)]);
}

/// A name that may be sent back: letters, digits and the marks that the protocol allows.
fn id(value: Option<&[u8]>) -> &[u8] {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_-+.".contains(b);
    value.filter(|v| v.len() <= MAX_ID && v.iter().all(plain)).unwrap_or_default()
}

impl Screen {
    pub fn notify(&mut self, title: Option<&[u8]>, body: &[u8]) {
        let noted = |e: &&TermEvent| matches!(e, TermEvent::Notification(_));
        if let Some(note) = Notification::new(title, body)
            && self.events.iter().filter(noted).count() < MAX_AT_ONCE
        {
            self.events.push(TermEvent::Notification(note));
        }
    }

    /// OSC 777: `notify ; title ; body`.
    pub fn notify_777(&mut self, body: &[u8]) {
        if let (b"notify", Some(rest)) = split(body) {
            match split(rest) {
                (title, Some(body)) => self.notify(Some(title), body),
                (text, None) => self.notify(None, text),
            }
        }
    }

    /// OSC 99: `metadata ; payload`, kitty's notifications, whose parts may come one by one.
    pub fn notify_99(&mut self, body: &[u8]) {
        let (metadata, Some(payload)) = split(body) else { return };
        let value = |key: &[u8]| {
            metadata
                .split(|&b| b == b':')
                .find_map(|pair| pair.strip_prefix(key).and_then(|rest| rest.strip_prefix(b"=")))
        };
        let id = id(value(b"i"));
        let kind = value(b"p").unwrap_or(b"title");
        if kind == b"?" {
            let id = String::from_utf8_lossy(id);
            return self.reply(format!("\x1b]99;i={id}:p=?;p=title,body\x1b\\"));
        }
        if !matches!(kind, b"title" | b"body") {
            return;
        }
        let decoded;
        let payload = if value(b"e") == Some(b"1") {
            let Ok(bytes) = LENIENT.decode(payload) else {
                return;
            };
            decoded = bytes;
            &decoded
        } else {
            payload
        };
        let mut pending = match self.notice.take().filter(|p| p.id == id) {
            Some(pending) => pending,
            None => Box::new(Pending { id: id.to_vec(), ..Pending::default() }),
        };
        append(if kind == b"body" { &mut pending.body } else { &mut pending.title }, payload);
        if value(b"d") == Some(b"0") {
            self.notice = Some(pending);
        } else {
            self.notify(Some(&pending.title), &pending.body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cleaned_bounded_and_never_empty() {
        let note = |title: Option<&str>, body: &str| {
            Notification::new(title.map(str::as_bytes), body.as_bytes())
                .map(|n| (n.title.unwrap_or_default(), n.body))
        };
        assert_eq!(note(Some("T\x1b[1m"), "a\nb"), Some(("T[1m".into(), "a b".into())));
        assert_eq!(note(Some("T"), " \x07 "), Some((String::new(), "T".into())));
        assert_eq!(note(Some("\x1b"), "\r\n"), None);
        assert_eq!(note(None, &"x".repeat(5000)).unwrap().1.len(), MAX_BODY);
    }

    #[test]
    fn a_few_pass_at_once_and_then_one_at_a_time() {
        let mut limit = NoticeLimit::default();
        let start = Instant::now();
        let passed = |limit: &mut NoticeLimit, at: u64| {
            let now = start + Duration::from_secs(at);
            (0..100).filter(|_| limit.allows(now)).count()
        };
        assert_eq!(passed(&mut limit, 0), 5);
        assert_eq!(passed(&mut limit, 1), 0);
        assert_eq!(passed(&mut limit, 2), 1);
        assert_eq!(passed(&mut limit, 6), 2);
        assert_eq!(passed(&mut limit, 3600), 5);
    }
}
