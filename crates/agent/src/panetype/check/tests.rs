//! Every finding, with its line: of `testdata/invalid/X.toml` is reported what `X.txt` says.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::check;
use crate::panetype::types::{ClosePolicy, CwdRule, Kind};

fn files(dir: &str, extension: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/panetype/testdata").join(dir);
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().unwrap() == extension).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

#[test]
fn valid_files_pass_without_a_word() {
    for path in files("valid", "toml") {
        let checked = check(&fs::read_to_string(&path).unwrap(), "f");
        assert_eq!(checked.diagnostics, [], "{}", path.display());
        assert!(checked.pane_type.is_some());
    }
}

#[test]
fn everything_wrong_is_reported_where_it_stands() {
    for path in files("invalid", "toml") {
        let checked = check(&fs::read_to_string(&path).unwrap(), "f");
        let reported: Vec<_> = checked.diagnostics.iter().map(|d| format!("{d}\n")).collect();
        let wanted = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert_eq!(reported.concat(), wanted, "{}", path.display());
        // Warnings alone leave a type that can be used.
        let errors = checked.diagnostics.iter().any(|d| d.is_error());
        assert_eq!(checked.pane_type.is_none(), errors, "{}", path.display());
    }
}

#[test]
fn what_is_not_said_has_its_default() {
    let text = include_str!("../testdata/valid/minimal.toml");
    let ty = check(text, "f").pane_type.unwrap();
    assert_eq!((ty.title.as_str(), ty.kind), ("demo", Kind::Tool));
    assert_eq!((ty.close, ty.command.cwd), (ClosePolicy::Success, CwdRule::Inherit));
    assert!(!ty.takes_prompt() && !ty.takes_model() && !ty.resumes_by_id());
    assert!(!ty.continues_last() && ty.tracker.is_none() && ty.default_toggles().is_empty());
    assert!(!ty.not_found("anything"));
    assert!(ty.session_id_ok("any.id:1") && !ty.session_id_ok("--option"));
}

#[test]
fn a_session_id_is_matched_as_a_whole() {
    let ty = check(include_str!("../testdata/valid/full.toml"), "f").pane_type.unwrap();
    assert!(ty.session_id_ok("ses_01AZaz"));
    for text in ["", "ses_", "ses_a\n", " ses_a", "ses_a b", "ses_é", "x", "--session", "ses_a/.."]
    {
        assert!(!ty.session_id_ok(text), "{text:?}");
    }
    assert!(ty.not_found("Error: Session not found: ses_1"));
    assert!(!ty.not_found("all is well"));
    let loose = include_str!("../testdata/valid/full.toml")
        .replace("'^ses_[0-9A-Za-z]{1,64}$'", "'^ses_[0-9]+$|^x|y$'");
    let ty = check(&loose, "f").pane_type.unwrap();
    assert!(ty.session_id_ok("ses_1") && ty.session_id_ok("x") && !ty.session_id_ok("xses_1y"));
}

#[test]
fn nesting_without_end_is_refused() {
    let list = format!("schema = 1\nx = {}\n", "[".repeat(100_000));
    let dotted = format!("schema = 1\n{}a = 1\n", "a.".repeat(100_000));
    let regex = format!(
        "schema=1\nname='a'\nkind='tool'\ncommand.program='a'\nresume.not_found='{}a{}'\n",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    for text in [list, dotted, regex] {
        assert!(check(&text, "f").pane_type.is_none());
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        check(&text, "f");
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0usize..2000, damage in "[\\[\\]{}\"'=.#\\\\\n\0é]{1,3}") {
        let mut text = include_str!("../testdata/valid/full.toml").to_string();
        let at = at.min(text.len());
        text.insert_str(at, &damage);
        let checked = check(&text, "f");
        prop_assert!(checked.pane_type.is_some() || !checked.diagnostics.is_empty());
    }
}
