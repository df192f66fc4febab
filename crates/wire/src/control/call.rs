//! Every control method as one enum, and how a (method, params) pair becomes one and back.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::control::budget::{BudgetAllowed, BudgetStatus};
use crate::control::client::{ClientList, DetachClient, Detached};
use crate::control::conversation::{ConversationList, ConversationsOf, SessionList};
use crate::control::daemon::{DaemonStatus, Stop, Stopping};
use crate::control::events::{EventList, EventsAsked, Subscribed, Subscription};
use crate::control::layout::{ApplyLayout, Arrange, LayoutApplied, LayoutText};
use crate::control::notices::NoticeList;
use crate::control::panes::guest::{ShellStart, ShellStarts};
use crate::control::panes::keys::KeyList;
use crate::control::panes::pane::{
    Close, Created, InputDropped, Keys, LogPane, MovePane, NewPane, NoteText, OnPane, PaneNote,
    Read, ReadResult, Rename, Restart, SavePane, Send, SetPane, StatusOf,
};
use crate::control::panes::pane_info::{PaneList, PaneStatus};
use crate::control::panes::prompt::{
    Prompt, PromptEnded, PromptWait, Prompted, Queue, QueueChange,
};
use crate::control::panes::wait::{Changed, Wait, WaitChange, Waited};
use crate::control::project::{
    OnDirectory, ProjectList, ProjectOpened, ProjectTrust, ProjectTrusted,
};
use crate::control::types::{ShowType, TypeList, TypeSource};
use crate::control::usage::{UsageAsked, UsageReport};
use crate::rpc::{RpcError, code};

/// What a method is, for those who describe it.
pub struct Method {
    /// For example `pane.list`.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The shape of its parameters, an object; none: it has none.
    pub params: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// The shape of its result.
    pub result: fn(&mut SchemaGenerator) -> Schema,
}

