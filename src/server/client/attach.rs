//! Clients coming: capabilities, setup of their terminals, and input that survives a restart.

use std::sync::Arc;

use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::server::client::Clients;
use crate::server::client::connection::Attached;
use crate::server::client::input_checkpoint::{ClientPlace, InputRecord};
use crate::server::client::input_cursor::Progress;
use crate::server::client::list::Arrival;
use crate::server::client::tour::{offer_tour, outer_multiplexer};
use crate::server::control::listen::attach_reply;
use crate::server::shared::Shared;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::ClientId;
use segno_base::screen::geometry::Size;
use segno_core::model::client::{AttachMode, Client};
use segno_core::panes::lifecycle::Place;
use segno_core::update::event::Event;
use segno_custom::theme::scheme_of_env;
use segno_term::render::{Capabilities, SetupOptions, setup};
use segno_term::{CellPixels, Graphics, MouseMode};
use segno_wire::attach::AttachParams;

impl Clients {
    pub(in crate::server) fn attach(
        &mut self,
        shared: &mut Shared,
        stream: Arc<UnixStream>,
        params: AttachParams,
        seat: OwnedSemaphorePermit,
        accepted: oneshot::Sender<(ClientId, u64)>,
    ) {
        let variable = |name: &str| params.env.get(name).map(String::as_str);
        let outer = outer_multiplexer(variable, shared.config.keys.prefix);
        let colorterm = Some(params.colorterm.as_str()).filter(|c| !c.is_empty());
        let caps = Capabilities::from_env(&params.term, colorterm, variable("TERM_PROGRAM"));
        let token = params.valid_token().map(str::to_owned);
        let record =
            token.as_deref().and_then(|token| InputRecord::open(&shared.options.home, token));
        let place = record.as_ref().and_then(InputRecord::place);
        let id = self.number(place);
        // What was handled just before the previous daemon was killed, the panes know, or the
        // workspace.
        let progress = token.iter().flat_map(|token| {
            let committed = self.committed.as_ref().and_then(|c| c.progress(token));
            let panes = shared.panes.terminals().filter_map(|t| t.handled(token));
            panes.chain(committed).chain(record.as_ref().and_then(InputRecord::read))
        });
        // Another daemon may have handled more than the client knows, never less.
        let progress = progress.fold(Progress::handled(params.acked), Progress::further);
        let handled = progress.settled().max(params.acked);
        if let Some((pane, encoder)) = progress.paste.iter().find_map(|paste| paste.into.clone())
            && let Some(runtime) = shared.panes.get_mut(pane)
        {
            runtime.paste.get_or_insert(encoder);
        }
        // The reply is small and the socket is new: it takes it at once.
        if stream.try_write(&attach_reply(handled)).is_err() {
            return;
        }
        let options = SetupOptions {
            mouse: if shared.config.mouse.enabled { MouseMode::Drag } else { MouseMode::Off },
            ..SetupOptions::default()
        };
        let begin = setup(&caps, &options);
        let mut client = Attached::new(id, stream, caps, token, progress, shared.queue.clone());
        client.seat = Some(seat);
        client.record = record;
        client.arrival = Arrival::new(params.clone(), crate::server::clock::now_ms());
        client.viewer.no_color = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        client.viewer.scheme = variable("COLORFGBG").and_then(scheme_of_env);
        client.output(&begin);
        self.attached.insert(id, client);
        let _ = accepted.send((id, handled));
        let size = Size::new(params.cols, params.rows);
        let AttachParams { read_only, ignore_size, pane: only, .. } = params;
        let mode = AttachMode { read_only, ignore_size, only };
        shared.handle(Event::ClientAttached { client: id, size, mode });
        if let Some(place) = place.filter(|_| only.is_none()) {
            shared.with_model(|model, cx| model.come_back(id, place.pane, cx));
        }
        self.cell_pixels(shared, id, params.cols, params.rows, params.xpixel, params.ypixel);
        if shared.model.tabs.is_empty() && only.is_none() {
            first_pane(shared, id, params.cwd);
            offer_tour(shared, id, outer);
        }
    }

