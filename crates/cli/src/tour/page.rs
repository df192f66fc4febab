//! The tour's page as bytes for its pane. Pure.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::steps::{self, Step};
use segno_base::screen::geometry::Size;
use segno_wire::control::panes::keys::KeyList;

const MARGIN: usize = 1;
/// Longer lines are hard to read.
const WIDEST: usize = 64;

/// Draws the page over the whole pane; `at` counts the steps that are behind.
pub fn draw(at: usize, keys: &KeyList, size: Size) -> Vec<u8> {
    let room = usize::from(size.cols).saturating_sub(2 * MARGIN).clamp(1, WIDEST);
    let mut lines = vec![format!("\x1b[1m{}\x1b[m", cut("A tour of Segno", room)), String::new()];
    for (index, step) in Step::ALL.iter().enumerate() {
        let title = cut(step.title(), room.saturating_sub(2));
        lines.push(match index.cmp(&at) {
            std::cmp::Ordering::Less => format!("\x1b[32m✓\x1b[m {title}"),
            std::cmp::Ordering::Equal => format!("\x1b[1;36m→ {title}\x1b[m"),
            std::cmp::Ordering::Greater => format!("\x1b[2m  {title}\x1b[m"),
        });
    }
    let (text, help) = match Step::ALL.get(at) {
        Some(step) => (step.text(keys), "in this pane, n: the next step · q: end the tour"),
        None => (steps::ending(keys), "q: close"),
    };
    for paragraph in text {
        lines.push(String::new());
        lines.extend(wrap(&paragraph, room));
    }
    lines.push(String::new());
    lines.extend(wrap(help, room).into_iter().map(|line| format!("\x1b[2m{line}\x1b[m")));
    // What is behind gives way where there are few rows.
    let rows = usize::from(size.rows).max(1);
    let hidden = lines.len().saturating_sub(rows);
    let mut out = String::from("\x1b[?25l\x1b[H\x1b[2J");
    for (index, line) in lines.iter().skip(hidden).enumerate() {
        let next = if index == 0 { "" } else { "\r\n" };
        out.push_str(&format!("{next}{}{line}", " ".repeat(MARGIN)));
    }
    out.into_bytes()
}

/// As much of a title as fits in so many columns.
fn cut(title: &str, room: usize) -> String {
    let mut left = room;
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    title.chars().take_while(fits).collect()
}

/// A paragraph in lines of so many columns, broken between words where they fit.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace().flat_map(|word| pieces(word, room)) {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// A word that fits; one that is longer than a line, in pieces.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![cut(word, room)];
    while let Some(rest) = word.get(pieces.concat().len()..).filter(|rest| !rest.is_empty()) {
        let next = cut(rest, room);
        if next.is_empty() {
            break;
        }
        pieces.push(next);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_page_in_every_size() {
        for at in 0..=Step::ALL.len() {
            for size in [Size::new(1, 1), Size::new(40, 10), Size::new(200, 60)] {
                let page = String::from_utf8(draw(at, &KeyList::default(), size)).unwrap();
                assert!(page.matches('\n').count() < usize::from(size.rows), "{at} {size:?}");
                // No line is so long that the terminal would break it.
                let lines = page.split("\r\n").map(|line| shown(line).width());
                assert!(lines.max() <= Some(usize::from(size.cols).max(2)), "{at} {size:?}");
            }
        }
        let page = draw(1, &KeyList::default(), Size::new(80, 24));
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("✓\x1b[m Split the screen"));
        assert!(page.contains("→ Move between panes"));
    }

    /// Without escape sequences.
    fn shown(line: &str) -> String {
        let mut parts = line.split('\x1b');
        let first = parts.next().unwrap_or_default().to_string();
        parts.fold(first, |all, part| {
            let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
            all + &part[end..]
        })
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("a bc def g", 5), ["a bc", "def g"]);
        assert_eq!(wrap("a palette", 4), ["a", "pale", "tte"]);
    }
}
