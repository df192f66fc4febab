//! The first line in each direction: who speaks, which protocol, and in which role. Frozen: every
//! version of Segno ever released must be able to read every other version's hello.
//!
//! Must not decide what a role may do, except which calls work across protocols.

use serde::{Deserialize, Serialize};

use super::attach::{AttachParams, AttachReply};
use super::{PROTOCOL, VERSION};
use segno_base::ids::PaneId;

/// The longest hello line accepted, in bytes.
pub const HELLO_MAX: usize = 64 * 1024;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// JSON-RPC lines after the hello.
    Control,
    /// Binary frames after the hello.
    Attach,
    /// A role of a later version.
    #[serde(other)]
    Unknown,
}

/// The client's first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientHello {
    /// The client's version, for people.
    pub segno: String,
    /// The client's protocol number.
    pub protocol: u32,
    /// What the connection is for.
    pub role: Role,
    /// Only with [`Role::Attach`]. Not typed here, so that a hello of another protocol still
    /// parses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<serde_json::Value>,
    /// Only with [`Role::Control`]: the id of the pane that the client runs in, so that panes show
    /// who drives them. Not typed here either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pane: Option<serde_json::Value>,
}

impl ClientHello {
    /// This program's hello for a control connection.
    pub fn control() -> ClientHello {
        ClientHello {
            segno: VERSION.into(),
            protocol: PROTOCOL,
            role: Role::Control,
            attach: None,
            pane: None,
        }
    }

    /// The same from within a pane.
    #[must_use]
    pub fn in_pane(self, pane: Option<&str>) -> ClientHello {
        ClientHello { pane: pane.map(Into::into), ..self }
    }

    /// The pane that the client runs in, as far as it says so.
    pub fn own_pane(&self) -> Option<PaneId> {
        self.pane.as_ref()?.as_str()?.parse().ok()
    }

    /// This program's hello for attaching.
    pub fn attach(params: &AttachParams) -> ClientHello {
        let params = serde_json::to_value(params).unwrap_or_default();
        ClientHello { role: Role::Attach, attach: Some(params), ..ClientHello::control() }
    }

    /// The attach parameters of a hello with [`Role::Attach`].
    pub fn attach_params(&self) -> Result<AttachParams, HelloError> {
        let params = self.attach.clone().unwrap_or_else(|| serde_json::json!({}));
        serde_json::from_value(params).map_err(|e| HelloError::Malformed(e.to_string()))
    }
}

/// The daemon's first line: either `error` is set and the connection ends, or it is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DaemonHello {
    /// The daemon's version, for people.
    pub segno: String,
    /// The daemon's protocol number.
    pub protocol: u32,
    /// The daemon's process id.
    #[serde(default)]
    pub pid: i32,
    /// Only when attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<AttachReply>,
    /// Why the daemon refused, in one line that says what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl DaemonHello {
    /// This daemon's reply to a control hello.
    pub fn control(pid: i32) -> DaemonHello {
        DaemonHello { segno: VERSION.into(), protocol: PROTOCOL, pid, attach: None, error: None }
    }

    /// This daemon's reply to an attach hello.
    pub fn attach(pid: i32, reply: AttachReply) -> DaemonHello {
        DaemonHello { attach: Some(reply), ..DaemonHello::control(pid) }
    }

    /// This daemon's refusal.
    pub fn refusal(pid: i32, why: &HelloError) -> DaemonHello {
        DaemonHello { error: Some(why.to_string()), ..DaemonHello::control(pid) }
    }
}

/// Why two sides cannot talk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelloError {
    /// The line is not a hello.
    #[error("the other side does not speak Segno's protocol: {0}")]
    Malformed(String),
    /// The daemon is the older side.
    #[error(
        "the running daemon ({daemon}) is older than this client ({client}); run `segno daemon restart`, no pane is lost"
    )]
    DaemonOlder {
        /// The client's version.
        client: String,
        /// The daemon's version.
        daemon: String,
    },
    /// The client is the older side.
    #[error(
        "this client ({client}) is older than the running daemon ({daemon}); update this segno, or run `segno daemon restart` with it"
    )]
    ClientOlder {
        /// The client's version.
        client: String,
        /// The daemon's version.
        daemon: String,
    },
    /// The role is none that this daemon knows.
    #[error("the daemon knows no such kind of connection; run `segno daemon restart`")]
    UnknownRole,
    /// The daemon refused with its own words.
    #[error("{0}")]
    Refused(String),
}

/// Reads a client's hello.
pub fn parse_client(line: &[u8]) -> Result<ClientHello, HelloError> {
    serde_json::from_slice(line).map_err(|e| HelloError::Malformed(e.to_string()))
}

