//! One hunk staged, or taken back. Git checks before it changes anything: a file that has changed
//! since the hunk was read stays as it is.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::{Change, FileDiff, Hunk, Side};
use crate::git::{Call, Git, words};
use crate::{Context, Error};

/// A hunk that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverted {
    /// Applied again it brings back what was there.
    pub patch: Vec<u8>,
}

/// Stages a hunk of a difference to what is staged ([`super::Against::Index`]).
pub fn stage(context: &Context, tree: &Path, file: &FileDiff, hunk: &Hunk) -> Result<(), Error> {
    let patch = patch(file, hunk)?;
    let git = Git::work(context, tree);
    let apply = ["apply", "--cached", "--whitespace=nowarn", "-"];
    git.call(apply).input(patch).bytes()?;
    Ok(())
}

/// Reverts a hunk in the working tree; what is staged stays.
pub fn revert(
    context: &Context,
    tree: &Path,
    file: &FileDiff,
    hunk: &Hunk,
) -> Result<Reverted, Error> {
    let patch = patch(file, hunk)?;
    let git = Git::work(context, tree);
    let apply = |more: &[&str]| {
        let call = git.call(["apply", "--reverse", "--whitespace=nowarn"]).args(more);
        alone(call, tree).arg("-").input(patch.clone()).bytes()
    };
    apply(&["--check"])?;
    apply(&[])?;
    Ok(Reverted { patch })
}

/// Brings back what was reverted.
pub fn bring_back(context: &Context, tree: &Path, reverted: &Reverted) -> Result<(), Error> {
    let git = Git::work(context, tree);
    let apply = ["apply", "--whitespace=nowarn", "-"];
    alone(git.call(apply), tree).input(reverted.patch.clone()).bytes()?;
    Ok(())
}

/// Where another system has the files, a repository of git around them is not meant.
fn alone<'g>(call: Call<'g>, tree: &Path) -> Call<'g> {
    match tree.parent() {
        Some(parent) => call.env("GIT_CEILING_DIRECTORIES", parent),
        None => call,
    }
}

/// The hunk alone, as a patch of its file.
fn patch(file: &FileDiff, hunk: &Hunk) -> Result<Vec<u8>, Error> {
    if file.binary || file.change == Change::Conflict {
        return Err(Error::refused("only text files have hunks; edit the file"));
    }
    // Renames stay as they are: what is changed is the file that is there now.
    let new = file.new.as_deref();
    let old = match file.change {
        Change::Renamed | Change::Copied => new,
        _ => file.old.as_deref(),
    };
    let name = |prefix: &str, path: &Path| {
        words::quoted(&[prefix.as_bytes(), path.as_os_str().as_bytes()].concat())
    };
    let side = |prefix: &str, path: Option<&Path>| match path {
        Some(path) => name(prefix, path),
        None => b"/dev/null".to_vec(),
    };
    let path = file.path();
    let mut text = [b"diff --git ", &name("a/", path)[..], b" ", &name("b/", path), b"\n"].concat();
    let mode = |mode: &Option<String>| mode.clone().unwrap_or("100644".into());
    match file.change {
        Change::Added => {
            text.extend(format!("new file mode {}\n", mode(&file.new_mode)).bytes());
        }
        Change::Deleted => {
            text.extend(format!("deleted file mode {}\n", mode(&file.old_mode)).bytes());
        }
        _ => {}
    }
    for (sign, side) in [("--- ", side("a/", old)), ("+++ ", side("b/", new))] {
        text.extend([sign.as_bytes(), &side, b"\n"].concat());
    }
    let ((a, b), (c, d)) = (hunk.old, hunk.new);
    text.extend(format!("@@ -{a},{b} +{c},{d} @@\n").bytes());
    for line in &hunk.lines {
        text.push(match line.side {
            Side::Both => b' ',
            Side::Old => b'-',
            Side::New => b'+',
        });
        text.extend(&line.text);
        text.push(b'\n');
        if line.open {
            text.extend(b"\\ No newline at end of file\n");
        }
    }
    Ok(text)
}
