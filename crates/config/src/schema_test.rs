//! `docs/config.schema.json` and `docs/keys.schema.json`, made of what the readers ask for: types,
//! limits and words from the code, descriptions from the comments of the defaults.
//! `cargo test write_docs -- --ignored` writes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Config, InForce, Source};
use crate::added::{self, ADDED};
use crate::keys::command::COMMANDS;
use crate::keys::copy_command::{COPY_COMMANDS, CopyKeys, KeyStyle};
use crate::keys::keymap::KeyMap;
use crate::keys::keys_file::{DEFAULT_KEYS, DIRECT_KEYS, Preset, TMUX_KEYS};
use crate::reader::{Asked, Key, Section, Wanted, parse};
use crate::settings::DEFAULT_TEXT;
use faults::{examples, faults};
use segno_base::text::diagnostic::Reports;

#[path = "../../../tests/schema/faults.rs"]
mod faults;

const SETTINGS_SCHEMA: &str = include_str!("../../../docs/config.schema.json");
const KEYS_SCHEMA: &str = include_str!("../../../docs/keys.schema.json");
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

/// What the defaults have no line for.
const UNWRITTEN: &[(&str, &str)] = &[
    ("copy.bindings", "Has moved to keys.toml, below [copy]."),
    ("copy.keys", "Has moved to keys.toml: copy_preset."),
    ("on.event", "Names of events; state.* and the like match several."),
    ("on.run", "The program and its arguments; no shell is between."),
    ("on.timeout_s", "Seconds after which it is ended; 30 when nothing is said."),
    ("on.type", "Only in panes of this type."),
];

/// A file of the user's: what is asked for in it, and how it is described.
struct File {
    title: &'static str,
    page: &'static str,
    asked: BTreeMap<String, Key>,
    /// The defaults, in TOML.
    defaults: String,
}

/// The default settings with the example of `[[on]]` in force, so that it is read too.
fn settings_file() -> File {
    let defaults = DEFAULT_TEXT
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(example)
                if ["[[on]]", "event =", "run ="].iter().any(|b| example.starts_with(b)) =>
            {
                example
            }
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let asked = Asked::default();
    let mut reports = Reports::new("f", &defaults);
    let table = parse(&defaults, &mut reports);
    Config::blank().read_from(Section::recorded(&table, &asked), &mut reports);
    assert!(!reports.has_errors());
    File {
        title: "Segno settings, config.toml",
        page: "docs/settings.md",
        asked: asked.into_inner(),
        defaults,
    }
}

fn keys_file() -> File {
    let asked = Asked::default();
    let mut reports = Reports::new("f", DEFAULT_KEYS);
    let table = parse(DEFAULT_KEYS, &mut reports);
    let mut copy = CopyKeys::new(KeyStyle::Vi);
    KeyMap::preset(Preset::Segno).read_from(
        &mut copy,
        Section::recorded(&table, &asked),
        &mut reports,
    );
    assert!(!reports.has_errors());
    File {
        title: "Segno keys, keys.toml",
        page: "docs/keys.md",
        asked: asked.into_inner(),
        defaults: DEFAULT_KEYS.to_string(),
    }
}

/// The comment above each key and heading.
fn comments(toml: &str) -> BTreeMap<String, String> {
    let (mut descriptions, mut comment, mut table) =
        (BTreeMap::new(), String::new(), String::new());
    for line in toml.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment += text;
        } else if let Some(heading) = line.strip_prefix('[') {
            let name = heading.trim_matches(['[', ']']);
            table = format!("{name}.");
            let text = std::mem::take(&mut comment);
            descriptions.insert(name.to_string(), text.trim().to_string());
        } else if let Some((key, _)) =
            line.split_once(" = ").filter(|(key, _)| !key.starts_with(' '))
        {
            let text = std::mem::take(&mut comment);
            descriptions.insert(format!("{table}{key}"), text.trim().to_string());
        } else {
            comment.clear();
        }
    }
    descriptions
}

impl File {
    fn schema(&self) -> Value {
        let mut comments = comments(&self.defaults);
        comments.extend(UNWRITTEN.iter().map(|(path, text)| (path.to_string(), text.to_string())));
        let defaults: toml::Table = self.defaults.parse().unwrap();
        let mut root = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": self.title,
            "description": format!("See {}.", self.page),
            "type": "object",
            "properties": {},
            "additionalProperties": false,
        });
        // Tables come before what is in them.
        let asked = self.asked.iter().filter(|(path, _)| !path.ends_with(ADDED));
        for (path, wanted) in asked.map(|(path, key)| (path, &key.wanted)) {
            let mut schema = Map::new();
            if let Some(text) = comments.get(path).filter(|text| !text.is_empty()) {
                schema.insert("description".into(), json!(text));
            }
            schema.extend(typed(path, wanted));
            let default = path.split('.').try_fold(None::<&toml::Value>, |at, key| {
                let table = at.map_or(Some(&defaults), toml::Value::as_table);
                table.and_then(|table| table.get(key)).map(Some)
            });
            if let Some(Some(default)) = default
                && !default.is_table()
                && !default.is_array()
            {
                schema.insert("default".into(), serde_json::to_value(default).unwrap());
            }
            let mut at = &mut root;
            let (tables, key) = path.rsplit_once('.').unwrap_or(("", path));
            for table in tables.split('.').filter(|table| !table.is_empty()) {
                at = &mut at["properties"][table];
                if at["type"] == "array" {
                    at = &mut at["items"];
                }
            }
            at["properties"][key] = schema.into();
        }
        root
    }
}

