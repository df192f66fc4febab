//! Tabs are grouped by where their panes are, and one key goes back to the project before.

use std::path::PathBuf;

use super::*;

impl World {
    /// What the server found out about a pane's directory, or about one that the pane has left.
    pub(super) fn find_project(&mut self, index: Index, root: Option<&str>) {
        let pane = pane(&self.model, index);
        let cwd = root.unwrap_or("/work").into();
        self.event(Event::ProjectFound { pane, cwd, root: root.map(PathBuf::from) });
    }
}

/// Tabs in these directories; a root is the directory's first part.
fn world(directories: &[&str]) -> World {
    let mut world = World::attached();
    for cwd in directories {
        let spec =
            StartRequest { type_name: "shell".into(), cwd: cwd.into(), ..StartRequest::default() };
        let asked = world.with(|model, cx| {
            let pane = model.open(spec, Place::Tab, Start::Fresh, None, cx).unwrap();
            model.focus(Some(CLIENT), pane, cx).unwrap();
            cx.out.iter().find_map(|effect| match effect {
                Effect::FindProject { pane, cwd, opened: true } => Some((*pane, cwd.clone())),
                _ => None,
            })
        });
        let (pane, cwd) = asked.expect("a new pane's project is asked for");
        let root = cwd.ancestors().nth(cwd.components().count() - 2).map(PathBuf::from);
        let root = root.filter(|root| root != &PathBuf::from("/none"));
        world.event(Event::ProjectFound { pane, cwd, root });
    }
    world
}

fn groups(world: &World) -> Vec<(String, Vec<u32>)> {
    let group = |p: crate::tabs::project::Project| {
        (p.name(), p.tabs.iter().map(|tab| tab.number()).collect())
    };
    world.model.projects().into_iter().map(group).collect()
}

fn here(world: &World) -> u32 {
    world.model.client_tab(CLIENT).unwrap().id.number()
}

#[test]
fn tabs_are_grouped_by_their_root() {
    let mut world = world(&["/none/x", "/a/x", "/b", "/a/y"]);
    let expected = [("a", vec![2, 4]), ("b", vec![3]), ("no project", vec![1])];
    let expected = expected.map(|(name, tabs)| (name.to_string(), tabs));
    assert_eq!(groups(&world), expected);
    // One that was opened for a project stays there, wherever its pane goes.
    world.with(|model, cx| model.set_project(p(3), "/b".into(), cx));
    world.event(Event::Cwd { pane: p(3), cwd: "/a".into() });
    world.event(Event::ProjectFound { pane: p(3), cwd: "/a".into(), root: Some("/a".into()) });
    assert_eq!(groups(&world), expected);
    // Reports of a directory that the pane has left says nothing.
    world.event(Event::ProjectFound { pane: p(2), cwd: "/old".into(), root: Some("/c".into()) });
    assert_eq!(groups(&world), expected);
    let saved = world.model.saved();
    assert_eq!(saved.tabs[2].project, Some("/b".into()));
}

#[test]
fn one_key_goes_back_to_the_project_before() {
    let mut world = world(&["/a/x", "/a/y", "/b/x", "/c"]);
    assert_eq!(here(&world), 4);
    world.command(Command::PreviousProject);
    assert_eq!(here(&world), 3);
    world.command(Command::PreviousProject);
    assert_eq!(here(&world), 4);
    world.command(Command::SelectTab(1));
    world.command(Command::SelectTab(2));
    world.command(Command::PreviousProject);
    assert_eq!(here(&world), 4);
    world.command(Command::PreviousProject);
    assert_eq!(here(&world), 2, "where it was last in that project");
}

#[test]
fn without_a_project_before_it_is_the_next() {
    let mut other = world(&["/a/x"]);
    other.command(Command::PreviousProject);
    let said = other.model.clients[&CLIENT].message.clone();
    assert_eq!(said.as_deref(), Some("there is no other project"));
    let mut world = world(&["/a/x", "/b/x", "/b/y"]);
    world.model.clients.get_mut(&CLIENT).unwrap().recent.clear();
    world.command(Command::PreviousProject);
    assert_eq!(here(&world), 1);
}

#[test]
fn the_picker_goes_to_a_project() {
    let mut world = world(&["/alpha/x", "/beta/x"]);
    world.command(Command::Projects);
    for key in ["a", "l", "p", "enter"] {
        world.event(Event::Key { client: CLIENT, event: press(key) });
    }
    assert_eq!(here(&world), 1);
    world.command(Command::Palette);
    for key in ["b", "e", "t", "a", "enter"] {
        world.event(Event::Key { client: CLIENT, event: press(key) });
    }
    assert_eq!(here(&world), 2);
}

#[test]
fn the_sidebar_takes_columns_where_there_are_enough() {
    let mut world = world(&["/a"]);
    let cols = |world: &World| world.model.client_tab(CLIENT).unwrap().size.cols;
    assert_eq!(cols(&world), 120);
    world.command(Command::Sidebar);
    assert_eq!(cols(&world), 92);
    world.event(Event::ClientResized { client: CLIENT, size: Size::new(60, 20) });
    assert_eq!(cols(&world), 60);
    // Who comes next begins with it.
    let size = Size::new(100, 40);
    world.event(Event::ClientGone { client: CLIENT });
    world.event(Event::ClientAttached { client: CLIENT, size, mode: AttachMode::default() });
    assert_eq!(cols(&world), 72);
    assert_eq!(world.model.saved().sidebar, Some(true));
}

/// What the first version stored, word for word.
#[test]
fn a_workspace_of_the_first_version_is_read() {
    let text = include_str!("workspace-1.json");
    let saved: Saved = serde_json::from_str(text).unwrap();
    let model = Model::restored(saved, &Types);
    let tabs: Vec<_> = model.tabs.iter().map(|tab| tab.panes()).collect();
    assert_eq!(tabs, [vec![p(1), p(2)], vec![p(3)]]);
    assert_eq!(model.focused_pane(), Some(p(2)));
    assert!(model.tabs.iter().all(|tab| tab.popup.is_none() && tab.project.is_none()));
    assert_eq!((model.panes[&p(2)].spec.name.as_deref(), model.sidebar), (Some("review"), None));
}
