//! The tour's page as bytes for its pane. Pure.

use unicode_width::UnicodeWidthStr;

use super::steps::{self, Step};
use segno_base::screen::geometry::Size;
use segno_wire::control::panes::keys::KeyList;

const MARGIN: usize = 1;
/// Longer lines are hard to read.
const WIDEST: usize = 64;

/// Draws the page over the whole pane; `at` counts the steps that are behind.
pub fn draw(at: usize, keys: &KeyList, size: Size) -> Vec<u8> {
    let mut lines = vec!["\x1b[1mA tour of Segno\x1b[m".to_string(), String::new()];
    for (index, step) in Step::ALL.iter().enumerate() {
        lines.push(match index.cmp(&at) {
            std::cmp::Ordering::Less => format!("\x1b[32m✓\x1b[m {}", step.title()),
            std::cmp::Ordering::Equal => format!("\x1b[1;36m→ {}\x1b[m", step.title()),
            std::cmp::Ordering::Greater => format!("\x1b[2m  {}\x1b[m", step.title()),
        });
    }
    let (text, help) = match Step::ALL.get(at) {
        Some(step) => (step.text(keys), "in this pane, n: the next step · q: end the tour"),
        None => (steps::ending(keys), "q: close"),
    };
    let room = usize::from(size.cols).saturating_sub(2 * MARGIN).clamp(1, WIDEST);
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

/// A paragraph in lines of so many columns, broken between words.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
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
            }
        }
        let page = draw(1, &KeyList::default(), Size::new(80, 24));
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("✓\x1b[m Split the screen"));
        assert!(page.contains("→ Move between panes"));
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("a bc def g", 5), ["a bc", "def g"]);
    }
}
