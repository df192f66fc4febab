//! What somebody at a terminal wants of the archive of conversations, done beside the owner.

use std::path::{Path, PathBuf};

use crate::server::aside::archive::Agent;
use crate::server::aside::{Lane, Work, archive};
use crate::server::shared::{Shared, Stateless};
use segno_agent::identity::SessionId;
use segno_base::ids::{ClientId, PaneId};
use segno_core::archive::{ArchivedId, Passage, RestoredFor};
use segno_core::dialog::history::Restored;
use segno_core::update::event::Event;
use segno_transcript::read::{Described, Environment as Places};

/// Only the newest of a client's searches is done.
pub(in crate::server) fn search(shared: &mut Shared, client: ClientId, query: String) {
    let directory = shared.options.home.archive_dir();
    shared.in_lane_once(Lane::ArchiveSearch(client), move |_: &mut Stateless, _: &mut Shared| {
        Some(Work::of(
            move || (archive::search(&directory, &query), query),
            move |_: &mut Stateless, shared: &mut Shared, (found, query)| {
                shared.handle(Event::ArchiveSearched { client, query, found });
            },
        ))
    });
}

/// Lists what filters of a search can be completed to.
pub(in crate::server) fn list(shared: &mut Shared, client: ClientId) {
    let directory = shared.options.home.archive_dir();
    shared.aside(
        move || archive::names(&directory),
        move |_: &mut Stateless, shared: &mut Shared, names| {
            shared.handle(Event::ArchiveListed { client, names });
        },
    );
}

pub(in crate::server) fn read(shared: &mut Shared, client: ClientId, passage: Passage) {
    let directory = shared.options.home.archive_dir();
    shared.in_lane_once(Lane::ArchiveRead(client), move |_: &mut Stateless, _: &mut Shared| {
        Some(Work::of(
            move || (archive::read(&directory, &passage), passage),
            move |_: &mut Stateless, shared: &mut Shared, (said, passage)| {
                shared.handle(Event::ArchiveRead { client, passage, said });
            },
        ))
    });
}

/// Exports a conversation, and says where to.
pub(in crate::server) fn export(
    shared: &mut Shared,
    client: ClientId,
    of: ArchivedId,
    to: PathBuf,
) {
    let directory = shared.options.home.archive_dir();
    shared.aside(
        move || archive::save(&directory, &of, &to),
        move |_: &mut Stateless, shared: &mut Shared, saved| {
            let text = match saved {
                Ok(path) => format!("exported to {}", path.display()),
                Err(why) => format!("not exported: {why}"),
            };
            shared.say(client, text);
        },
    );
}

/// Finds out whether the conversation that a pane asks about can be put back.
pub(in crate::server) fn find_kept(shared: &mut Shared, pane: PaneId, of: ArchivedId) {
    let Ok(session) = SessionId::try_from(of.id.clone()) else { return };
    let directory = shared.options.home.archive_dir();
    let agent = archived_agent(shared, &of, directory_of(shared, pane));
    shared.aside(
        move || archive::keeps(&directory, &of, &agent),
        move |_: &mut Stateless, shared: &mut Shared, keeps| {
            if keeps {
                shared.handle(Event::ArchiveKeeps { pane, session });
            }
        },
    );
}

pub(in crate::server) fn restore(
    shared: &mut Shared,
    client: ClientId,
    of: ArchivedId,
    held_in: Option<PathBuf>,
    for_whom: RestoredFor,
) {
    let directory = shared.options.home.archive_dir();
    let where_it_was = match for_whom {
        RestoredFor::NewPane | RestoredFor::Fork => held_in.as_deref(),
        RestoredFor::Pane(pane) => directory_of(shared, pane),
    };
    let agent = archived_agent(shared, &of, where_it_was);
    shared.aside(
        move || (archive::restore(&directory, &of, &agent), of),
        move |_: &mut Stateless, shared: &mut Shared, (result, of)| {
            let restored = Restored { of, for_whom, directory: held_in, result };
            shared.handle(Event::ConversationRestored { client, restored });
        },
    );
}

fn directory_of(shared: &Shared, pane: PaneId) -> Option<&Path> {
    Some(shared.model.panes.get(&pane)?.spec.cwd.as_path())
}

/// What is known of the agent of an archived conversation, which was held in this directory.
fn archived_agent(shared: &Shared, of: &ArchivedId, held_in: Option<&Path>) -> Agent {
    let described = shared.registry.get(&of.type_name).map(|ty| ty.described());
    let nothing = || Described { agent: of.type_name.clone(), transcripts: Vec::new() };
    let variables = (*shared.env).clone();
    let directories = held_in.map(Path::to_path_buf).into_iter().collect();
    Agent {
        described: described.unwrap_or_else(nothing),
        environment: Places { variables, directories },
    }
}
