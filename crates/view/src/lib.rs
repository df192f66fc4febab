//! What a client sees: the model and the panes' screens, composed into one frame.
//!
//! Pure: reads the model, never changes it; no clock, no file system, no emulator by name. Every
//! state and every size gives a frame, down to a single cell. Nothing in it moves by itself, so
//! that an idle workspace needs no repainting.

mod copy;
mod dialog;
mod dividers;
mod facts;
mod hint;
pub mod hits;
mod live;
mod pane;
mod popup;
mod ratatui_bridge;
mod sidebar;
mod status_line;
mod tab_bar;
mod text;

#[cfg(test)]
pub(crate) mod tests;

use std::ops::Range;
use std::path::Path;

use segno_base::ids::{ClientId, PaneId};
use segno_base::key::Key;
use segno_base::screen::cell::{Cell, Color, Style};
use segno_base::screen::frame::{Cursor, Frame};
use segno_base::screen::geometry::{Rect, Size};
use segno_config::keys::command::Command;
use segno_config::sections::looks::Borders;
use segno_core::layout::geometry::{areas, pane_rects, tab_area};
use segno_core::model::client::Client;
use segno_core::model::tab::Tab;
use segno_core::model::workspace::Model;
use segno_custom::theme::Theme;

pub use facts::{Mark, mark};
pub use hits::{Hit, HitMap};

use hits::Target;

/// What an area shows of a pane: which run of its program, and how far that had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    pub run: u64,
    pub generation: u64,
}

/// The panes' screens, wherever they come from.
pub trait Screens {
    /// Draws what a pane shows into an area of the frame, cut to it, and answers its cursor in
    /// frame coordinates, if it shows one within the area.
    fn draw(&self, pane: PaneId, frame: &mut Frame, area: Rect) -> Option<Cursor>;

    /// Draws again what has changed of a pane in an area that shows what was drawn before, or all
    /// of it; with the rows of the frame in which that may be.
    fn redraw(
        &self,
        pane: PaneId,
        frame: &mut Frame,
        area: Rect,
        _drawn: &mut Option<Drawn>,
    ) -> (Option<Cursor>, Range<u16>) {
        (self.draw(pane, frame, area), area.y..area.bottom())
    }

    /// Draws the text that a client reads in a pane in copy mode, from a line on; false when
    /// there is none.
    fn draw_copy(
        &self,
        _client: ClientId,
        _pane: PaneId,
        _top: usize,
        _frame: &mut Frame,
        _area: Rect,
    ) -> bool {
        false
    }

    /// How many lines a pane is scrolled back and how many there are; `None` for an unknown pane.
    fn scroll(&self, pane: PaneId) -> Option<(usize, usize)>;
}

/// One line of the help: keys, what they do, and the group they are listed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The command's, as keys.toml has it.
    pub name: String,
    pub keys: String,
    pub description: String,
    pub group: String,
}

/// The keys as they are bound now, so that what is shown is always true.
pub trait KeyHelp {
    /// The prefix key, for example `ctrl+b`.
    fn prefix(&self) -> String;

    /// Every binding, those of a group together.
    fn entries(&self) -> Vec<KeyEntry>;

    /// What can follow what a client has begun: the next key and what it does, the most used
    /// first.
    fn next(&self, after_prefix: bool, typed: &[Key]) -> Vec<(String, String)> {
        let _ = (after_prefix, typed);
        Vec::new()
    }

    /// The keys that run a command, for hints; `None` when no key does. Asked for every frame, so
    /// an implementation that need not go through all entries should not.
    fn keys_for(&self, command: Command) -> Option<String> {
        let description = command.info()?.description;
        self.entries().into_iter().find(|e| e.description == description).map(|e| e.keys)
    }
}

