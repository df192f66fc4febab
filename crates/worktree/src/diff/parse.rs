//! A patch as git prints it, into data. Lines of files always begin with a sign, so nothing in a
//! file can look like the beginning of another one.

use std::path::PathBuf;

use super::{Change, FileDiff, Hunk, Line, Side};
use crate::git::words;

/// All files of a patch. What is not understood is left out of its file.
pub(super) fn patch(bytes: &[u8]) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').peekable();
    while let Some(raw) = lines.next() {
        let line = raw.strip_suffix(b"\n").unwrap_or(raw);
        if let Some(names) = line.strip_prefix(b"diff --git ") {
            files.push(begin(names));
            continue;
        }
        if let Some(name) = line.strip_prefix(b"* Unmerged path ") {
            let path = Some(name_of(name));
            let conflict = FileDiff { change: Change::Conflict, new: path, ..blank() };
            files.push(conflict);
            continue;
        }
        let Some(file) = files.last_mut() else { continue };
        if let Some(mut hunk) = line.strip_prefix(b"@@ -").and_then(hunk) {
            let (mut old, mut new) = (hunk.old.1, hunk.new.1);
            while old > 0 || new > 0 {
                let Some(raw) = lines.next() else { break };
                let open = !raw.ends_with(b"\n");
                let text = raw.strip_suffix(b"\n").unwrap_or(raw);
                let (side, rest) = match text.split_first() {
                    Some((b' ', rest)) => (Side::Both, rest),
                    Some((b'-', rest)) => (Side::Old, rest),
                    Some((b'+', rest)) => (Side::New, rest),
                    Some((b'\\', _)) => {
                        mark_open(&mut hunk);
                        continue;
                    }
                    _ => break,
                };
                old = old.saturating_sub(u32::from(side != Side::New));
                new = new.saturating_sub(u32::from(side != Side::Old));
                hunk.lines.push(Line { side, text: rest.to_vec(), open });
            }
            if lines.next_if(|next| next.starts_with(b"\\")).is_some() {
                mark_open(&mut hunk);
            }
            file.hunks.push(hunk);
        } else {
            header(file, line);
        }
    }
    files
}

fn mark_open(hunk: &mut Hunk) {
    if let Some(last) = hunk.lines.last_mut() {
        last.open = true;
    }
}

fn blank() -> FileDiff {
    FileDiff {
        old: None,
        new: None,
        change: Change::Modified,
        old_mode: None,
        new_mode: None,
        binary: false,
        untracked: false,
        hunks: Vec::new(),
    }
}

/// The names of a file that has the same one before and after; others follow in lines of their own.
fn begin(names: &[u8]) -> FileDiff {
    let path = match words::unquote(names) {
        Some((first, _)) => first.strip_prefix(b"a/").map(words::path),
        // `a/NAME b/NAME`, whatever spaces are in it.
        None => {
            let half = names.len() / 2;
            let first = names.get(..half).and_then(|first| first.strip_prefix(b"a/"));
            let second = names.get(half + 1..).and_then(|second| second.strip_prefix(b"b/"));
            first.filter(|first| Some(*first) == second).map(words::path)
        }
    };
    FileDiff { old: path.clone(), new: path, ..blank() }
}

fn header(file: &mut FileDiff, line: &[u8]) {
    let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
    if let Some(mode) = line.strip_prefix(b"old mode ") {
        file.old_mode = text(mode);
    } else if let Some(mode) = line.strip_prefix(b"new mode ") {
        file.new_mode = text(mode);
    } else if let Some(mode) = line.strip_prefix(b"new file mode ") {
        file.change = Change::Added;
        file.new_mode = text(mode);
        file.old = None;
    } else if let Some(mode) = line.strip_prefix(b"deleted file mode ") {
        file.change = Change::Deleted;
        file.old_mode = text(mode);
        file.new = None;
    } else if let Some(name) = line.strip_prefix(b"rename from ") {
        file.change = Change::Renamed;
        file.old = Some(name_of(name));
    } else if let Some(name) = line.strip_prefix(b"copy from ") {
        file.change = Change::Copied;
        file.old = Some(name_of(name));
    } else if let Some(name) = line.strip_prefix(b"rename to ").or(line.strip_prefix(b"copy to ")) {
        file.new = Some(name_of(name));
    } else if line.starts_with(b"Binary files ") || line == b"GIT binary patch" {
        file.binary = true;
    } else if let Some(name) = line.strip_prefix(b"--- ") {
        file.old = side(name, b"a/");
    } else if let Some(name) = line.strip_prefix(b"+++ ") {
        file.new = side(name, b"b/");
    }
}

fn name_of(bytes: &[u8]) -> PathBuf {
    words::unquote(bytes).map_or_else(|| words::path(bytes), |(name, _)| words::path(&name))
}

fn side(bytes: &[u8], prefix: &[u8]) -> Option<PathBuf> {
    // A name with a space ends with a tab.
    let bytes = bytes.strip_suffix(b"\t").unwrap_or(bytes);
    let name = words::unquote(bytes).map_or_else(|| bytes.to_vec(), |(name, _)| name);
    name.strip_prefix(prefix).map(words::path)
}

/// `1,2 +1,3 @@ heading`.
fn hunk(text: &[u8]) -> Option<Hunk> {
    let text = String::from_utf8_lossy(text);
    let (ranges, heading) = text.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| -> Option<(u32, u32)> {
        match text.split_once(',') {
            Some((first, count)) => Some((first.parse().ok()?, count.parse().ok()?)),
            None => Some((text.parse().ok()?, 1)),
        }
    };
    let heading = segno_base::text::plain_text::line(heading.trim());
    Some(Hunk { old: range(old)?, new: range(new)?, heading, lines: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_cannot_pretend_to_be_others() {
        let text = b"diff --git a/a b b/a b\nindex 1..2 100644\n--- a/a b\t\n+++ b/a b\t\n\
            @@ -1,2 +1,2 @@ fn x()\n-diff --git a/y b/y\n+@@ -1 +1 @@\n same\n\
            \\ No newline at end of file\n\
            diff --git \"a/\\303\\244\\n\" \"b/\\303\\244\\n\"\nnew file mode 100755\n\
            diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n";
        let files = patch(text);
        assert_eq!(files.len(), 3);
        assert_eq!(files[0].path().to_str(), Some("a b"));
        assert_eq!(files[0].counts(), (1, 1));
        assert!(files[0].hunks[0].lines[2].open);
        assert_eq!(files[0].hunks[0].heading, "fn x()");
        assert_eq!((files[1].change, files[1].path().to_str()), (Change::Added, Some("ä\n")));
        assert_eq!(files[1].new_mode.as_deref(), Some("100755"));
        assert_eq!(files[2].change, Change::Renamed);
        assert_eq!(files[2].old.as_deref().unwrap().to_str(), Some("o"));
    }

    #[test]
    fn nonsense_makes_no_trouble() {
        for text in [
            &b"@@ -1 +1 @@\n"[..],
            b"diff --git \n--- \n+++ \n@@ -1,9999999999 +1 @@\n",
            b"diff --git \"a\n@@ -1,4000000000 +1,4000000000 @@\n+x",
            b"* Unmerged path \"\\4",
        ] {
            patch(text);
        }
    }
}
