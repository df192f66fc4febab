//! The service that Auggie talks to: each request is answered by one JSON text. Its address ends in
//! `/augment`.

use serde_json::{Value, json};

use super::api::{Api, Asked, Piece, list};

pub struct Augment {
    /// What of the service is asked.
    pub path: String,
}

impl Api for Augment {
    fn asked(&self, _path: &str, body: &Value) -> Asked {
        let said = |node: &Value| node["text_node"]["content"].as_str().map(str::to_owned);
        // A request for a title is no node.
        let message = body["message"].as_str().unwrap_or_default();
        let nodes = list(&body["nodes"]).iter().filter_map(said).collect::<Vec<_>>().join("\n");
        Asked { prompt: format!("{message}{nodes}"), ..Asked::default() }
    }

    fn events(&self, call: u64, piece: Piece<'_>) -> Vec<Value> {
        vec![self.whole(call, piece)]
    }

    fn whole(&self, _call: u64, piece: Piece<'_>) -> Value {
        let text = match piece {
            Piece::Text(text) | Piece::End(text) => text,
            Piece::Tool { .. } | Piece::Begin => "",
        };
        if self.path.ends_with("/get-models") {
            let model = json!({"name": "m1", "internal_name": "m1",
                "suggested_prefix_char_count": 1000, "suggested_suffix_char_count": 1000});
            // What an account may do.
            let flags = json!({"enable_hooks": true, "enable_plugin_marketplace": true,
                "model_registry": json!({"M1": "m1"}).to_string()});
            json!({"default_model": "m1", "models": [model], "languages": [], "feature_flags": flags,
                "user": {"id": "u"}, "user_tier": "PROFESSIONAL_TIER"})
        } else if self.path.ends_with("/list-remote-tools") {
            json!({"tools": []})
        } else if self.path.ends_with("/chat-stream") {
            json!({"text": text, "stop_reason": 1})
        } else {
            json!({})
        }
    }
}
