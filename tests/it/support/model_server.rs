//! A fake language model: an OpenAI-compatible server on loopback that real agents talk to in tests.
//!
//! It has no script and no shared state. What it answers is decided by the last user message alone, so that any number
//! of panes, conversations and tests can use one server without agreeing on an order. A line of that message beginning
//! with one of these words chooses the reply; any other text is answered with `You said: <text>`.
//!
//! | keyword         | reply                                                                              |
//! |-----------------|------------------------------------------------------------------------------------|
//! | `SAY text`      | the text                                                                           |
//! | `BASH command`  | a `bash` tool call; once it has been run, `Ran it.`                                |
//! | `TASK prompt`   | a `task` tool call (a subagent that gets `prompt`); afterwards, `The task is done.`|
//! | `ASK question`  | a `question` tool call with the options Yes and No; afterwards, `You answered.`    |
//! | `LINES n`       | n numbered lines, one chunk each                                                   |
//! | `SLOW s text`   | the text, word by word, spread over s seconds                                      |
//! | `HANG`          | the first word of an answer, then nothing until the client gives up                |
//! | `ERR401`        | HTTP 401                                                                           |
//! | `ERR500`        | HTTP 500 (agents retry it)                                                         |
//!
//! Requests for a title and for a summary are recognised by their instructions and answered at once with `Title: …`
//! and `Summary of the conversation.`, whatever keywords they quote.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Tokens that every successful answer claims to have used, so that tests can compute totals.
pub const PROMPT_TOKENS: u64 = 1000;
/// The part of [`PROMPT_TOKENS`] that came from the cache.
pub const CACHED_TOKENS: u64 = 200;
/// Tokens of the answer.
pub const COMPLETION_TOKENS: u64 = 50;

/// What the model was asked, kept for assertions.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path, e.g. `/v1/chat/completions`.
    pub path: String,
    /// The decoded body.
    pub body: Value,
    /// The text of the last user message.
    pub prompt: String,
    /// What kind of answer it got.
    pub reply: Reply,
}

/// How a request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Text(String),
    Tool { name: &'static str, arguments: String },
    Lines(usize),
    Slow { text: String, over: Duration },
    Hang,
    Status(u16),
}

/// Chooses a reply from a request's body and its last user message, before the keywords do.
pub type Script = Box<dyn Fn(&Value, &str) -> Option<Reply> + Send + Sync>;

#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<Request>>,
    script: Option<Script>,
    stop: AtomicBool,
    calls: AtomicU64,
}

