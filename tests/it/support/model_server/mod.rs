//! A fake language model: a server on loopback that real agents talk to in tests, in the way that
//! suits them (`api`).
//!
//! It has no script and no shared state. What it answers is decided by the last user message alone,
//! so that any number of panes, conversations and tests can use one server without agreeing on an
//! order. A line of that message beginning with one of these words chooses the reply; any other
//! text is answered with `You said: <text>`.
//!
//! | keyword            | reply                                                                               |
//! |--------------------|-------------------------------------------------------------------------------------|
//! | `SAY text`         | the text                                                                            |
//! | `BASH command`     | a call of the agent's tool for commands; once it has been run, `Ran it.`            |
//! | `ESCALATE command` | the same with the wish to leave the sandbox, for agents that know one               |
//! | `TASK prompt`      | a call of the tool for subagents with `prompt`; afterwards, `The task is done.`     |
//! | `MATE name prompt` | a call of the tool for subagents that makes a teammate; then `It was started.`      |
//! | `ASK question`     | a call of the tool for questions, with Yes and No; afterwards, `You answered.`      |
//! | `TASK prompt`      | a `task` tool call (a subagent that gets `prompt`); afterwards, `The task is done.` |
//! | `PANES`            | a call of the tool that lists Segno's panes; afterwards, `Listed the panes.`        |
//! | `SPAWN prompt`     | a call of `multi_agent_v1/spawn_agent` (as `TASK`); afterwards, `It was spawned.`   |
//! | `ASK question`     | a `question` tool call with the options Yes and No; afterwards, `You answered.`     |
//! | `LINES n`          | n numbered lines, one chunk each                                                    |
//! | `SLOW s text`      | the text, word by word, spread over s seconds                                       |
//! | `HANG`             | the first word of an answer, then nothing until the client gives up                 |
//! | `ERR401`           | HTTP 401                                                                            |
//! | `ERR500`           | HTTP 500 (agents retry it)                                                          |
//!
//! Requests for a title and for a summary are recognised by their instructions and answered at once
//! with `Title: …` and `Summary of the conversation.`, whatever keywords they quote.

mod api;
mod augment;
mod chat;
mod generate;
mod http;
mod messages;
mod responses;

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use api::{Api, Asked, Piece};

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
    while let Some((path, body)) = http::read_request(&mut reader) {
        let api = api::of(&path, &body);
        let asked = api.asked(&path, &body);
        let scripted = shared.script.as_ref().and_then(|script| script(&body, &asked.prompt));
        let reply = scripted.unwrap_or_else(|| choose(&asked));
        let (prompt, kept) = (asked.prompt, reply.clone());
        let request = Request { path, body, prompt, reply: kept };
        shared.requests.lock().expect("no handler panics while it holds the list").push(request);
        if answer(&mut writer, &*api, asked.stream, &reply, shared).is_err() {
            return;
        }
    }
}

