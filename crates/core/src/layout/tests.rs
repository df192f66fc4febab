//! Properties of the split tree under random operations, and its main operations by example.

use proptest::prelude::*;

use super::geometry::{areas, is_titled, pane_rects, tab_area};
use super::{Layout, Preset, Removed};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::{Direction, Point, Rect, Size};
use segno_config::sections::looks::{Bar, Looks, PaneTitles};

const AREA: Rect = Rect::new(0, 1, 81, 23);

fn p(number: u32) -> PaneId {
    PaneId::new(number).unwrap()
}

/// 1 │ 2
///   ├──
///   │ 3
fn three() -> Layout {
    let mut layout = Layout::new(p(1));
    assert!(layout.split(p(1), Direction::Right, p(2)));
    assert!(layout.split(p(2), Direction::Down, p(3)));
    layout
}

#[test]
fn splits_halve_the_target() {
    let mut layout = three();
    assert_eq!(
        layout.rects(AREA),
        [
            (p(1), Rect::new(0, 1, 40, 23)),
            (p(2), Rect::new(41, 1, 40, 11)),
            (p(3), Rect::new(41, 13, 40, 11)),
        ]
    );
    assert!(layout.split(p(1), Direction::Left, p(4)));
    assert_eq!(layout.panes(), [p(4), p(1), p(2), p(3)]);
    let wide = Rect::new(0, 0, 4 * 20 + 2, 10);
    assert_eq!(layout.rect(p(4), wide).unwrap().cols, 20);
    assert_eq!(layout.rect(p(2), wide).unwrap().cols, 40);
    assert!(!layout.split(p(1), Direction::Left, p(2)), "a pane stands in a layout once");
    assert!(!layout.split(p(9), Direction::Left, p(8)), "an absent target");
}

#[test]
fn a_removed_panes_space_goes_to_its_neighbor() {
    let mut layout = three();
    let before = layout.rect(p(1), AREA);
    assert_eq!(layout.remove(p(2)), Removed::Neighbor(p(3)));
    assert_eq!(layout.rect(p(1), AREA), before);
    assert_eq!(layout.rect(p(3), AREA).unwrap().rows, 23);
    assert_eq!(layout.remove(p(2)), Removed::Neighbor(p(1)), "absent: nothing changes");
    assert_eq!(layout.remove(p(1)), Removed::Neighbor(p(3)));
    assert_eq!(layout.remove(p(3)), Removed::Last);
    assert_eq!(layout.panes(), [p(3)]);
}

#[test]
fn splits_of_one_axis_merge_when_what_was_between_them_goes() {
    let mut layout = three();
    layout.split(p(3), Direction::Right, p(4));
    let before = layout.rect(p(1), AREA);
    layout.remove(p(2));
    layout.validate().unwrap();
    assert_eq!(layout.dividers(AREA).len(), 2);
    let (was, is) = (before.unwrap().cols, layout.rect(p(1), AREA).unwrap().cols);
    assert!(was.abs_diff(is) <= 1, "{was} became {is}");
}

#[test]
fn focus_moves_to_what_is_seen_beside_and_wraps() {
    let layout = three();
    let to = |from, side, recent| layout.neighbor(p(from), side, AREA, recent);
    assert_eq!(to(1, Direction::Right, None), Some(p(2)));
    assert_eq!(to(1, Direction::Right, Some(p(3))), Some(p(3)));
    assert_eq!(to(2, Direction::Right, None), Some(p(1)));
    assert_eq!(to(3, Direction::Left, None), Some(p(1)));
    assert_eq!(to(3, Direction::Down, None), Some(p(2)));
    assert_eq!(to(1, Direction::Up, None), None);
    assert_eq!(to(9, Direction::Up, None), None);
    assert_eq!(layout.next(p(3)), Some(p(1)));
    assert_eq!(layout.previous(p(1)), Some(p(3)));
    assert_eq!(Layout::new(p(1)).next(p(1)), None);
}

