//! A strict stand-in for a service of events, in both generations of its API.

use serde_json::{Value, json};

use super::KEY;
use super::server::{Reply, Seen, Service, reply};

pub struct Events {
    /// Whether it is of the generation with workspaces.
    pub workspaces: bool,
    pub events: Vec<Value>,
    pub sessions: Vec<Value>,
    pub deleted: Vec<String>,
    pub read_only: bool,
    /// How often a sign-in is asked for before the user has signed in.
    pub pending: u32,
}

impl Events {
    pub fn new(workspaces: bool) -> Self {
        let (events, sessions, deleted) = (Vec::new(), Vec::new(), Vec::new());
        Self { workspaces, events, sessions, deleted, read_only: false, pending: 0 }
    }

    pub fn contents(&self) -> Vec<String> {
        let of = |event: &Value| {
            format!(
                "{}: {}",
                event["event_type"].as_str().unwrap(),
                event["content"].as_str().unwrap()
            )
        };
        self.events.iter().map(of).collect()
    }
}

impl Service for Events {
    fn answer(&mut self, request: &Seen) -> Reply {
        let path = request.path.split('?').next().unwrap_or_default();
        let detail = |status, text: &str| reply(status, json!({ "detail": text }));
        if let Some(session) = path.strip_prefix("/api/v1/users/cli-auth/sessions") {
            return self.sign_in(request, session);
        }
        if request.header("authorization") != Some(&format!("Bearer {KEY}")) {
            return detail(401, "Invalid API key");
        }
        let place = match self.workspaces {
            true => "/api/v1/workspaces/w1/memory/events",
            false => "/api/v1/me/sessions/events",
        };
        if let Some(scope) = request.header("x-stash-scope")
            && scope.len() != 2
        {
            return detail(400, "X-Stash-Scope must be a UUID");
        }
        match (request.method.as_str(), path) {
            ("GET", "/api/v1/users/me") => reply(200, json!({ "id": "u1", "name": "me" })),
            ("GET", "/api/v1/me/workspaces") if !self.workspaces => {
                let own =
                    json!([{ "scope_user_id": "s1", "name": "Team", "domain": "team.example" }]);
                reply(200, json!({ "workspaces": own, "pending_domain_workspaces": [] }))
            }
            ("GET", "/api/v1/workspaces/mine") if self.workspaces => {
                let own = json!([{ "id": "w1", "name": "Team" }]);
                reply(200, json!({ "workspaces": own }))
            }
            ("POST", path) if path == format!("{place}/batch") => {
                if self.read_only {
                    return detail(403, "This API key is read-only (reads + transcript upload)");
                }
                let events = request.json()["events"].as_array().cloned().unwrap_or_default();
                if !(1..=100).contains(&events.len()) {
                    return detail(422, "events: 1 to 100");
                }
                if let Some(why) = events.iter().find_map(|event| self.wrong(event)) {
                    return detail(422, &why);
                }
                self.events.extend(events.clone());
                reply(201, Value::Array(events))
            }
            ("GET", path) if path == place => {
                let of = |event: &&Value| {
                    let session = request.parameter("session_id");
                    let after = request.parameter("after").unwrap_or_default();
                    session.is_none_or(|id| event["session_id"] == *id)
                        && event["created_at"].as_str().unwrap_or_default() >= after.as_str()
                };
                let mut found: Vec<_> = self.events.iter().filter(of).collect();
                // The older generation answers with the oldest first, the newer one when asked to.
                if !self.workspaces && request.parameter("order").as_deref() != Some("asc") {
                    found.reverse();
                }
                let limit = request.parameter("limit").and_then(|text| text.parse().ok());
                let limit: usize = limit.unwrap_or(50);
                if !(1..=200).contains(&limit) {
                    return detail(422, "limit: 1 to 200");
                }
                let more = found.len() > limit;
                found.truncate(limit);
                reply(200, json!({ "events": found, "has_more": more }))
            }
            ("GET", path) if path == format!("{place}/search") => {
                let found = self.matching(request);
                reply(200, json!({ "events": found, "has_more": false }))
            }
            ("GET", "/api/v1/me/sources/search") if !self.workspaces => {
                let result = |event: &Value| {
                    json!({
                        "name": event["session_id"], "ref": event["session_id"],
                        "source": "sessions", "source_name": "Sessions",
                        "snippet": event["content"],
                    })
                };
                let found: Vec<_> = self.matching(request).into_iter().map(result).collect();
                reply(200, json!({ "results": found, "has_more": false }))
            }
            ("POST", "/api/v1/me/sessions") if !self.workspaces => {
                self.sessions.push(request.json());
                reply(201, json!({ "id": format!("row{}", self.sessions.len()) }))
            }
            ("DELETE", path) if !self.workspaces && path.starts_with("/api/v1/me/sessions/") => {
                self.deleted.push(path.rsplit('/').next().unwrap_or_default().to_owned());
                Reply { status: 204, body: String::new(), headers: Vec::new() }
            }
            _ => detail(404, "Not Found"),
        }
    }
}

impl Events {
    /// What has the words that are looked for.
    fn matching(&self, request: &Seen) -> Vec<&Value> {
        let query = request.parameter("q").unwrap_or_default().to_lowercase();
        let has = |event: &&Value| {
            let content = event["content"].as_str().unwrap_or_default().to_lowercase();
            query.split_whitespace().all(|word| content.contains(word))
        };
        self.events.iter().filter(has).collect()
    }

    /// Signing in with a browser: begun, and asked for.
    fn sign_in(&mut self, request: &Seen, session: &str) -> Reply {
        match (request.method.as_str(), session) {
            ("POST", "") if request.json()["device_name"].is_string() => {
                reply(200, json!({ "session_id": "s-1" }))
            }
            ("GET", "/s-1") if self.pending > 0 => {
                self.pending -= 1;
                reply(200, json!({ "status": "pending" }))
            }
            ("GET", "/s-1") => {
                reply(200, json!({ "status": "complete", "api_key": KEY, "username": "me" }))
            }
            _ => reply(404, json!({ "detail": "Not Found" })),
        }
    }

    fn wrong(&self, event: &Value) -> Option<String> {
        let length = |name: &str| event[name].as_str().map(|text| text.chars().count());
        let within = |name: &str, least: usize, most: usize| {
            (!length(name).is_some_and(|length| (least..=most).contains(&length)))
                .then(|| format!("{name}: {least} to {most} characters"))
        };
        let optional = |name: &str, most: usize| {
            length(name).is_some_and(|n| n > most).then(|| format!("{name}: at most {most}"))
        };
        within("agent_name", 1, 64)
            .or_else(|| within("event_type", 1, 64))
            .or_else(|| within("content", 1, 1_000_000))
            .or_else(|| optional("session_id", 64))
            .or_else(|| optional("tool_name", 128))
            .or_else(|| (!self.workspaces).then(|| within("session_id", 1, 64)).flatten())
            .or_else(|| (!event["metadata"].is_object()).then(|| "metadata: an object".into()))
    }
}
