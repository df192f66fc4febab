//! The row on top: the tabs with what their agents are doing, and the way to a new tab.

use crate::base::geometry::{Point, Rect};
use crate::core::model::Tab;

use super::Composer;
use super::facts::{self, Mark};
use super::hits::Target;
use super::text::{Pieces, fit};

/// A name is not shown longer than this while there is more than one tab.
const NAME_MAX: u16 = 24;
const NEW_TAB: &str = " + ";
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
        let room = area.cols.saturating_sub(NEW_TAB.len() as u16);
        let window = window(&widths, active, room);
        let mut x = area.x;
        if window.scrolled {
            self.more_tabs(Point::new(x, area.y), "‹ ", window.first.checked_sub(1));
            x = x.saturating_add(MORE).min(area.right());
        }
        for (label, tab) in
            labels.iter().zip(&self.model.tabs).skip(window.first).take(window.shown)
        {
            let limit = if window.scrolled { room.saturating_sub(MORE) } else { room };
            let left = (area.x + limit.max(1).min(area.cols)).saturating_sub(x);
            let used = label.draw(&mut self.frame, Point::new(x, area.y), left);
            self.hits.add(Rect::new(x, area.y, used, 1), Target::Tab(tab.id));
            x += used;
        }
        if window.scrolled {
            let next = Some(window.first + window.shown).filter(|n| *n < self.model.tabs.len());
            self.more_tabs(Point::new(x, area.y), " ›", next);
            x = x.saturating_add(MORE).min(area.right());
        }
        let quiet = self.theme().quiet;
        let used = self.frame.text(Point::new(x, area.y), NEW_TAB, quiet, area.right() - x);
        self.hits.add(Rect::new(x, area.y, used, 1), Target::NewTab);
    }

    /// A mark that there are more tabs; a click on it goes to the next of them.
    fn more_tabs(&mut self, at: Point, sign: &str, tab: Option<usize>) {
        let Some(tab) = tab.and_then(|index| self.model.tabs.get(index)) else {
            return;
        };
        let quiet = self.theme().quiet;
        let used = self.frame.text(at, sign, quiet, MORE);
        self.hits.add(Rect::new(at.x, at.y, used, 1), Target::Tab(tab.id));
    }

    fn tab_label(&self, index: usize) -> Pieces {
        let mut label = Pieces::default();
        let Some(tab) = self.model.tabs.get(index) else {
            return label;
        };
        let theme = self.theme();
        let active = self.client.tab == Some(tab.id);
        let style = if active { theme.tab_active } else { theme.text };
        let name = facts::tab_name(tab, self.model.panes.get(&tab.focus));
        label.push(format!(" {} {} ", index + 1, fit(name, NAME_MAX)), style);
        for (mark, count) in self.marks(tab) {
            let text = match count {
                1 => format!("{} ", mark.sign()),
                _ => format!("{}{count} ", mark.sign()),
            };
            // On the active tab the marks keep its ground, or the label would fall apart.
            label.push(text, if active { style } else { mark.style(theme) });
        }
        label
    }

    /// The marks of a tab's panes with how many there are of each, most urgent first.
    pub(super) fn marks(&self, tab: &Tab) -> Vec<(Mark, usize)> {
        let mut marks: Vec<Mark> = tab
            .layout
            .panes()
            .iter()
            .filter_map(|id| self.model.panes.get(id).and_then(facts::mark))
            .collect();
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

struct Window {
    first: usize,
    shown: usize,
    scrolled: bool,
}

/// Which labels to show so that the active one is among them.
fn window(widths: &[u16], active: usize, room: u16) -> Window {
    let sum = |range: &[u16]| range.iter().map(|w| u32::from(*w)).sum::<u32>();
    if sum(widths) <= u32::from(room) {
        return Window { first: 0, shown: widths.len(), scrolled: false };
    }
    let room = u32::from(room.saturating_sub(2 * MORE));
    let active = active.min(widths.len().saturating_sub(1));
    let first = (0..=active).find(|first| sum(&widths[*first..=active]) <= room).unwrap_or(active);
    let mut shown = 1;
    while first + shown < widths.len() && sum(&widths[first..=first + shown]) <= room {
        shown += 1;
    }
    Window { first, shown, scrolled: true }
}
