//! The popup above a tab.

use insta::assert_snapshot;

use super::models::*;
use crate::Hit;
use segno_base::ids::TabId;
use segno_base::screen::geometry::{Direction, Rect, Size};
use segno_config::sections::looks::Looks;
use segno_core::layout::floating::Grip;
use segno_core::model::workspace::Model;
use segno_core::panes::popup::Popup;

/// The busy workspace with p7 above its first tab, fitted to a size.
fn floating(size: Size, looks: Looks) -> Model {
    let mut model = busy();
    model.panes.insert(p(7), pane(7, "shell"));
    model.tabs[0].popup = Some(Popup { shown: true, ..Popup::new(p(7)) });
    model.clients.get_mut(&CLIENT).unwrap().size = size;
    let mouse = model.mouse;
    model.settings(looks, mouse);
    model
}

#[test]
fn it_floats_with_a_border_of_its_own() {
    let size = Size::new(100, 24);
    let mut model = floating(size, Looks::default());
    assert_snapshot!("popup_100x24", shown(&model, 100, 24));
    model.tabs[0].popup.as_mut().unwrap().zoomed = true;
    assert_snapshot!("popup_zoomed", shown(&model, 100, 24));
    assert_snapshot!("popup_40x12", shown(&floating(Size::new(40, 12), Looks::default()), 40, 12));
    let plain = Looks { plain: true, ..Looks::default() };
    assert_snapshot!("popup_plain", shown(&floating(Size::new(80, 14), plain), 80, 14));
}

#[test]
fn its_border_is_there_for_the_mouse() {
    let size = Size::new(100, 24);
    let model = floating(size, Looks::default());
    let hits = view(&model, size, &Painted { scrolled: None }).hits;
    let rect = hits.pane_rect(p(7)).unwrap();
    assert_eq!(rect, Rect::new(11, 5, 78, 15));
    let tab = TabId::new(1).unwrap();
    assert_eq!(hits.at(11, 5), Hit::Pane { pane: p(7), x: 0, y: 0 });
    assert_eq!(hits.at(15, 4), Hit::Popup { tab, grip: Grip::Move { from_left: 5 } });
    let corner = Grip::Edges { side: Some(Direction::Right), bottom: true };
    assert_eq!(hits.at(89, 20), Hit::Popup { tab, grip: corner });
    assert!(matches!(hits.at(5, 10), Hit::Pane { pane, .. } if pane == p(1)));
}
