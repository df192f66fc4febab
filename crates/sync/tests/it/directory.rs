//! Conversations as files.

use std::fs;

use serde_json::Value;

use crate::support::{World, message, talk};
use segno_archive::forget::{self, What};
use segno_sync::deliver::{Http, Way};
use segno_transcript::record::Role;

#[test]
fn a_conversation_is_a_file_that_follows_it() {
    let to = tempfile::tempdir().unwrap();
    let mut world = World::new("directory", to.path().to_str().unwrap());
    world.log_in().unwrap();
    world.say("demo", talk("c1"));
    let shown = world.dry();
    let path = to.path().join("demo/app/c1.jsonl");
    assert!(!path.exists() && shown.len() == 1);
    assert_eq!(world.send().sent, 1);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(shown[0].body.as_deref(), Some(text.as_str()));
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(
        (&lines[0]["type"], &lines[0]["title"]),
        (&"conversation".into(), &"Make it fast".into())
    );
    assert_eq!(lines[1]["text"], "make it fast");
    assert_eq!(lines.last().unwrap()["usage"]["output"], 12);
    assert!(!text.contains("thought"));
    assert_eq!(world.send().sent, 0);
    world.say("demo", vec![message("c1", "more", Role::User, "and more")]);
    assert_eq!(world.send().sent, 1);
    assert!(fs::read_to_string(&path).unwrap().contains("and more"));
    let verified = |world: &World| {
        let mut state = world.state();
        world.with(&mut state, &mut Http::default(), Way::Dry, |mut pass| pass.verify()).unwrap()
    };
    assert_eq!(verified(&world).there, 1);
    forget::forget(world.archive(), What::Conversation("c1")).unwrap();
    assert_eq!(world.send().deleted, 1);
    assert!(!path.exists());
}

#[test]
fn a_disk_that_is_not_there_is_waited_for() {
    let to = tempfile::tempdir().unwrap();
    let at = to.path().join("mounted");
    let mut world = World::new("directory", at.to_str().unwrap());
    world.target.format = Some("md".into());
    world.say("demo", talk("c1"));
    let report = world.send();
    assert!(report.problem.unwrap().contains("not there") && !at.exists());
    fs::create_dir(&at).unwrap();
    world.now.set(report.next.unwrap());
    assert_eq!(world.send().sent, 1);
    let text = fs::read_to_string(at.join("demo/app/c1.md")).unwrap();
    assert!(text.starts_with("# Make it fast"), "{text}");
}

#[test]
fn no_name_leads_out_of_the_directory() {
    let to = tempfile::tempdir().unwrap();
    let at = to.path().join("in");
    fs::create_dir(&at).unwrap();
    let mut world = World::new("directory", at.to_str().unwrap());
    world.say("demo", vec![message("../../../evil/\u{1b}x", "m", Role::User, "hi")]);
    assert_eq!(world.send().sent, 1);
    let all: Vec<_> = fs::read_dir(to.path()).unwrap().collect();
    assert_eq!(all.len(), 1);
    assert!(at.join("demo/none/_.._.._evil__x.jsonl").is_file());
}

#[test]
fn a_file_that_cannot_be_written_holds_up_no_other() {
    let to = tempfile::tempdir().unwrap();
    let mut world = World::new("directory", to.path().to_str().unwrap());
    fs::create_dir_all(to.path().join("demo")).unwrap();
    fs::write(to.path().join("demo/none"), "in the way").unwrap();
    let long = "é".repeat(100);
    world.say("demo", vec![message("c1", "1", Role::User, "hi")]);
    world.say("other", vec![message(&long, "2", Role::User, "hi")]);
    let report = world.send();
    assert_eq!((report.sent, report.set_aside, report.problem), (1, 1, None));
    assert!(world.state().aside("mine").unwrap()[0].reason.contains("demo/none"));
    // Not again by itself, but when it is asked for.
    assert_eq!(world.send().set_aside, 0);
    fs::remove_file(to.path().join("demo/none")).unwrap();
    world.state().retry("mine").unwrap();
    assert_eq!(world.send().sent, 1);
}