#[test]
fn a_divider_follows_the_pointer_as_far_as_it_can() {
    let mut layout = three();
    let divider = layout.dividers(AREA).remove(0);
    assert_eq!(divider.rect, Rect::new(40, 1, 1, 23));
    assert!(layout.drag(&divider.path, Point::new(50, 5), AREA));
    assert_eq!(layout.dividers(AREA)[0].rect.x, 50);
    assert!(!layout.drag(&divider.path, Point::new(50, 9), AREA));
    assert!(layout.drag(&divider.path, Point::new(500, 9), AREA));
    assert_eq!(layout.rect(p(2), AREA).unwrap().cols, 1);
    assert!(layout.drag(&divider.path, Point::new(0, 9), AREA));
    assert_eq!(layout.rect(p(1), AREA).unwrap().cols, 1);
}

#[test]
fn a_key_moves_the_border_in_its_direction() {
    let mut layout = three();
    assert!(layout.resize(p(1), Direction::Right, 5, AREA));
    assert_eq!(layout.rect(p(1), AREA).unwrap().cols, 45);
    assert!(layout.resize(p(2), Direction::Right, 5, AREA), "its left border, at the edge");
    assert_eq!(layout.rect(p(1), AREA).unwrap().cols, 50);
    assert!(layout.resize(p(3), Direction::Up, 3, AREA));
    assert_eq!(layout.rect(p(3), AREA).unwrap().rows, 14);
    assert!(!layout.resize(p(1), Direction::Down, 3, AREA), "there is no such border");
}

#[test]
fn presets_arrange_in_reading_order() {
    let mut layout = Layout::new(p(1));
    for number in 2..=5 {
        layout.split(p(1), Direction::Down, p(number));
    }
    let order = layout.panes();
    for preset in Preset::ALL {
        layout.arrange(preset);
        layout.validate().unwrap();
        assert_eq!(layout.panes(), order, "{preset:?}");
    }
    layout.arrange(Preset::Tiled);
    let rows: Vec<u16> = layout.rects(AREA).iter().map(|(_, rect)| rect.y).collect();
    assert_eq!(rows, [1, 1, 9, 9, 17]);
}

