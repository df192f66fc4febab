//! What others have written: keys of a service's own programs, and what a project says of where its
//! conversations go. Looked at, never written.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::service::Service;
use segno_store::file::user_file;

/// The largest file that is looked at, in bytes.
const FILE_MAX: u64 = 1 << 20;

/// An address and a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub url: Option<String>,
    pub key: Option<String>,
    /// Where they stand, for people.
    pub from: Option<String>,
    /// What was chosen there, by name.
    pub chosen: BTreeMap<String, String>,
}

/// What a service's own programs have: of each, the first that there is.
pub fn find(
    service: &Service,
    home: Option<&Path>,
    variable: impl Fn(&str) -> Option<String>,
) -> Credentials {
    let mut found = Credentials::default();
    for place in &service.login.found {
        let named = |name: &Option<String>| {
            name.as_deref().and_then(&variable).filter(|value| !value.is_empty())
        };
        let file = place.file.as_ref().zip(home).map(|(file, home)| home.join(file));
        let json = file.as_ref().and_then(|path| json(path));
        let stored = |pointer: &Option<String>| {
            text(json.as_ref()?.pointer(pointer.as_ref()?)?).filter(|value| !value.is_empty())
        };
        let url = named(&place.url_env).or_else(|| stored(&place.url));
        let key = named(&place.key_env).or_else(|| stored(&place.key));
        if key.is_some() && found.key.is_none() {
            let variable = place.key_env.as_ref().filter(|_| named(&place.key_env).is_some());
            let file = file.as_ref().map(|path| path.display().to_string());
            found.from = variable.cloned().or(file);
        }
        for (name, pointers) in &place.chosen {
            let value = pointers.iter().find_map(|pointer| stored(&Some(pointer.clone())));
            if let Some(value) = value {
                found.chosen.entry(name.clone()).or_insert(value);
            }
        }
        found.url = found.url.or(url);
        found.key = found.key.or(key);
    }
    found
}

/// What a project says about its conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalRules {
    /// None are sent.
    pub off: bool,
    /// What comes in the place of what was chosen at the login.
    pub values: BTreeMap<String, String>,
}

impl LocalRules {
    /// What is said in a directory or above it. A project's own file can only keep conversations
    /// here; a service's manifest also says where in the service they go.
    pub fn of(service: &Service, target: &str, directory: &Path) -> Self {
        let mut rules = Self { off: excluded(directory, target), values: BTreeMap::new() };
        let Some(manifest) = &service.login.manifest else { return rules };
        let first = |files: &[String]| {
            directory.ancestors().find_map(|at| files.iter().find_map(|file| json(&at.join(file))))
        };
        let is = |json: &Value, pointers: &[String], wanted: bool| {
            pointers.iter().any(|pointer| json.pointer(pointer) == Some(&Value::Bool(wanted)))
        };
        if let Some(own) = first(&manifest.own) {
            rules.off |= is(&own, &manifest.off, true);
        }
        if let Some(found) = first(&manifest.files) {
            rules.off |= is(&found, &manifest.on, false);
            let values = manifest.values.iter();
            rules.values = values
                .filter_map(|(name, pointer)| Some((name.clone(), text(found.pointer(pointer)?)?)))
                .collect();
        }
        rules
    }
}

/// The file of a project that may keep its conversations here.
const PROJECT: &str = ".segno.toml";

/// Each of these files can only exclude: one further in takes back nothing of one above it.
fn excluded(directory: &Path, target: &str) -> bool {
    directory.ancestors().any(|at| excludes(&at.join(PROJECT), target))
}

fn excludes(path: &Path, target: &str) -> bool {
    if !path.is_file() {
        return false;
    }
    // What cannot be read keeps everything here: it may have been meant to.
    let Ok(Some(text)) = user_file::read(path, FILE_MAX) else { return true };
    let Ok(table) = text.parse::<toml::Table>() else { return true };
    match table.get("sync").and_then(|sync| sync.get("exclude")) {
        None => false,
        Some(toml::Value::Boolean(all)) => *all,
        Some(toml::Value::Array(names)) => names.iter().any(|name| name.as_str() == Some(target)),
        Some(_) => true,
    }
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_str(&user_file::read(path, FILE_MAX).ok()??).ok()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::read;
    use std::fs;

    const SERVICE: &str = r#"
        schema = 1
        name = "one"
        title = "One"
        [[login.found]]
        file = ".one/credentials.json"
        url = "/address"
        key = "/key"
        url_env = "ONE_URL"
        chosen = { place = ["/scope", "/usual"] }
        [login.manifest]
        files = [".one/one.json", ".one"]
        values = { place = "/place_id" }
        on = ["/by_default"]
        own = [".one/config.json"]
        off = ["/not_here"]
        [requests.event]
        body = "{item}"
        [items.user]
        request = "event"
        body = {}
    "#;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn keys_of_other_programs_are_found() {
        let temp = tempfile::tempdir().unwrap();
        let service = read(SERVICE).unwrap();
        let none = find(&service, Some(temp.path()), |_| None);
        assert_eq!(none, Credentials::default());
        let path = temp.path().join(".one/credentials.json");
        write(&path, r#"{"address":"http://a","key":"k1","scope":null,"usual":"p1"}"#);
        let by_env = |name: &str| (name == "ONE_URL").then(|| "http://b".to_owned());
        let found = find(&service, Some(temp.path()), by_env);
        let from = Some(path.display().to_string());
        let chosen = BTreeMap::from([("place".to_owned(), "p1".to_owned())]);
        let wanted =
            Credentials { url: Some("http://b".into()), key: Some("k1".into()), from, chosen };
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_project_keeps_its_conversations_here() {
        let temp = tempfile::tempdir().unwrap();
        let service = read(SERVICE).unwrap();
        let deep = temp.path().join("app/src");
        fs::create_dir_all(&deep).unwrap();
        let rules = || LocalRules::of(&service, "mine", &deep);
        assert_eq!(rules(), LocalRules::default());
        write(&temp.path().join("app/.one"), r#"{"place_id":"w1","by_default":true}"#);
        assert_eq!(rules().values["place"], "w1");
        fs::remove_file(temp.path().join("app/.one")).unwrap();
        write(&temp.path().join("app/.one/one.json"), r#"{"place_id":"w2","by_default":false}"#);
        assert!(rules().off && rules().values["place"] == "w2");
        write(&temp.path().join("app/.one/one.json"), r#"{"place_id":"w2"}"#);
        assert!(!rules().off);
        write(&temp.path().join("app/.one/config.json"), r#"{"not_here":true}"#);
        assert!(rules().off);
        fs::remove_file(temp.path().join("app/.one/config.json")).unwrap();
        for (text, off) in [
            ("", false),
            ("[sync]\nexclude = true", true),
            ("[sync]\nexclude = false", false),
            ("[sync]\nexclude = [\"mine\"]", true),
            ("[sync]\nexclude = [\"other\"]", false),
            ("[sync", true),
        ] {
            write(&temp.path().join("app/.segno.toml"), text);
            assert_eq!(rules().off, off, "{text}");
        }
        write(&temp.path().join(".segno.toml"), "[sync]\nexclude = true");
        for nearer in ["", "[sync]\nexclude = false"] {
            write(&temp.path().join("app/.segno.toml"), nearer);
            assert!(rules().off, "what stands above holds: {nearer}");
        }
    }
}
