//! Files that agents delete, and that come back.

use std::os::unix::fs::{MetadataExt, symlink};

use super::*;
use crate::testing::{Scripted, archive, message, read_all};
use segno_transcript::record::Role;

fn with_conversation() -> (tempfile::TempDir, Archive, PathBuf) {
    let (home, mut archive) = archive();
    let path = home.path().canonicalize().unwrap().join("agent/projects/c.jsonl");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "one\n").unwrap();
    let batch = vec![message("c", "1", Role::User, "one")];
    read_all(&mut archive, vec![Scripted::new("agent", "c.jsonl", vec![batch])]);
    (home, archive, path)
}

fn marks(archive: &Archive) -> Marks {
    crate::forget::marks(archive.directory()).unwrap()
}

fn ids() -> Vec<String> {
    vec!["c".into()]
}

#[test]
fn a_deleted_transcript_is_put_back_and_deleted_again_stays_kept() {
    let (_home, archive, path) = with_conversation();
    assert_eq!(keep(&archive, &marks(&archive), "agent", &path, &ids()).unwrap(), How::Linked);
    assert_eq!(keep(&archive, &marks(&archive), "agent", &path, &ids()).unwrap(), How::Unchanged);
    assert_eq!(fs::metadata(&path).unwrap().nlink(), 2);
    for _ in 0..2 {
        assert_eq!(restore(&archive, "c").unwrap(), [Restored::There { path: path.clone() }]);
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
        assert_eq!(restore(&archive, "c").unwrap(), [Restored::File { path: path.clone() }]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
        assert_eq!(fs::metadata(&path).unwrap().nlink(), 1);
    }
}

#[test]
fn the_version_before_a_rewriting_is_kept() {
    let (_home, archive, path) = with_conversation();
    keep(&archive, &marks(&archive), "agent", &path, &ids()).unwrap();
    // As agents do it: a new file over the old name.
    fs::write(path.with_extension("new"), "another\n").unwrap();
    fs::rename(path.with_extension("new"), &path).unwrap();
    assert_eq!(keep(&archive, &marks(&archive), "agent", &path, &ids()).unwrap(), How::Linked);
    let kept = all(&archive).unwrap().remove(0).kept;
    assert_eq!(fs::read_to_string(&kept).unwrap(), "another\n");
    let before = fs::read(kept.with_file_name(BEFORE)).unwrap();
    assert_eq!(zstd::stream::decode_all(&before[..]).unwrap(), b"one\n");
}

#[test]
fn nothing_is_kept_or_put_back_through_a_link() {
    let (home, archive, path) = with_conversation();
    let secret = home.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    let link = path.with_file_name("link.jsonl");
    symlink(&secret, &link).unwrap();
    assert!(keep(&archive, &marks(&archive), "agent", &link, &ids()).is_err());
    keep(&archive, &marks(&archive), "agent", &path, &ids()).unwrap();
    fs::remove_file(&path).unwrap();
    symlink(&secret, &path).unwrap();
    assert!(restore(&archive, "c").is_err());
    assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
}

#[test]
fn what_is_exported_is_kept_and_forgotten_with_its_conversation() {
    let (_home, mut archive, path) = with_conversation();
    keep(&archive, &marks(&archive), "agent", &path, &ids()).unwrap();
    keep_export(&archive, &marks(&archive), "agent", "c", "1", &b"{}"[..]).unwrap();
    assert!(restore(&archive, "c").unwrap().iter().any(|r| matches!(r, Restored::Import { .. })));
    crate::forget::forget(&mut archive, crate::forget::What::Conversation("c")).unwrap();
    assert_eq!(all(&archive).unwrap(), []);
    assert_eq!(keep(&archive, &marks(&archive), "agent", &path, &ids()).unwrap(), How::Unchanged);
    keep_export(&archive, &marks(&archive), "agent", "c", "1", &b"{}"[..]).unwrap();
    assert_eq!(all(&archive).unwrap(), []);
    assert!(path.exists());
}

#[test]
fn an_export_that_failed_is_known_until_one_is_kept_and_forgotten_too() {
    let (_home, mut archive, _) = with_conversation();
    let failed = |archive: &Archive, version| has_failed(archive, "agent", "c", version);
    note_failed(&archive, "agent", "c", "1").unwrap();
    assert!(failed(&archive, "1") && !failed(&archive, "2"));
    assert!(!has_export(&archive, "agent", "c") && all(&archive).unwrap().is_empty());
    keep_export(&archive, &marks(&archive), "agent", "c", "1", &b"{}"[..]).unwrap();
    assert!(!failed(&archive, "1"));
    crate::forget::forget(&mut archive, crate::forget::What::Conversation("c")).unwrap();
    let homes = archive.directory().join("originals/agent");
    assert_eq!(fs::read_dir(&homes).unwrap().count(), 0);

    let (_home, mut archive, _) = with_conversation();
    note_failed(&archive, "agent", "c", "1").unwrap();
    crate::forget::forget(&mut archive, crate::forget::What::Conversation("c")).unwrap();
    assert!(!failed(&archive, "1"));
}
