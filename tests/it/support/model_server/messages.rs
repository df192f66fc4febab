//! Anthropic's messages.

use serde_json::{Value, json};

use super::api::{Api, Asked, Piece, list, text_of};
use super::{CACHED_TOKENS, COMPLETION_TOKENS, PROMPT_TOKENS};

pub struct Messages;

impl Api for Messages {
    fn asked(&self, _path: &str, body: &Value) -> Asked {
        let messages = list(&body["messages"]);
        let answers = |message: &Value| {
            list(&message["content"]).iter().any(|part| part["type"] == "tool_result")
        };
        let said = |message: &&Value| message["role"] == "user" && !answers(message);
        Asked {
            system: text_of(&body["system"]),
            prompt: messages
                .iter()
                .rfind(said)
                .map(|message| text_of(&message["content"]))
                .unwrap_or_default(),
            tool_answered: messages.iter().rev().take_while(|m| !said(m)).any(answers),
            tools: list(&body["tools"])
                .iter()
                .filter_map(|tool| {
                    Some((tool["name"].as_str()?.to_owned(), tool["input_schema"].clone()))
                })
                .collect(),
            stream: body["stream"] == true,
        }
    }

    fn events(&self, call: u64, piece: Piece<'_>) -> Vec<Value> {
        let text = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
        match piece {
            Piece::Begin => vec![begin(call), text],
            Piece::Text(text) => vec![json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": text}})],
            Piece::Tool { name, arguments } => {
                let block = json!({"type": "tool_use", "id": format!("toolu_{call}"), "name": name, "input": {}});
                let mut events = vec![
                    begin(call),
                    json!({"type": "content_block_start", "index": 0, "content_block": block}),
                    json!({"type": "content_block_delta", "index": 0,
                        "delta": {"type": "input_json_delta", "partial_json": arguments}}),
                ];
                events.extend(end("tool_use"));
                events
            }
            Piece::End(_) => end("end_turn"),
        }
    }

    fn whole(&self, call: u64, piece: Piece<'_>) -> Value {
        let (content, reason) = match piece {
            Piece::Tool { name, arguments } => {
                let input: Value = serde_json::from_str(arguments).unwrap_or_default();
                (
                    json!({"type": "tool_use", "id": format!("toolu_{call}"), "name": name, "input": input}),
                    "tool_use",
                )
            }
            Piece::Text(text) | Piece::End(text) => {
                (json!({"type": "text", "text": text}), "end_turn")
            }
            Piece::Begin => (Value::Null, "end_turn"),
        };
        message(call, json!([content]), json!(reason))
    }
}

fn message(call: u64, content: Value, reason: Value) -> Value {
    json!({"id": format!("msg_{call}"), "type": "message", "role": "assistant", "model": "m1",
        "content": content, "stop_reason": reason, "stop_sequence": null,
        "usage": {"input_tokens": PROMPT_TOKENS - CACHED_TOKENS, "cache_read_input_tokens": CACHED_TOKENS,
            "cache_creation_input_tokens": 0, "output_tokens": COMPLETION_TOKENS}})
}

fn begin(call: u64) -> Value {
    json!({"type": "message_start", "message": message(call, json!([]), Value::Null)})
}

fn end(reason: &str) -> Vec<Value> {
    vec![
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null},
            "usage": {"output_tokens": COMPLETION_TOKENS}}),
        json!({"type": "message_stop"}),
    ]
}
