//! The sidebar: projects with their tabs and panes, and what all of them are doing.

use std::collections::BTreeMap;

use super::Composer;
use super::facts;
use super::hits::Target;
use super::tab_bar::counted;
use super::text::{self, Pieces};
use segno_base::family;
use segno_base::ids::{PaneId, TabId};
use segno_base::screen::cell::{Cell, Style};
use segno_base::screen::geometry::{Point, Rect};
use segno_config::sections::looks::Borders;
use segno_core::tabs::project::Project;
use segno_worktree::glance::Glance;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A line of it, with what a click on it means.
struct Line {
    /// What stands before the name.
    lead: String,
    name: String,
    style: Style,
    marks: Pieces,
    target: Target,
    /// Whether the client is there.
    here: bool,
}

impl Composer<'_> {
    pub(super) fn sidebar(&mut self, area: Rect) {
        if area.is_empty() {
            return;
        }
        let lines: Vec<Line> =
            self.model.projects().iter().flat_map(|project| self.project_lines(project)).collect();
        let rows = usize::from(area.rows);
        // What the client looks at stays in sight.
        let here = lines.iter().rposition(|line| line.here).unwrap_or(0);
        let first = (here + 1).saturating_sub(rows).max(here.saturating_sub(rows / 2));
        let first = first.min(lines.len().saturating_sub(rows));
        let cols = area.cols - 1;
        for (y, line) in (area.y..area.bottom()).zip(lines.into_iter().skip(first)) {
            let row = Rect::new(area.x, y, cols, 1);
            self.hits.add(row, line.target);
            if line.here {
                self.frame.fill(row, &Cell::new(' ', line.style));
            }
            let mut marks = line.marks.fit(cols / 2);
            if line.here {
                // The bar goes through to the line.
                marks.restyle(line.style);
            }
            let room = cols - marks.width().min(cols);
            let name = format!("{}{}", line.lead, text::one_line(&line.name, cols));
            let name = text::fit(&name, room.saturating_sub(1));
            self.frame.text(Point::new(row.x, y), &name, line.style, room);
            marks.draw(&mut self.frame, Point::new(row.x + room, y), cols - room);
        }
        let sign = match self.model.looks.borders {
            _ if self.plain() => ' ',
            Borders::Heavy => '┃',
            Borders::Off | Borders::Single | Borders::Rounded => '│',
        };
        let line = Cell::new(sign, self.theme().line);
        self.frame.fill(Rect::new(area.x + cols, area.y, 1, area.rows), &line);
        let ground = self.theme().bar;
        self.ground(area, ground);
    }

    fn project_lines(&self, project: &Project) -> Vec<Line> {
        let Some(enter) = self.model.project_tab(self.client.id, project) else {
            return Vec::new();
        };
        let mut lines = vec![Line {
            lead: String::new(),
            name: project.name(),
            style: self.theme().accent,
            marks: self.rollup(&self.model.project_panes(project)),
            target: Target::Tab(enter),
            here: false,
        }];
        lines.extend(self.tree_lines(project, enter));
        for tab in &project.tabs {
            lines.extend(self.tab_lines(*tab));
        }
        lines
    }

    /// What git says of each working tree that the project's panes are in.
    fn tree_lines(&self, project: &Project, enter: TabId) -> Vec<Line> {
        let panes = self.model.project_panes(project);
        let panes = panes.iter().filter_map(|pane| self.model.panes.get(pane));
        let trees: BTreeMap<_, _> =
            panes.filter_map(|pane| pane.glance.as_deref()).map(|g| (&g.path, g)).collect();
        let line = |glance: &&Glance| Line {
            lead: "  ".to_string(),
            name: glance.short(),
            style: match glance.conflicts {
                0 => self.theme().quiet,
                _ => self.theme().error,
            },
            marks: Pieces::default(),
            target: Target::Tab(enter),
            here: false,
        };
        trees.values().map(line).collect()
    }

    /// A tab, and its panes where there are several.
    fn tab_lines(&self, id: TabId) -> Vec<Line> {
        let theme = self.theme();
        let Some(index) = self.model.tabs.iter().position(|tab| tab.id == id) else {
            return Vec::new();
        };
        let tab = &self.model.tabs[index];
        let panes = tab.panes();
        let current = self.client.tab == Some(id);
        let several = panes.len() > 1;
        // Without colours and lines nothing else would say it.
        let sign = if current && self.plain() { ">" } else { " " };
        let name = facts::tab_name(tab, self.model.panes.get(&tab.focus));
        // Its first pane was opened from one of another tab.
        let first = panes.first().and_then(|id| self.model.panes.get(id));
        let parent = first.and_then(|pane| pane.parent).filter(|id| !panes.contains(id));
        let opened = parent.is_some_and(|id| self.model.panes.contains_key(&id));
        let below = if opened { "  " } else { "" };
        let mut lines = vec![Line {
            lead: format!("{sign}{below}{} ", index + 1),
            name: match &tab.name {
                None if !several => first.map(facts::about).unwrap_or_default(),
                _ => name.to_string(),
            },
            style: if current { theme.tab_active } else { theme.text },
            marks: match panes.first().filter(|_| !several) {
                Some(only) => self.doing(*only),
                None => Pieces::default(),
            },
            target: Target::Tab(id),
            here: current,
        }];
        if several {
            let focused = |pane| current && pane == tab.focused();
            let parent = |id: &PaneId| self.model.panes.get(id).and_then(|pane| pane.parent);
            let family: Vec<_> = panes.iter().map(|id| (*id, parent(id))).collect();
            let tree = family::tree(&family);
            lines.extend(tree.iter().map(|(id, depth)| self.pane_line(*id, *depth, focused(*id))));
        }
        lines
    }

    /// A pane, below the one of its tab that opened it.
    fn pane_line(&self, id: PaneId, depth: usize, focused: bool) -> Line {
        let theme = self.theme();
        let pane = self.model.panes.get(&id);
        let style = if focused { theme.accent } else { theme.quiet };
        let sign = if focused { ">" } else { " " };
        Line {
            lead: format!("  {sign} {}", "  ".repeat(depth.min(4))),
            name: pane.map(facts::about).unwrap_or_default(),
            style: pane.map_or(style, |pane| facts::tinted(style, pane, theme)),
            marks: self.doing(id),
            target: Target::PaneEntry(id),
            here: false,
        }
    }

    /// What a pane is doing, and since when where that is an agent: a time of day, which does not
    /// change while nothing happens.
    fn doing(&self, id: PaneId) -> Pieces {
        let mut pieces = Pieces::default();
        let pane = self.model.panes.get(&id).filter(|pane| pane.agent().is_some());
        // Words need the room.
        let since = pane.filter(|_| !self.plain()).and_then(|pane| facts::state(pane)?.1);
        if let Some((since, offset)) = since.zip(self.context.utc_offset) {
            let days = self.context.now_ms.saturating_sub(since) / DAY_MS;
            let since = match days {
                0 => text::clock(since, offset),
                days => format!("{days}d"),
            };
            pieces.push(format!("{since} "), self.theme().quiet);
        }
        pieces.append(self.rollup(&[id]));
        pieces
    }

    /// What panes are doing, counted, most urgent first; then what is pinned.
    fn rollup(&self, panes: &[PaneId]) -> Pieces {
        let theme = self.theme();
        let mut pieces = Pieces::default();
        for (mark, count) in self.marks(panes) {
            pieces.push(counted(&mark.text(self.plain()), count, self.plain()), mark.style(theme));
        }
        let pinned = panes.iter().filter(|pane| self.model.is_pinned(**pane)).count();
        if pinned > 0 {
            let sign = if self.plain() { "pinned" } else { "◆" };
            pieces.push(counted(sign, pinned, self.plain()), theme.quiet);
        }
        pieces
    }
}
