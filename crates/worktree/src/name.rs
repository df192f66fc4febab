//! A task's name as a branch and as a directory. Whatever the user types, both are safe to give to
//! git, to a shell and to a file system.

use crate::Error;

/// The most bytes of a name: file systems allow 255, and git adds `.lock`.
const BYTES_MAX: usize = 100;

/// As a branch. Slashes stay, letters of all languages too; what git refuses becomes `-`.
pub fn for_branch(name: &str) -> Result<String, Error> {
    let parts = name.split('/').map(|part| tidy(part, |c| "~^:?*[\\@{}".contains(c)));
    let branch = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    match branch.is_empty() || branch == "HEAD" {
        true => Err(Error::Name(name.to_string())),
        false => Ok(branch),
    }
}

/// As a directory.
pub fn for_path(name: &str) -> Option<String> {
    let tidied = tidy(name, |c| "/\\:*?\"<>|~^[@{}$`'!&;()".contains(c));
    (!tidied.is_empty()).then_some(tidied)
}

fn tidy(part: &str, is_bad: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    for c in part.trim().chars() {
        // Signs that are not seen, or turn the text around, have no place in a name.
        let bad = c.is_control()
            || c.is_whitespace()
            || is_bad(c)
            || !segno_base::text::plain_text::is_plain(c)
            || (c == '.' && text.ends_with('.'));
        let c = if bad { '-' } else { c };
        if c == '-' && (text.is_empty() || text.ends_with('-')) {
            continue;
        }
        if text.len() + c.len_utf8() > BYTES_MAX {
            break;
        }
        text.push(c);
    }
    let mut text = text.trim_matches(['-', '.']);
    while let Some(rest) = text.strip_suffix(".lock") {
        text = rest.trim_matches(['-', '.']);
    }
    text.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe() {
        for (name, branch, path) in [
            ("fix login", "fix-login", "fix-login"),
            ("--force", "force", "force"),
            ("feat/Ümläut 漢", "feat/Ümläut-漢", "feat-Ümläut-漢"),
            ("a..b", "a.-b", "a.-b"),
            ("../../etc", "etc", "etc"),
            (".git", "git", "git"),
            ("x.lock", "x", "x"),
            ("a//b/", "a/b", "a-b"),
            ("x\u{202e}y\n", "x-y", "x-y"),
            ("$(rm -rf)", "$(rm-rf)", "rm-rf"),
            ("a@{1}", "a-1", "a-1"),
        ] {
            assert_eq!(for_branch(name).unwrap(), branch, "{name}");
            assert_eq!(for_path(name).unwrap(), path, "{name}");
        }
        for name in ["", "..", "///", " - ", "HEAD", "~"] {
            assert!(for_branch(name).is_err(), "{name}");
        }
        assert!(for_branch(&"ä".repeat(300)).unwrap().len() <= BYTES_MAX);
    }
}
