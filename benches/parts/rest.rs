//! The workspace on its way to the disk.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;

use super::measure::Measure;
use super::output::SIZE;
use segno_agent::start::{Conversation, StartRequest};
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::Key;
use segno_base::screen::geometry::Size;
use segno_config::keys::command::Command;
use segno_core::layout::Layout;
use segno_core::model::catalogue::TypeTraits;
use segno_core::model::client::{AttachMode, Client};
use segno_core::model::pane::{Life, Pane};
use segno_core::model::tab::Tab;
use segno_core::model::workspace::Model;
use segno_store::workspace_file;
use segno_view::{KeyEntry, KeyHelp};

pub const CLIENT: u32 = 1;

/// No keys to show.
pub struct Keys;

impl KeyHelp for Keys {
    fn prefix(&self) -> String {
        String::new()
    }

    fn keys_for(&self, _: Command) -> Option<String> {
        None
    }

    fn next(&self, _: bool, _: &[Key]) -> Vec<(String, String)> {
        Vec::new()
    }

    fn entries(&self) -> Vec<KeyEntry> {
        Vec::new()
    }
}

/// A workspace with so many panes, each in a tab, and a client that looks at the first.
pub fn workspace(panes: u32) -> Model {
    let mut model = Model::default();
    for number in 1..=panes {
        let (Some(id), Some(tab)) = (PaneId::new(number), TabId::new(number)) else { continue };
        model.panes.insert(id, pane(id));
        model.tabs.push(Tab::new(tab, Layout::new(id), SIZE));
    }
    model.active = model.tabs.first().map(|tab| tab.id);
    let client = Client::new(ClientId(CLIENT), SIZE, model.active, AttachMode::default());
    model.clients = BTreeMap::from([(client.id, client)]);
    model
}

fn pane(id: PaneId) -> Pane {
    let spec = StartRequest {
        type_name: "shell".to_owned(),
        cwd: PathBuf::from("/home/ada/src/segno"),
        ..StartRequest::default()
    };
    let life = Life::Running { pid: 1, since: 0, conversation: Conversation::New };
    let pane = Pane::new(id, spec, TypeTraits::missing("Shell"), life, Size::new(80, 24));
    Pane { title: "a title that a program gave".to_owned(), ..pane }
}

pub fn run(measure: &Measure) {
    let model = workspace(200);
    measure.time("workspace-200-as-data", 20, || drop(black_box(model.saved())));
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("workspace.json");
    measure.time("workspace-200-saved", 20, || {
        workspace_file::save(&path, &model.saved()).expect("room on the disk");
    });
}
