//! A pane's text in the user's editor: the files that editors are given, and those that they leave.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::server::aside::{Lane, Work, scrollback};
use crate::server::shared::Shared;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId};
use segno_core::panes::lifecycle::Place;

/// The pane type that opens a file in the user's editor.
const EDITOR_TYPE: &str = "text-editor";

#[derive(Default)]
pub(in crate::server) struct ScrollbackFiles {
    last: u64,
    /// Files that editors are about to be given.
    opening: BTreeSet<PathBuf>,
}

impl ScrollbackFiles {
    /// Opens a pane's text in the user's editor, in a new tab.
    pub fn edit(&mut self, shared: &mut Shared, client: ClientId, pane: PaneId) {
        let Some(terminal) = shared.panes.terminal(pane) else { return };
        let frozen = terminal.emulator().freeze();
        self.last += 1;
        let number = self.last;
        let path = scrollback::file(&shared.options.home, crate::server::clock::now_ms(), number);
        self.opening.insert(path.clone());
        shared.in_lane(Lane::Scrollback, move |_: &mut ScrollbackFiles, _: &mut Shared| {
            Some(Work::of(
                move || (scrollback::write(&path, &frozen), path),
                move |files: &mut ScrollbackFiles, shared: &mut Shared, (written, path)| {
                    match written {
                        Ok(()) => files.open(shared, client, pane, path),
                        Err(error) => {
                            files.opening.remove(&path);
                            shared.say(client, format!("cannot write the scrollback: {error}"));
                        }
                    }
                },
            ))
        });
    }

    fn open(&mut self, shared: &mut Shared, client: ClientId, pane: PaneId, path: PathBuf) {
        let of = shared.model.panes.get(&pane);
        let spec = StartRequest {
            type_name: EDITOR_TYPE.to_string(),
            name: of.map(|p| format!("{} (scrollback)", p.label())),
            cwd: of.map(|p| p.spec.cwd.clone()).unwrap_or_default(),
            args: vec![path.to_string_lossy().into_owned(), shared.config.copy.editor.clone()],
            ..StartRequest::default()
        };
        let opened = shared.with_model(|model, cx| {
            match model.open(spec, Place::Tab, Start::Fresh, None, cx) {
                Ok(pane) => model.focus(Some(client), pane, cx).is_ok(),
                Err(refusal) => {
                    model.say(client, refusal.to_string(), cx);
                    false
                }
            }
        });
        self.opening.remove(&path);
        if !opened {
            self.remove_left(shared);
        }
    }

    /// Removes the files of editors that did not do it themselves.
    pub fn remove_left(&mut self, shared: &mut Shared) {
        shared.in_lane_once(
            Lane::Scrollback,
            |files: &mut ScrollbackFiles, shared: &mut Shared| {
                let args = shared.model.panes.values().flat_map(|pane| &pane.spec.args);
                let mut wanted: BTreeSet<PathBuf> = args.map(PathBuf::from).collect();
                wanted.extend(files.opening.iter().cloned());
                let home = shared.options.home.clone();
                let remove = move || scrollback::remove_left(&home, &wanted);
                Some(Work::only(remove))
            },
        );
    }
}
