//! `worktree …` and `diff`.

mod patch;
pub mod syntax;

use serde_json::{Value, json};

use super::table::{Paint, Table, Tone};
use super::{ago, plain};
use segno_worktree::finish::Finished;
use segno_worktree::forge::request::Requested;
use segno_worktree::list::Tree;
use segno_worktree::losses::Loss;
use segno_worktree::status::Status;
use segno_worktree::trash::{Entry, KEPT_S};

pub use patch::{diff, diff_json, git_patch, heading, shown, stat};

/// `worktree list` for people; `used` has each one's panes.
pub fn list(trees: &[Tree], used: &[Vec<String>], now: u64, paint: Paint) -> String {
    if trees.is_empty() {
        return "no worktrees; `segno worktree add NAME` makes one\n".into();
    }
    let with_size = trees.iter().any(|tree| tree.size.is_some());
    let mut heading = vec!["NAME", "BRANCH", "STATE", "BASE", "AGE", "PANES"];
    if with_size {
        heading.push("SIZE");
    }
    heading.push("PATH");
    let mut table = Table::new(&heading);
    for (tree, panes) in trees.iter().zip(used) {
        let (tone, state) = state(tree);
        let directory = tree.path.file_name().unwrap_or_default().to_string_lossy();
        let record = tree.record.as_ref();
        let name = record.map_or(directory.into_owned(), |record| record.name.clone());
        let age = record.map(|record| ago(record.created.saturating_mul(1000), now));
        let mut row = vec![
            (Tone::Strong, name),
            (Tone::Plain, tree.branch.clone().unwrap_or_default()),
            (tone, state),
            (Tone::Plain, tree.seen.as_ref().map(distance).unwrap_or_default()),
            (Tone::Faint, age.unwrap_or_default()),
            (Tone::Plain, panes.join(" ")),
        ];
        if with_size {
            let size = usize::try_from(tree.size.unwrap_or(0)).unwrap_or(usize::MAX);
            row.push((Tone::Plain, segno_base::text::amount::amount(size)));
        }
        row.push((Tone::Faint, tree.path.display().to_string()));
        table.row(row);
    }
    table.render(paint)
}

fn state(tree: &Tree) -> (Tone, String) {
    let Some(seen) = &tree.seen else {
        return match tree.missing {
            true => (Tone::Bad, "missing".into()),
            false => (Tone::Plain, String::new()),
        };
    };
    let mut parts: Vec<String> = seen.operations.iter().map(|o| o.words().to_string()).collect();
    let counts = [
        (seen.conflicts, "conflicts"),
        (seen.staged, "staged"),
        (seen.changed, "changed"),
        (seen.untracked, "untracked"),
    ];
    parts.extend(counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
    if tree.locked {
        parts.push("locked".into());
    }
    // One without a commit of its own has just been started.
    let began = tree.record.as_ref().and_then(|record| record.base_commit.as_ref());
    let merged = tree.merged == Some(true) && seen.commit.as_ref() != began;
    match (parts.is_empty(), merged) {
        (true, true) => (Tone::Good, "merged".into()),
        (true, _) => (Tone::Good, "clean".into()),
        (false, _) if seen.conflicts > 0 => (Tone::Bad, parts.join(", ")),
        (false, _) => (Tone::Warn, parts.join(", ")),
    }
}

/// Ahead and behind: `main +2 -1`.
fn distance(seen: &Status) -> String {
    let Some(base) = &seen.base else { return String::new() };
    // A commit is known by how it begins.
    let is_commit = base.len() >= 40 && base.bytes().all(|byte| byte.is_ascii_hexdigit());
    let base = if is_commit { base.get(..12).unwrap_or(base) } else { base };
    let count = |sign, n| if n > 0 { format!(" {sign}{n}") } else { String::new() };
    format!("{base}{}{}", count('+', seen.ahead), count('-', seen.behind))
}

/// `worktree list --json`.
pub fn list_json(trees: &[Tree], used: &[Vec<String>]) -> String {
    let one = |(tree, panes): (&Tree, &Vec<String>)| {
        let mut value = serde_json::to_value(tree).unwrap_or_default();
        if let Value::Object(object) = &mut value {
            object.insert("panes".into(), json!(panes));
        }
        value
    };
    super::json("worktrees", &trees.iter().zip(used).map(one).collect::<Vec<_>>())
}

/// What `worktree finish` has done.
pub fn finished(finished: &Finished) -> String {
    let mut lines = Vec::new();
    if let Some((target, commit)) = &finished.target {
        lines.push(format!("{target} is at {}", commit.get(..12).unwrap_or(commit)));
    }
    match &finished.trashed {
        Some(id) => {
            lines.push(format!("{}: in the trash for 30 days", finished.path.display()));
            let kept: Vec<_> = finished.kept.iter().map(Loss::to_string).collect();
            if !kept.is_empty() {
                lines.push(format!("with it: {}", kept.join(", ")));
            }
            lines.push(format!("`segno worktree restore {id}` brings it back"));
        }
        None => lines.push(format!("{} stays", finished.path.display())),
    }
    lines.iter().map(|line| plain(line) + "\n").collect()
}

/// What `worktree finish --pr` has done.
pub fn requested(requested: &Requested) -> String {
    let Requested { branch, remote, url, existed } = requested;
    let how = if *existed { "its pull request has the new commits" } else { "asked for" };
    plain(&format!("{branch} is at {remote}; {how}: {url}")) + "\n"
}

/// What `worktree restore` lists.
pub fn trash(kept: &[Entry], now: u64, paint: Paint) -> String {
    if kept.is_empty() {
        return "the trash is empty\n".into();
    }
    let mut table = Table::new(&["ID", "NAME", "BRANCH", "REMOVED", "DAYS LEFT", "PATH"]);
    for entry in kept {
        let age = (now / 1000).saturating_sub(entry.removed);
        table.row(vec![
            (Tone::Plain, entry.id.clone()),
            (Tone::Strong, entry.record.name.clone()),
            (Tone::Plain, entry.record.branch.clone().unwrap_or_default()),
            (Tone::Faint, ago(entry.removed.saturating_mul(1000), now)),
            (Tone::Plain, KEPT_S.saturating_sub(age).div_ceil(86400).to_string()),
            (Tone::Faint, entry.record.path.display().to_string()),
        ]);
    }
    table.render(paint)
}
