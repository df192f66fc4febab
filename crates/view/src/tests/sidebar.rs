//! The sidebar.

use insta::assert_snapshot;

use super::models::*;
use crate::Hit;
use segno_base::ids::TabId;
use segno_base::screen::geometry::Size;
use segno_config::sections::looks::Looks;
use segno_core::model::workspace::Model;

/// The busy workspace with the sidebar, its second tab in another project, a pane pinned.
fn beside(size: Size, looks: Looks) -> Model {
    let mut model = busy();
    model.panes.get_mut(&p(5)).unwrap().project = Some("/home/ada/src/website".into());
    model.panes.get_mut(&p(6)).unwrap().project = None;
    model.panes.get_mut(&p(2)).unwrap().extras.pinned = true;
    let client = model.clients.get_mut(&CLIENT).unwrap();
    (client.size, client.sidebar) = (size, true);
    let mouse = model.mouse;
    model.settings(looks, mouse);
    model
}

fn shown_at(cols: u16, rows: u16, looks: Looks) -> String {
    shown(&beside(Size::new(cols, rows), looks), cols, rows)
}

#[test]
fn it_lists_projects_with_what_they_do() {
    assert_snapshot!("sidebar_100x18", shown_at(100, 18, Looks::default()));
    assert_snapshot!("sidebar_low", shown_at(100, 7, Looks::default()));
    let plain = Looks { plain: true, sidebar_width: 40, ..Looks::default() };
    assert_snapshot!("sidebar_plain", shown_at(100, 14, plain));
    let narrow = shown_at(77, 18, Looks::default());
    assert!(!narrow.contains("website"), "{narrow}");
}

#[test]
fn its_lines_lead_where_they_say() {
    let size = Size::new(100, 18);
    let hits = view(&beside(size, Looks::default()), size, &Painted { scrolled: None }).hits;
    let tab = |number| Hit::Tab(TabId::new(number).unwrap());
    assert_eq!(hits.at(2, 1), tab(1), "a project leads to its tab");
    assert_eq!(hits.at(2, 2), tab(1));
    assert_eq!(hits.at(6, 4), Hit::PaneEntry(p(2)));
    assert_eq!(hits.at(2, 7), tab(2));
    assert_eq!(hits.at(27, 3), Hit::Nothing, "the line");
}
