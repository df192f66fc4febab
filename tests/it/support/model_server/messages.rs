//! Anthropic's messages.

use serde_json::{Value, json};

use super::api::{Api, Asked, Piece, list, text_of};
use super::{CACHED_TOKENS, COMPLETION_TOKENS, PROMPT_TOKENS};

/// It answers as the model that was asked for: agents derive prices from it.
pub struct Messages {
    pub model: Value,
}

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
            Piece::Begin => vec![self.begin(call), text],
            Piece::Text(text) => vec![json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": text}})],
            Piece::Tool { name, arguments } => {
                let block = json!({"type": "tool_use", "id": format!("toolu_{call}"), "name": name, "input": {}});
                // An answer in two parts, as real ones are.
                let mut events = self.events(call, Piece::Begin);
                events.extend(self.events(call, Piece::Text("Calling a tool.")));
                events.extend([
                    json!({"type": "content_block_stop", "index": 0}),
                    json!({"type": "content_block_start", "index": 1, "content_block": block}),
                    json!({"type": "content_block_delta", "index": 1,
                        "delta": {"type": "input_json_delta", "partial_json": arguments}}),
                ]);
                events.extend(end(1, "tool_use"));
                events
            }
            Piece::End(_) => end(0, "end_turn"),
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
        self.message(call, json!([content]), json!(reason))
    }
}

impl Messages {
    fn message(&self, call: u64, content: Value, reason: Value) -> Value {
        json!({"id": format!("msg_{call}"), "type": "message", "role": "assistant", "model": self.model,
            "content": content, "stop_reason": reason, "stop_sequence": null,
            "usage": {"input_tokens": PROMPT_TOKENS - CACHED_TOKENS, "cache_read_input_tokens": CACHED_TOKENS,
                "cache_creation_input_tokens": 0, "output_tokens": COMPLETION_TOKENS}})
    }

    fn begin(&self, call: u64) -> Value {
        json!({"type": "message_start", "message": self.message(call, json!([]), Value::Null)})
    }
}

fn end(index: u64, reason: &str) -> Vec<Value> {
    vec![
        json!({"type": "content_block_stop", "index": index}),
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null},
            "usage": {"output_tokens": COMPLETION_TOKENS}}),
        json!({"type": "message_stop"}),
    ]
}
