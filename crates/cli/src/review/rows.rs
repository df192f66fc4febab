//! A difference as rows of a page: one below the other, or both sides beside each other. Pure.

use segno_worktree::diff::{Diff, Hunk, Side};

/// A row of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A file's name.
    File(usize),
    /// Where a hunk begins.
    Hunk(usize, usize),
    /// A line before and one after; they are the same one where it did not change, and one of them
    /// is missing where nothing stands beside it.
    Lines { file: usize, hunk: usize, old: Option<usize>, new: Option<usize> },
}

impl Row {
    /// Its file.
    pub fn file(self) -> usize {
        match self {
            Row::File(file) | Row::Hunk(file, _) | Row::Lines { file, .. } => file,
        }
    }

    /// Its hunk, unless it is a file's name.
    pub fn hunk(self) -> Option<(usize, usize)> {
        match self {
            Row::File(_) => None,
            Row::Hunk(file, hunk) | Row::Lines { file, hunk, .. } => Some((file, hunk)),
        }
    }
}

/// All rows; `wide`: both sides beside each other.
pub fn rows(diff: &Diff, wide: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for (file, of) in diff.files.iter().enumerate() {
        rows.push(Row::File(file));
        for (number, hunk) in of.hunks.iter().enumerate() {
            rows.push(Row::Hunk(file, number));
            let row = |(old, new)| Row::Lines { file, hunk: number, old, new };
            rows.extend(lines(hunk, wide).into_iter().map(row));
        }
    }
    rows
}

type Pair = (Option<usize>, Option<usize>);

fn lines(hunk: &Hunk, wide: bool) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    // Of a change, the first line whose other side is still free.
    let mut free = None;
    for (at, line) in hunk.lines.iter().enumerate() {
        match line.side {
            Side::Both => {
                free = None;
                pairs.push((Some(at), Some(at)));
            }
            Side::Old => {
                let here = pairs.len();
                free.get_or_insert(here);
                pairs.push((Some(at), None));
            }
            Side::New => {
                let beside = free.filter(|_| wide).and_then(|free| pairs.get_mut(free));
                match beside {
                    Some(pair) => {
                        pair.1 = Some(at);
                        free = free.map(|free| free + 1);
                    }
                    None => {
                        free = None;
                        pairs.push((None, Some(at)));
                    }
                }
            }
        }
    }
    pairs
}

/// The number that a line of a hunk has in its file: on the side where it is, the new one where it
/// is on both.
pub fn number(hunk: &Hunk, at: usize) -> u32 {
    number_on(hunk, at, hunk.lines.get(at).is_some_and(|line| line.side == Side::Old))
}

/// The number that a line of a hunk has before or after the change.
pub fn number_on(hunk: &Hunk, at: usize, before: bool) -> u32 {
    let (first, other) = match before {
        true => (hunk.old.0, Side::New),
        false => (hunk.new.0, Side::Old),
    };
    let before = hunk.lines.iter().take(at).filter(|line| line.side != other).count();
    first.saturating_add(u32::try_from(before).unwrap_or(u32::MAX))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use segno_worktree::diff::{Change, FileDiff, Line};

    /// A file with one hunk, whose lines begin with their signs.
    pub fn diff(lines: &[&str]) -> Diff {
        let line = |text: &&str| Line {
            side: match text.as_bytes()[0] {
                b'-' => Side::Old,
                b'+' => Side::New,
                _ => Side::Both,
            },
            text: text.as_bytes()[1..].to_vec(),
            open: false,
        };
        let lines: Vec<_> = lines.iter().map(line).collect();
        let count = |side| lines.iter().filter(|line| line.side != side).count() as u32;
        let hunk = Hunk {
            old: (10, count(Side::New)),
            new: (10, count(Side::Old)),
            heading: "fn main()".into(),
            lines,
        };
        let file = FileDiff {
            old: Some("a.rs".into()),
            new: Some("a.rs".into()),
            change: Change::Modified,
            old_mode: None,
            new_mode: None,
            binary: false,
            untracked: false,
            hunks: vec![hunk],
        };
        Diff { base: None, files: vec![file], cut: false }
    }

    #[test]
    fn sides_stand_beside_each_other_when_there_is_room() {
        let diff = diff(&[" a", "-b", "-c", "+B", " d", "+e"]);
        let hunk = &diff.files[0].hunks[0];
        let both = |at| (Some(at), Some(at));
        assert_eq!(
            lines(hunk, true),
            [both(0), (Some(1), Some(3)), (Some(2), None), both(4), (None, Some(5))]
        );
        assert_eq!(lines(hunk, false).len(), 6);
        assert_eq!(rows(&diff, true).len(), 7);
    }

    #[test]
    fn every_line_stands_on_its_side_once() {
        for text in ["-++++ ", "--+++-+ +", "++-", "-- ++", "-+-++", " +++"] {
            let signs: Vec<&str> = text.split("").filter(|sign| !sign.is_empty()).collect();
            let diff = diff(&signs);
            let hunk = &diff.files[0].hunks[0];
            for wide in [false, true] {
                let pairs = lines(hunk, wide);
                let on = |side: fn(&Pair) -> Option<usize>, other| {
                    let all: Vec<usize> = pairs.iter().filter_map(side).collect();
                    let expected = hunk.lines.iter().enumerate();
                    let expected =
                        expected.filter(|(_, line)| line.side != other).map(|(at, _)| at);
                    assert_eq!(all, expected.collect::<Vec<_>>(), "{text}, {wide}");
                };
                on(|pair| pair.0, Side::New);
                on(|pair| pair.1, Side::Old);
            }
        }
    }

    #[test]
    fn lines_are_numbered_on_their_side() {
        let diff = diff(&[" a", "-b", "-c", "+B", " d", "+e"]);
        let hunk = &diff.files[0].hunks[0];
        let numbers: Vec<u32> = (0..6).map(|at| number(hunk, at)).collect();
        assert_eq!(numbers, [10, 11, 12, 11, 12, 13]);
    }
}