/// A running server; it stops when dropped.
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl ModelServer {
    /// Starts a server on a free port of the loopback interface.
    pub fn start() -> Self {
        Self::start_on(0)
    }

    /// Starts a server on this port; 0 takes a free one.
    pub fn start_on(port: u16) -> Self {
        Self::serve_on(port, Shared::default())
    }

    /// Starts a server that asks `script` first.
    #[allow(dead_code, reason = "for the pictures of the documentation")]
    pub fn scripted(script: Script) -> Self {
        Self::serve_on(0, Shared { script: Some(script), ..Shared::default() })
    }

    fn serve_on(port: u16, shared: Shared) -> Self {
        let listener =
            TcpListener::bind(("127.0.0.1", port)).expect("a loopback port for the model server");
        let address = listener.local_addr().expect("the address of a bound socket");
        let shared = Arc::new(shared);
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stop.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&accepting);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// What an agent's configuration takes as the provider's base URL.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().expect("no handler panics while it holds the list").clone()
    }

    /// Waits until a request satisfies `wanted` and returns it; `None` when none did in time.
    pub fn wait_for(
        &self,
        timeout: Duration,
        wanted: impl Fn(&Request) -> bool,
    ) -> Option<Request> {
        let end = Instant::now() + timeout;
        loop {
            if let Some(found) = self.requests().into_iter().find(&wanted) {
                return Some(found);
            }
            if Instant::now() >= end {
                return None;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // Wakes the accepting thread, which then sees the flag.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    let Ok(reading) = stream.try_clone() else { return };
    let mut reader = BufReader::new(reading);
    let mut writer = stream;
    while let Some((path, body)) = read_request(&mut reader) {
        let prompt = last_user_text(&body);
        let scripted = shared.script.as_ref().and_then(|script| script(&body, &prompt));
        let reply = scripted.unwrap_or_else(|| choose(&body, &prompt));
        let request = Request { path, body: body.clone(), prompt, reply: reply.clone() };
        shared.requests.lock().expect("no handler panics while it holds the list").push(request);
        if answer(&mut writer, &body, &reply, shared).is_err() {
            return;
        }
    }
}

/// One HTTP/1.1 request with a JSON body; `None` at the end of the connection or when it is malformed.
fn read_request(reader: &mut impl BufRead) -> Option<(String, Value)> {
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

/// The text of a message, whose content is a string or a list of parts.
fn text_of(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

fn messages(body: &Value) -> &[Value] {
    body["messages"].as_array().map_or(&[], Vec::as_slice)
}

fn last_user_text(body: &Value) -> String {
    messages(body)
        .iter()
        .rfind(|message| message["role"] == "user")
        .map(text_of)
        .unwrap_or_default()
}

/// True when a tool has already answered since the last user message: the turn is to be finished, not begun again.
fn tool_answered(body: &Value) -> bool {
    messages(body)
        .iter()
        .rev()
        .take_while(|message| message["role"] != "user")
        .any(|m| m["role"] == "tool")
}

fn choose(body: &Value, prompt: &str) -> Reply {
    let system: String =
        messages(body).iter().filter(|message| message["role"] == "system").map(text_of).collect();
    if system.contains("title generator") {
        return Reply::Text(format!("Title: {}", first_words(prompt)));
    }
    if system.contains("summariz") && body["tools"].is_null()
        || prompt.contains("continuing our conversation")
        || prompt.contains("anchored summary")
    {
        return Reply::Text("Summary of the conversation.".into());
    }
    let answered = tool_answered(body);
    for line in prompt.lines() {
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let tool = |name, arguments: Value, after: &str| {
            if answered {
                Reply::Text(after.into())
            } else {
                Reply::Tool { name, arguments: arguments.to_string() }
            }
        };
        return match word {
            "SAY" => Reply::Text(rest.into()),
            "BASH" => {
                tool("bash", json!({"command": rest, "description": "Runs a command"}), "Ran it.")
            }
            "TASK" => tool(
                "task",
                json!({"description": "A small task", "prompt": rest, "subagent_type": "general"}),
                "The task is done.",
            ),
            "ASK" => tool(
                "question",
                json!({"questions": [{"question": rest, "header": "Question", "options": [
                    {"label": "Yes", "description": "Agree"}, {"label": "No", "description": "Disagree"}]}]}),
                "You answered.",
            ),
            "LINES" => Reply::Lines(rest.trim().parse().unwrap_or(10)),
            "SLOW" => {
                let (seconds, text) = rest.split_once(' ').unwrap_or((rest, "slow and steady"));
                Reply::Slow {
                    text: text.into(),
                    over: Duration::from_secs_f64(seconds.parse().unwrap_or(5.0)),
                }
            }
            "HANG" => Reply::Hang,
            "ERR401" => Reply::Status(401),
            "ERR500" => Reply::Status(500),
            _ => continue,
        };
    }
    Reply::Text(format!("You said: {}", first_words(prompt)))
}

/// The beginning of the last line with text, free of the quotes that agents put around it.
fn first_words(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    line.trim().trim_matches('"').chars().take(40).collect()
}

fn answer(
    out: &mut impl Write,
    body: &Value,
    reply: &Reply,
    shared: &Shared,
) -> std::io::Result<()> {
    let call = shared.calls.fetch_add(1, Ordering::Relaxed);
    if let Reply::Status(status) = reply {
        let error = json!({"error": {"message": format!("fake failure {status}"), "type": "fake"}})
            .to_string();
        return write!(
            out,
            "HTTP/1.1 {status} Fake\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{error}",
            error.len()
        );
    }
    if body["stream"] != true {
        return whole(out, reply, call);
    }
    write!(
        out,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )?;
    let mut finish = "stop";
    send(out, &chunk(call, json!({"role": "assistant", "content": ""}), None))?;
    match reply {
        Reply::Text(text) => send(out, &chunk(call, json!({"content": text}), None))?,
        Reply::Tool { name, arguments } => {
            finish = "tool_calls";
            let delta = json!({"tool_calls": [{"index": 0, "id": format!("call_{call}"), "type": "function",
                "function": {"name": name, "arguments": arguments}}]});
            send(out, &chunk(call, delta, None))?;
        }
        Reply::Lines(count) => {
            for line in 1..=*count {
                send(out, &chunk(call, json!({"content": format!("line {line}\n\n")}), None))?;
            }
        }
        Reply::Slow { text, over } => {
            let words: Vec<_> = text.split_inclusive(' ').collect();
            for word in &words {
                send(out, &chunk(call, json!({"content": word}), None))?;
                pause(*over / words.len().max(1) as u32, shared);
            }
        }
        Reply::Hang => {
            send(out, &chunk(call, json!({"content": "Thinking "}), None))?;
            // A comment every now and then is how a client that went away is noticed.
            while !shared.stop.load(Ordering::Relaxed) {
                pause(Duration::from_millis(500), shared);
                send_raw(out, ": still there\n\n")?;
            }
        }
        Reply::Status(_) => unreachable!("answered above"),
    }
    send(out, &chunk(call, json!({}), Some(finish)))?;
    send_raw(out, "data: [DONE]\n\n")?;
    out.write_all(b"0\r\n\r\n")
}

fn whole(out: &mut impl Write, reply: &Reply, call: u64) -> std::io::Result<()> {
    let message = match reply {
        Reply::Tool { name, arguments } => {
            json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": format!("call_{call}"), "type": "function", "function": {"name": name, "arguments": arguments}}]})
        }
        Reply::Text(text) | Reply::Slow { text, .. } => {
            json!({"role": "assistant", "content": text})
        }
        _ => json!({"role": "assistant", "content": "ok"}),
    };
    let body = json!({"id": format!("fake-{call}"), "object": "chat.completion", "created": 0, "model": "m1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage()})
    .to_string();
    write!(
        out,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn usage() -> Value {
    json!({"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS,
        "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
        "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS}})
}

fn chunk(call: u64, delta: Value, finish: Option<&str>) -> Value {
    let mut chunk = json!({"id": format!("fake-{call}"), "object": "chat.completion.chunk", "created": 0,
        "model": "m1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    if finish.is_some() {
        chunk["usage"] = usage();
    }
    chunk
}

fn send(out: &mut impl Write, chunk: &Value) -> std::io::Result<()> {
    send_raw(out, &format!("data: {chunk}\n\n"))
}

fn send_raw(out: &mut impl Write, data: &str) -> std::io::Result<()> {
    write!(out, "{:x}\r\n{data}\r\n", data.len())?;
    out.flush()
}

/// Sleeps, but not past the end of the server.
fn pause(time: Duration, shared: &Shared) {
    let end = Instant::now() + time;
    while Instant::now() < end && !shared.stop.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(20).min(time));
    }
}
