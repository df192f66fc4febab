//! A small HTTP server for one test: it answers as asked, and breaks as asked.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// With what stands behind `?`.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The value of a parameter, decoded as far as tests need it.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.path.split_once('?')?;
        let found = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = found.into_iter().find(|(n, _)| *n == name)?.1;
        Some(value.replace("%3A", ":").replace("%2F", "/").replace("%20", " ").replace('+', " "))
    }
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub body: String,
    pub headers: Vec<(&'static str, String)>,
}

pub fn reply(status: u16, body: Value) -> Reply {
    Reply { status, body: body.to_string(), headers: Vec::new() }
}

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is answered so, and not looked at.
    Answer(Reply),
    /// It is done, and no answer is sent.
    CutAfter,
    /// It is not even looked at.
    CutBefore,
    /// It is done, and answered later.
    Slow(Duration),
}

/// What answers requests.
pub trait Service: Send + 'static {
    fn answer(&mut self, request: &Seen) -> Reply;
}

struct Shared<S> {
    service: S,
    faults: VecDeque<Option<Fault>>,
    /// How long every answer takes.
    pace: Duration,
    seen: Vec<Seen>,
}

pub struct Server<S> {
    pub url: String,
    shared: Arc<Mutex<Shared<S>>>,
    ends: Arc<AtomicBool>,
}

impl<S: Service> Server<S> {
    pub fn start(service: S) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared =
            Shared { service, faults: VecDeque::new(), pace: Duration::ZERO, seen: Vec::new() };
        let shared = Arc::new(Mutex::new(shared));
        let ends = Arc::new(AtomicBool::new(false));
        let (inner, end) = (shared.clone(), ends.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if end.load(Ordering::SeqCst) {
                    break;
                }
                let (inner, end) = (inner.clone(), end.clone());
                thread::spawn(move || serve(&stream, &inner, &end));
            }
        });
        Self { url, shared, ends }
    }

    /// What goes wrong with the next requests, one after the other; `None` is nothing.
    pub fn faults(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.lock().faults = faults.into_iter().collect();
    }

    /// Every answer takes so long from now on.
    #[allow(dead_code, reason = "for the tests of the program")]
    pub fn pace(&self, pace: Duration) {
        self.lock().pace = pace;
    }

    /// How many requests there were.
    #[allow(dead_code, reason = "for the tests of the program")]
    pub fn count(&self) -> usize {
        self.lock().seen.len()
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut S) -> T) -> T {
        look(&mut self.lock().service)
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shared<S>> {
        self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<S> Drop for Server<S> {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn serve<S: Service>(stream: &TcpStream, shared: &Mutex<Shared<S>>, ends: &AtomicBool) {
    let mut reader = BufReader::new(stream);
    while let Some(seen) = read(&mut reader) {
        if ends.load(Ordering::SeqCst) {
            return;
        }
        let (answer, wait) = {
            let mut all = shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            all.seen.push(seen.clone());
            let pace = all.pace;
            match all.faults.pop_front().flatten() {
                None => (all.service.answer(&seen), pace),
                Some(Fault::Slow(wait)) => (all.service.answer(&seen), wait),
                Some(Fault::Answer(reply)) => (reply, Duration::ZERO),
                Some(Fault::CutBefore) => return,
                Some(Fault::CutAfter) => {
                    all.service.answer(&seen);
                    return;
                }
            }
        };
        thread::sleep(wait);
        let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!(
            "HTTP/1.1 {} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}\r\n",
            answer.status,
            answer.body.len(),
            headers.collect::<String>()
        );
        if (&mut &*stream).write_all((head + &answer.body).as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut first = lines.first()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { method, path, headers, body: String::from_utf8(body).ok()? })
}
