//! The row on top: the tabs with what their agents are doing, and the way to a new tab.

use super::Composer;
use super::facts::{self, Mark};
use super::hits::Target;
use super::text::{Pieces, fit};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::{Point, Rect};

/// A name is not shown longer than this while there is more than one tab.
const NAME_MAX: u16 = 24;
const NEW_TAB: &str = " + ";
/// Narrower than this, all room is for the active tab.
const NARROW: u16 = 16;
/// The columns of each of the marks that say there are more tabs.
const MORE: u16 = 2;

impl Composer<'_> {
    pub(super) fn tab_bar(&mut self, area: Rect) {
        if area.is_empty() {
            return;
        }
        let labels: Vec<Pieces> =
            (0..self.model.tabs.len()).map(|index| self.tab_label(index)).collect();
        let widths: Vec<u16> = labels.iter().map(Pieces::width).collect();
        let active = self
            .client
            .tab
            .and_then(|id| self.model.tabs.iter().position(|tab| tab.id == id))
            .unwrap_or(0);
        let new_tab = if area.cols < NARROW { "" } else { NEW_TAB };
        let room = area.cols - new_tab.len() as u16;
        let window = window(&widths, active, room);
        let mut x = area.x;
        if let Some(hidden) = window.first.checked_sub(1) {
            x += self.more_tabs(Point::new(x, area.y), "‹ ", hidden);
        }
        let after = window.first + window.shown;
        let hidden = Some(after).filter(|next| *next < labels.len());
        let end = area.x + if hidden.is_some() { room.saturating_sub(MORE) } else { room };
        for index in window.first..after {
            let (Some(label), Some(tab)) = (labels.get(index), self.model.tabs.get(index)) else {
                break;
            };
            let used = label.draw(&mut self.frame, Point::new(x, area.y), end.saturating_sub(x));
            self.hits.add(Rect::new(x, area.y, used, 1), Target::Tab(tab.id));
            x += used;
        }
        if let Some(hidden) = hidden {
            x += self.more_tabs(Point::new(x, area.y), " ›", hidden);
        }
        let quiet = self.theme().quiet;
        let left = area.right().saturating_sub(x);
        let used = self.frame.text(Point::new(x, area.y), new_tab, quiet, left);
        self.hits.add(Rect::new(x, area.y, used, 1), Target::NewTab);
        let ground = self.theme().bar;
        self.ground(area, ground);
    }

    /// A mark that there are more tabs; a click on it goes to the next of them. Answers the
    /// columns used.
    fn more_tabs(&mut self, at: Point, sign: &str, next: usize) -> u16 {
        let quiet = self.theme().quiet;
        let used = self.frame.text(at, sign, quiet, MORE);
        if let Some(tab) = self.model.tabs.get(next) {
            self.hits.add(Rect::new(at.x, at.y, used, 1), Target::Tab(tab.id));
        }
        used
    }

    fn tab_label(&self, index: usize) -> Pieces {
        let mut label = Pieces::default();
        let Some(tab) = self.model.tabs.get(index) else {
            return label;
        };
        let theme = self.theme();
        let active = self.client.tab == Some(tab.id);
        let style = if active { theme.tab_active } else { theme.text };
        let own = self.model.tiled_focus(self.client.id).filter(|_| active);
        let name = facts::tab_name(tab, self.model.panes.get(&own.unwrap_or(tab.focus)));
        label.push(format!(" {} {} ", index + 1, fit(&name, NAME_MAX)), style);
        // Without colours nothing else would say it.
        if active && self.plain() {
            label.push("current ", style);
        }
        for (mark, count) in self.marks(&tab.panes()) {
            let text = counted(&mark.text(self.plain()), count, self.plain());
            // On the active tab the marks keep its ground, or the label would fall apart.
            label.push(text, if active { style } else { mark.style(theme) });
        }
        let waiting: usize = tab
            .panes()
            .iter()
            .filter_map(|pane| Some(self.model.panes.get(pane)?.prompts.count()))
            .sum();
        if waiting > 0 {
            let text = match self.plain() {
                true => format!("{waiting} queued "),
                false => format!("+{waiting} "),
            };
            label.push(text, if active { style } else { theme.working });
        }
        label
    }

    /// The marks of panes with how many there are of each, most urgent first.
    pub(super) fn marks(&self, panes: &[PaneId]) -> Vec<(Mark, usize)> {
        let mut marks: Vec<Mark> =
            panes.iter().filter_map(|id| self.model.panes.get(id).and_then(facts::mark)).collect();
        marks.sort_unstable();
        let mut counted: Vec<(Mark, usize)> = Vec::new();
        for mark in marks {
            match counted.last_mut() {
                Some((last, count)) if *last == mark => *count += 1,
                _ => counted.push((mark, 1)),
            }
        }
        counted
    }
}

/// A sign, or a word, with how many there are.
pub(super) fn counted(sign: &str, count: usize, plain: bool) -> String {
    match count {
        1 => format!("{sign} "),
        _ if plain || sign.contains(' ') => format!("{count} {sign} "),
        _ => format!("{sign}{count} "),
    }
}

/// The labels that are shown.
#[derive(Debug, PartialEq, Eq)]
struct Window {
    first: usize,
    shown: usize,
}

/// As many labels as fit, the active one among them, scrolled as little as that takes. A mark is
/// only reckoned with on a side where there are more.
fn window(widths: &[u16], active: usize, room: u16) -> Window {
    let fits = |first: usize, end: usize| {
        let marks = u32::from(first > 0) + u32::from(end < widths.len());
        let labels: u32 = widths[first..end].iter().map(|w| u32::from(*w)).sum();
        labels + marks * u32::from(MORE) <= u32::from(room)
    };
    if widths.is_empty() {
        return Window { first: 0, shown: 0 };
    }
    let active = active.min(widths.len() - 1);
    let first = (0..=active).find(|first| fits(*first, active + 1)).unwrap_or(active);
    let end = (active + 1..=widths.len()).rev().find(|end| fits(first, *end));
    Window { first, shown: end.unwrap_or(active + 1) - first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_active_label_is_always_shown() {
        let widths = [10; 8];
        assert_eq!(window(&widths, 0, 80), Window { first: 0, shown: 8 });
        assert_eq!(window(&widths, 0, 40), Window { first: 0, shown: 3 });
        assert_eq!(window(&widths, 4, 40), Window { first: 2, shown: 3 });
        assert_eq!(window(&widths, 7, 40), Window { first: 5, shown: 3 });
        assert_eq!(window(&widths, 7, 3), Window { first: 7, shown: 1 });
        assert_eq!(window(&[], 0, 3), Window { first: 0, shown: 0 });
        // Without the last mark the last label fits too.
        assert_eq!(window(&[10, 10], 0, 20), Window { first: 0, shown: 2 });
    }
}
