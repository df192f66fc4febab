//! What somebody at a terminal wants of the archive of conversations, done beside the owner.

use std::path::PathBuf;

use crate::core::archive::{ArchivedId, Passage, RestoredFor};
use crate::core::dialog::history::Restored;
use crate::core::update::event::Event;
use crate::server::Server;
use crate::server::aside::{Lane, Work, archive};
use segno_agent::identity::SessionId;
use segno_base::ids::{ClientId, PaneId};

impl Server {
    /// Only the newest of a client's searches is done.
    pub(in crate::server) fn search_archive(&mut self, client: ClientId, query: String) {
        let directory = self.options.home.archive_dir();
        self.in_lane_once(Lane::ArchiveSearch(client), move |_| {
            Some(Work::new(
                move || (archive::search(&directory, &query), query),
                move |server, (found, query)| {
                    server.handle(Event::ArchiveSearched { client, query, found });
                },
            ))
        });
    }

    pub(in crate::server) fn read_archive(&mut self, client: ClientId, passage: Passage) {
        let directory = self.options.home.archive_dir();
        self.in_lane_once(Lane::ArchiveRead(client), move |_| {
            Some(Work::new(
                move || (archive::read(&directory, &passage), passage),
                move |server, (said, passage)| {
                    server.handle(Event::ArchiveRead { client, passage, said });
                },
            ))
        });
    }

    /// Exports a conversation, and says where to.
    pub(in crate::server) fn export_archived(
        &mut self,
        client: ClientId,
        of: ArchivedId,
        to: PathBuf,
    ) {
        let directory = self.options.home.archive_dir();
        self.aside(
            move || archive::save(&directory, &of, &to),
            move |server, saved| {
                let text = match saved {
                    Ok(path) => format!("exported to {}", path.display()),
                    Err(why) => format!("not exported: {why}"),
                };
                server.with_model(|model, cx| model.say(client, text, cx));
            },
        );
    }

    /// Finds out whether the conversation that a pane asks about can be put back.
    pub(in crate::server) fn find_kept(&mut self, pane: PaneId, of: ArchivedId) {
        let Ok(session) = SessionId::try_from(of.id.clone()) else { return };
        let directory = self.options.home.archive_dir();
        self.aside(
            move || archive::keeps(&directory, &of),
            move |server, keeps| {
                if keeps {
                    server.handle(Event::ArchiveKeeps { pane, session });
                }
            },
        );
    }

    pub(in crate::server) fn restore_archived(
        &mut self,
        client: ClientId,
        of: ArchivedId,
        held_in: Option<PathBuf>,
        for_whom: RestoredFor,
    ) {
        let directory = self.options.home.archive_dir();
        self.aside(
            move || (archive::restore(&directory, &of), of),
            move |server, (result, of)| {
                let restored = Restored { of, for_whom, directory: held_in, result };
                server.handle(Event::ConversationRestored { client, restored });
            },
        );
    }
}