fn choose(asked: &Asked) -> Reply {
    let Asked { system, prompt, .. } = asked;
    if system.contains("title generator") || asked.tools.is_empty() && prompt.contains(" title ") {
        return Reply::Text(format!("Title: {}", first_words(prompt)));
    }
    if system.contains("summariz") && asked.tools.is_empty()
        || prompt.contains("continuing our conversation")
        || prompt.contains("anchored summary")
    {
        return Reply::Text("Summary of the conversation.".into());
    }
    for line in prompt.lines() {
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let tool = |name, arguments: Value, after: &str| {
            if asked.tool_answered {
                Reply::Text(after.into())
            } else {
                Reply::Tool { name, arguments: arguments.to_string() }
            }
        };
        return match word {
            "SAY" => Reply::Text(rest.into()),
            "BASH" | "ESCALATE" => {
                let (name, argument) = shell_tool(asked);
                let mut arguments = json!({"description": "Runs a command"});
                arguments[argument] = rest.into();
                if word == "ESCALATE" {
                    arguments["sandbox_permissions"] = "require_escalated".into();
                }
                tool(name, arguments, "Ran it.")
            }
            "TASK" => {
                let (name, kind) = match offered(asked, "Agent") {
                    Some(_) => ("Agent", "general-purpose"),
                    None => ("task", "general"),
                };
                let task =
                    json!({"description": "A small task", "prompt": rest, "subagent_type": kind});
                tool(name, task, "The task is done.")
            }
            "MATE" => {
                let (name, prompt) = rest.split_once(' ').unwrap_or((rest, "SAY hello"));
                let mate = json!({"description": "A teammate", "name": name, "prompt": prompt,
                    "subagent_type": "general-purpose"});
                tool("Agent", mate, "It was started.")
            }
            "ASK" => {
                let name = offered(asked, "AskUserQuestion").map_or("question", |(name, _)| name);
                let questions = json!([{"question": rest, "header": "Question", "multiSelect": false, "options": [
                    {"label": "Yes", "description": "Agree"}, {"label": "No", "description": "Disagree"}]}]);
                tool(name, json!({"questions": questions}), "You answered.")
            }
            "PANES" => {
                let known = ["mcp__segno__pane_list", "segno_pane_list", "mcp__segno/pane_list"];
                let found = known.iter().find_map(|name| offered(asked, name));
                tool(found.map_or(known[0], |(name, _)| name), json!({}), "Listed the panes.")
            }
            "SPAWN" => {
                tool("multi_agent_v1/spawn_agent", json!({"message": rest}), "It was spawned.")
            }
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

/// A tool that the agent has, with its parameters.
fn offered<'a>(asked: &'a Asked, name: &'static str) -> Option<(&'static str, &'a Value)> {
    let (_, parameters) = asked.tools.iter().find(|(tool, _)| tool == name)?;
    Some((name, parameters))
}

/// What the agent's tool for commands is called, and the argument that has the command.
fn shell_tool(asked: &Asked) -> (&'static str, &'static str) {
    let known = ["bash", "Bash", "exec_command", "shell_command", "run_shell_command"];
    let found = known.iter().find_map(|name| offered(asked, name));
    match found {
        Some((name, parameters)) if !parameters["properties"]["cmd"].is_null() => (name, "cmd"),
        Some((name, _)) => (name, "command"),
        None => ("bash", "command"),
    }
}

fn answer(
    out: &mut impl Write,
    api: &dyn Api,
    stream: bool,
    reply: &Reply,
    shared: &Shared,
) -> std::io::Result<()> {
    let call = shared.calls.fetch_add(1, Ordering::Relaxed);
    if let Reply::Status(status) = reply {
        return http::failure(out, *status);
    }
    if !stream {
        return http::whole(out, &api.whole(call, whole(reply)));
    }
    let mut stream = http::Stream::begin(out)?;
    if let Reply::Tool { name, arguments } = reply {
        stream.send(&api.events(call, Piece::Tool { name, arguments }))?;
        return stream.end(api.last());
    }
    stream.send(&api.events(call, Piece::Begin))?;
    let mut said = String::new();
    let mut say = |stream: &mut http::Stream<'_, _>, text: &str| {
        said.push_str(text);
        stream.send(&api.events(call, Piece::Text(text)))
    };
    match reply {
        Reply::Text(text) => say(&mut stream, text)?,
        Reply::Lines(count) => {
            for line in 1..=*count {
                say(&mut stream, &format!("line {line}\n\n"))?;
            }
        }
        Reply::Slow { text, over } => {
            let words: Vec<_> = text.split_inclusive(' ').collect();
            for word in &words {
                say(&mut stream, word)?;
                pause(*over / words.len().max(1) as u32, shared);
            }
        }
        Reply::Hang => {
            say(&mut stream, "Thinking ")?;
            while !shared.stop.load(Ordering::Relaxed) {
                pause(Duration::from_millis(500), shared);
                stream.still_there()?;
            }
        }
        Reply::Status(_) | Reply::Tool { .. } => unreachable!("answered above"),
    }
    stream.send(&api.events(call, Piece::End(&said)))?;
    stream.end(api.last())
}

/// A reply in one piece.
fn whole(reply: &Reply) -> Piece<'_> {
    match reply {
        Reply::Tool { name, arguments } => Piece::Tool { name, arguments },
        Reply::Text(text) | Reply::Slow { text, .. } => Piece::End(text),
        _ => Piece::End("ok"),
    }
}

/// Sleeps, but not past the end of the server.
fn pause(time: Duration, shared: &Shared) {
    let end = Instant::now() + time;
    while Instant::now() < end && !shared.stop.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(20).min(time));
    }
}
