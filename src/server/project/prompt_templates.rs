//! Templates of prompts for a client's dialog.

use std::path::PathBuf;

use crate::server::shared::{Shared, Stateless};
use segno_base::ids::ClientId;
use segno_core::update::event::Event;
use segno_custom::prompt_templates::all;

/// Looks them up for a client's dialog.
pub(in crate::server) fn find_templates(shared: &Shared, client: ClientId, directory: PathBuf) {
    let home = shared.options.home.clone();
    shared.aside(
        move || all(&home, &directory),
        move |_: &mut Stateless, shared: &mut Shared, (templates, notes)| {
            shared.handle(Event::TemplatesFound { client, templates, notes });
        },
    );
}
