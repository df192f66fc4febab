//! The protocol's golden bytes. An old keeper serves a new daemon, so a test that fails here is
//! not to be adapted: the change that made it fail is to be taken back.

use std::os::unix::ffi::OsStringExt;

use proptest::prelude::*;

use super::*;
use crate::frame::encode;

/// Checks both ways, the frame's length included.
fn golden<T>(message: &T, json: &str)
where
    T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut frame = u32::try_from(json.len()).unwrap().to_le_bytes().to_vec();
    frame.extend(json.as_bytes());
    let encoded = encode(message).unwrap();
    assert_eq!(encoded, frame, "{}", String::from_utf8_lossy(&encoded));
    assert_eq!(&serde_json::from_str::<T>(json).unwrap(), message);
}

fn pane() -> PaneId {
    PaneId::new(7).unwrap()
}

fn request(id: u64, body: RequestBody) -> Request {
    Request { id, body }
}

#[test]
fn hellos() {
    let hello = |role| Hello { protocol: 1, release: "0.1.0".into(), role };
    golden(
        &hello(Role::Daemon),
        r#"{"type":"hello","protocol":1,"release":"0.1.0","role":"daemon"}"#,
    );
    golden(
        &hello(Role::Keeper),
        r#"{"type":"hello","protocol":1,"release":"0.1.0","role":"keeper"}"#,
    );
    golden(
        &hello(Role::Observer),
        r#"{"type":"hello","protocol":1,"release":"0.1.0","role":"observer"}"#,
    );
}

