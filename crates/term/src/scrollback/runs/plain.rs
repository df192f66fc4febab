//! The text of packed cells, without the cells.

use crate::scrollback::runs::{
    EXTRA, FLAGS, MARK, MIXED, REPEAT, RunReader, STYLE, TEXT, WIDE_TEXT,
};
use crate::scrollback::runs::{Reader, read_extra, read_style};

impl RunReader {
    /// Appends the text of a line; `None`: some of its cells have to be looked at for it.
    pub fn text(bytes: &[u8], out: &mut String) -> Option<()> {
        let (mut from, start) = (Reader(bytes), out.len());
        while !from.0.is_empty() {
            match from.byte().ok()? {
                STYLE => {
                    read_style(&mut from).ok()?;
                }
                TEXT | WIDE_TEXT => out.push_str(from.text().ok()?),
                MIXED => {
                    let count = from.up_to(usize::from(u16::MAX)).ok()?;
                    out.push_str(from.text().ok()?);
                    from.take(count.div_ceil(8)).ok()?;
                }
                REPEAT => {
                    let count = from.up_to(usize::from(u16::MAX)).ok()?;
                    let ch = from.char().ok()?;
                    out.extend(std::iter::repeat_n(ch, count));
                }
                MARK => {
                    from.up_to(3).ok()?;
                }
                // Places around wide characters have no text.
                FLAGS if from.up_to(7).ok()? == 0 => {}
                EXTRA => {
                    let extra = read_extra(&mut from).ok()?;
                    if extra.is_some_and(|extra| !extra.combining.is_empty()) {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        // Only characters beyond the planes in use begin so, among them what stands under a
        // picture.
        let plain = !out.as_bytes()[start..].contains(&0xf4);
        plain.then_some(())
    }
}
