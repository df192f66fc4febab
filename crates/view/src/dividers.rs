//! The lines between panes: joined where they meet, coloured around the focus, and carrying the
//! labels of the panes below them.

use std::collections::BTreeMap;

use super::Composer;
use super::facts;
use super::hits::Target;
use super::text::Pieces;
use segno_base::ids::PaneId;
use segno_base::screen::cell::{Cell, Style};
use segno_base::screen::geometry::{Axis, Direction, Point, Rect};
use segno_config::sections::looks::{Borders, PaneTitles};
use segno_core::layout::geometry::pane_rects;
use segno_core::model::tab::Tab;

impl Composer<'_> {
    pub(super) fn dividers(&mut self, tab: &Tab, area: Rect) {
        let rects = pane_rects(&tab.layout, tab.focus, tab.zoomed, area);
        let dividers = if tab.zoomed { Vec::new() } else { tab.layout.dividers(area) };
        let mut lines: BTreeMap<(u16, u16), Axis> = BTreeMap::new();
        for divider in &dividers {
            let rect = divider.rect;
            for y in rect.y..rect.bottom() {
                for x in rect.x..rect.right() {
                    lines.insert((x, y), divider.axis);
                }
            }
            self.hits.add(rect, Target::Divider(tab.id, divider.path.clone()));
        }
        // The line of names above them all is one of the lines between.
        if let Some(y) = area.y.checked_sub(1).filter(|_| tab.titled) {
            lines.extend((area.x..area.right()).map(|x| ((x, y), Axis::Column)));
        }
        let focused = rects.iter().find(|(pane, _)| *pane == tab.focused()).map(|(_, rect)| *rect);
        let theme = *self.theme();
        for (&(x, y), axis) in &lines {
            let near =
                |x: Option<u16>, y: Option<u16>| x.zip(y).is_some_and(|at| lines.contains_key(&at));
            let ways = [
                (Direction::Up, near(Some(x), y.checked_sub(1))),
                (Direction::Down, near(Some(x), y.checked_add(1))),
                (Direction::Left, near(x.checked_sub(1), Some(y))),
                (Direction::Right, near(x.checked_add(1), Some(y))),
            ];
            let ways = ways.into_iter().filter(|(_, goes_on)| *goes_on).map(|(way, _)| way);
            let sign = junction(self.model.looks.borders, *axis, &ways.collect::<Vec<_>>());
            let sign = if self.plain() { ' ' } else { sign };
            let beside = focused.is_some_and(|rect| borders(rect, x, y));
            let above = |rect: &Rect| y + 1 == rect.y && x >= rect.x && x < rect.right();
            let below = rects.iter().find(|(_, rect)| above(rect)).map(|(pane, _)| *pane);
            let style = match (beside, below) {
                (true, _) => self.line_style(tab.focused(), theme.line_focused),
                (false, Some(pane)) => self.line_style(pane, theme.line),
                (false, None) => theme.line,
            };
            self.frame.set(Point::new(x, y), Cell::new(sign, style));
        }
        self.join_sidebar(area.x, lines.iter());
        if self.model.looks.pane_titles == PaneTitles::Off {
            return;
        }
        for (pane, rect) in rects {
            let above = rect.y.checked_sub(1).map(|y| (rect.x, y));
            if above.is_some_and(|at| lines.get(&at) == Some(&Axis::Column)) {
                self.pane_label(pane, rect, pane == tab.focused());
            }
        }
    }

    /// Has the sidebar's line go on into those that begin at it.
    fn join_sidebar<'a>(
        &mut self,
        panes: u16,
        lines: impl Iterator<Item = (&'a (u16, u16), &'a Axis)>,
    ) {
        let sign = match self.borders() {
            Borders::Off => return,
            Borders::Heavy => '┣',
            Borders::Single | Borders::Rounded => '├',
        };
        let Some(x) = panes.checked_sub(1) else { return };
        for ((_, y), _) in lines.filter(|((at, _), axis)| *at == panes && **axis == Axis::Column) {
            if let Some(cell) = self.frame.get(Point::new(x, *y)).cloned() {
                self.frame.set(Point::new(x, *y), Cell::new(sign, cell.style));
            }
        }
    }

    /// A line's style in the colour of the pane that it belongs to, if that has one.
    fn line_style(&self, pane: PaneId, style: Style) -> Style {
        let tinted = |pane| facts::tinted(style, pane, self.theme());
        self.model.panes.get(&pane).map_or(style, tinted)
    }

    /// A pane's label, in the line above it.
    fn pane_label(&mut self, id: PaneId, rect: Rect, focused: bool) {
        let Some(pane) = self.model.panes.get(&id) else {
            return;
        };
        // Narrower than this, a label would hide the line and say nothing.
        if rect.cols < 8 {
            return;
        }
        let theme = self.theme();
        let mut label = Pieces::default();
        let style = if focused { theme.accent } else { theme.quiet };
        let style = facts::tinted(style, pane, theme);
        label.push(" ", style);
        // Without colours and lines nothing else would say it.
        if focused && self.plain() {
            label.push("focused ", style);
        }
        // The mark first: it says more than the end of a long name.
        if let Some(mark) = facts::mark(pane) {
            label.push(format!("{} ", mark.text(self.plain())), mark.style(theme));
        }
        label.push(facts::extras_signs(pane, self.plain()), style);
        label.push(format!("{} ", pane.label()), style);
        label.draw(&mut self.frame, Point::new(rect.x + 1, rect.y - 1), rect.cols - 2);
    }
}

/// Whether a cell is directly around a rectangle, corners included.
fn borders(rect: Rect, x: u16, y: u16) -> bool {
    !rect.is_empty()
        && !rect.contains(Point::new(x, y))
        && x.saturating_add(1) >= rect.x
        && x <= rect.right()
        && y.saturating_add(1) >= rect.y
        && y <= rect.bottom()
}

/// The box-drawing character for a cell of a line, by where the line goes on: in the order up,
/// down, left, right.
fn junction(borders: Borders, axis: Axis, ways: &[Direction]) -> char {
    use Direction::{Down, Left, Right, Up};
    let corners = match borders {
        // Panes above each other are distinguished by their names.
        Borders::Off => return if axis == Axis::Row { '│' } else { ' ' },
        Borders::Single => ['┌', '┐', '└', '┘'],
        Borders::Rounded => ['╭', '╮', '╰', '╯'],
        Borders::Heavy => ['┏', '┓', '┗', '┛'],
    };
    let heavy = borders == Borders::Heavy;
    let either = |light, strong| if heavy { strong } else { light };
    match ways {
        [Up, Down, Left, Right] => either('┼', '╋'),
        [Up, Down, Left] => either('┤', '┫'),
        [Up, Down, Right] => either('├', '┣'),
        [Up, Left, Right] => either('┴', '┻'),
        [Down, Left, Right] => either('┬', '┳'),
        [Down, Right] => corners[0],
        [Down, Left] => corners[1],
        [Up, Right] => corners[2],
        [Up, Left] => corners[3],
        _ if axis == Axis::Row => either('│', '┃'),
        _ => either('─', '━'),
    }
}
