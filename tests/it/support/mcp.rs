//! A client of the Model Context Protocol: lines of JSON over a child's pipes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use super::segno::{Segno, program};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client and the server that it has started.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    last: u64,
    /// What the server said of itself.
    pub hello: Value,
}

impl Client {
    /// Starts `segno mcp` with these options, as if in this pane, and shakes hands.
    pub fn start(segno: &Segno, args: &[&str], pane: Option<&str>) -> Client {
        let mut command = segno.command(program());
        command.arg("mcp").args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(pane) = pane {
            command.env("SEGNO_PANE", pane);
        }
        let mut child = command.spawn().expect("segno runs");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut client = Client { child, input, lines, last: 0, hello: Value::Null };
        let hello = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        });
        client.hello = client.request("initialize", &hello);
        client.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    fn write(&mut self, message: &Value) {
        let input = self.input.as_mut().expect("it is open");
        writeln!(input, "{message}").expect("the server reads");
    }

    /// Sends a request; its number.
    pub fn ask(&mut self, method: &str, params: &Value) -> u64 {
        self.last += 1;
        let id = self.last;
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Takes a request back.
    pub fn cancel(&mut self, id: u64) {
        let params = json!({ "requestId": id });
        let method = "notifications/cancelled";
        self.write(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next answer, whichever request's it is.
    pub fn answer(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"))
    }

    /// Sends a request and waits for its result.
    #[track_caller]
    pub fn request(&mut self, method: &str, params: &Value) -> Value {
        let id = self.ask(method, params);
        let answer = self.answer();
        assert_eq!(answer["id"], id, "{answer:#}");
        assert!(answer["error"].is_null(), "{method}: {answer:#}");
        answer["result"].clone()
    }

    /// Calls a tool that has to succeed.
    #[track_caller]
    pub fn tool(&mut self, name: &str, arguments: Value) -> Value {
        let result = self.request("tools/call", &json!({ "name": name, "arguments": arguments }));
        assert_eq!(result["isError"], false, "{name}: {result:#}");
        // What clients that know no structure read is the same.
        let text = result["content"][0]["text"].as_str().expect("a text");
        let read: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(read, result["structuredContent"]);
        read
    }

    /// Calls a tool that has to fail: the error.
    #[track_caller]
    pub fn refused(&mut self, name: &str, arguments: Value) -> Value {
        let result = self.request("tools/call", &json!({ "name": name, "arguments": arguments }));
        assert_eq!(result["isError"], true, "{name}: {result:#}");
        result["structuredContent"]["error"].clone()
    }

    /// Closes the server's input; its exit code.
    pub fn end(mut self) -> i32 {
        self.input = None;
        let status = self.child.wait().expect("it ends");
        status.code().expect("not killed")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