/// What the view needs besides the model.
#[derive(Clone, Copy)]
pub struct ViewContext<'a> {
    pub theme: &'a Theme,
    pub keys: &'a dyn KeyHelp,
    /// Milliseconds since the Unix epoch; for ages in lists only.
    pub now_ms: u64,
    /// Seconds that the user's clock is ahead of UTC; without it no times of day are shown.
    pub utc_offset: Option<i32>,
    /// Shown as `~`.
    pub home: Option<&'a Path>,
}

/// What one client is to show.
#[derive(Debug, Clone)]
pub struct View {
    pub frame: Frame,
    /// What is where, for the mouse.
    pub hits: HitMap,
    /// For the outer terminal's window.
    pub title: String,
    /// The row that a scrolled dialog is shown from, which is as far as it scrolls.
    pub scrolled: Option<usize>,
    /// Panes that can be drawn again alone.
    live: Vec<live::Live>,
}

impl View {
    /// Shows nothing.
    pub fn empty() -> View {
        let frame = Frame::new(Size::new(0, 0));
        let hits = HitMap::default();
        View { frame, hits, title: String::new(), scrolled: None, live: Vec::new() }
    }
}

/// Composes what a client sees. An unknown client gets an empty frame.
pub fn compose(
    model: &Model,
    client: ClientId,
    screens: &dyn Screens,
    context: &ViewContext,
) -> View {
    let Some(client) = model.clients.get(&client) else {
        return View::empty();
    };
    if let Some(pane) = client.only {
        return alone(model, client, pane, screens, context);
    }
    let size =
        Size::new(client.size.cols.min(Size::MAX.cols), client.size.rows.min(Size::MAX.rows));
    let mut composer = Composer {
        model,
        client,
        context,
        frame: Frame::new(size),
        hits: HitMap::default(),
        live: Vec::new(),
    };
    let areas = areas(size, &model.looks, client.sidebar);
    // As this client has it: with its own focus.
    let own = client
        .tab
        .and_then(|id| model.tab(id))
        .map(|tab| Tab { focus: model.tiled_focus(client.id).unwrap_or(tab.focus), ..tab.clone() });
    let tab = own.as_ref();
    composer.tab_bar(areas.tab_bar);
    composer.sidebar(areas.sidebar);
    match tab {
        Some(tab) => composer.tab(tab, size, areas.panes, screens),
        None => composer.no_tab(areas.panes),
    }
    composer.status_line(areas.status, tab, screens);
    if client.dialog.is_none() && client.pending.hint {
        composer.hint(areas.panes);
        composer.live.clear();
    }
    let scrolled = client.dialog.as_ref().and_then(|dialog| {
        composer.frame.cursor = None;
        composer.live.clear();
        composer.hits.add(composer.frame.area(), Target::Nothing);
        composer.dialog(dialog)
    });
    let title = tab.map_or_else(|| "segno".to_string(), |tab| composer.window_title(tab));
    View { frame: composer.frame, hits: composer.hits, title, scrolled, live: composer.live }
}

/// What a client sees that shows one pane alone: that, in the size it has.
fn alone(
    model: &Model,
    client: &Client,
    pane: PaneId,
    screens: &dyn Screens,
    context: &ViewContext,
) -> View {
    let Some(size) = model.panes.get(&pane).map(|pane| pane.size) else { return View::empty() };
    let (hits, live) = (HitMap::default(), Vec::new());
    let mut composer = Composer { model, client, context, frame: Frame::new(size), hits, live };
    composer.pane(pane, Rect::new(0, 0, size.cols, size.rows), true, screens);
    let scrolled = client.dialog.as_ref().and_then(|dialog| {
        composer.frame.cursor = None;
        composer.live.clear();
        composer.hits.add(composer.frame.area(), Target::Nothing);
        composer.dialog(dialog)
    });
    let title = model.panes.get(&pane).map_or_else(String::new, |pane| pane.label().to_string());
    View { frame: composer.frame, hits: composer.hits, title, scrolled, live: composer.live }
}

/// A frame in the making. Each part of the screen adds its own methods in its own module.
struct Composer<'a> {
    model: &'a Model,
    client: &'a Client,
    context: &'a ViewContext<'a>,
    frame: Frame,
    hits: HitMap,
    live: Vec<live::Live>,
}

