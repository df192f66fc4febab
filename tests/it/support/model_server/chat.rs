//! OpenAI's chat completions, which most agents can be configured to use.

use serde_json::{Value, json};

use super::api::{Api, Asked, Piece, list, text_of};
use super::{CACHED_TOKENS, COMPLETION_TOKENS, PROMPT_TOKENS};

pub struct Chat;

impl Api for Chat {
    fn asked(&self, _path: &str, body: &Value) -> Asked {
        let messages = list(&body["messages"]);
        let said_by = |message: &Value, role: &str| message["role"] == role;
        // Some agents add a message of their own after the user's; others put theirs in front of
        // it.
        let says = |message: &Value| {
            let text = text_of(&message["content"]);
            let text = text.trim();
            let own = text.starts_with("<system-reminder>") && text.ends_with("</system-reminder>");
            said_by(message, "user") && !own
        };
        let systems = messages.iter().filter(|m| said_by(m, "system") || said_by(m, "developer"));
        Asked {
            system: systems.map(|message| text_of(&message["content"])).collect(),
            prompt: messages
                .iter()
                .rfind(|message| says(message))
                .map(|message| text_of(&message["content"]))
                .unwrap_or_default(),
            tool_answered: messages
                .iter()
                .rev()
                .take_while(|message| !says(message))
                .any(|message| said_by(message, "tool")),
            tools: list(&body["tools"])
                .iter()
                .filter_map(|tool| {
                    let function = &tool["function"];
                    Some((function["name"].as_str()?.to_owned(), function["parameters"].clone()))
                })
                .collect(),
            stream: body["stream"] == true,
        }
    }

    fn events(&self, call: u64, piece: Piece<'_>) -> Vec<Value> {
        match piece {
            Piece::Begin => vec![chunk(call, json!({"role": "assistant", "content": ""}), None)],
            Piece::Text(text) => vec![chunk(call, json!({"content": text}), None)],
            Piece::Tool { name, arguments } => {
                let delta = json!({"tool_calls": [{"index": 0, "id": format!("call_{call}"), "type": "function",
                    "function": {"name": name, "arguments": arguments}}]});
                vec![chunk(call, delta, None), chunk(call, json!({}), Some("tool_calls"))]
            }
            Piece::End(_) => vec![chunk(call, json!({}), Some("stop"))],
        }
    }

    fn last(&self) -> &'static str {
        "data: [DONE]\n\n"
    }

    fn whole(&self, call: u64, piece: Piece<'_>) -> Value {
        let message = match piece {
            Piece::Tool { name, arguments } => {
                json!({"role": "assistant", "content": null, "tool_calls": [
                {"id": format!("call_{call}"), "type": "function", "function": {"name": name, "arguments": arguments}}]})
            }
            Piece::Text(text) | Piece::End(text) => json!({"role": "assistant", "content": text}),
            Piece::Begin => json!({"role": "assistant", "content": ""}),
        };
        json!({"id": format!("fake-{call}"), "object": "chat.completion", "created": 0, "model": "m1",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage()})
    }
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
