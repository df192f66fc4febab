//! Plans of types with hooks, computed values and ids of Segno's choice.

use super::*;

const HOOKS: &str = include_str!("../../testdata/valid/hooks.toml");

fn planned(asked: &Asked, files: Files) -> LaunchPlan {
    plan(&ty(HOOKS), &asked.request(), &files).unwrap()
}

fn args(plan: &LaunchPlan) -> Vec<&str> {
    plan.args.iter().map(|arg| arg.to_str().unwrap()).collect()
}

#[test]
fn the_tracker_gets_its_arguments_files_and_values() {
    let theirs = r#"{"hooks": ["mine"], "x": 1}"#;
    let asked = Asked::new();
    let plan = planned(&asked, files().with("/u/.demo/settings.json", theirs));
    let uuid = "07070707-0707-4707-8707-070707070707";
    assert_eq!(
        args(&plan),
        [
            "--plugin",
            "/h/assets/demo/plugin",
            // printf '{"a":[1,true],"b":"p7"}' | sha256sum
            "--hash=e0d2fb1301c74210a83a97b821209131a4d333d5a82f7a04cc67897d2cc92439",
            "--port=4321",
            "--settings",
            "/h/run/p7/settings.json",
            "--id",
            uuid
        ]
    );
    assert_eq!(plan.assigned, Some(id(uuid)));
    assert_eq!(var(&plan, "SEGNO_BIN"), Some("/s/bin/segno"));
    let written = |name: &str| {
        let found = plan.files.iter().find(|(path, _)| path.ends_with(name)).unwrap();
        serde_json::from_slice::<Value>(&found.1).unwrap()
    };
    let settings = written("settings.json");
    assert_eq!(settings["hooks"], json!(["mine", crate::panetype::hook::COMMAND]));
    assert_eq!(settings["x"], 1);
    let hook = written("hook.json");
    assert_eq!((&hook["v"], &hook["type"]), (&json!(1), &json!("demo")));
    assert_eq!(hook["hook"]["on"][0]["current"], "selected");
}

#[test]
fn what_was_never_said_is_begun_again_and_the_rest_is_returned_to() {
    let mut asked = Asked::new();
    asked.beginning.conversation = Conversation::Resume(id("c1"));
    let way = |asked: &Asked, files: Files| {
        let plan = planned(asked, files);
        (args(&plan)[6..].join(" "), plan.assigned.is_some(), plan.protect)
    };
    // Said, and gone: the program is to say so.
    assert_eq!(way(&asked, files()), ("--resume c1".into(), false, vec![]));
    asked.never_prompted = true;
    assert_eq!(way(&asked, files()), ("--id c1".into(), true, vec![]));
    let there = files().with("/u/.demo/c1.json", "\"said\"");
    let file = PathBuf::from("/u/.demo/c1.json");
    assert_eq!(way(&asked, there), ("--resume c1".into(), false, vec![file]));
    let asked = asked.env("DEMO_DIR", "/d");
    let there = files().with("/d/c1.json", "\"said\"");
    assert_eq!(way(&asked, there), ("--resume c1".into(), false, vec![]));
    // There, without a word in it: the program would neither return to it nor begin it again.
    let there = files().with("/d/c1.json", "{}");
    let (args, assigned, _) = way(&asked, there);
    assert!(assigned && args.starts_with("--id 07070707-"), "{args}");
}

#[test]
fn what_was_never_said_is_begun_anew_where_no_id_can_be_given() {
    let ty = ty(&HOOKS.replace("assign = [\"--id\", \"{session}\"]\n", ""));
    let mut asked = Asked::new();
    asked.beginning.conversation = Conversation::Resume(id("c1"));
    asked.never_prompted = true;
    let words = |files: Files| {
        let plan = plan(&ty, &asked.request(), &files).unwrap();
        args(&plan)[6..].join(" ")
    };
    assert_eq!(words(files()), "");
    let there = files().with("/u/.demo/c1.json", "\"said\"");
    assert_eq!(words(there), "--resume c1");
}

#[test]
fn a_file_named_by_the_beginning_of_the_id_must_hold_all_of_it() {
    let mut asked = Asked::new();
    asked.beginning.conversation = Conversation::Resume(id("c1x2"));
    asked.never_prompted = true;
    let way = |content: &str| {
        let plan = planned(&asked, files().with("/u/.demo/cut-c1", content));
        args(&plan)[6..].join(" ")
    };
    assert_eq!(way("c1x2 \"said\""), "--resume c1x2");
    assert_eq!(way("c1x3 \"said\""), "--id c1x2");
}

#[test]
fn a_conversation_that_is_open_elsewhere_is_noted() {
    let mut asked = Asked::new();
    asked.start.fields.clear();
    asked.beginning.conversation = Conversation::Resume(id("c1"));
    let notes = |running: &str| planned(&asked, files().with("/u/.demo/running", running)).notes;
    let noted = notes(r#"{"session": "c1", "pid": 77}"#);
    assert!(noted.len() == 1 && noted[0].contains("process 77"), "{noted:?}");
    for other in [r#"{"session": "c2", "pid": 77}"#, r#"{"session": "c1", "pid": 78}"#, "{", "[]"] {
        assert_eq!(notes(other), [""; 0]);
    }
}
