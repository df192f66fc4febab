//! A review as bytes for its pane. Pure.

use unicode_width::UnicodeWidthChar;

use super::rows::{Row, number_on};
use super::state::{MARGINS, Review};
use crate::show;
use crate::show::worktree::syntax::{Piece, Pieces};
use segno_base::screen::geometry::Size;
use segno_worktree::diff::{Change, FileDiff, Hunk, Line, Side};

const TAB: usize = 4;

const KEYS: &str = "n p hunk · v mark · c comment · S send · s stage · r revert · u undo · q leave · tab file · e edit · R reload";

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
    let files = show::counted(review.diff.files.len() as u64, "file");
    let mut text = format!("{files}, +{added} -{removed}");
    let open = review.comments.iter().filter(|comment| !comment.sent).count() as u64;
    if open > 0 {
        let (open, them) = (show::counted(open, "comment"), if open == 1 { "it" } else { "them" });
        let to = review.pane.as_deref().map(|pane| format!(" to {pane}")).unwrap_or_default();
        text.push_str(&format!(" · {open}, S sends {them}{to}"));
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
        (Row::Lines { file, hunk: at, old, new }, Some((_, hunk))) => {
            let code = Code { hunk, pieces: review.pieces.get(&(file, at)) };
            if !review.wide {
                return side(&code, new.or(old), new.is_none(), cols, here);
            }
            let half = cols.saturating_sub(1) / 2;
            let left = side(&code, old, true, half, here);
            let right = side(&code, new, false, cols.saturating_sub(half + 1), here);
            format!("{left}{FAINT}│{END}{right}")
        }
        _ => String::new(),
    }
}

/// A hunk with what is what in it.
struct Code<'r> {
    hunk: &'r Hunk,
    pieces: Option<&'r Pieces>,
}

/// One side of a row, as wide as there is room.
fn side(code: &Code<'_>, at: Option<usize>, is_old: bool, room: usize, here: &str) -> String {
    let line = at.and_then(|at| Some((at, code.hunk.lines.get(at)?)));
    let Some((at, line)) = line else { return " ".repeat(room) };
    let (sign, color) = match line.side {
        Side::Both => (' ', ""),
        Side::Old => ('-', OLD),
        Side::New => ('+', NEW),
    };
    let number = number_on(code.hunk, at, is_old);
    let before = fit(&format!("{number:>5}{sign} "), room);
    let left = room.saturating_sub(width(&before));
    // Reversed, colours would be backgrounds.
    let pieces = code.pieces.filter(|_| here.is_empty()).and_then(|pieces| pieces.get(at));
    // Where the language is known, its colours count; what is gone recedes.
    let style = match (pieces, line.side) {
        (Some(_), Side::Old) => format!("{END}{FAINT}{here}"),
        (Some(_), _) => format!("{END}{here}"),
        (None, _) => String::new(),
    };
    let (text, used) = fit_code(line, pieces.map_or(&[], Vec::as_slice), left, &style);
    let fill = left.saturating_sub(used);
    format!("{color}{here}{before}{style}{text}{}{END}", " ".repeat(fill))
}

/// As much of a line as there is room for, its pieces in colour and the rest in a style, and how
/// wide that is.
fn fit_code(line: &Line, pieces: &[Piece], room: usize, style: &str) -> (String, usize) {
    let text = show::worktree::shown(&line.text);
    let (mut fitted, mut used) = (String::new(), 0);
    let mut pieces = pieces.iter().peekable();
    for (at, c) in text.char_indices() {
        if pieces.next_if(|(piece, _)| piece.end <= at).is_some() {
            fitted.push_str(style);
        }
        if let Some((_, token)) = pieces.peek().filter(|(piece, _)| piece.start == at) {
            fitted.push_str(&format!("\x1b[{}m", token.sgr()));
        }
        let columns = if c == '\t' { TAB } else { c.width().unwrap_or(0) };
        if used + columns > room {
            break;
        }
        used += columns;
        match c {
            '\t' => fitted.push_str(&" ".repeat(TAB)),
            c => fitted.push(c),
        }
    }
    if pieces.peek().is_some() {
        fitted.push_str(style);
    }
    (fitted, used)
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
    use crate::show::worktree::syntax::Token;

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
    fn code_is_coloured_as_far_as_it_fits() {
        let mut review = Review { diff: diff(&["+\tif x"]), ..Review::default() };
        review.pieces.insert((0, 0), vec![vec![(1..3, Token::Keyword), (4..5, Token::Name)]]);
        let whole = page(&mut review, 80, 24);
        assert!(whole.contains("+ \x1b[0m    \x1b[35mif\x1b[0m \x1b[34mx\x1b[0m"), "{whole:?}");
        let cut = page(&mut review, 12, 24);
        assert!(cut.contains("+ \x1b[0m    \x1b[35mi\x1b[0m"), "{cut:?}");
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
