//! What can happen to the workspace file, and what comes of it.

use std::os::unix::fs::{PermissionsExt, symlink};

use serde::Deserialize;

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Doc {
    name: String,
    list: Vec<u32>,
}

fn doc(name: &str) -> Doc {
    Doc { name: name.into(), list: vec![1, 2, 3] }
}

struct Place {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("workspace.json");
        Place { _dir: dir, path }
    }

    fn saved(names: &[&str]) -> Place {
        let place = Place::new();
        for name in names {
            save(&place.path, &doc(name)).unwrap();
        }
        place
    }

    fn load(&self) -> Loaded<Doc> {
        load(&self.path).unwrap()
    }

    fn name(&self) -> Option<String> {
        self.load().value.map(|doc| doc.name)
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path.parent().unwrap())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn what_is_saved_is_loaded() {
    let place = Place::new();
    assert_eq!(place.load(), Loaded { value: None, warnings: vec![] });
    for name in ["a", "b", "c"] {
        save(&place.path, &doc(name)).unwrap();
        assert_eq!(place.load(), Loaded { value: Some(doc(name)), warnings: vec![] });
    }
    assert_eq!(place.files(), ["workspace.json", "workspace.json.bak"]);
    let text = fs::read_to_string(&place.path).unwrap();
    assert!(text.starts_with("{\n  \"version\": 1,"), "{text}");
    let mode = fs::metadata(&place.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::rename(backup_path(&place.path), &place.path).unwrap();
    assert_eq!(place.name().as_deref(), Some("b"));
}

#[test]
fn a_file_cut_anywhere_falls_back() {
    let whole = fs::read(&Place::saved(&["a"]).path).unwrap();
    // Without its last byte, a newline, it is still whole.
    for length in 0..whole.len() - 1 {
        let place = Place::saved(&["old", "new"]);
        fs::write(&place.path, &whole[..length]).unwrap();
        let loaded = place.load();
        assert_eq!(loaded.value, Some(doc("old")), "cut at {length}");
        assert_eq!(loaded.warnings.len(), 2);
        let kept = fs::read(place.path.with_extension("json.corrupt-1")).unwrap();
        assert_eq!(kept, &whole[..length]);
        // The next save must not lose the only good document.
        save(&place.path, &doc("newer")).unwrap();
        assert_eq!(place.name().as_deref(), Some("newer"));
    }
}

#[test]
fn corrupt_files_are_kept_and_never_overwritten() {
    let place = Place::saved(&["old", "new"]);
    for (n, garbage) in ["one", "two", "three"].iter().enumerate() {
        fs::write(&place.path, garbage).unwrap();
        assert_eq!(place.name().as_deref(), Some("old"));
        let kept = place.path.with_extension(format!("json.corrupt-{}", n + 1));
        assert_eq!(fs::read_to_string(kept).unwrap(), *garbage);
    }
    assert_eq!(fs::read_to_string(place.path.with_extension("json.corrupt-1")).unwrap(), "one");
}

#[test]
fn two_corrupt_files_are_both_kept() {
    let place = Place::saved(&["old", "new"]);
    fs::write(&place.path, "x").unwrap();
    fs::write(backup_path(&place.path), "y").unwrap();
    let loaded = place.load();
    assert_eq!((loaded.value, loaded.warnings.len()), (None, 2));
    assert_eq!(place.files(), ["workspace.json.bak.corrupt-1", "workspace.json.corrupt-1"]);
}

#[test]
fn wrong_shapes_are_unusable() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"version":1}"#,
        r#"{"version":0,"name":"a","list":[]}"#,
        r#"{"version":"1","name":"a","list":[]}"#,
        r#"{"version":1,"name":7,"list":[]}"#,
        "\u{0}\u{0}\u{0}\u{0}",
    ] {
        let place = Place::saved(&["old", "new"]);
        fs::write(&place.path, text).unwrap();
        assert_eq!(place.name().as_deref(), Some("old"), "{text}");
    }
}

#[test]
fn spoiled_while_running_it_does_not_become_the_backup() {
    let place = Place::saved(&["old", "new"]);
    fs::write(&place.path, "garbage").unwrap();
    save(&place.path, &doc("next")).unwrap();
    assert_eq!(place.name().as_deref(), Some("next"));
    fs::remove_file(&place.path).unwrap();
    assert_eq!(place.name().as_deref(), Some("old"));
}

