//! `docs/pane-types.md` and the JSON schema say everything, and the examples work.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::panetype::check;
use crate::panetype::embedded::embedded_types;
use crate::panetype::text::template::Placeholder;
use crate::panetype::types::Kind;

const DOCS: &str = include_str!("../../../../docs/pane-types.md");

const SCHEMA: &str = include_str!("../../../../docs/pane-type.schema.json");

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

/// The keys that are known, by the path of their table: what the advice for an unknown key lists.
fn known() -> BTreeMap<String, Vec<String>> {
    let text = "schema = 1\nname = 'a'\nkind = 'tool'\nzzzzzzzz = 1\n\
        [command]\nprogram = 'a'\nzzzzzzzz = 1\n\
        [[command.toggle]]\nname = 'a'\nzzzzzzzz = 1\n\
        [[command.field]]\nname = 'a'\nzzzzzzzz = 1\n\
        [generation]\nargs = ['a']\ndefault = 'a'\nzzzzzzzz = 1\n\
        [[generation.known]]\nname = 'b'\nmatch = 'a'\nzzzzzzzz = 1\n\
        [exit]\nzzzzzzzz = 1\n[answer]\nscreen = 'a'\nallow = ['y']\nzzzzzzzz = 1\n[keys]\nzzzzzzzz = 1\n[tracker]\nzzzzzzzz = 1\n\
        [tracker.hook]\nsession = '/a'\nzzzzzzzz = 1\n\
        [[tracker.hook.on]]\nstate = 'idle'\nzzzzzzzz = 1\n\
        [[tracker.watch]]\nfiles = ['/a']\nzzzzzzzz = 1\n\
        [[tracker.watch.on]]\nstate = 'idle'\n\
        [[tracker.title]]\nmatch = 'a'\nstate = 'idle'\nzzzzzzzz = 1\n\
        [tracker.title_session]\nmatch = '(?P<session>a)'\nzzzzzzzz = 1\n\
        [[tracker.screen]]\nmatch = 'a'\nstate = 'idle'\nzzzzzzzz = 1\n\
        [[handler]]\nmatch = 'a'\nkind = 'notify'\ntext = 'a'\nzzzzzzzz = 1\n\
        [[computed]]\nname = 'a'\nrandom = 'uuid'\nzzzzzzzz = 1\n\
        [[tracker.json_env]]\nname = 'A'\nmerge = {}\nzzzzzzzz = 1\n\
        [[tracker.json_env.seed]]\nfile = '/a'\nfrom = 'a'\nto = 'b'\nzzzzzzzz = 1\n\
        [[tracker.json_file]]\nname = 'B'\nfile = 'b'\nmerge = {}\nzzzzzzzz = 1\n\
        [usage]\nzzzzzzzz = 1\n\
        [[usage.transcript]]\nfiles = ['/a']\nmodel = '/a'\nzzzzzzzz = 1\n\
        [[usage.model]]\nmatch = 'a'\nzzzzzzzz = 1\n\
        [[usage.quota]]\nname = 'a'\nused = '/a'\nzzzzzzzz = 1\n\
        [resume]\nzzzzzzzz = 1\n\
        [resume.in_use]\nfiles = ['/a']\nsession = '/a'\npid = '/b'\nzzzzzzzz = 1\n\
        [shell]\nzzzzzzzz = 1\n\
        [conversations]\nargs = []\nsession = '/a'\nzzzzzzzz = 1\n\
        [conversations.stored]\nfiles = ['/a']\nsession = '/a'\nzzzzzzzz = 1\n\
        [[conversations.stored.on]]\nprompt = '/a'\n\
        [conversations.database]\nfiles = ['/a']\nzzzzzzzz = 1\n\
        [[conversations.database.query]]\nsql = 'a'\nzzzzzzzz = 1\n[scrollback]\nzzzzzzzz = 1\n";
    let diagnostics = check(text, "f").diagnostics;
    let advice = diagnostics.iter().map(|d| {
        let (path, keys) = d.message.split_once("zzzzzzzz`; known here: ").unwrap();
        let path = path.strip_prefix("unknown key `").unwrap().trim_end_matches('.');
        (path.to_string(), keys.split(", ").map(str::to_string).collect())
    });
    advice.collect()
}

