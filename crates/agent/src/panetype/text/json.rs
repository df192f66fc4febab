//! Adding to JSON that the user wrote: read leniently, merged so that nothing of theirs changes.
//!
//! Must not read files or variables: texts come in, values go out.

use std::path::Path;

use jsonc_parser::{CollectOptions, ParseOptions};
use serde_json::{Map, Value};

use crate::panetype::launch::Probe;

/// Parses JSON with comments and trailing commas into an object; a blank text is an empty one.
///
/// The error says why not. More than that is not guessed at: what a program substitutes in such a
/// text before it parses it, as in `{env:X}` outside of a string, only that program understands.
pub(in crate::panetype) fn parse(text: &str) -> Result<Map<String, Value>, String> {
    const OPTIONS: ParseOptions = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &OPTIONS)
        .map_err(|error| format!("it is not JSON: {error}"))?;
    // Through the syntax tree, because it keeps the keys in the user's order.
    match parsed.value.map(Value::from) {
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err("it is no JSON object".to_string()),
        None => Ok(Map::new()),
    }
}

/// Adds `ours` to `theirs`: objects are merged, list items appended unless they are there, and
/// where both have a value theirs stays. Returns the keys for which ours found no place.
pub(in crate::panetype) fn merge(
    theirs: &mut Map<String, Value>,
    ours: Map<String, Value>,
) -> Vec<String> {
    let mut kept = Vec::new();
    merge_object(theirs, ours, "", &mut kept);
    kept
}

fn merge_object(
    theirs: &mut Map<String, Value>,
    ours: Map<String, Value>,
    path: &str,
    kept: &mut Vec<String>,
) {
    for (key, our) in ours {
        let path = format!("{path}{key}");
        match (theirs.get_mut(&key), our) {
            (None, our) => {
                theirs.insert(key, our);
            }
            (Some(Value::Object(their)), Value::Object(our)) => {
                merge_object(their, our, &format!("{path}."), kept);
            }
            (Some(Value::Array(their)), Value::Array(our)) => {
                for item in our {
                    if !their.contains(&item) {
                        their.push(item);
                    }
                }
            }
            (Some(their), our) => {
                if *their != our {
                    kept.push(path);
                }
            }
        }
    }
}

/// Makes a list of a value and its options an object with these keys.
pub(in crate::panetype) fn name_pair(item: &mut Value, keys: &[String; 2]) {
    if let Value::Array(pair) = item {
        let pair = keys.iter().cloned().zip(std::mem::take(pair));
        *item = Value::Object(pair.collect());
    }
}

/// Makes the paths under `keys` absolute that are relative to `dir`: those that begin with `./`
/// or `../`, and names of files that are there. Anything else may be the name of a package.
/// `false` when that would need a path that JSON cannot hold.
pub(in crate::panetype) fn make_absolute(
    object: &mut Map<String, Value>,
    keys: &[String],
    dir: &Path,
    probe: &dyn Probe,
) -> bool {
    let mut possible = true;
    for key in keys {
        match object.get_mut(key) {
            Some(Value::Array(items)) => {
                for item in items {
                    // An item may be a path, or a list of a path and its options.
                    let path = match item {
                        Value::Array(pair) => pair.first_mut(),
                        item => Some(item),
                    };
                    possible &= path.is_none_or(|path| absolute(path, dir, probe));
                }
            }
            Some(value) => possible &= absolute(value, dir, probe),
            None => {}
        }
    }
    possible
}

