//! Tests of the mapping from an agent's JSON to events.

use proptest::prelude::*;

use super::*;
use crate::event;

fn mapping() -> Mapping {
    let rule = |name: &str| Rule { name: vec![name.into()], ..Rule::default() };
    let places = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(at, what)| (at.to_string(), what.to_string())).collect()
    };
    let begins = [("/source".to_owned(), Expression::new("^start$").unwrap())];
    let begins = BTreeMap::from(begins);
    Mapping {
        event: Some("/name".into()),
        session: Some("/id".into()),
        on: vec![
            Rule { condition: begins.clone(), current: Some("start".into()), ..rule("begin") },
            Rule { unless: begins.clone(), current: Some("new".into()), ..rule("begin") },
            Rule { state: Some("working".into()), prompt: Some("/text".into()), ..rule("say") },
            Rule {
                state: Some("blocked".into()),
                kind: Some("permission".into()),
                detail: vec!["/tool".into(), "/input/command".into(), "/input/path".into()],
                ..rule("ask")
            },
            Rule {
                usage: places(&[("input", "/used/in"), ("model", "/model")]),
                title: Some("/title".into()),
                compacted: true,
                ..rule("end")
            },
        ],
    }
}

fn said(message: Value) -> Vec<String> {
    let mapping = mapping();
    let lines = mapping.lines(mapping.name(&message), &message, &|id| id.starts_with('c'));
    lines
        .into_iter()
        .map(|mut line| {
            line.remove("by");
            Value::Object(line).to_string()
        })
        .collect()
}

#[test]
fn rules_choose_by_name_and_by_what_a_message_holds() {
    assert_eq!(
        said(json!({"name": "begin", "id": "c1", "source": "start"})),
        [r#"{"event":"current","session":"c1","reason":"start"}"#]
    );
    for source in [json!("clear"), Value::Null, json!(["start"])] {
        assert_eq!(
            said(json!({"name": "begin", "id": "c1", "source": source})),
            [r#"{"event":"current","session":"c1","reason":"new"}"#]
        );
    }
    assert!(said(json!({"name": "other", "id": "c1"})).is_empty());
    assert!(said(json!(["begin"])).is_empty());
}

#[test]
fn what_is_there_is_reported() {
    assert_eq!(
        said(json!({"name": "say", "id": "c1", "text": "do\nit"})),
        [
            r#"{"event":"prompt","session":"c1","text":"do it"}"#,
            r#"{"event":"state","session":"c1","state":"working"}"#
        ]
    );
    assert_eq!(
        said(json!({"name": "ask", "id": "c1", "tool": "Run", "input": {"command": "ls"}})),
        [
            r#"{"event":"state","session":"c1","state":"blocked","kind":"permission","detail":"Run: ls"}"#
        ]
    );
    assert_eq!(
        said(json!({"name": "end", "id": "c1", "title": "T", "used": {"in": 7}, "model": {}})),
        [
            r#"{"event":"title","session":"c1","title":"T"}"#,
            r#"{"event":"usage","session":"c1","input":7}"#,
            r#"{"event":"compacted","session":"c1"}"#
        ]
    );
}

/// A state without a conversation is that of whatever is on screen; everything else needs one.
#[test]
fn without_a_good_id_only_the_state_is_reported() {
    assert!(said(json!({"name": "begin", "id": "../x", "source": "start"})).is_empty());
    assert_eq!(
        said(json!({"name": "say", "text": "x"})),
        [r#"{"event":"state","state":"working"}"#]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "(begin|say|ask|end|start|c1)".prop_map(Value::from),
    ];
    let keys = "(name|id|text|tool|input|command|used|in|title|source)";
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop::collection::vec((keys, inner), 0..6)
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
    })
}

proptest! {
    #[test]
    fn every_line_is_one_that_is_understood(message in any_json()) {
        let mapping = mapping();
        for mut line in mapping.lines(mapping.name(&message), &message, &|id| id == "c1") {
            line.insert("v".into(), 1.into());
            line.insert("from".into(), "hook".into());
            let line = Value::Object(line).to_string();
            prop_assert!(line.len() < 8 << 10);
            // A title of white space alone, for example, is refused there.
            let _ = event::parse(line.as_bytes());
        }
    }
}
