//! Painting: what clients see is composed, or drawn again where only panes' screens have changed,
//! and sent to those whose turn it is (see `damage`).

use std::ops::Range;
use std::time::Instant;

use crate::server::client::Clients;
use crate::server::client::copy_mode::Copies;
use crate::server::client::frame_pacing::Damage;
use crate::server::pane::runtime::Panes;
use crate::server::shared::Shared;
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::Key;
use segno_base::screen::frame::{Cursor, Frame};
use segno_base::screen::geometry::Rect;
use segno_config::keys::command::{COMMANDS, Command};
use segno_config::keys::keymap::{KeyMap, Table};
use segno_core::update::event::Event;
use segno_custom::theme::Viewer;
use segno_term::render::ColorDepth;
use segno_term::{Emulator, MouseMode};
use segno_view::{Drawn, KeyEntry, KeyHelp, Screens, ViewContext, compose};

/// The panes' terminals as the view wants them.
struct Terminals<'a>(&'a Panes, &'a Copies);

impl Screens for Terminals<'_> {
    fn draw(&self, pane: PaneId, frame: &mut Frame, area: Rect) -> Option<Cursor> {
        let terminal = self.0.terminal(pane)?;
        terminal.seen();
        let emulator = terminal.emulator();
        emulator.draw(frame, area);
        cursor_in(&emulator, area)
    }

    fn redraw(
        &self,
        pane: PaneId,
        frame: &mut Frame,
        area: Rect,
        drawn: &mut Option<Drawn>,
    ) -> (Option<Cursor>, Range<u16>) {
        let Some(terminal) = self.0.terminal(pane) else {
            *drawn = None;
            return (None, area.y..area.bottom());
        };
        terminal.seen();
        let emulator = terminal.emulator();
        let run = terminal.run;
        let since = drawn.filter(|drawn| drawn.run == run).map(|drawn| drawn.generation);
        let (rows, generation) = emulator.redraw(frame, area, since);
        *drawn = generation.map(|generation| Drawn { run, generation });
        (cursor_in(&emulator, area), area.y + rows.start..area.y + rows.end)
    }

    fn draw_copy(
        &self,
        client: ClientId,
        pane: PaneId,
        top: usize,
        frame: &mut Frame,
        area: Rect,
    ) -> bool {
        self.0.terminal(pane).is_some_and(|terminal| {
            terminal.seen();
            self.1.draw(terminal, client, top, frame, area)
        })
    }

    fn scroll(&self, pane: PaneId) -> Option<(usize, usize)> {
        let emulator = self.0.terminal(pane)?.emulator();
        Some((emulator.scroll_offset(), emulator.history_len()))
    }
}

/// A terminal's cursor, where the terminal is drawn into an area.
fn cursor_in(emulator: &Emulator, area: Rect) -> Option<Cursor> {
    let mut cursor = emulator.cursor()?;
    cursor.at.x = cursor.at.x.checked_add(area.x)?;
    cursor.at.y = cursor.at.y.checked_add(area.y)?;
    area.contains(cursor.at).then_some(cursor)
}

struct Keys<'a>(&'a KeyMap);

impl KeyHelp for Keys<'_> {
    fn prefix(&self) -> String {
        self.0.prefix.to_string()
    }

    fn entries(&self) -> Vec<KeyEntry> {
        let bound = |info: &segno_config::keys::command::CommandInfo| {
            let keys = self.0.keys_for(info.command);
            (!keys.is_empty()).then(|| KeyEntry {
                name: info.name.to_string(),
                keys: keys.join(", "),
                description: info.description.to_string(),
                group: info.group.to_string(),
            })
        };
        COMMANDS.iter().filter_map(bound).collect()
    }

    fn next(&self, after_prefix: bool, typed: &[Key]) -> Vec<(String, String)> {
        let table = if after_prefix { Table::AfterPrefix } else { Table::Global };
        let mut next = self.0.next(table, typed);
        next.sort_by_key(|(_, leads)| match leads {
            // The tabs by their number.
            Ok(command @ Command::SelectTab(n)) => (command.by_use(), *n),
            Ok(command) => (command.by_use(), 0),
            Err(_) => (usize::MAX, 0),
        });
        let mut hints: Vec<(String, String)> = Vec::new();
        let mut last = None;
        for (key, leads) in next {
            let what = match leads {
                Ok(command) => command.name().replace('-', " "),
                Err(count) => format!("{count} more …"),
            };
            if let (Ok(Command::SelectTab(_)), Some(Ok(Command::SelectTab(_)))) = (leads, last)
                && let Some((keys, what)) = hints.last_mut()
            {
                // Ten lines that say the same.
                let first = keys.split(' ').next().unwrap_or_default();
                *keys = format!("{first} … {key}");
                *what = "select tab".to_string();
                last = Some(leads);
                continue;
            }
            match hints.last_mut() {
                // Several keys of one command in one line.
                Some((keys, _)) if leads.is_ok() && last == Some(leads) => {
                    keys.push_str(&format!(" {key}"));
                }
                _ => hints.push((key.to_string(), what)),
            }
            last = Some(leads);
        }
        hints
    }

    fn keys_for(&self, command: Command) -> Option<String> {
        let keys = self.0.keys_for(command);
        (!keys.is_empty()).then(|| keys.join(", "))
    }
}

