//! OpenAI's responses.

use serde_json::{Value, json};

use super::api::{Api, Asked, Piece, list, text_of};
use super::{CACHED_TOKENS, COMPLETION_TOKENS, PROMPT_TOKENS};

pub struct Responses;

impl Api for Responses {
    fn asked(&self, _path: &str, body: &Value) -> Asked {
        let input = list(&body["input"]);
        Asked {
            system: body["instructions"].as_str().unwrap_or_default().to_owned(),
            prompt: input
                .iter()
                .rfind(|item| item["role"] == "user")
                .map(|item| text_of(&item["content"]))
                .unwrap_or_default(),
            tool_answered: input
                .iter()
                .rev()
                .take_while(|item| item["role"] != "user")
                .any(|item| item["type"].as_str().is_some_and(|kind| kind.ends_with("_output"))),
            tools: list(&body["tools"]).iter().flat_map(tools).collect(),
            stream: body["stream"] == true,
        }
    }

    fn events(&self, call: u64, piece: Piece<'_>) -> Vec<Value> {
        let item_id = format!("msg_{call}");
        match piece {
            Piece::Begin => vec![
                json!({"type": "response.created", "response": {"id": format!("resp_{call}")}}),
                json!({"type": "response.output_item.added", "output_index": 0,
                    "item": {"type": "message", "id": item_id, "role": "assistant", "content": []}}),
            ],
            Piece::Text(text) => vec![json!({"type": "response.output_text.delta",
                "item_id": item_id, "output_index": 0, "content_index": 0, "delta": text})],
            Piece::Tool { .. } | Piece::End(_) => {
                let item = item(call, piece);
                vec![
                    json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
                    json!({"type": "response.completed", "response": self.whole(call, piece)}),
                ]
            }
        }
    }

    fn whole(&self, call: u64, piece: Piece<'_>) -> Value {
        json!({"id": format!("resp_{call}"), "object": "response", "status": "completed",
            "output": [item(call, piece)],
            "usage": {"input_tokens": PROMPT_TOKENS, "input_tokens_details": {"cached_tokens": CACHED_TOKENS},
                "output_tokens": COMPLETION_TOKENS, "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS}})
    }
}

/// A tool, or those of a namespace: `NAMESPACE/NAME`.
fn tools(tool: &Value) -> Vec<(String, Value)> {
    let name = |tool: &Value| Some(tool["name"].as_str()?.to_owned());
    let one = |tool: &Value| Some((name(tool)?, tool["parameters"].clone()));
    match (tool["type"] == "namespace", name(tool)) {
        (true, Some(namespace)) => list(&tool["tools"])
            .iter()
            .filter_map(one)
            .map(|(name, parameters)| (format!("{namespace}/{name}"), parameters))
            .collect(),
        _ => one(tool).into_iter().collect(),
    }
}

fn item(call: u64, piece: Piece<'_>) -> Value {
    match piece {
        Piece::Tool { name: whole, arguments } => {
            let (namespace, name) = whole.split_once('/').unzip();
            let mut item = json!({"type": "function_call", "id": format!("fc_{call}"),
                "call_id": format!("call_{call}"), "name": name.unwrap_or(whole), "arguments": arguments});
            if let Some(namespace) = namespace {
                item["namespace"] = json!(namespace);
            }
            item
        }
        Piece::Text(text) | Piece::End(text) => {
            json!({"type": "message", "id": format!("msg_{call}"),
            "role": "assistant", "content": [{"type": "output_text", "text": text}]})
        }
        Piece::Begin => Value::Null,
    }
}