#[test]
fn broken_stored_trees_are_repaired_or_refused() {
    let read = |text: &str| serde_json::from_str::<Layout>(text);
    for text in [
        r#"{}"#,
        r#"{"axis":"row"}"#,
        r#"{"axis":"row","children":[]}"#,
        r#"{"axis":"row","children":[{"axis":"column"}]}"#,
        r#"{"pane":"p1","axis":"row"}"#,
        r#"{"pane":"../x"}"#,
        r#"{"axis":"row","children":[{"pane":"p1","weight":-1},{"pane":"p2"}]}"#,
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    let repaired = [
        (r#"{"axis":"row","children":[{"pane":"p1"}]}"#, vec![p(1)]),
        (r#"{"axis":"row","children":[{"pane":"p1"},{"pane":"p1"}]}"#, vec![p(1)]),
        (
            r#"{"axis":"row","children":[{"pane":"p1","weight":0},
                {"axis":"row","weight":4294967295,"children":[{"pane":"p2"},{"pane":"p3"}]}]}"#,
            vec![p(1), p(2), p(3)],
        ),
    ];
    for (text, panes) in repaired {
        let layout = read(text).unwrap();
        layout.validate().unwrap();
        assert_eq!(layout.panes(), panes, "{text}");
    }
}

#[test]
fn no_layout_gets_too_deep_to_be_read_back() {
    let mut layout = Layout::new(p(1));
    for number in 2..80 {
        let side = if number % 2 == 0 { Direction::Right } else { Direction::Down };
        assert!(layout.split(p(number - 1), side, p(number)));
        layout.validate().unwrap();
    }
    assert_eq!(layout.panes().len(), 79);
    let text = serde_json::to_string(&layout).unwrap();
    assert_eq!(serde_json::from_str::<Layout>(&text).unwrap(), layout);
    // One that is deeper, from elsewhere, keeps its panes.
    let mut deep = r#"{"pane":"p1"}"#.to_string();
    for number in 2..=45 {
        let axis = if number % 2 == 0 { "row" } else { "column" };
        deep = format!(r#"{{"axis":"{axis}","children":[{{"pane":"p{number}"}},{deep}]}}"#);
    }
    let deep: Layout = serde_json::from_str(&deep).unwrap();
    deep.validate().unwrap();
    assert_eq!(deep.panes().len(), 45);
}

#[test]
fn bars_are_where_the_settings_want_them() {
    let screen = Size::new(80, 24);
    for tab_bar in [Bar::Top, Bar::Bottom, Bar::Off] {
        for status_line in [true, false] {
            let looks = Looks { tab_bar, status_line, ..Looks::default() };
            for rows in 0..30 {
                let areas = areas(Size::new(80, rows), &looks, true);
                let all = [areas.tab_bar, areas.sidebar, areas.panes, areas.status];
                assert_eq!(areas.sidebar.cols, 28);
                for (x, y) in (0..rows).flat_map(|y| [0, 27, 28, 79].map(|x| (x, y))) {
                    let at = Point::new(x, y);
                    assert_eq!(all.iter().filter(|a| a.contains(at)).count(), 1, "{looks:?} {y}");
                }
            }
        }
    }
    let bottom = Looks { tab_bar: Bar::Bottom, ..Looks::default() };
    assert_eq!(areas(screen, &bottom, false).tab_bar, Rect::new(0, 22, 80, 1));
}

#[test]
fn several_panes_have_a_line_of_names() {
    let titled = |pane_titles, panes, zoomed, rows| {
        is_titled(&Looks { pane_titles, ..Looks::default() }, panes, zoomed, rows)
    };
    assert!(titled(PaneTitles::Auto, 2, false, 20));
    assert!(!titled(PaneTitles::Auto, 1, false, 20));
    assert!(!titled(PaneTitles::Auto, 2, true, 20));
    assert!(!titled(PaneTitles::Auto, 2, false, 5));
    assert!(titled(PaneTitles::Always, 1, false, 20));
    assert!(!titled(PaneTitles::Off, 2, false, 20));
}

#[test]
fn low_screens_lose_the_status_line_then_the_tab_bar() {
    let rows = |rows| {
        let areas = areas(Size::new(80, rows), &Looks::default(), false);
        (areas.tab_bar.rows, areas.panes.rows, areas.status.rows)
    };
    assert_eq!(rows(24), (1, 22, 1));
    assert_eq!(rows(5), (1, 3, 1));
    assert_eq!(rows(4), (1, 3, 0));
    assert_eq!(rows(2), (0, 2, 0));
    assert_eq!(rows(0), (0, 0, 0));
    let looks = Looks::default();
    let area = |tab, titled| tab_area(Size::new(80, 24), tab, titled, &looks, false);
    assert_eq!(area(Size::new(60, 30), false), Rect::new(0, 1, 60, 22));
    assert_eq!(area(Size::new(0, 0), false), Rect::new(0, 1, 80, 22));
    assert_eq!(area(Size::new(0, 0), true), Rect::new(0, 2, 80, 21));
    let zoomed = pane_rects(&three(), p(2), true, AREA);
    assert_eq!(zoomed, [(p(2), AREA)]);
}

#[derive(Debug, Clone)]
enum Op {
    Split(usize, Direction),
    Remove(usize),
    Swap(usize, usize),
    Rotate,
    Arrange(usize),
    Resize(usize, Direction, u16),
    Drag(usize, u16, u16),
    Replace(usize),
    Drop(u32),
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![
        Just(Direction::Left),
        Just(Direction::Right),
        Just(Direction::Up),
        Just(Direction::Down)
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let any = 0..64usize;
    prop_oneof![
        4 => (any.clone(), direction()).prop_map(|(at, side)| Op::Split(at, side)),
        2 => any.clone().prop_map(Op::Remove),
        1 => (any.clone(), any.clone()).prop_map(|(a, b)| Op::Swap(a, b)),
        1 => Just(Op::Rotate),
        1 => (0..5usize).prop_map(Op::Arrange),
        2 => (any.clone(), direction(), 0..200u16).prop_map(|(a, s, n)| Op::Resize(a, s, n)),
        2 => (any.clone(), 0..1200u16, 0..1200u16).prop_map(|(a, x, y)| Op::Drag(a, x, y)),
        1 => any.prop_map(Op::Replace),
        1 => (2..7u32).prop_map(Op::Drop),
    ]
}

fn area() -> impl Strategy<Value = Rect> {
    (0..5u16, 0..5u16, 0..120u16, 0..60u16)
        .prop_map(|(x, y, cols, rows)| Rect::new(x, y, cols, rows))
}

fn apply(layout: &mut Layout, op: &Op, area: Rect, last: &mut u32) {
    let panes = layout.panes();
    let pick = |at: &usize| panes[at % panes.len()];
    match op {
        Op::Split(at, side) => {
            *last += 1;
            layout.split(pick(at), *side, p(*last));
        }
        Op::Remove(at) => {
            let pane = pick(at);
            match layout.remove(pane) {
                Removed::Last => assert_eq!(panes, [pane]),
                Removed::Neighbor(heir) => {
                    assert!(!layout.contains(pane) && layout.contains(heir));
                }
            }
        }
        Op::Swap(a, b) => assert!(layout.swap(pick(a), pick(b))),
        Op::Rotate => layout.rotate(),
        Op::Arrange(at) => layout.arrange(Preset::ALL[*at]),
        Op::Resize(at, side, cells) => {
            layout.resize(pick(at), *side, *cells, area);
        }
        Op::Drag(at, x, y) => {
            let dividers = layout.dividers(area);
            if !dividers.is_empty() {
                let path = &dividers[at % dividers.len()].path;
                layout.drag(path, Point::new(*x, *y), area);
            }
        }
        Op::Replace(at) => {
            *last += 1;
            assert!(layout.replace(pick(at), p(*last)));
        }
        Op::Drop(every) => {
            let kept = layout.map(|pane| (pane.number() % every != 0).then_some(pane));
            if let Some(kept) = kept {
                *layout = kept;
            }
        }
    }
}

fn assert_tiles(layout: &Layout, area: Rect) {
    let rects: Vec<Rect> = layout
        .rects(area)
        .into_iter()
        .map(|(_, rect)| rect)
        .chain(layout.dividers(area).into_iter().map(|divider| divider.rect))
        .collect();
    let cells = |r: Rect| u32::from(r.cols) * u32::from(r.rows);
    assert_eq!(rects.iter().map(|r| cells(*r)).sum::<u32>(), cells(area), "{area:?}");
    let mut covered = vec![false; cells(area) as usize];
    for rect in rects.into_iter().filter(|rect| !rect.is_empty()) {
        for y in rect.y..rect.bottom() {
            for x in rect.x..rect.right() {
                assert!(area.contains(Point::new(x, y)));
                let at = (y - area.y) as usize * area.cols as usize + (x - area.x) as usize;
                assert!(!std::mem::replace(&mut covered[at], true), "overlap at {x},{y}");
            }
        }
    }
}

proptest! {
    #[test]
    fn operations_keep_the_invariants_and_rects_tile(
        ops in prop::collection::vec((op(), area()), 0..40),
        last_area in area(),
    ) {
        let mut layout = Layout::new(p(1));
        let mut last = 1;
        for (op, area) in &ops {
            apply(&mut layout, op, *area, &mut last);
            prop_assert_eq!(layout.validate(), Ok(()));
        }
        assert_tiles(&layout, last_area);
        let ids: Vec<PaneId> = layout.rects(last_area).iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(ids, layout.panes());
        let text = serde_json::to_string(&layout).unwrap();
        prop_assert_eq!(serde_json::from_str::<Layout>(&text).unwrap(), layout);
    }

    #[test]
    fn every_pane_is_seen_where_there_is_room(ops in prop::collection::vec(op(), 0..25)) {
        let mut layout = Layout::new(p(1));
        let mut last = 1;
        for op in &ops {
            apply(&mut layout, op, Rect::new(0, 0, 400, 400), &mut last);
        }
        for (pane, rect) in layout.rects(Rect::new(0, 0, 400, 400)) {
            prop_assert!(!rect.is_empty(), "{} is hidden", pane);
        }
    }

    #[test]
    fn a_neighbor_is_another_visible_pane(
        ops in prop::collection::vec(op(), 0..25),
        area in area(),
        side in direction(),
    ) {
        let mut layout = Layout::new(p(1));
        let mut last = 1;
        for op in &ops {
            apply(&mut layout, op, area, &mut last);
        }
        for pane in layout.panes() {
            if let Some(neighbor) = layout.neighbor(pane, side, area, None) {
                prop_assert!(neighbor != pane);
                prop_assert!(!layout.rect(neighbor, area).unwrap().is_empty());
            }
        }
    }
}