impl Clients {
    /// Marks the clients that see a pane, which has printed something.
    pub(in crate::server) fn pane_changed(&mut self, shared: &Shared, pane: PaneId) {
        let now = Instant::now();
        for (id, client) in &mut self.attached {
            if shared.model.sees(*id, pane) {
                client.pending.pane(pane, now);
            }
        }
    }

    /// A flood that a key was typed in has paused: those who typed see at once where it stands.
    pub(in crate::server) fn pane_paused(&mut self, shared: &Shared, pane: PaneId) {
        let now = Instant::now();
        for (id, client) in &mut self.attached {
            if shared.model.sees(*id, pane) {
                client.pending.paused(pane, now);
            }
        }
    }

    pub(in crate::server) fn redraw_all(&mut self) {
        for client in self.attached.values_mut() {
            client.pending.all();
        }
    }

    /// When the next frame is due, if one waits.
    pub(in crate::server) fn paint_at(&self) -> Option<Instant> {
        let now = Instant::now();
        self.attached.values().filter_map(|c| c.pending.due(c.is_free(), now)).min()
    }

    /// Paints every client whose turn it is.
    pub(in crate::server) fn paint(&mut self, shared: &mut Shared) {
        self.note_places(shared);
        let now = Instant::now();
        let due: Vec<(ClientId, Damage)> = self
            .attached
            .iter_mut()
            .filter_map(|(id, c)| Some((*id, c.pending.take(c.is_free(), now)?)))
            .collect();
        for (id, damage) in due {
            self.paint_client(shared, id, &damage);
        }
    }

    fn paint_client(&mut self, shared: &mut Shared, id: ClientId, damage: &Damage) {
        let rows = match self.redraw_panes(shared, id, damage) {
            Some(rows) => rows,
            None => self.compose(shared, id),
        };
        let focused = shared.model.focused(id).and_then(|p| shared.panes.terminal(p));
        let modes = focused.map(|t| t.emulator().modes()).unwrap_or_default();
        let Some(client) = self.attached.get_mut(&id) else { return };
        let mut bytes = Vec::new();
        if shared.model.clients.get(&id).is_some_and(|client| client.only.is_some()) {
            client.fit_to_pane(&mut bytes);
        }
        client.renderer.keyboard(&modes, &mut bytes);
        let mouse = shared.config.mouse;
        let wanted = match (mouse.enabled, modes.mouse) {
            // Without the user's leave it is for the program that asks for it, and nobody else.
            (false, program) => program,
            (true, MouseMode::Motion) => MouseMode::Motion,
            (true, _) if mouse.focus_follows => MouseMode::Motion,
            (true, _) => MouseMode::Drag,
        };
        client.renderer.mouse(wanted, &mut bytes);
        client.renderer.set_title(&client.view.title, &mut bytes);
        client.renderer.present(&mut client.view.frame);
        client.renderer.render_rows(&client.view.frame, rows, &mut bytes);
        if std::mem::take(&mut client.bell) {
            segno_term::render::bell(&mut bytes);
        }
        if let (Some(notice), Some(how)) =
            (client.notice.take(), client.renderer.capabilities().notifications)
        {
            let (pane, title) = (notice.pane.to_string(), notice.title());
            segno_term::render::notification(how, &pane, &title, &notice.text, &mut bytes);
        }
        if let Some(text) = client.clipboard.take() {
            segno_term::render::clipboard(&text, &mut bytes);
        }
        client.pending.sent(bytes.len());
        client.show(&bytes, Instant::now());
        if let Some(start) = client.view.scrolled {
            shared.handle(Event::DialogShown { client: id, start });
        }
    }

    /// Draws the panes again that changed, and says in which rows; `None` when that is not enough.
    fn redraw_panes(
        &mut self,
        shared: &Shared,
        id: ClientId,
        damage: &Damage,
    ) -> Option<Range<u16>> {
        let (Damage::Panes(panes), Some(client)) = (damage, self.attached.get_mut(&id)) else {
            return None;
        };
        let screens = Terminals(&shared.panes, &shared.copies);
        let mut rows: Option<Range<u16>> = None;
        for pane in panes {
            let drawn = client.view.redraw(*pane, &screens)?;
            let before = rows.filter(|rows| !rows.is_empty()).unwrap_or(drawn.clone());
            rows = match drawn.is_empty() {
                true => Some(before),
                false => Some(before.start.min(drawn.start)..before.end.max(drawn.end)),
            };
        }
        rows
    }

    /// Composes what a client sees, all of it.
    fn compose(&mut self, shared: &Shared, id: ClientId) -> Range<u16> {
        let Some(client) = self.attached.get(&id) else { return 0..0 };
        let few_colors = client.renderer.capabilities().color == ColorDepth::Ansi;
        let viewer = Viewer { few_colors, ..client.viewer };
        let preview = shared.model.clients.get(&id).and_then(|c| c.preview.as_deref());
        let preview = preview.and_then(|name| shared.themes.named(name));
        let theme = preview.unwrap_or_else(|| shared.themes.pick(&shared.config.looks, viewer));
        let view = compose(
            &shared.model,
            id,
            &Terminals(&shared.panes, &shared.copies),
            &ViewContext {
                theme,
                keys: &Keys(&shared.config.keys),
                now_ms: crate::server::clock::now_ms(),
                utc_offset: crate::server::clock::utc_offset(),
                home: shared.options.user_home.as_deref(),
            },
        );
        let rows = 0..view.frame.size().rows;
        if let Some(client) = self.attached.get_mut(&id) {
            client.view = view;
        }
        rows
    }
}
