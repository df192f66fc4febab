//! `docs/pane-types.md` says everything, and its examples work.

use super::check;
use super::template::Placeholder;

const DOCS: &str = include_str!("../../docs/pane-types.md");

/// A section's text, from its heading to the next one.
fn documented(heading: &str) -> &'static str {
    let start = DOCS.find(&format!("\n### {heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    let rest = &DOCS[start + 5..];
    rest.find("\n##").map_or(rest, |end| &rest[..end])
}

#[test]
fn every_example_is_flawless() {
    let examples: Vec<_> = DOCS.split("```toml\n").skip(1).collect();
    assert!(examples.len() >= 2);
    for example in examples {
        let text = example.split("```").next().unwrap();
        assert_eq!(check(text, "docs").diagnostics, []);
    }
}

#[test]
fn every_key_is_documented() {
    // What is known in a section is what the advice for an unknown key lists.
    let headings = [
        ("The type", ""),
        ("`[command]`", "command."),
        ("`[[command.toggle]]`", "command.toggle."),
        ("`[[command.field]]`", "command.field."),
        ("`[exit]`", "exit."),
        ("`[tracker]`", "tracker."),
        ("`[[tracker.json_env]]`", "tracker.json_env."),
        ("`[[tracker.json_file]]`", "tracker.json_file."),
        ("`[resume]`", "resume."),
    ];
    let text = "schema = 1\nname = 'a'\nkind = 'tool'\nzzzzzzzz = 1\n\
        [command]\nprogram = 'a'\nzzzzzzzz = 1\n\
        [[command.toggle]]\nname = 'a'\nzzzzzzzz = 1\n\
        [[command.field]]\nname = 'a'\nzzzzzzzz = 1\n\
        [exit]\nzzzzzzzz = 1\n[tracker]\nzzzzzzzz = 1\n\
        [[tracker.json_env]]\nname = 'A'\nmerge = {}\nzzzzzzzz = 1\n\
        [[tracker.json_file]]\nname = 'B'\nfile = 'b'\nmerge = {}\nzzzzzzzz = 1\n\
        [resume]\nzzzzzzzz = 1\n";
    let found = check(text, "f").diagnostics;
    assert_eq!(found.len(), headings.len(), "{found:#?}");
    for (heading, path) in headings {
        let unknown = format!("unknown key `{path}zzzzzzzz`; known here: ");
        let keys = found.iter().find_map(|d| d.message.strip_prefix(&unknown)).unwrap();
        for key in keys.split(", ") {
            // A table of the type itself has its own heading.
            let row = format!("\n| `{key}` | ");
            let table = heading == "The type" && DOCS.contains(&format!("\n### `[{key}]`\n"));
            assert!(table || documented(heading).contains(&row), "{heading} lacks `{key}`");
        }
    }
}

#[test]
fn every_placeholder_is_documented() {
    for placeholder in Placeholder::ALL {
        let place = placeholder.place().map(|place| format!("; only in {place}"));
        let (name, what) = (placeholder.name(), placeholder.description());
        let row = format!("\n| `{{{name}}}` | {what}{} |\n", place.unwrap_or_default());
        assert!(DOCS.contains(&row), "docs/pane-types.md lacks:{row}");
    }
}
