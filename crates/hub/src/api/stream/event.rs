//! An event, as it is sent and as it is shown.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::uuid;
use crate::names;
use crate::store::{Item, Key, Kind, Person, Said, StoredEntry};
use segno_archive::query::Role;
use segno_archive::secrets::hidden;
use segno_base::system::random;

/// What a client sends; what else it sends is left out, as the service does.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Event {
    pub agent_name: String,
    pub event_type: String,
    pub content: String,
    #[serde(default)]
    pub session_id: Option<String>,
    #[serde(default)]
    pub tool_name: Option<String>,
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
    #[serde(default)]
    pub attachments: Option<Value>,
    #[serde(default)]
    pub created_at: Option<String>,
}

/// Sessions of events that say none.
const NO_SESSION: &str = "no session";

impl Event {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let within = |name: &str, text: &str, most: usize| match text.chars().count() {
            0 => Err(format!("{name}: String should have at least 1 character")),
            n if n > most => Err(format!("{name}: String should have at most {most} characters")),
            _ => Ok(()),
        };
        within("agent_name", &self.agent_name, 64)?;
        within("event_type", &self.event_type, 64)?;
        within("content", &self.content, usize::MAX)?;
        if let Some(session) = &self.session_id {
            within("session_id", session, 64)?;
        }
        Ok(())
    }

    fn meta(&self, name: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(name)?.as_str()
    }

    /// As it is stored: under its client's own id, where it has one.
    pub fn item(&self, now: i64) -> crate::Result<Item> {
        let time = self.created_at.as_deref().and_then(time).unwrap_or(now);
        let native = match self.meta("segno_id") {
            Some(id) => id.to_owned(),
            None => random::token()?,
        };
        let role = match self.event_type.as_str() {
            "user_message" => Role::User,
            "assistant_message" => Role::Assistant,
            "tool_use" => Role::Tool,
            _ => Role::System,
        };
        let output = ["response_preview", "stdout_preview", "stderr_preview"];
        let side = output.iter().find_map(|name| self.meta(name)).unwrap_or_default();
        let files = self.meta("file_path").map(Into::into).into_iter().collect();
        let said = Said {
            kind: Kind::Event,
            native,
            role,
            time: Some(time),
            name: self.tool_name.clone().or_else(|| self.meta("model").map(Into::into)),
            main: self.content.clone(),
            side: side.to_owned(),
            files,
            extra: serde_json::to_string(self).ok(),
            ..Said::default()
        };
        let native = self.session_id.clone().unwrap_or_else(|| NO_SESSION.into());
        let agent = names::agent(self.meta("client").unwrap_or(&self.agent_name)).to_owned();
        Ok(Item::Said(Key { agent, native, loose: true }, Box::new(said)))
    }

    /// What was stored, by whatever way it came.
    pub fn stored(entry: &StoredEntry) -> Event {
        if let Some(event) =
            entry.extra.as_deref().and_then(|extra| serde_json::from_str::<Event>(extra).ok())
        {
            return event;
        }
        let event_type = match entry.role {
            Role::User => "user_message",
            Role::Assistant => "assistant_message",
            Role::Tool => "tool_use",
            Role::System => "system_message",
        };
        Event {
            agent_name: entry.agent.clone(),
            event_type: event_type.into(),
            content: entry.main.clone(),
            session_id: Some(entry.of.clone()),
            tool_name: entry.name.clone().filter(|_| entry.role == Role::Tool),
            metadata: None,
            attachments: None,
            created_at: None,
        }
    }

    /// As it is shown.
    pub fn shown(self, entry: &StoredEntry, person: &Person) -> Value {
        json!({
            "id": uuid(entry.row),
            "workspace_id": uuid(person.id), "workspace_name": person.name,
            "created_by": uuid(person.id), "user_id": uuid(person.id), "user_name": person.name,
            "agent_name": self.agent_name, "event_type": self.event_type,
            "session_id": self.session_id, "tool_name": self.tool_name,
            "content": hidden(&self.content),
            "metadata": self.metadata.unwrap_or_default(), "attachments": self.attachments,
            "created_at": iso(entry.time.unwrap_or_default()),
        })
    }
}

/// Milliseconds since the Unix epoch.
pub fn time(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_millisecond());
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

pub fn iso(time: i64) -> String {
    jiff::Timestamp::from_millisecond(time).map(|time| time.to_string()).unwrap_or_default()
}