#[test]
fn a_missing_file_falls_back_with_a_word() {
    let place = Place::saved(&["old", "new"]);
    fs::remove_file(&place.path).unwrap();
    let loaded = place.load();
    assert_eq!(loaded.value, Some(doc("old")));
    assert_eq!(loaded.warnings.len(), 1);
}

#[test]
fn a_newer_version_is_neither_read_nor_touched() {
    let newer = r#"{"version":2,"name":"future"}"#;
    let place = Place::saved(&["old", "new"]);
    fs::write(&place.path, newer).unwrap();
    let message = load::<Doc>(&place.path).unwrap_err().to_string();
    assert!(message.contains("version 2") && message.contains("knows 1"), "{message}");
    assert!(matches!(save(&place.path, &doc("x")), Err(WorkspaceError::Newer { found: 2, .. })));
    assert_eq!(fs::read_to_string(&place.path).unwrap(), newer);
    assert_eq!(place.files(), ["workspace.json", "workspace.json.bak"]);

    // A newer backup beside a corrupt file: nothing is set aside either.
    fs::write(&place.path, "garbage").unwrap();
    fs::write(backup_path(&place.path), newer).unwrap();
    assert!(matches!(load::<Doc>(&place.path), Err(WorkspaceError::Newer { .. })));
    assert_eq!(place.files(), ["workspace.json", "workspace.json.bak"]);
}

#[test]
fn what_is_no_file_is_set_aside() {
    let place = Place::saved(&["old", "new"]);
    fs::remove_file(&place.path).unwrap();
    fs::create_dir(&place.path).unwrap();
    fs::write(place.path.join("inside"), "x").unwrap();
    assert_eq!(place.name().as_deref(), Some("old"));
    symlink("/dev/zero", &place.path).unwrap();
    assert_eq!(place.name().as_deref(), Some("old"));
    symlink("nowhere", &place.path).unwrap();
    save(&place.path, &doc("next")).unwrap();
    assert_eq!(place.name().as_deref(), Some("next"));
    assert!(place.path.with_extension("json.corrupt-1").join("inside").exists());
    assert!(place.files().contains(&"workspace.json.corrupt-3".to_string()));
}

#[test]
fn a_backup_that_is_no_file_does_not_stop_a_save() {
    let place = Place::saved(&["old", "new"]);
    let backup = backup_path(&place.path);
    fs::remove_file(&backup).unwrap();
    fs::create_dir(&backup).unwrap();
    // Left behind by a crash between two steps.
    fs::write(place.path.with_extension("json.bak.new"), "x").unwrap();
    save(&place.path, &doc("next")).unwrap();
    assert_eq!(
        place.files(),
        ["workspace.json", "workspace.json.bak", "workspace.json.bak.corrupt-1"]
    );
    fs::remove_file(&place.path).unwrap();
    assert_eq!(place.name().as_deref(), Some("new"));
}

#[test]
fn a_crash_between_backup_and_write_loses_nothing() {
    let place = Place::saved(&["old", "new"]);
    keep_as_backup(&place.path).unwrap();
    keep_as_backup(&place.path).unwrap();
    assert_eq!(place.files(), ["workspace.json", "workspace.json.bak"]);
    assert_eq!(place.name().as_deref(), Some("new"));
    fs::write(&place.path, "torn by something else").ok();
    save(&place.path, &doc("next")).unwrap();
    assert_eq!(place.name().as_deref(), Some("next"));
}

#[test]
fn an_unreadable_file_is_set_aside() {
    let place = Place::saved(&["old", "new"]);
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o0)).unwrap();
    // Root reads everything.
    let expected = if nix::unistd::Uid::effective().is_root() { "new" } else { "old" };
    assert_eq!(place.name().as_deref(), Some(expected));
}

#[test]
fn what_could_not_be_read_again_is_not_stored() {
    #[derive(Serialize)]
    struct Deep {
        v: Value,
    }
    let mut v = Value::Null;
    for _ in 0..200 {
        v = Value::Array(vec![v]);
    }
    let place = Place::saved(&["good"]);
    assert!(matches!(save(&place.path, &Deep { v }), Err(WorkspaceError::Encode(_))));
    assert!(matches!(save(&place.path, &[1, 2]), Err(WorkspaceError::Encode(_))));
    assert_eq!(place.name().as_deref(), Some("good"));
}

#[test]
fn a_failed_write_leaves_the_stored_document() {
    let place = Place::new();
    let missing = place.path.parent().unwrap().join("no/workspace.json");
    assert!(matches!(save(&missing, &doc("x")), Err(WorkspaceError::Write { .. })));
    assert_eq!(load::<Doc>(&missing).unwrap().value, None);
}