impl Composer<'_> {
    fn theme(&self) -> &Theme {
        self.context.theme
    }

    /// Whether signs are words and nothing is drawn with lines.
    fn plain(&self) -> bool {
        self.model.looks.plain
    }

    /// The lines that are drawn.
    fn borders(&self) -> Borders {
        if self.plain() { Borders::Off } else { self.model.looks.borders }
    }

    /// Lays a ground under what has none of its own.
    fn ground(&mut self, area: Rect, ground: Style) {
        if ground == Style::default() {
            return;
        }
        for y in area.y..area.bottom() {
            let end = usize::from(area.right());
            let row = self.frame.row_mut(y);
            let end = end.min(row.len());
            for cell in row.get_mut(usize::from(area.x)..end).unwrap_or(&mut []) {
                if cell.style.bg == Color::Default {
                    cell.style.bg = ground.bg;
                }
                if cell.style.fg == Color::Default {
                    cell.style.fg = ground.fg;
                }
            }
        }
    }

    /// Hints about one thing, joined; those of commands that no key runs are left out.
    fn hints(&self, always: &str, command: Command, does: &str) -> String {
        match self.context.keys.keys_for(command) {
            Some(keys) => format!("{always} · {keys} {does}"),
            None => always.to_string(),
        }
    }

    /// The panes of a tab with the lines between them.
    fn tab(&mut self, tab: &Tab, size: Size, area: Rect, screens: &dyn Screens) {
        let used = tab_area(size, tab.size, tab.titled, &self.model.looks, self.client.sidebar);
        let titles = Rect::new(used.x, area.y, used.cols, used.y - area.y);
        let whole = Rect::new(used.x, area.y, used.cols, titles.rows + used.rows);
        if whole != area {
            // A smaller client looks at this tab too: what it cannot see is marked as unused.
            self.frame.fill(area, &Cell::new('·', self.theme().quiet));
            self.frame.fill(whole, &Cell::BLANK);
            self.limited(tab, area, whole);
        }
        for (pane, rect) in pane_rects(&tab.layout, tab.focus, tab.zoomed, used) {
            self.pane(pane, rect, pane == tab.focused(), screens);
        }
        self.dividers(tab, used);
        self.popup(tab, used, screens);
    }

    /// Says which client the tab is as small for as it is, where nothing else stands.
    fn limited(&mut self, tab: &Tab, area: Rect, used: Rect) {
        let Some(limits) = self.model.limits(tab, self.client.id) else { return };
        let Size { cols, rows } = limits.size;
        let text = format!(" limited by c{} ({cols}x{rows}) ", limits.id.0);
        let beside = Rect::new(used.right(), area.y, area.right() - used.right(), 1);
        let below = Rect::new(area.x, used.bottom(), area.cols, 1);
        let row = if used.bottom() < area.bottom() { below } else { beside };
        let style = self.theme().attention;
        text::centered(&mut self.frame, row, &text, style);
    }

    fn no_tab(&mut self, area: Rect) {
        let hint = match self.context.keys.keys_for(Command::NewTab) {
            Some(keys) => format!("no panes · {keys} opens one"),
            None => "no panes".to_string(),
        };
        let y = area.y + area.rows / 2;
        let rect = Rect::new(area.x, y, area.cols, area.rows.min(1));
        let quiet = self.theme().quiet;
        text::centered(&mut self.frame, rect, &hint, quiet);
    }

    fn window_title(&self, tab: &Tab) -> String {
        let Some(pane) = self.model.panes.get(&tab.focused()) else {
            return "segno".to_string();
        };
        let what = facts::conversation(pane)
            .or_else(|| (!pane.title.is_empty()).then(|| pane.title.clone()))
            .unwrap_or_else(|| pane.label().to_string());
        format!("{} · segno", text::one_line(&what, 200))
    }
}
