//! Files by patterns. Links that a wildcard meets are not followed.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A part of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(Vec<u8>),
    Any,
    /// So many bytes that the conversation's id begins with.
    Beginning(usize),
    /// Any part that says what the conversation's id, or its parent's, is.
    Session,
    Parent,
}

/// A file, and what its name says.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub path: PathBuf,
    pub session: Option<String>,
    pub parent: Option<String>,
}

/// The regular files below a directory that names stand for; at most `most` entries of directories
/// are looked at. `unread` is shown what could not be listed to its end, and why.
pub fn below(
    directory: &Path,
    names: &[Vec<Part>],
    mut most: usize,
    unread: &mut dyn FnMut(&Path, String),
) -> Vec<Found> {
    let mut found = vec![Found { path: directory.to_path_buf(), ..Found::default() }];
    for (n, name) in names.iter().enumerate() {
        let last = n + 1 == names.len();
        let mut next = Vec::new();
        for place in found {
            match literal(name) {
                Some(text) => {
                    let path = place.path.join(OsStr::from_bytes(&text));
                    if !last || is_kind(&path, true) {
                        next.push(Found { path, ..place });
                    }
                }
                None => {
                    if let Err(why) = matching(&place, name, last, &mut most, &mut next) {
                        unread(&place.path, why);
                    }
                }
            }
        }
        found = next;
    }
    found
}

fn matching(
    place: &Found,
    name: &[Part],
    last: bool,
    most: &mut usize,
    into: &mut Vec<Found>,
) -> Result<(), String> {
    let entries = match fs::read_dir(&place.path) {
        Ok(entries) => entries,
        // Nothing is there; or a file, which is none of what is looked for.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(());
        }
        Err(error) => return Err(error.to_string()),
    };
    let (mut fitting, mut outcome) = (Vec::new(), Ok(()));
    for entry in entries {
        if *most == 0 {
            outcome = Err("there is too much".to_string());
            break;
        }
        *most -= 1;
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                outcome = Err(error.to_string());
                break;
            }
        };
        let kind = entry.file_type();
        let fits_kind = kind.is_ok_and(|kind| if last { kind.is_file() } else { kind.is_dir() });
        let file_name = entry.file_name().into_vec();
        let mut found = Found { path: entry.path(), ..place.clone() };
        if fits_kind && fits(&file_name, name, &mut found) {
            fitting.push(found);
        }
    }
    fitting.sort();
    into.append(&mut fitting);
    outcome
}

fn is_kind(path: &Path, file: bool) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file() == file)
}

fn literal(name: &[Part]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    for part in name {
        let Part::Text(bytes) = part else { return None };
        text.extend_from_slice(bytes);
    }
    Some(text)
}

/// Whether a name fits, and what it says then. A wildcard is as short as it can be, but the last.
/// What was said before is the same again.
fn fits(name: &[u8], parts: &[Part], found: &mut Found) -> bool {
    let (mut name, mut parts) = (name, parts);
    while let Some((part, rest)) = parts.split_first() {
        let said = match part {
            Part::Session => found.session.as_deref(),
            Part::Parent => found.parent.as_deref(),
            _ => None,
        };
        if let Some(said) = said {
            let Some(after) = name.strip_prefix(said.as_bytes()) else { return false };
            (name, parts) = (after, rest);
            continue;
        }
        if let Part::Text(text) = part {
            let Some(after) = name.strip_prefix(text.as_slice()) else { return false };
            (name, parts) = (after, rest);
            continue;
        }
        let least = usize::from(*part != Part::Any);
        let length = match (part, length(rest), rest) {
            (Part::Beginning(length), ..) if *length > name.len() => return false,
            (Part::Beginning(length), ..) => *length,
            (_, Some(rest), _) => name.len().saturating_sub(rest),
            (_, None, [Part::Text(text), ..]) if !text.is_empty() => {
                let at = name.windows(text.len()).skip(least).position(|part| part == *text);
                let Some(at) = at else { return false };
                at + least
            }
            _ => least.min(name.len()),
        };
        if length < least {
            return false;
        }
        let said = || String::from_utf8(name[..length].to_vec()).ok();
        match part {
            Part::Session => found.session = said(),
            Part::Parent => found.parent = said(),
            _ => {}
        }
        (name, parts) = (&name[length..], rest);
    }
    name.is_empty()
}

/// How long what parts stand for is, where that is certain.
fn length(parts: &[Part]) -> Option<usize> {
    let lengths = parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.len()),
        Part::Beginning(length) => Some(*length),
        _ => None,
    });
    lengths.sum()
}

/// What changes whenever a file does.
pub fn stamp(path: &Path, of: &fs::Metadata) -> String {
    format!("{} {} {} {}.{}\n", path.display(), of.ino(), of.len(), of.mtime(), of.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, parts: &[Part]) -> Option<(Option<String>, Option<String>)> {
        let mut found = Found::default();
        fits(name.as_bytes(), parts, &mut found).then_some((found.session, found.parent))
    }

    fn text(text: &str) -> Part {
        Part::Text(text.into())
    }

    #[test]
    fn a_name_says_the_id() {
        let rollout = [text("rollout-"), Part::Any, text("-"), Part::Session, text(".jsonl")];
        assert_eq!(said("rollout-2026-s1.jsonl", &rollout), Some((Some("s1".into()), None)));
        assert_eq!(said("rollout-s1.jsonl", &rollout), None);
        let timed =
            [text("r-"), Part::Any, text("T"), Part::Any, text("-"), Part::Session, text(".l")];
        assert_eq!(said("r-2026-11-29T12-a-b-c.l", &timed), Some((Some("a-b-c".into()), None)));
        assert_eq!(said("x.db", &[Part::Any, text(".db")]), Some((None, None)));
        let twice = [Part::Session, text("-"), Part::Session];
        assert_eq!(said("a-a", &twice), Some((Some("a".into()), None)));
        assert_eq!(said("a-b", &twice), None);
        assert_eq!(said(".db", &[Part::Session, text(".db")]), None);
        let begun = [text("s-"), Part::Any, text("-"), Part::Beginning(4), text(".l")];
        assert_eq!(said("s-2026-11-01-abcd.l", &begun), Some((None, None)));
        assert_eq!(said("s-abc.l", &begun), None);
    }

    #[test]
    fn links_and_others_are_not_found() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        fs::create_dir_all(at("a/sub.jsonl")).unwrap();
        fs::write(at("a/x.jsonl"), "").unwrap();
        std::os::unix::fs::symlink(at("a"), at("b")).unwrap();
        std::os::unix::fs::symlink(at("a/x.jsonl"), at("a/y.jsonl")).unwrap();
        nix::unistd::mkfifo(&at("a/z.jsonl"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let names = [vec![Part::Any], vec![Part::Session, text(".jsonl")]];
        let found = below(temp.path(), &names, 100, &mut |_, why| panic!("{why}"));
        let expected = Found { path: at("a/x.jsonl"), session: Some("x".into()), parent: None };
        assert_eq!(found, [expected]);
        // Where the user says so, a directory may be a link.
        let of_link = [vec![text("b")], names[1].clone()];
        assert_eq!(below(temp.path(), &of_link, 100, &mut |_, why| panic!("{why}")).len(), 1);
        let mut unread = Vec::new();
        let mut note = |path: &Path, why| unread.push((path.to_path_buf(), why));
        assert!(below(temp.path(), &names, 0, &mut note).is_empty());
        assert_eq!(unread, [(temp.path().to_path_buf(), "there is too much".to_string())]);
    }
}