/// What JSON schema says of a value, by those of its words that editors know.
fn typed(path: &str, wanted: &Wanted) -> Map<String, Value> {
    let object = |values: Value| json!({ "type": "object", "additionalProperties": values });
    let strings = || json!({ "type": "array", "items": { "type": "string" } });
    let table = || json!({ "type": "object", "properties": {}, "additionalProperties": false });
    let value = match wanted {
        Wanted::String => json!({ "type": "string" }),
        Wanted::Filled => json!({ "type": "string", "minLength": 1 }),
        Wanted::Boolean => json!({ "type": "boolean" }),
        Wanted::Integer(range) => {
            json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
        }
        Wanted::Number => json!({ "type": "number", "minimum": 0 }),
        Wanted::Choice(words) => json!({ "enum": words }),
        Wanted::Strings => strings(),
        Wanted::StringMap => object(match path {
            "after_prefix" | "global" => commands(COMMANDS.iter().map(|info| info.name)),
            "copy" | "copy.bindings" => commands(COPY_COMMANDS.iter().map(|info| info.name)),
            _ => json!({ "type": "string" }),
        }),
        Wanted::StringLists => object(strings()),
        Wanted::Table => table(),
        Wanted::Tables => json!({ "type": "array", "items": table() }),
        Wanted::Texts | Wanted::Object | Wanted::Anything => unreachable!("{path}"),
    };
    let Value::Object(words) = value else { unreachable!() };
    words
}

/// Names of commands; the empty one frees a key.
fn commands(names: impl Iterator<Item = &'static str>) -> Value {
    json!({ "enum": names.chain([""]).collect::<Vec<_>>() })
}

fn text(schema: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(schema).unwrap())
}

/// A user's text as an editor sees it; what `+=` adds to a list counts as the list.
fn as_json(toml: &str) -> Value {
    fn plain(value: &mut Value) {
        if let Value::Object(table) = value {
            let entries = std::mem::take(table).into_iter();
            *table = entries.map(|(key, v)| (key.trim_end_matches(ADDED).into(), v)).collect();
            table.values_mut().for_each(plain);
        }
    }
    let mut json: Value = toml::from_str(&added::as_toml(toml)).unwrap();
    plain(&mut json);
    json
}

#[test]
fn the_schemas_are_what_the_readers_ask_for() {
    for (file, written) in [(settings_file(), SETTINGS_SCHEMA), (keys_file(), KEYS_SCHEMA)] {
        assert!(
            text(&file.schema()) == written,
            "the schema of {} is stale; run: cargo test write_docs -- --ignored",
            file.title
        );
    }
}

#[test]
#[ignore = "writes docs/*.schema.json"]
fn write_docs() {
    for (file, name) in [(settings_file(), "config"), (keys_file(), "keys")] {
        std::fs::write(format!("{DOCS}/{name}.schema.json"), text(&file.schema())).unwrap();
    }
}

#[test]
fn every_table_of_keys_is_described() {
    fn undescribed(schema: &Value, path: &str, paths: &mut Vec<String>) {
        let schema = schema.get("items").unwrap_or(schema);
        for (key, below) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let path = format!("{path}/{key}");
            let described = below.get("description").is_some() || below.get("properties").is_some();
            undescribed(below, &path, paths);
            if !described {
                paths.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    undescribed(&keys_file().schema(), "keys", &mut paths);
    assert_eq!(paths, [""; 0]);
}

fn parsed(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap()
}

#[test]
fn the_defaults_and_the_examples_in_the_docs_are_valid() {
    let (settings, keys) = (parsed(SETTINGS_SCHEMA), parsed(KEYS_SCHEMA));
    let settings_texts = examples(include_str!("../../../docs/settings.md"))
        .chain(examples(include_str!("../../../docs/notifications.md")))
        .chain([DEFAULT_TEXT]);
    let keys_texts = examples(include_str!("../../../docs/keys.md"))
        .chain(examples(include_str!("../../../docs/copy-mode.md")))
        .chain([DEFAULT_KEYS, TMUX_KEYS, DIRECT_KEYS]);
    let settings = settings_texts.map(|text| (&settings, text));
    let mut seen = 0;
    for (schema, text) in settings.chain(keys_texts.map(|text| (&keys, text))) {
        assert_eq!(faults(schema, &as_json(text)), [""; 0], "{text}");
        seen += 1;
    }
    assert!(seen > 6, "{seen}");
}

/// A value of a wrong type is refused by the schema, and by the reader.
#[test]
fn what_the_schema_refuses_the_reader_refuses() {
    for (file, schema) in [(settings_file(), SETTINGS_SCHEMA), (keys_file(), KEYS_SCHEMA)] {
        let schema = parsed(schema);
        for (path, Key { wanted, .. }) in &file.asked {
            // `[[on]]` is a list, whose keys are not set by paths.
            if path.starts_with("on.") || path.ends_with(ADDED) {
                continue;
            }
            let mut refused = 0;
            for wrong in ["70007.5", "\"no such word\"", "true", "[1]", "-1"] {
                let text = format!("{path} = {wrong}\n");
                let bad = !faults(&schema, &as_json(&text)).is_empty();
                refused += usize::from(bad);
                let source = Source { text: &text, file: "f" };
                let (settings, keys) = match file.page {
                    "docs/keys.md" => (None, Some(source)),
                    _ => (Some(source), None),
                };
                let (_, _, diagnostics) = Config::resolve(settings, keys, &InForce::default());
                // What only the reader knows, such as the names of keys, it may refuse besides.
                assert!(!bad || diagnostics.iter().any(|d| d.is_error()), "{text} {wanted:?}");
            }
            assert!(refused > 2, "{path}: {wanted:?}");
        }
    }
}