macro_rules! calls {
    ($($(#[doc = $doc:literal])* $name:ident $(($params:ty))? -> $result:ty = $method:literal,)*) => {
        /// A control call.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Call {
            $($(#[doc = $doc])* $name $(($params))?,)*
        }

        /// Every method.
        pub const METHODS: &[Method] = &[$(Method {
            name: $method,
            doc: concat!($($doc),*),
            params: calls!(@shape $($params)?),
            result: SchemaGenerator::subschema_for::<$result>,
        }),*];

        impl Call {
            /// Reads a call; fields that are not known are ignored, missing params are `{}`.
            pub fn parse(method: &str, params: &Value) -> Result<Call, RpcError> {
                match method {
                    $($method => calls!(@parse $name, method, params $(, $params)?),)*
                    _ => Err(RpcError::new(
                        code::NO_METHOD,
                        format!("no such method {method:?}; `segno daemon restart` if this client is newer than the daemon"),
                    )),
                }
            }

            /// The method's name.
            pub fn method(&self) -> &'static str {
                match self {
                    $(calls!(@pattern $name $(, $params)?) => $method,)*
                }
            }

            /// The parameters as JSON.
            pub fn params(&self) -> Value {
                match self {
                    $(calls!(@bind $name, p $(, $params)?) => calls!(@encode p $(, $params)?),)*
                }
            }
        }
    };
    (@shape) => { None };
    (@shape $params:ty) => { Some(<$params as JsonSchema>::json_schema) };
    (@parse $name:ident, $method:ident, $p:ident) => {{
        let _: &Value = $p;
        Ok(Call::$name)
    }};
    (@parse $name:ident, $method:ident, $p:ident, $params:ty) => { decode($method, $p).map(Call::$name) };
    (@pattern $name:ident) => { Call::$name };
    (@pattern $name:ident, $params:ty) => { Call::$name(_) };
    (@bind $name:ident, $p:ident) => { Call::$name };
    (@bind $name:ident, $p:ident, $params:ty) => { Call::$name($p) };
    (@encode $p:ident) => { Value::Object(Map::new()) };
    (@encode $p:ident, $params:ty) => { encode($p) };
}

calls! {
    /// Makes a pane.
    PaneNew(Box<NewPane>) -> Created = "pane.new",
    /// Before a program that was typed in a shell is started.
    ShellStart(Box<ShellStart>) -> ShellStarts = "shell.start",
    /// All panes. Frozen.
    PaneList -> PaneList = "pane.list",
    /// One pane.
    PaneStatus(StatusOf) -> PaneStatus = "pane.status",
    /// Types a text.
    PaneSend(Send) -> () = "pane.send",
    /// Drops the input that a program has not taken.
    PaneDropInput(OnPane) -> InputDropped = "pane.drop_input",
    /// Presses keys.
    PaneKeys(Keys) -> () = "pane.keys",
    /// What is on the screen.
    PaneRead(Read) -> ReadResult = "pane.read",
    /// Waits for what a pane does; answered when it is known.
    PaneWait(Wait) -> Waited = "pane.wait",
    /// Gives an agent a prompt, once.
    PanePrompt(Prompt) -> Prompted = "pane.prompt",
    /// Waits for what becomes of a prompt; answered when it is known.
    PanePromptWait(PromptWait) -> PromptEnded = "pane.prompt_wait",
    /// Shows or changes a pane's queue of prompts.
    PaneQueue(QueueChange) -> Queue = "pane.queue",
    /// Waits until the workspace changes; answered when it does.
    WorkspaceWait(WaitChange) -> Changed = "workspace.wait",
    /// What has happened after a number; answered later when it is to wait.
    EventsRead(EventsAsked) -> EventList = "events.read",
    /// What happens from then on, as notifications `event` and `gap` on the same connection.
    EventsSubscribe(Subscription) -> Subscribed = "events.subscribe",
    /// The pane's conversations.
    PaneSessions(OnPane) -> SessionList = "pane.sessions",
    /// The past conversations of a directory.
    ConversationsList(ConversationsOf) -> ConversationList = "conversations.list",
    /// Ends the program and starts it again.
    PaneRestart(Restart) -> () = "pane.restart",
    /// Ends the program of an idle agent until somebody wants it.
    PaneSleep(OnPane) -> () = "pane.sleep",
    /// Starts a sleeping agent in its conversation.
    PaneWake(OnPane) -> () = "pane.wake",
    /// Closes the pane and ends its program.
    PaneClose(Close) -> () = "pane.close",
    /// Brings the pane to the front.
    PaneFocus(OnPane) -> () = "pane.focus",
    /// Names the pane.
    PaneRename(Rename) -> () = "pane.rename",
    /// Pins, mutes or colours the pane.
    PaneSet(SetPane) -> () = "pane.set",
    /// What is typed goes to one pane again, everywhere.
    BroadcastEnd -> () = "broadcast.end",
    /// The pane's note.
    PaneNote(PaneNote) -> NoteText = "pane.note",
    /// Logs what the pane prints, or stops that.
    PaneLog(LogPane) -> () = "pane.log",
    /// Saves what the pane has printed; answered when it is written.
    PaneSave(SavePane) -> () = "pane.save",
    /// Lets the pane fill its tab, or ends that.
    PaneZoom(OnPane) -> () = "pane.zoom",
    /// Shows, hides or opens the popup above a pane's tab.
    PanePopup(OnPane) -> Created = "pane.popup",
    /// Moves the pane, its program goes on.
    PaneMove(MovePane) -> () = "pane.move",
    /// Arranges the panes of a tab in a ready-made way.
    LayoutArrange(Arrange) -> () = "layout.arrange",
    /// The workspace's shape.
    LayoutExport -> LayoutText = "layout.export",
    /// Makes the tabs and panes of a layout.
    LayoutApply(ApplyLayout) -> LayoutApplied = "layout.apply",
    /// The notifications, newest first.
    NotificationsList -> NoticeList = "notifications.list",
    /// Removes all notifications.
    NotificationsClear -> () = "notifications.clear",
    /// What was used.
    UsageReport(UsageAsked) -> UsageReport = "usage.report",
    /// What may be spent, and what is.
    BudgetStatus -> BudgetStatus = "budget.status",
    /// Lets what is used up go on: for today, or of a conversation for good.
    BudgetAllow -> BudgetAllowed = "budget.allow",
    /// All projects.
    ProjectList -> ProjectList = "project.list",
    /// Opens the panes of a directory's project, or goes to it.
    ProjectOpen(OnDirectory) -> ProjectOpened = "project.open",
    /// Trusts a project's file as it is now, or no more.
    ProjectTrust(ProjectTrust) -> ProjectTrusted = "project.trust",
    /// All pane types.
    TypesList -> TypeList = "types.list",
    /// Reads the pane types' files again.
    TypesReload -> TypeList = "types.reload",
    /// A pane type's text.
    TypesShow(ShowType) -> TypeSource = "types.show",
    /// Every command with its keys.
    KeysList -> KeyList = "keys.list",
    /// Who is attached.
    ClientList -> ClientList = "client.list",
    /// Detaches clients.
    ClientDetach(DetachClient) -> Detached = "client.detach",
    /// What the daemon is and does. Frozen.
    DaemonStatus -> DaemonStatus = "daemon.status",
    /// Ends the daemon, not the panes' programs. Frozen.
    DaemonStop(Stop) -> Stopping = "daemon.stop",
    /// Ends every pane's program, the keeper and the daemon; what is recorded stays, so that the
    /// next start restores. Frozen.
    KillAll -> Stopping = "daemon.kill_all",
}

fn decode<T: DeserializeOwned>(method: &str, params: &Value) -> Result<T, RpcError> {
    let params = match params {
        Value::Null => Value::Object(Map::new()),
        other => other.clone(),
    };
    serde_json::from_value(params).map_err(|e| RpcError::invalid_params(format!("{method}: {e}")))
}

fn encode<T: Serialize>(params: &T) -> Value {
    serde_json::to_value(params).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// A call of each method.
    pub fn examples() -> Vec<(&'static str, Value)> {
        vec![
            ("pane.new", json!({"type": "shell", "placement": "right", "of": "p1", "focus": true})),
            ("pane.list", json!({})),
            (
                "shell.start",
                json!({"program": "x", "path": "/x", "args": ["-c"], "cwd": "/", "env": [["A", "1"]]}),
            ),
            ("pane.status", json!({"pane": "@focused"})),
            ("pane.send", json!({"pane": "p1", "text": "hi", "enter": true})),
            ("pane.drop_input", json!({"pane": "p1"})),
            ("pane.keys", json!({"pane": "p1", "keys": ["ctrl+c", "enter"]})),
            ("pane.read", json!({"pane": "p1", "lines": 5, "format": "ansi"})),
            ("pane.wait", json!({"pane": "p1", "for": {"output": "^ok"}, "timeout_ms": 5})),
            ("pane.wait", json!({"pane": "p1", "for": "idle"})),
            ("pane.wait", json!({"panes": ["p1", "p2"], "for": ["idle", "done"], "any": true})),
            ("pane.prompt", json!({"pane": "p1", "text": "hi", "id": "a", "busy": "queue"})),
            ("pane.prompt_wait", json!({"pane": "p1", "id": "a", "until": "ended"})),
            ("pane.queue", json!({"pane": "p1", "change": {"edit": {"number": 1, "text": "x"}}})),
            ("workspace.wait", json!({"mark": "x"})),
            ("pane.sessions", json!({"pane": "p1"})),
            ("pane.restart", json!({"pane": "p1", "with": {"session": "ses_1"}})),
            ("pane.restart", json!({"pane": "p1", "with": "fresh"})),
            ("pane.sleep", json!({"pane": "p1"})),
            ("pane.wake", json!({"pane": "p1"})),
            ("pane.close", json!({"pane": "p1"})),
            ("pane.focus", json!({"pane": "p1"})),
            ("pane.rename", json!({"pane": "p1", "name": "x"})),
            ("pane.set", json!({"pane": "p1", "pinned": true, "color": "red"})),
            ("broadcast.end", json!({})),
            ("pane.note", json!({"pane": "p1", "text": "x"})),
            ("pane.log", json!({"pane": "p1", "path": "/l", "raw": true})),
            ("pane.save", json!({"pane": "p1", "path": "/s", "format": "ansi"})),
            ("pane.zoom", json!({"pane": "p1"})),
            ("pane.popup", json!({"pane": "p1"})),
            ("pane.move", json!({"pane": "p1", "placement": "right", "of": "p2"})),
            ("layout.arrange", json!({"pane": "p1", "preset": "main-vertical"})),
            ("layout.export", json!({})),
            ("layout.apply", json!({"toml": ""})),
            ("notifications.list", json!({})),
            ("notifications.clear", json!({})),
            ("usage.report", json!({"by": "project", "since": "2026-11-01"})),
            ("usage.report", json!({"days": 7})),
            ("conversations.list", json!({"directory": "/tmp", "type": "shell"})),
            ("budget.status", json!({})),
            ("budget.allow", json!({})),
            ("project.list", json!({})),
            ("project.open", json!({"directory": "/src"})),
            ("project.trust", json!({"directory": "/src", "trusted": true})),
            ("events.read", json!({"since": 7, "types": ["state.*"], "wait": true})),
            ("events.subscribe", json!({"since": 7, "pane": "p1", "types": ["state.*"]})),
            ("types.list", json!({})),
            ("types.reload", json!({})),
            ("types.show", json!({"name": "shell"})),
            ("keys.list", json!({})),
            ("client.list", json!({})),
            ("client.detach", json!({"client": "c1"})),
            ("daemon.status", json!({})),
            ("daemon.stop", json!({"restart": true})),
            ("daemon.kill_all", json!({})),
        ]
    }

    #[test]
    fn a_call_survives_its_wire_form() {
        let examples = examples();
        for (method, params) in &examples {
            let call = Call::parse(method, params).unwrap();
            assert_eq!(call.method(), *method);
            assert_eq!(Call::parse(method, &call.params()).unwrap(), call);
        }
        for method in METHODS.iter().map(|method| method.name) {
            assert!(examples.iter().any(|(m, _)| *m == method), "{method} has no example");
        }
    }

    /// A client that goes on while its daemon is replaced, and the other way round.
    #[test]
    fn a_new_pane_is_asked_for_in_the_words_of_earlier_versions() {
        let said = json!({
            "type": null, "placement": "right", "of": null, "cwd": null, "default_cwd": "/d",
            "name": null, "toggles": null, "fields": {}, "labels": {"k": "v"}, "prompt": null,
            "model": null, "session": null, "args": ["x"], "focus": false, "from": "p1",
        });
        let Call::PaneNew(new) = Call::parse("pane.new", &said).unwrap() else { panic!() };
        assert_eq!((new.start.type_name.as_str(), &new.start.toggles), ("", &None));
        assert_eq!((new.start.args.len(), new.start.labels.len()), (1, 1));
        // What is left out is not said, instead of being said as nothing.
        let params = Call::PaneNew(new).params();
        for absent in ["type", "cwd", "toggles"] {
            assert_eq!(params.get(absent), None, "{absent}");
        }
        assert_eq!(params["args"], json!(["x"]));
    }

    #[test]
    fn what_a_later_version_adds_is_ignored() {
        let params = json!({"pane": "p1", "gently": true});
        assert!(Call::parse("pane.close", &params).is_ok());
        assert_eq!(Call::parse("pane.list", &json!([1])).unwrap(), Call::PaneList);
    }

    #[test]
    fn what_does_not_fit_is_an_error_with_a_reason() {
        let cases = [
            ("pane.fold", json!({}), code::NO_METHOD),
            ("pane.close", json!({}), code::INVALID_PARAMS),
            ("pane.close", Value::Null, code::INVALID_PARAMS),
            ("pane.keys", json!({"pane": "p1", "keys": ["ctrl+foo"]}), code::INVALID_PARAMS),
            ("pane.new", json!({"session": "--help"}), code::INVALID_PARAMS),
            ("pane.read", json!("x"), code::INVALID_PARAMS),
        ];
        for (method, params, code) in cases {
            let error = Call::parse(method, &params).unwrap_err();
            assert_eq!(error.code, code, "{method}: {error}");
        }
    }
}
