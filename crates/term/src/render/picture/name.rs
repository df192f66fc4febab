//! A frame with a picture's name, where the picture itself cannot be drawn.

use segno_base::screen::cell::{Attrs, Cell, Color, Style};
use segno_base::screen::frame::Frame;
use segno_base::screen::picture::Placed;

/// Puts it into the picture's cells.
pub(super) fn fill(frame: &mut Frame, placed: &Placed) {
    let style = Style::new(Color::Default, Color::Default, Attrs::DIM);
    let framed = placed.cols >= 4 && placed.rows >= 2;
    let label: Vec<char> = match framed {
        true => format!(" {} ", placed.picture.name()).chars().collect(),
        false => placed.picture.name().chars().collect(),
    };
    let (last_col, last_row) = (placed.cols - 1, placed.rows - 1);
    super::fill(frame, placed, |col, row| {
        let ch = if !framed {
            label.get(usize::from(col)).filter(|_| row == 0).copied().unwrap_or(' ')
        } else {
            match (col, row) {
                (0, 0) => '┌',
                (0, row) if row == last_row => '└',
                (col, 0) if col == last_col => '┐',
                (col, row) if (col, row) == (last_col, last_row) => '┘',
                (col, 0) => label.get(usize::from(col) - 1).copied().unwrap_or('─'),
                (_, row) if row == last_row => '─',
                (0, _) => '│',
                (col, _) if col == last_col => '│',
                _ => ' ',
            }
        };
        Cell::new(ch, style)
    });
}
