//! As much of HTTP as agents speak to a model: requests with a JSON body, answers whole or as
//! server-sent events.

use std::io::{BufRead, Result, Write};

use serde_json::{Value, json};

/// One HTTP/1.1 request with a JSON body; `None` at the end of the connection or when it is
/// malformed.
pub fn read_request(reader: &mut impl BufRead) -> Option<(String, Value)> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let path = line.split_whitespace().nth(1)?.to_owned();
    let (mut length, mut chunked) = (0usize, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= header.starts_with("transfer-encoding:") && header.contains("chunked");
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else {
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
    }
    Some((path, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

/// An answer that is complete.
pub fn whole(out: &mut impl Write, body: &Value) -> Result<()> {
    with_status(out, "200 OK", body)
}

/// A refusal.
pub fn failure(out: &mut impl Write, status: u16) -> Result<()> {
    let error = json!({"error": {"message": format!("fake failure {status}"), "type": "fake"}});
    with_status(out, &format!("{status} Fake"), &error)
}

fn with_status(out: &mut impl Write, status: &str, body: &Value) -> Result<()> {
    // Some read answers line by line.
    let body = format!("{body}\n");
    write!(
        out,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An answer of server-sent events.
pub struct Stream<'a, W: Write>(&'a mut W);

impl<'a, W: Write> Stream<'a, W> {
    /// With what Codex is told of its plan, which is far from used up.
    pub fn begin(out: &'a mut W) -> Result<Self> {
        write!(
            out,
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\
            x-codex-primary-used-percent: 12.5\r\nx-codex-primary-window-minutes: 300\r\n\
            x-codex-primary-reset-at: 4102444800\r\nx-codex-secondary-used-percent: 40\r\n\
            x-codex-secondary-window-minutes: 10080\r\n\
            x-codex-secondary-reset-at: 4102444800\r\n\r\n"
        )?;
        Ok(Self(out))
    }

    /// Events; one whose data has a `type` is named by it.
    pub fn send(&mut self, events: &[Value]) -> Result<()> {
        for event in events {
            let name = event["type"].as_str();
            let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
            self.raw(&format!("{name}data: {event}\n\n"))?;
        }
        Ok(())
    }

    /// A comment, by which a client that went away is noticed.
    pub fn still_there(&mut self) -> Result<()> {
        self.raw(": still there\n\n")
    }

    pub fn end(self, last: &str) -> Result<()> {
        let mut stream = self;
        if !last.is_empty() {
            stream.raw(last)?;
        }
        stream.0.write_all(b"0\r\n\r\n")?;
        stream.0.flush()
    }

    fn raw(&mut self, data: &str) -> Result<()> {
        write!(self.0, "{:x}\r\n{data}\r\n", data.len())?;
        self.0.flush()
    }
}