    /// A client's number: the one that it had, unless somebody else has it now.
    fn number(&mut self, place: Option<ClientPlace>) -> ClientId {
        let before = place.map(|place| place.client);
        let id = before.filter(|id| !self.attached.contains_key(id) && id.0 > 0);
        let id = id.unwrap_or(ClientId(self.last.saturating_add(1)));
        self.last = self.last.max(id.0);
        id
    }

    /// Notes where clients are: the next daemon takes their keys from there.
    pub(super) fn note_places(&mut self, shared: &Shared) {
        for (id, client) in &mut self.attached {
            let Some(pane) = shared.model.focused(*id) else { continue };
            let place = Some(ClientPlace { client: *id, pane });
            if client.placed != place
                && let (Some(record), Some(place)) = (&client.record, place)
            {
                record.write_place(place);
                client.placed = Some(place);
            }
        }
    }

    /// Notes how far a client's input was handled.
    pub(super) fn input_handled(&mut self, client: ClientId, progress: &Progress) {
        let Some(client) = self.attached.get_mut(&client) else { return };
        if let Some(record) = &client.record {
            record.write(progress);
        }
        client.acknowledge(progress.settled(), std::time::Instant::now());
    }

    pub(in crate::server) fn resized(
        &mut self,
        shared: &mut Shared,
        client: ClientId,
        cols: u16,
        rows: u16,
        xpixel: u16,
        ypixel: u16,
    ) {
        let size = Size::new(cols, rows);
        if let Some(state) = self.attached.get_mut(&client) {
            state.renderer.resize(size);
        }
        self.cell_pixels(shared, client, cols, rows, xpixel, ypixel);
        shared.handle(Event::ClientResized { client, size });
    }

    /// A client reported its size in pixels: what a cell measures.
    fn cell_pixels(
        &mut self,
        shared: &mut Shared,
        client: ClientId,
        cols: u16,
        rows: u16,
        xpixel: u16,
        ypixel: u16,
    ) {
        let each = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|each| *each > 0);
        let (Some(width), Some(height)) = (each(xpixel, cols), each(ypixel, rows)) else { return };
        let cell = CellPixels { width, height };
        if let Some(state) = self.attached.get_mut(&client) {
            state.renderer.set_cell_pixels(cell);
        }
        if !shared.model.clients.get(&client).is_some_and(Client::has_a_say) {
            return;
        }
        shared.outer.cell = cell;
        for terminal in shared.panes.terminals() {
            terminal.set_cell_pixels(cell);
        }
    }

    /// Programs learn that pictures can be drawn where the terminal of somebody who uses them
    /// can. While nobody is attached it stays as it was.
    pub(in crate::server) fn refresh_graphics(&mut self, shared: &mut Shared) {
        let uses = |id: &ClientId| shared.model.clients.get(id).is_some_and(Client::has_a_say);
        let users = self.attached.iter().filter(|(id, _)| uses(id));
        let all: Vec<_> = users.map(|(_, client)| client.renderer.capabilities()).collect();
        if all.is_empty() {
            return;
        }
        let graphics = Graphics {
            kitty: all.iter().any(|caps| caps.kitty_graphics),
            sixel: all.iter().any(|caps| caps.sixel),
        };
        if graphics != shared.outer.graphics {
            shared.outer.graphics = graphics;
            for terminal in shared.panes.terminals() {
                terminal.emulator().set_graphics(graphics);
            }
        }
    }
}

/// A workspace without panes gets its first one when somebody looks at it.
fn first_pane(shared: &mut Shared, client: ClientId, cwd: Option<std::path::PathBuf>) {
    let cwd = cwd.filter(|c| c.is_absolute()).unwrap_or_else(|| shared.options.cwd.clone());
    let spec = StartRequest {
        type_name: shared.config.general.default_type.clone(),
        cwd,
        ..StartRequest::default()
    };
    shared.with_model(|model, cx| match model.open(spec, Place::Tab, Start::Fresh, None, cx) {
        Ok(pane) => drop(model.focus(Some(client), pane, cx)),
        Err(refusal) => model.say(client, refusal.to_string(), cx),
    });
}