#[test]
fn requests() {
    let spawn = SpawnRequest {
        pane: pane(),
        program: "sh".into(),
        args: vec!["-c".into(), OsString::from_vec(vec![b'a', 0xff])],
        env: vec![("A".into(), "1".into()), ("B".into(), OsString::from_vec(vec![0xfe]))],
        cwd: "/tmp/ü".into(),
        cols: 80,
        rows: 24,
        note: String::new(),
        umask: None,
    };
    golden(
        &request(1, RequestBody::Spawn(SpawnRequest { umask: Some(0o27), ..spawn.clone() })),
        r#"{"id":1,"type":"spawn","pane":"p7","program":"sh","args":["-c",[97,255]],"env":[["A","1"],["B",[254]]],"cwd":"/tmp/ü","cols":80,"rows":24,"umask":23}"#,
    );
    golden(
        &request(1, RequestBody::Spawn(spawn)),
        r#"{"id":1,"type":"spawn","pane":"p7","program":"sh","args":["-c",[97,255]],"env":[["A","1"],["B",[254]]],"cwd":"/tmp/ü","cols":80,"rows":24}"#,
    );
    golden(&request(2, RequestBody::List), r#"{"id":2,"type":"list"}"#);
    golden(
        &request(3, RequestBody::Take { pane: pane() }),
        r#"{"id":3,"type":"take","pane":"p7"}"#,
    );
    golden(
        &request(4, RequestBody::Kill { pane: pane(), grace_ms: 3000, note: None }),
        r#"{"id":4,"type":"kill","pane":"p7","grace_ms":3000}"#,
    );
    golden(&request(5, RequestBody::Ack { pane: pane() }), r#"{"id":5,"type":"ack","pane":"p7"}"#);
    golden(
        &request(6, RequestBody::Deposit { pane: pane(), pid: 4242, note: String::new() }),
        r#"{"id":6,"type":"deposit","pane":"p7","pid":4242}"#,
    );
    golden(
        &request(7, RequestBody::Stash { pane: pane(), fds: 2 }),
        r#"{"id":7,"type":"stash","pane":"p7","fds":2}"#,
    );
    golden(
        &request(8, RequestBody::Shutdown { grace_ms: 0 }),
        r#"{"id":8,"type":"shutdown","grace_ms":0}"#,
    );
}

#[test]
fn answers_and_events() {
    golden(&Message::Spawned { id: 1, pid: 4242 }, r#"{"type":"spawned","id":1,"pid":4242}"#);
    let panes = vec![
        HeldPane { pane: pane(), pid: 4242, state: HeldState::Running, note: String::new() },
        HeldPane {
            pane: PaneId::new(8).unwrap(),
            pid: 4243,
            state: HeldState::Exited { status: ExitStatus::Code(1) },
            note: "{}".into(),
        },
        HeldPane {
            pane: PaneId::new(9).unwrap(),
            pid: 4244,
            state: HeldState::Exited { status: ExitStatus::Unknown },
            note: String::new(),
        },
    ];
    golden(
        &Message::Listed { id: 2, panes, revival: None },
        r#"{"type":"listed","id":2,"panes":[{"pane":"p7","pid":4242,"state":"running"},{"pane":"p8","pid":4243,"state":"exited","status":{"code":1},"note":"{}"},{"pane":"p9","pid":4244,"state":"exited","status":"unknown"}]}"#,
    );
    golden(&Message::Taken { id: 3, stash: 2 }, r#"{"type":"taken","id":3,"stash":2}"#);
    golden(&Message::Done { id: 4 }, r#"{"type":"done","id":4}"#);
    golden(
        &Message::Failed { id: 5, message: "no".into() },
        r#"{"type":"failed","id":5,"message":"no"}"#,
    );
    golden(
        &Message::Exited { pane: pane(), pid: 4242, status: ExitStatus::Signal(9) },
        r#"{"type":"exited","pane":"p7","pid":4242,"status":{"signal":9}}"#,
    );
    golden(&Message::Superseded, r#"{"type":"superseded"}"#);
}

/// Added after the first version.
#[test]
fn a_daemon_that_dies_is_followed() {
    let successor = Successor {
        program: "/usr/bin/segno".into(),
        args: vec!["daemon".into(), "run".into()],
        env: vec![("A".into(), OsString::from_vec(vec![0xfe]))],
    };
    golden(
        &request(9, RequestBody::Succeed(successor)),
        r#"{"id":9,"type":"succeed","program":"/usr/bin/segno","args":["daemon","run"],"env":[["A",[254]]]}"#,
    );
    golden(&request(10, RequestBody::Leave), r#"{"id":10,"type":"leave"}"#);
    let revival = Some(Revival { starts: 2, given_up: true, why: "no".into() });
    golden(
        &Message::Listed { id: 2, panes: Vec::new(), revival },
        r#"{"type":"listed","id":2,"panes":[],"revival":{"starts":2,"given_up":true,"why":"no"}}"#,
    );
}

#[test]
fn what_a_later_version_adds_is_no_error() {
    let parse = |json: &str| serde_json::from_str::<Request>(json).unwrap();
    assert_eq!(parse(r#"{"id":1,"type":"list","new":{"a":[1]}}"#).body, RequestBody::List);
    assert_eq!(parse(r#"{"id":1,"type":"dance","pane":3}"#).body, RequestBody::Unknown);
    let message: Message = serde_json::from_str(r#"{"type":"weather","sun":true}"#).unwrap();
    assert_eq!(message, Message::Unknown);
    let hello: Hello = serde_json::from_str(
        r#"{"type":"hello","protocol":9,"release":"7","role":"inspector","more":1}"#,
    )
    .unwrap();
    assert_eq!((hello.protocol, hello.role), (9, Role::Observer));
}

#[test]
fn a_mismatch_names_the_older_side_in_one_line() {
    let hello = |protocol, release: &str| Hello {
        protocol,
        release: release.to_string(),
        role: Role::Keeper,
    };
    assert_eq!(Hello::mismatch(&hello(1, "a"), &hello(1, "b")), None);
    let old_keeper = Hello::mismatch(&hello(2, "2.0"), &hello(1, "1.0")).unwrap();
    assert!(old_keeper.starts_with("the running keeper is older: keeper 1.0"), "{old_keeper}");
    let old_daemon = Hello::mismatch(&hello(1, "1.0"), &hello(2, "2.0\n\u{1b}[2J")).unwrap();
    assert!(old_daemon.starts_with("the daemon is older"), "{old_daemon}");
    assert!(!old_daemon.contains(char::is_control));
}

proptest! {
    #[test]
    fn no_byte_of_an_os_string_is_lost(
        texts in proptest::collection::vec(proptest::collection::vec(1u8.., 0..40), 1..5),
    ) {
        let texts: Vec<OsString> = texts.into_iter().map(OsString::from_vec).collect();
        let spawn = SpawnRequest {
            pane: pane(),
            program: texts[0].clone(),
            args: texts.clone(),
            env: texts.iter().map(|text| (text.clone(), text.clone())).collect(),
            cwd: texts[0].clone().into(),
            cols: 1,
            rows: 1,
            note: String::new(),
            umask: None,
        };
        let request = request(1, RequestBody::Spawn(spawn));
        let json = serde_json::to_string(&request).unwrap();
        prop_assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request);
    }
}
