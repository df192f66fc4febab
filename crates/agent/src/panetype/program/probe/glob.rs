//! Files by a pattern in which `*` is any part of a name.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The most that is looked at: a pattern may meet a directory with anything in it.
const ENTRIES_MAX: usize = 20_000;

/// The regular files that a pattern stands for, by name. Never more than [`ENTRIES_MAX`] are
/// looked at, so that a start does not wait for a huge directory.
pub(super) fn matching(pattern: &Path) -> Vec<PathBuf> {
    let mut budget = ENTRIES_MAX;
    let mut paths = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = match part {
            Component::Normal(name) if name.as_encoded_bytes().contains(&b'*') => name,
            part => {
                paths.iter_mut().for_each(|path| path.push(part));
                continue;
            }
        };
        let mut next = Vec::new();
        for dir in &paths {
            let Ok(entries) = fs::read_dir(dir) else { continue };
            for entry in entries.flatten().take(budget) {
                budget -= 1;
                if fits(&entry.file_name(), name) {
                    next.push(entry.path());
                }
            }
        }
        paths = next;
    }
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
}

/// Whether a name is one that a pattern stands for.
fn fits(name: &OsString, pattern: &OsStr) -> bool {
    let (mut name, pattern) = (name.as_encoded_bytes(), pattern.as_encoded_bytes());
    let mut parts = pattern.split(|byte| *byte == b'*');
    let Some(rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    name = rest;
    let mut parts: Vec<_> = parts.collect();
    let last = parts.pop();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let Some(at) = name.windows(part.len()).position(|window| window == part) else {
            return false;
        };
        name = &name[at + part.len()..];
    }
    match last {
        Some(last) => name.ends_with(last),
        None => name.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_part_of_a_name() {
        let fits = |name: &str, pattern: &str| fits(&name.into(), OsStr::new(pattern));
        for (name, pattern) in
            [("a", "*"), ("", "*"), ("abc", "a*c"), ("abc", "*b*"), ("a-b-c", "a*-*c"), ("a", "a")]
        {
            assert!(fits(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [("ab", "a"), ("a", "ab"), ("a", "a*a"), ("abc", "*d*"), ("b", "a*")]
        {
            assert!(!fits(name, pattern), "{name} {pattern}");
        }
    }

    #[test]
    fn only_files_are_found() {
        let temp = tempfile::tempdir().unwrap();
        for dir in ["x/1", "y", "y/1.jsonl"] {
            fs::create_dir_all(temp.path().join(dir)).unwrap();
        }
        for file in ["x/1/a.jsonl", "x/b.jsonl", "y/b.jsonl"] {
            fs::write(temp.path().join(file), "").unwrap();
        }
        let names = |pattern: &str| {
            let paths = matching(&temp.path().join(pattern));
            let below = |p: PathBuf| p.strip_prefix(temp.path()).unwrap().display().to_string();
            paths.into_iter().map(below).collect::<Vec<_>>()
        };
        assert_eq!(names("*/b.jsonl"), ["x/b.jsonl", "y/b.jsonl"]);
        assert_eq!(names("*/*/a.jsonl"), ["x/1/a.jsonl"]);
        assert_eq!(names("y/*"), ["y/b.jsonl"]);
        assert_eq!(names("x/b.jsonl"), ["x/b.jsonl"]);
        assert!(names("z/*").is_empty() && names("x/none").is_empty());
    }
}