#[test]
fn every_key_is_documented() {
    let headings = [
        ("The type", ""),
        ("`[command]`", "command"),
        ("`[[command.toggle]]`", "command.toggle"),
        ("`[[command.field]]`", "command.field"),
        ("`[generation]`", "generation"),
        ("`[[generation.known]]`", "generation.known"),
        ("`[exit]`", "exit"),
        ("`[answer]`", "answer"),
        ("`[keys]`", "keys"),
        ("`[scrollback]`", "scrollback"),
        ("`[tracker]`", "tracker"),
        ("`[tracker.hook]`", "tracker.hook"),
        ("`[[tracker.hook.on]]`", "tracker.hook.on"),
        ("`[[tracker.watch]]`", "tracker.watch"),
        ("`[[tracker.title]]`", "tracker.title"),
        ("`[tracker.title_session]`", "tracker.title_session"),
        ("`[[tracker.screen]]`", "tracker.screen"),
        ("`[usage]`", "usage"),
        ("`[[usage.transcript]]`", "usage.transcript"),
        ("`[[usage.model]]`", "usage.model"),
        ("`[[usage.quota]]`", "usage.quota"),
        ("`[[handler]]`", "handler"),
        ("`[[computed]]`", "computed"),
        ("`[[tracker.json_env]]`", "tracker.json_env"),
        ("`[[tracker.json_env.seed]]`", "tracker.json_env.seed"),
        ("`[[tracker.json_file]]`", "tracker.json_file"),
        ("`[resume]`", "resume"),
        ("`[shell]`", "shell"),
        ("`[conversations]`", "conversations"),
        ("`[conversations.stored]`", "conversations.stored"),
        ("`[conversations.database]`", "conversations.database"),
        ("`[[conversations.database.query]]`", "conversations.database.query"),
        ("`[resume.in_use]`", "resume.in_use"),
    ];
    let known = known();
    assert_eq!(known.len(), headings.len(), "{known:#?}");
    for (heading, path) in headings {
        for key in &known[path] {
            // A table of the type itself has its own heading.
            let row = format!("\n| `{key}` | ");
            let table = path.is_empty()
                && [format!("\n### `[{key}]`\n"), format!("\n### `[[{key}]]`\n")]
                    .iter()
                    .any(|h| DOCS.contains(h));
            assert!(table || documented(heading).contains(&row), "{heading} lacks `{key}`");
        }
    }
}

#[test]
fn the_json_schema_knows_the_same_keys() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for (path, mut keys) in known() {
        let mut table = &schema;
        for key in path.split('.').filter(|key| !key.is_empty()) {
            table = &table["properties"][key];
            // `[[x]]` is a list of tables.
            table = table.get("items").unwrap_or(table);
        }
        assert_eq!(table["additionalProperties"], false, "{path}");
        let mut there: Vec<_> = table["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        there.sort();
        assert_eq!(there, keys, "[{path}]");
    }
}

/// `docs/tools.md` has a row for each tool, with its fields and its toggles.
#[test]
fn every_tool_is_documented() {
    const TOOLS: &str = include_str!("../../../../docs/tools.md");
    let types = embedded_types();
    let types = types.iter().filter_map(|(file, text)| check(text, file).pane_type);
    let tools: Vec<_> = types.filter(|ty| ty.kind == Kind::Tool && !ty.hidden).collect();
    assert!(!tools.is_empty());
    for tool in tools {
        let listed = |names: Vec<&str>| match names.is_empty() {
            true => "–".to_string(),
            false => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        };
        let fields = listed(tool.command.fields.iter().map(|f| f.name.as_str()).collect());
        let toggles = listed(tool.command.toggles.iter().map(|t| t.name.as_str()).collect());
        let row = format!("\n| `{}` | {fields} | {toggles} | ", tool.name);
        assert!(TOOLS.contains(&row), "docs/tools.md lacks:{row}");
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
