//! What can follow the prefix, or the beginning of a chord: shown after a pause, above the status
//! line, and gone with the next key.

use super::text::{self, Pieces};
use super::{Composer, hits};
use segno_base::screen::cell::Cell;
use segno_base::screen::geometry::{Point, Rect};
use segno_config::keys::command::Command;

/// Between a key and what it does, and between columns.
const GAP: u16 = 2;
/// More of the screen than this it does not hide.
const PART: u16 = 2;

impl Composer<'_> {
    pub(super) fn hint(&mut self, area: Rect) {
        let pending = &self.client.pending;
        let entries = self.context.keys.next(self.client.prefix, &pending.keys);
        if entries.is_empty() || area.rows < 4 || area.cols < 16 {
            return;
        }
        let widest = |texts: &mut dyn Iterator<Item = &String>| {
            texts.map(|text| text::width(text)).max().unwrap_or(0)
        };
        let keys = widest(&mut entries.iter().map(|(key, _)| key)).min(area.cols / 2);
        let what = widest(&mut entries.iter().map(|(_, what)| what));
        let column = keys + GAP + what + GAP;
        let columns = ((area.cols - GAP) / column).max(1);
        let rows = (entries.len() as u16).div_ceil(columns);
        let shown = rows.min((area.rows / PART).max(2));
        let box_area = Rect::new(area.x, area.bottom() - shown - 1, area.cols, shown + 1);
        self.frame.fill(box_area, &Cell::BLANK);
        self.hits.add(box_area, hits::Target::Nothing);
        // A cursor below it would point at nothing.
        self.frame.cursor = self.frame.cursor.filter(|cursor| !box_area.contains(cursor.at));
        let theme = *self.theme();
        let line = match self.borders() {
            segno_config::sections::looks::Borders::Off => ' ',
            segno_config::sections::looks::Borders::Heavy => '━',
            _ => '─',
        };
        let top = Rect::new(box_area.x, box_area.y, box_area.cols, 1);
        self.frame.fill(top, &Cell::new(line, theme.line_focused));
        let more = entries.len().saturating_sub(usize::from(shown * columns));
        let mut head = Pieces::default();
        let typed: Vec<String> = self
            .client
            .prefix
            .then(|| self.context.keys.prefix())
            .into_iter()
            .chain(pending.keys.iter().map(ToString::to_string))
            .collect();
        head.push(format!(" {} ", typed.join(" ")), theme.accent);
        if more > 0 {
            let help = self.context.keys.keys_for(Command::Help).unwrap_or_default();
            let last = help.rsplit(' ').next().unwrap_or_default();
            head.push(format!("· {more} more: {last} "), theme.quiet);
        }
        head.draw(&mut self.frame, Point::new(top.x + 1, top.y), top.cols - 1);
        for (index, (key, what)) in entries.iter().take(usize::from(shown * columns)).enumerate() {
            // Down the columns, as one reads a list.
            let (x, y) = (index as u16 / shown, index as u16 % shown);
            let mut entry = Pieces::default();
            let key = text::fit(key, keys);
            let pad = usize::from(keys - text::width(&key) + GAP);
            entry.push(key, theme.accent);
            entry.push(" ".repeat(pad), theme.text);
            entry.push(what, theme.text);
            let x = area.x + GAP + x * column;
            let room = column.min(area.right().saturating_sub(x));
            entry.draw(&mut self.frame, Point::new(x, top.y + 1 + y), room);
        }
        self.ground(box_area, theme.panel);
    }
}
