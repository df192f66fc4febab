//! A review as bytes for its pane. Pure.

use unicode_width::UnicodeWidthChar;

use super::rows::{Row, number_on};
use super::state::{MARGINS, Review};
use crate::cli::show;
use segno_base::screen::geometry::Size;
use segno_worktree::diff::{Change, FileDiff, Hunk, Line, Side};

const TAB: usize = 4;

const KEYS: &str = "n p hunk · tab file · v mark · c comment · S send · s stage · r revert · u undo · e edit · R again · q";

/// Colours by what they mean.
const STRONG: &str = "\x1b[1m";
const FAINT: &str = "\x1b[2m";
const OLD: &str = "\x1b[31m";
const NEW: &str = "\x1b[32m";
const NOTE: &str = "\x1b[33m";
const HERE: &str = "\x1b[7m";
const END: &str = "\x1b[0m";

/// Draws the whole page. `cut`: more was changed than is shown.
pub fn draw(review: &Review, size: Size) -> Vec<u8> {
    let (cols, rows) = (usize::from(size.cols), usize::from(size.rows));
    let room = rows.saturating_sub(MARGINS).max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut cursor = 0;
    for (at, row) in review.rows.iter().enumerate().skip(review.top) {
        // Comments push the cursor down; what is above it gives way below.
        if lines.len() >= room && at > review.at {
            break;
        }
        let marked = review.marked().contains(&at) && (review.mark.is_some() || at == review.at);
        lines.push(self::row(review, *row, marked, cols));
        for comment in review.comments_at(*row) {
            lines.extend(comment_lines(review, comment, cols));
        }
        if at == review.at {
            cursor = lines.len();
            if let Some(typing) = &review.typing {
                let text = format!("{}▏", typing.text);
                lines.push(painted(NOTE, &format!("  ┃ {}", typing.place()), cols));
                let of_text =
                    text.split('\n').flat_map(|line| wrapped(line, cols.saturating_sub(4)));
                lines.extend(of_text.map(|line| painted(NOTE, &format!("  ┃ {line}"), cols)));
                cursor = lines.len();
            }
        }
    }
    if review.rows.is_empty() {
        lines.push(painted(FAINT, "nothing was changed", cols));
    }
    let hidden = cursor.saturating_sub(room);
    let mut out = String::from("\x1b[?25l\x1b[H\x1b[2J");
    for line in lines.iter().skip(hidden).take(room) {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.push_str(&format!("\x1b[{};1H", rows.saturating_sub(1).max(1)));
    out.push_str(&painted(STRONG, &status(review), cols));
    out.push_str(&format!("\x1b[{};1H", rows.max(1)));
    let keys = match &review.typing {
        Some(_) => "enter keep · alt+enter new line · esc drop",
        None => KEYS,
    };
    out.push_str(&painted(FAINT, keys, cols));
    out.into_bytes()
}

fn status(review: &Review) -> String {
    if !review.said.is_empty() {
        return review.said.clone();
    }
    let counts = review.diff.files.iter().map(FileDiff::counts);
    let (added, removed) = counts.fold((0, 0), |(a, r), (b, s)| (a + b, r + s));
    let files = review.diff.files.len();
    let mut text = format!("{files} files, +{added} -{removed}");
    let open = review.comments.iter().filter(|comment| !comment.sent).count();
    if open > 0 {
        let to = review.pane.as_deref().map(|pane| format!(" to {pane}")).unwrap_or_default();
        text.push_str(&format!(" · {open} comments, S sends them{to}"));
    }
    if review.diff.cut {
        text.push_str(" · there is more than is shown");
    }
    text
}

fn row(review: &Review, row: Row, marked: bool, cols: usize) -> String {
    let here = if marked { HERE } else { "" };
    let file = review.diff.files.get(row.file());
    match (row, row.hunk().and_then(|at| review.hunk(at))) {
        (Row::File(_), _) => {
            let text = file.map(heading).unwrap_or_default();
            painted(&format!("{STRONG}{here}"), &text, cols)
        }
        (Row::Hunk(..), Some((_, hunk))) => {
            let ((a, b), (c, d)) = (hunk.old, hunk.new);
            let text = format!("@@ -{a},{b} +{c},{d} @@ {}", show::plain(&hunk.heading));
            painted(&format!("{FAINT}{here}"), &text, cols)
        }
        (Row::Lines { old, new, .. }, Some((_, hunk))) if review.wide => {
            let half = cols.saturating_sub(1) / 2;
            let left = side(hunk, old, true, half, here);
            let right = side(hunk, new, false, cols.saturating_sub(half + 1), here);
            format!("{left}{FAINT}│{END}{right}")
        }
        (Row::Lines { old, new, .. }, Some((_, hunk))) => {
            side(hunk, new.or(old), new.is_none(), cols, here)
        }
        _ => String::new(),
    }
}

/// One side of a row, as wide as there is room.
fn side(hunk: &Hunk, at: Option<usize>, is_old: bool, room: usize, here: &str) -> String {
    let line = at.and_then(|at| Some((at, hunk.lines.get(at)?)));
    let Some((at, line)) = line else { return " ".repeat(room) };
    let (sign, color) = match line.side {
        Side::Both => (' ', ""),
        Side::Old => ('-', OLD),
        Side::New => ('+', NEW),
    };
    let number = number_on(hunk, at, is_old);
    let text = format!("{number:>5}{sign} {}", text_of(line));
    let fitted = fit(&text, room);
    let fill = room.saturating_sub(width(&fitted));
    format!("{color}{here}{fitted}{}{END}", " ".repeat(fill))
}

fn text_of(line: &Line) -> String {
    show::worktree::shown(&line.text).replace('\t', &" ".repeat(TAB))
}

fn comment_lines(review: &Review, at: usize, cols: usize) -> Vec<String> {
    let Some(comment) = review.comments.get(at) else { return Vec::new() };
    let outcome = review.outcomes.get(at).copied().flatten();
    let state = match (comment.sent, outcome) {
        (false, _) => "not sent".to_string(),
        (true, None) => "sent".to_string(),
        (true, Some(outcome)) => format!("sent, {}", outcome.word()),
    };
    let mut lines = vec![painted(NOTE, &format!("  ┃ {} · {state}", comment.place()), cols)];
    let text = comment.text.split('\n').flat_map(|line| wrapped(line, cols.saturating_sub(4)));
    lines.extend(text.map(|line| painted(NOTE, &format!("  ┃ {}", show::plain(&line)), cols)));
    lines
}

fn heading(file: &FileDiff) -> String {
    if file.binary {
        let path = file.new.as_deref().unwrap_or(file.path());
        return format!("{} (binary)", show::plain(&path.to_string_lossy()));
    }
    let heading = show::worktree::heading(file);
    let (added, removed) = file.counts();
    match file.change {
        Change::Copied | Change::Conflict => heading,
        _ => format!("{heading} +{added} -{removed}"),
    }
}

fn painted(style: &str, text: &str, cols: usize) -> String {
    format!("{style}{}{END}", fit(text, cols))
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// As much of a text as there is room for.
fn fit(text: &str, room: usize) -> String {
    let mut left = room;
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    text.chars().take_while(fits).collect()
}

/// A line in pieces of so many columns.
fn wrapped(line: &str, room: usize) -> Vec<String> {
    let mut rest = line;
    let mut pieces = Vec::new();
    loop {
        let piece = fit(rest, room.max(2));
        rest = &rest[piece.len()..];
        let is_stuck = piece.is_empty();
        pieces.push(piece);
        if rest.is_empty() || is_stuck {
            return pieces;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::diff;
    use super::*;

    fn page(review: &mut Review, cols: u16, rows: u16) -> String {
        review.resize(cols, rows.into());
        String::from_utf8(draw(review, Size::new(cols, rows))).unwrap()
    }

    #[test]
    fn any_size_holds_it_and_nothing_steers_the_terminal() {
        let mut review =
            Review { diff: diff(&[" a\t漢\u{1b}[2J", "-b", "+B"]), ..Review::default() };
        for (cols, rows) in [(1, 1), (20, 3), (80, 24), (160, 40)] {
            let page = page(&mut review, cols, rows);
            let rows = usize::from(rows);
            assert!(page.matches("\r\n").count() <= rows.saturating_sub(MARGINS).max(1), "{cols}");
            assert_eq!(page.matches("\x1b[2J").count(), 1, "{page:?}");
        }
    }

    #[test]
    fn sides_are_beside_each_other_where_there_is_room() {
        let mut review = Review { diff: diff(&["-b", "+B"]), ..Review::default() };
        assert!(!page(&mut review, 80, 24).contains('│'));
        let wide = page(&mut review, 160, 24);
        assert!(
            wide.contains('│') && wide.contains("   10- b") && wide.contains("   10+ B"),
            "{wide}"
        );
    }
}
