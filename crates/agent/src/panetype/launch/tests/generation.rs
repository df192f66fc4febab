//! What is made for one generation of a program, and lists that a variable replaces.

use super::*;

const TYPE: &str = r#"
schema = 1
name = "two"
kind = "agent"
[command]
program = "demo"
[[command.toggle]]
name = "alone"
args = ["--alone"]
generation = "2"
[generation]
args = ["--version"]
default = "1"
[[generation.known]]
name = "2"
match = '^2\.'
[tracker]
assets = ["tui.js"]
[[tracker.json_env]]
name = "SERVER"
merge = { plugin = ["s"] }
generation = "1"
[[tracker.json_env]]
name = "SCREEN"
merge = { plugins = ["{assets}"] }
[[tracker.json_env.seed]]
file = "{env:OTHER_DIR}/cli.json"
from = "plugins"
to = "plugins"
[[tracker.json_env.seed]]
file = "{config_home}/two/cli.json"
from = "plugins"
to = "plugins"
[[tracker.json_env.seed]]
file = "{config_home}/two/tui.json"
from = "plugin"
to = "plugins"
pair = ["package", "options"]
"#;

fn planned(asked: &Asked, files: &Files, generation: Option<&str>) -> LaunchPlan {
    let request = LaunchRequest { generation, ..asked.request() };
    plan(&ty(TYPE), &request, files).unwrap()
}

#[test]
fn what_is_for_another_generation_is_left_out() {
    let mut asked = Asked::new();
    asked.start.fields.clear();
    asked.start.toggles = Some(["alone".to_string()].into());
    let first = planned(&asked, &files(), Some("1"));
    assert!(var(&first, "SERVER").is_some() && first.args.is_empty());
    assert_eq!(first.notes, ["alone is left out: it is for generation 2"]);
    let second = planned(&asked, &files(), Some("2"));
    assert_eq!(var(&second, "SERVER"), None);
    assert_eq!(second.left_out, ["SERVER is left out: it is for generation 1"]);
    assert_eq!(second.args, ["--alone"]);
    assert_eq!(second.notes, [""; 0]);
    assert_eq!(var(&first, "SCREEN"), var(&second, "SCREEN"));
}

#[test]
fn lists_that_the_variable_replaces_are_copied_as_they_are() {
    let mut asked = Asked::new();
    asked.start.fields.clear();
    let plugins = |asked: &Asked, files: &Files| {
        json_var(&planned(asked, files, None), "SCREEN")["plugins"].clone()
    };
    let ours = "/h/assets/demo";
    assert_eq!(plugins(&asked, &files()), json!([ours]));
    let old = r#"{ "plugin": ["./a.js", ["pkg", {"x": 1}], "b"], }"#;
    let files = files().with("/u/.config/two/tui.json", old);
    let pair = json!({"package": "pkg", "options": {"x": 1}});
    assert_eq!(plugins(&asked, &files), json!(["./a.js", pair, "b", ours]));
    // The newer file counts, also where it has no list.
    let newer = files.clone().with("/u/.config/two/cli.json", "{ // mine\n}");
    assert_eq!(plugins(&asked, &newer), json!([ours]));
    let newer = files.clone().with("/u/.config/two/cli.json", r#"{"plugins": ["./c", "-x"]}"#);
    assert_eq!(plugins(&asked, &newer), json!(["./c", "-x", ours]));
    // The user's variable replaces the file's list, so that stays out.
    let own = asked.env("SCREEN", r#"{"plugins": ["mine"], "theme": {"name": "x"}}"#);
    let whole = json_var(&planned(&own, &newer, None), "SCREEN");
    assert_eq!(whole, json!({"plugins": ["mine", ours], "theme": {"name": "x"}}));
    let mut elsewhere = Asked::new().env("OTHER_DIR", "/o");
    elsewhere.start.fields.clear();
    let newer = newer.with("/o/cli.json", r#"{"plugins": ["o"]}"#);
    assert_eq!(plugins(&elsewhere, &newer), json!(["o", ours]));
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_variable_alone() {
    let mut asked = Asked::new();
    asked.start.fields.clear();
    let files = files().with("/u/.config/two/cli.json", "{ nonsense");
    let plan = planned(&asked, &files, None);
    assert_eq!(var(&plan, "SCREEN"), None);
    let note = "SCREEN is left as you have it, without the tracker: in /u/.config/two/cli.json";
    assert!(plan.notes[0].starts_with(note), "{:?}", plan.notes);
}

#[test]
fn a_generation_that_does_not_exist_is_reported() {
    let wrong = TYPE.replace("generation = \"1\"", "generation = \"7\"");
    let found = check(&wrong, "f").diagnostics;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("there is no generation \"7\""), "{found:?}");
}
