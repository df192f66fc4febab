//! The tour: offered at the first start, opened on demand.

use crate::server::aside::look::is_there;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::ClientId;
use segno_base::key::Key;
use segno_base::screen::geometry::Direction;
use segno_core::panes::lifecycle::Place;

/// The pane type that runs it.
pub(in crate::server) const TOUR_TYPE: &str = "tour";

/// Offers the tour, unless somebody has finished or skipped it before; within another multiplexer,
/// named here, that has the same prefix, how to press it.
pub(in crate::server) fn offer_tour(
    shared: &Shared,
    client: ClientId,
    outer: Option<&'static str>,
) {
    let file = shared.options.home.tour_file();
    shared.aside(
        move || !is_there(&file),
        move |_: &mut Stateless, shared: &mut Shared, newcomer| {
            shared.model.newcomer = newcomer;
            if let Some(outer) = outer.filter(|_| newcomer) {
                let prefix = shared.config.keys.prefix;
                // What fits into 80 columns; the one around may have been given another prefix.
                shared.say(
                    client,
                    format!(
                        "If {outer} takes {prefix} too: press it twice, or change it in keys.toml"
                    ),
                );
            }
            shared.redraw_all();
        },
    );
}

/// The multiplexer around a client that takes this prefix for itself, unless it is set otherwise.
pub(in crate::server) fn outer_multiplexer<'e>(
    variable: impl Fn(&str) -> Option<&'e str>,
    prefix: Key,
) -> Option<&'static str> {
    let known = [("TMUX", "tmux", 'b'), ("ZELLIJ", "zellij", 'b'), ("STY", "screen", 'a')];
    let around = |(name, ..): &&(&str, &str, char)| variable(name).is_some_and(|v| !v.is_empty());
    let (_, outer, key) = *known.iter().find(around)?;
    (prefix == Key::ctrl(key)).then_some(outer)
}

/// Opens the tour beside the focused pane, where the steps can be seen while they are done.
pub(in crate::server) fn open_tour(shared: &mut Shared, client: ClientId) {
    let spec = StartRequest {
        type_name: TOUR_TYPE.to_string(),
        cwd: shared.directory_for(None),
        args: vec![shared.options.exe.to_string_lossy().into_owned()],
        ..StartRequest::default()
    };
    shared.with_model(|model, cx| {
        model.newcomer = false;
        let mut panes = model.panes.values();
        let open = panes.find(|p| p.spec.type_name == TOUR_TYPE && p.is_live()).map(|p| p.id);
        if let Some(open) = open {
            // Cannot fail: it was just found.
            let _ = model.focus(Some(client), open, cx);
            return;
        }
        let beside = model.focused(client).filter(|p| model.has_room(*p, Direction::Right));
        let place = match beside {
            Some(of) => Place::Split { of, side: Direction::Right },
            None => Place::Tab,
        };
        let opened = model
            .open(spec, place, Start::Fresh, None, cx)
            .and_then(|pane| model.focus(Some(client), pane, cx));
        if let Err(refusal) = opened {
            model.say(client, refusal.to_string(), cx);
        }
    });
}