fn absolute(value: &mut Value, dir: &Path, probe: &dyn Probe) -> bool {
    let Value::String(text) = value else { return true };
    let dotted = text == "." || text == ".." || text.starts_with("./") || text.starts_with("../");
    let relative = !text.is_empty() && Path::new(text).is_relative() && !text.contains('\0');
    if !relative || !(dotted || probe.exists(&dir.join(&*text))) {
        return true;
    }
    // `./` says nothing in an absolute path, and comparing paths as text is easier without.
    let mut rest = text.as_str();
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter.trim_start_matches('/');
    }
    match dir.join(rest).into_os_string().into_string() {
        Ok(path) => {
            *text = path;
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    struct Files(&'static [&'static str]);

    impl Probe for Files {
        fn exists(&self, path: &Path) -> bool {
            self.0.iter().any(|file| Path::new(file) == path)
        }
        fn is_executable(&self, _: &Path) -> bool {
            false
        }
        fn read(&self, _: &Path) -> std::io::Result<Vec<u8>> {
            Err(std::io::ErrorKind::NotFound.into())
        }
        fn head(&self, _: &Path, _: u64) -> std::io::Result<crate::panetype::launch::Head> {
            Err(std::io::ErrorKind::NotFound.into())
        }
        fn matching(&self, _: &Path) -> Vec<std::path::PathBuf> {
            Vec::new()
        }
        fn is_alive(&self, _: i32) -> bool {
            false
        }
        fn random(&self) -> std::io::Result<[u8; 16]> {
            Err(std::io::ErrorKind::NotFound.into())
        }
        fn free_port(&self) -> std::io::Result<u16> {
            Err(std::io::ErrorKind::NotFound.into())
        }
    }

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn comments_and_trailing_commas_are_read() {
        let read =
            parse("\u{feff}// c\n{\"a\": [1, /* x */ 2,], \"b\": \"{env:X} {file:./y}\",}\n");
        assert_eq!(read, Ok(object(json!({"a": [1, 2], "b": "{env:X} {file:./y}"}))));
        assert_eq!(parse(" \n"), Ok(Map::new()));
    }

    #[test]
    fn what_only_the_program_understands_is_not_guessed_at() {
        let deep = "[".repeat(100_000);
        for text in [
            "{\"a\": {env:X}}",
            "{env:X}",
            "{a: 1}",
            "{\"a\": 1",
            "[]",
            "1",
            "{} {}",
            "{'a': 1}",
            "{\"a\": 1 \"b\": 2}",
            &deep,
        ] {
            assert!(parse(text).is_err(), "{text:.40}");
        }
    }

    #[test]
    fn ours_is_added_and_theirs_stays() {
        let mut theirs =
            object(json!({"p": ["a"], "m": "x", "o": {"k": 1}, "s": "one", "n": null}));
        let ours =
            json!({"p": ["a", "b"], "m": "y", "o": {"j": 2, "k": 1}, "s": ["z"], "new": {"q": []}});
        let kept = merge(&mut theirs, object(ours));
        assert_eq!(
            Value::Object(theirs).to_string(),
            r#"{"p":["a","b"],"m":"x","o":{"k":1,"j":2},"s":"one","n":null,"new":{"q":[]}}"#
        );
        assert_eq!(kept, ["m", "s"]);
    }

    #[test]
    fn relative_paths_are_made_absolute_and_package_names_are_not() {
        let mut theirs = object(json!({
            "plugin": ["./a.js", "../b.js", "pkg", "there.js", "/abs.js", ["./c.js", {"x": "./no"}],
                       "@scope/pkg", "file:///u.js", "", 7, []],
            "one": "././d.js",
            "other": "./stays.js",
        }));
        let keys = ["plugin".to_string(), "one".to_string(), "absent".to_string()];
        assert!(make_absolute(&mut theirs, &keys, Path::new("/u"), &Files(&["/u/there.js"])));
        assert_eq!(
            Value::Object(theirs),
            json!({
                "plugin": ["/u/a.js", "/u/../b.js", "pkg", "/u/there.js", "/abs.js",
                           ["/u/c.js", {"x": "./no"}], "@scope/pkg", "file:///u.js", "", 7, []],
                "one": "/u/d.js",
                "other": "./stays.js",
            })
        );
    }

    #[test]
    fn a_path_that_json_cannot_hold_is_reported() {
        use std::os::unix::ffi::OsStrExt;
        let dir = Path::new(std::ffi::OsStr::from_bytes(b"/\xff"));
        let mut theirs = object(json!({"plugin": ["./a.js"]}));
        assert!(!make_absolute(&mut theirs, &["plugin".to_string()], dir, &Files(&[])));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c{}:/\"]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-c]", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    fn any_object() -> impl Strategy<Value = Map<String, Value>> {
        prop::collection::vec(("[a-d]", any_json()), 0..5).prop_map(|p| p.into_iter().collect())
    }

    /// Whether everything in `theirs` is in `merged`, in the same place.
    fn holds(merged: &Value, theirs: &Value) -> bool {
        match (merged, theirs) {
            (Value::Object(m), Value::Object(t)) => {
                t.iter().all(|(key, value)| m.get(key).is_some_and(|in_m| holds(in_m, value)))
            }
            (Value::Array(m), Value::Array(t)) => m.starts_with(t),
            (m, t) => m == t,
        }
    }

    proptest! {
        #[test]
        fn nothing_of_theirs_is_lost_and_merging_twice_changes_nothing(
            theirs in any_object(), ours in any_object()
        ) {
            let mut once = theirs.clone();
            merge(&mut once, ours.clone());
            prop_assert!(holds(&Value::Object(once.clone()), &Value::Object(theirs)));
            let mut twice = once.clone();
            merge(&mut twice, ours);
            prop_assert_eq!(once, twice);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = parse(&text);
        }
    }
}