/// Reads a daemon's hello; a refusal is an error.
pub fn parse_daemon(line: &[u8]) -> Result<DaemonHello, HelloError> {
    let hello: DaemonHello =
        serde_json::from_slice(line).map_err(|e| HelloError::Malformed(e.to_string()))?;
    match hello.error {
        Some(why) => Err(HelloError::Refused(one_line(&why))),
        None => Ok(hello),
    }
}

/// Writes a hello as its line, newline included.
pub fn encode<T: Serialize>(hello: &T) -> Vec<u8> {
    let mut line = serde_json::to_vec(hello).unwrap_or_default();
    line.push(b'\n');
    line
}

/// What the daemon checks: control is always let in (see [`works_across_protocols`]), attaching
/// needs the same protocol.
pub fn check_client(hello: &ClientHello) -> Result<(), HelloError> {
    match hello.role {
        Role::Control => Ok(()),
        Role::Attach => same_protocol((&hello.segno, hello.protocol), (VERSION, PROTOCOL)),
        Role::Unknown => Err(HelloError::UnknownRole),
    }
}

/// What the client checks before it sends a call (`Some(method)`) or attaches (`None`).
pub fn check_daemon(hello: &DaemonHello, method: Option<&str>) -> Result<(), HelloError> {
    if method.is_some_and(works_across_protocols) {
        return Ok(());
    }
    same_protocol((VERSION, PROTOCOL), (&hello.segno, hello.protocol))
}

/// Whether a method's meaning is frozen, so that it works whatever the two sides' protocols are.
/// (Detaching works too: the frames it needs are frozen, see `frame`.)
pub fn works_across_protocols(method: &str) -> bool {
    matches!(method, "pane.list" | "daemon.status" | "daemon.stop" | "daemon.kill_all")
}

fn same_protocol(client: (&str, u32), daemon: (&str, u32)) -> Result<(), HelloError> {
    let names = || (one_line(client.0), one_line(daemon.0));
    match client.1.cmp(&daemon.1) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => {
            let (client, daemon) = names();
            Err(HelloError::DaemonOlder { client, daemon })
        }
        std::cmp::Ordering::Less => {
            let (client, daemon) = names();
            Err(HelloError::ClientOlder { client, daemon })
        }
    }
}

/// The peer's words as they may be printed: one line, no control characters, not endless.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frozen_bytes() {
        let mut hello = ClientHello::control();
        hello.segno = "0.1.0".into();
        assert_eq!(
            String::from_utf8(encode(&hello)).unwrap(),
            "{\"segno\":\"0.1.0\",\"protocol\":1,\"role\":\"control\"}\n"
        );
        let mut reply = DaemonHello::control(42);
        reply.segno = "0.1.0".into();
        assert_eq!(
            String::from_utf8(encode(&reply)).unwrap(),
            "{\"segno\":\"0.1.0\",\"protocol\":1,\"pid\":42}\n"
        );
    }

    #[test]
    fn a_hello_from_the_future_parses() {
        let hello =
            parse_client(br#"{"segno":"9.0","protocol":9,"role":"hologram","x":[1]}"#).unwrap();
        assert_eq!(hello.role, Role::Unknown);
        assert_eq!(check_client(&hello), Err(HelloError::UnknownRole));
        let hello = parse_client(br#"{"segno":"9.0","protocol":9,"role":"control"}"#).unwrap();
        assert_eq!(check_client(&hello), Ok(()));
        let hello =
            parse_client(br#"{"segno":"9.0","protocol":9,"role":"attach","attach":{"cols":"x"}}"#)
                .unwrap();
        let why = check_client(&hello).unwrap_err().to_string();
        assert!(why.contains("older") && why.contains("segno daemon restart"), "{why}");
    }

    #[test]
    fn the_refusal_names_the_older_side_and_frozen_calls_pass() {
        let old = DaemonHello { protocol: 0, segno: "0.0.1".into(), ..DaemonHello::control(1) };
        assert!(matches!(check_daemon(&old, None), Err(HelloError::DaemonOlder { .. })));
        assert!(matches!(
            check_daemon(&old, Some("pane.new")),
            Err(HelloError::DaemonOlder { .. })
        ));
        let new = DaemonHello { protocol: 2, ..old };
        assert!(matches!(
            check_daemon(&new, Some("pane.send")),
            Err(HelloError::ClientOlder { .. })
        ));
        for frozen in ["pane.list", "daemon.stop"] {
            assert_eq!(check_daemon(&new, Some(frozen)), Ok(()));
        }
    }

    #[test]
    fn a_refusal_is_one_printable_line() {
        let line = br#"{"segno":"1","protocol":1,"error":"no\u001b[2J\nway"}"#;
        assert_eq!(parse_daemon(line), Err(HelloError::Refused("no [2J way".into())));
        assert!(matches!(parse_daemon(b"HTTP/1.1 400"), Err(HelloError::Malformed(_))));
    }
}
