//! The settings one by one, as a screen of settings lists and changes them: what each is, what it
//! may be, and a settings file with one of them changed and every comment where it was.

use std::fmt;

use serde_json::Value;
use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::added;
use crate::settings::Config;

/// The shape of the settings file, as editors know it.
const SCHEMA: &str = include_str!("../../../docs/config.schema.json");

/// A setting that holds one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// With its section, as in `looks.theme`.
    pub key: String,
    /// What it does, in words.
    pub about: String,
    pub kind: Kind,
    /// As people write it: a text without its quotes.
    pub value: String,
    pub default: String,
    /// Whether the user's file has it.
    pub is_own: bool,
}

/// What a setting may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Choice(Vec<String>),
    Integer,
    Number,
    Text,
}

/// Why a setting was not changed, as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchanged(String);

impl fmt::Display for Unchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unchanged {}

/// Every setting of one value, with what a settings file has for it, sorted by key. A file that is
/// no TOML has nothing.
pub fn settings(text: &str) -> Vec<Setting> {
    let own: DocumentMut = added::as_toml(text).parse().unwrap_or_default();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap_or_default();
    let mut all = Vec::new();
    collect(&schema, "", &mut all);
    for setting in &mut all {
        if let Some(value) = find(own.as_table(), &setting.key).and_then(shown) {
            setting.value = value;
            setting.is_own = true;
        }
    }
    all
}

fn collect(schema: &Value, section: &str, into: &mut Vec<Setting>) {
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, property) in properties {
        let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        let kind = match (property["enum"].as_array(), property["type"].as_str()) {
            (Some(values), _) => {
                let text = |value: &Value| Some(value.as_str()?.to_string());
                Kind::Choice(values.iter().filter_map(text).collect())
            }
            (None, Some("object")) => {
                collect(property, &key, into);
                continue;
            }
            (None, Some("boolean")) => Kind::Boolean,
            (None, Some("integer")) => Kind::Integer,
            (None, Some("number")) => Kind::Number,
            (None, Some("string")) => Kind::Text,
            _ => continue,
        };
        let default = match &property["default"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let about = property["description"].as_str().unwrap_or_default().to_string();
        into.push(Setting { key, about, kind, value: default.clone(), default, is_own: false });
    }
}

fn find<'t>(table: &'t dyn TableLike, key: &str) -> Option<&'t Item> {
    match key.split_once('.') {
        Some((section, rest)) => find(table.get(section)?.as_table_like()?, rest),
        None => table.get(key),
    }
}

fn shown(item: &Item) -> Option<String> {
    let value = item.as_value()?;
    Some(match value.as_str() {
        Some(text) => text.to_string(),
        None => value.to_string().trim().to_string(),
    })
}

/// A settings file with one setting changed; `None` gives it back its default. Nothing else in the
/// text is touched, and what could not be used is refused.
pub fn change(text: &str, key: &str, value: Option<&str>) -> Result<String, Unchanged> {
    let known = settings(text).into_iter().find(|setting| setting.key == key);
    let Some(setting) = known else {
        return Err(Unchanged(format!("there is no setting {key:?}")));
    };
    let toml = added::as_toml(text);
    let mut file: DocumentMut =
        toml.parse().map_err(|_| Unchanged("the file has errors; repair it first".into()))?;
    let item = value.map(|value| typed(&setting.kind, value)).transpose()?;
    set(file.as_table_mut(), key, item)
        .ok_or_else(|| Unchanged(format!("{key} cannot be written where the file has it")))?;
    let changed = match toml {
        std::borrow::Cow::Borrowed(_) => file.to_string(),
        std::borrow::Cow::Owned(_) => added::from_toml(&file.to_string()),
    };
    let before = Config::load(Some(text), "config.toml").1;
    let wrong = Config::load(Some(&changed), "config.toml").1;
    match wrong
        .iter()
        .find(|found| found.is_error() && before.iter().all(|known| known.message != found.message))
    {
        Some(found) => Err(Unchanged(found.message.clone())),
        None => Ok(changed),
    }
}

fn typed(kind: &Kind, value: &str) -> Result<Item, Unchanged> {
    let wrong = |what: &str| Unchanged(format!("{value:?} is no {what}"));
    Ok(match kind {
        Kind::Boolean => {
            toml_edit::value(value.parse::<bool>().map_err(|_| wrong("true or false"))?)
        }
        Kind::Integer => toml_edit::value(value.parse::<i64>().map_err(|_| wrong("whole number"))?),
        Kind::Number => toml_edit::value(value.parse::<f64>().map_err(|_| wrong("number"))?),
        Kind::Choice(_) | Kind::Text => toml_edit::value(value),
    })
}

/// Puts a value into a table, or takes it away; `None` where a section is something else.
fn set(table: &mut dyn TableLike, key: &str, item: Option<Item>) -> Option<()> {
    if let Some((section, rest)) = key.split_once('.') {
        if item.is_none() && table.get(section).is_none() {
            return Some(());
        }
        let inner = table.entry(section).or_insert_with(|| Item::Table(Table::new()));
        return set(inner.as_table_like_mut()?, rest, item);
    }
    match (item, table.get_mut(key).and_then(Item::as_value_mut)) {
        (Some(Item::Value(mut new)), Some(old)) => {
            // What stands around it, such as a comment behind it.
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (Some(item), None) => drop(table.insert(key, item)),
        (Some(_), Some(_)) => return None,
        (None, _) => drop(table.remove(key)),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[looks] # how it looks\n# dark\ntheme = \"night\" # at night\n\n\
                        [environment]\nunset += [\"X\"] # more\n";

    fn value(text: &str, key: &str) -> (String, bool) {
        let all = settings(text);
        let found = all.iter().find(|setting| setting.key == key).expect(key);
        (found.value.clone(), found.is_own)
    }

    #[test]
    fn every_setting_of_one_value_is_listed() {
        assert_eq!(value(FILE, "looks.theme"), ("night".into(), true));
        assert_eq!(value("", "general.confirm_close"), ("true".into(), false));
        let all = settings("");
        assert!(all.len() > 40, "{}", all.len());
        let borders = all.iter().find(|setting| setting.key == "looks.borders").unwrap();
        let choices = ["off", "single", "rounded", "heavy"].map(String::from);
        assert_eq!(borders.kind, Kind::Choice(choices.into()));
        assert!(!borders.about.is_empty());
    }

    #[test]
    fn a_change_touches_nothing_else() {
        let changed = change(FILE, "looks.theme", Some("paper")).unwrap();
        assert_eq!(changed, FILE.replace("\"night\"", "\"paper\""));
        let more = change(&changed, "general.confirm_close", Some("false")).unwrap();
        assert!(more.starts_with(&changed), "{more}");
        assert_eq!(value(&more, "general.confirm_close"), ("false".into(), true));
        let less = change(FILE, "looks.theme", None).unwrap();
        assert_eq!(value(&less, "looks.theme"), ("default".into(), false));
        assert!(less.contains("unset += [\"X\"] # more"), "{less}");
        assert_eq!(change("", "looks.sidebar", None).unwrap(), "");
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for (key, wrong) in [
            ("looks.sidebar_width", "3"),
            ("looks.sidebar", "perhaps"),
            ("looks.borders", "wavy"),
            ("general.shell", "zsh"),
            ("looks.nothing", "1"),
        ] {
            change("", key, Some(wrong)).unwrap_err();
        }
        change("[looks\n", "looks.sidebar", Some("true")).unwrap_err();
    }
}
