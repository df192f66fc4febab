//! What goes out, from what is hostile.

use super::*;
use crate::read::{Reveal, Show, show};
use crate::testing::{Scripted, archive, message, now, read_all, tool};
use segno_transcript::record::{Record, Role};

const HOSTILE: &str = "</pre><script>alert(1)</script>\u{1b}]52;c;x\u{7} <img src=x onerror=a> [a](javascript:b) \u{202e}";

fn shown(reveal: Reveal) -> Vec<Shown> {
    let (_home, mut archive) = archive();
    let key = ["ghp_", "q7Rt9ZxW2mKp4LsV8bNc3JhF6gYd1TaE5uXo"].concat();
    let batch = vec![
        Record::Conversation(segno_transcript::record::Conversation {
            id: "c".into(),
            title: Some(HOSTILE.into()),
            ..Default::default()
        }),
        message("c", "1", Role::User, HOSTILE),
        Record::Tool(tool(
            "c",
            "t",
            "Ba\"><b>sh",
            "cat `x` ```y```",
            Some(&format!("{HOSTILE} {key}")),
        )),
        message("c", "2", Role::Assistant, &format!("# heading\n```\n<b>\n```\nuse {key}")),
    ];
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
    vec![show(&archive, "c", Show { reveal, ..Show::default() }).unwrap()]
}

const ALL: [Format; 5] =
    [Format::Text, Format::Markdown, Format::Json, Format::JsonLines, Format::Html];

#[test]
fn secrets_leave_only_when_they_are_to() {
    for format in ALL {
        assert!(!export(&shown(Reveal::No), format, &now()).contains("ghp_"), "{format:?}");
        assert!(export(&shown(Reveal::Yes), format, &now()).contains("ghp_"), "{format:?}");
    }
}

#[test]
fn a_page_has_nothing_of_others_but_text() {
    let page = export(&shown(Reveal::No), Format::Html, &now());
    let ours = [
        "!doctype", "html", "head", "meta", "title", "style", "body", "main", "article", "h1",
        "dl", "dt", "dd", "section", "details", "summary", "pre", "h2",
    ];
    for tag in page.split('<').skip(1) {
        let name =
            tag.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '>').next();
        assert!(ours.contains(&name.unwrap()), "{tag}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("width=device-width"));
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains('\u{1b}'));
}

#[test]
fn no_format_for_people_has_anything_that_a_terminal_acts_on() {
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let text = export(&shown(Reveal::No), format, &now());
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{format:?}");
        assert!(!text.contains('\u{202e}'), "{format:?}");
    }
}

#[test]
fn markdown_has_no_markup_of_others_outside_of_fences() {
    let text = export(&shown(Reveal::No), Format::Markdown, &now());
    assert!(!text.contains("javascript:") || text.contains("```"));
    assert!(text.contains("&lt;script>") && text.contains("### heading"));
    assert!(text.contains("````\ncat `x` ```y```\n````"), "{text}");
}

#[test]
fn json_is_versioned_and_says_everything() {
    let shown = shown(Reveal::Yes);
    let document: serde_json::Value =
        serde_json::from_str(&export(&shown, Format::Json, &now())).unwrap();
    assert_eq!(document["version"], 1);
    let entries = &document["conversations"][0]["entries"];
    assert_eq!(entries[0]["text"], HOSTILE);
    let lines = export(&shown, Format::JsonLines, &now());
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!((&lines[0]["type"], &lines[0]["version"]), (&"conversation".into(), &1.into()));
    assert_eq!(lines[2]["input"], entries[1]["input"]);
}
