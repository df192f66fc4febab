//! The tour: offered at the first start, opened on demand.

use crate::core::panes::lifecycle::Place;
use crate::server::aside::look::is_there;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::ClientId;
use segno_base::screen::geometry::Direction;

/// The pane type that runs it.
const TOUR_TYPE: &str = "tour";

/// Offers the tour, unless somebody has finished or skipped it before.
pub(in crate::server) fn offer_tour(shared: &Shared) {
    let file = shared.options.home.tour_file();
    shared.aside(
        move || !is_there(&file),
        |_: &mut Stateless, shared: &mut Shared, newcomer| {
            shared.model.newcomer = newcomer;
            shared.redraw_all();
        },
    );
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
