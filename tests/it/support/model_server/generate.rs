//! Google's `generateContent`.

use serde_json::{Value, json};

use super::api::{Api, Asked, Piece, list, text_of};
use super::{CACHED_TOKENS, COMPLETION_TOKENS, PROMPT_TOKENS};

pub struct Generate;

impl Api for Generate {
    fn asked(&self, path: &str, body: &Value) -> Asked {
        let contents = list(&body["contents"]);
        // What a tool answered is a user's message here.
        let answers = |content: &Value| {
            list(&content["parts"]).iter().any(|part| !part["functionResponse"].is_null())
        };
        let says = |content: &&Value| content["role"] == "user" && !answers(content);
        Asked {
            system: text_of(&body["systemInstruction"]["parts"]),
            prompt: contents
                .iter()
                .rfind(says)
                .map(|content| text_of(&content["parts"]))
                .unwrap_or_default(),
            tool_answered: contents.iter().rev().take_while(|content| !says(content)).any(answers),
            tools: list(&body["tools"])
                .iter()
                .flat_map(|tool| list(&tool["functionDeclarations"]))
                .filter_map(|tool| {
                    let parameters = match &tool["parametersJsonSchema"] {
                        Value::Null => &tool["parameters"],
                        schema => schema,
                    };
                    Some((tool["name"].as_str()?.to_owned(), parameters.clone()))
                })
                .collect(),
            stream: path.contains("streamGenerateContent"),
        }
    }

    fn events(&self, call: u64, piece: Piece<'_>) -> Vec<Value> {
        match piece {
            Piece::Begin => Vec::new(),
            Piece::Text(text) => {
                vec![json!({"candidates": [{"index": 0, "content":
                {"role": "model", "parts": [{"text": text}]}}]})]
            }
            Piece::Tool { .. } => vec![self.whole(call, piece)],
            Piece::End(_) => vec![self.whole(call, Piece::End(""))],
        }
    }

    fn whole(&self, _call: u64, piece: Piece<'_>) -> Value {
        let part = match piece {
            Piece::Tool { name, arguments } => {
                let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
                json!({"functionCall": {"name": name, "args": arguments}})
            }
            Piece::Text(text) | Piece::End(text) => json!({"text": text}),
            Piece::Begin => json!({"text": ""}),
        };
        json!({
            "candidates": [{"index": 0, "finishReason": "STOP",
                "content": {"role": "model", "parts": [part]}}],
            "usageMetadata": {"promptTokenCount": PROMPT_TOKENS, "cachedContentTokenCount": CACHED_TOKENS,
                "candidatesTokenCount": COMPLETION_TOKENS, "totalTokenCount": PROMPT_TOKENS + COMPLETION_TOKENS},
        })
    }
}
