//! Ready-made arrangements, and moving every pane one place on.

use super::Layout;
use super::tree::{Child, Node};
use segno_base::ids::PaneId;
use segno_base::preset::Preset;
use segno_base::screen::geometry::Axis;

/// The share of the large pane and of all others in the `main` presets.
const MAIN: (u32, u32) = (3, 2);

impl Layout {
    /// Arranges the panes anew, in their reading order.
    pub fn arrange(&mut self, preset: Preset) {
        let panes = self.panes();
        self.root = match preset {
            Preset::EvenHorizontal => line(Axis::Row, &panes),
            Preset::EvenVertical => line(Axis::Column, &panes),
            Preset::MainVertical => main(Axis::Row, &panes),
            Preset::MainHorizontal => main(Axis::Column, &panes),
            Preset::Tiled => grid(&panes),
        };
    }

    /// Moves every pane to the place of the one after it; the shape stays.
    pub fn rotate(&mut self) {
        let mut panes = self.panes();
        panes.rotate_right(1);
        let mut panes = panes.into_iter();
        self.root.each_mut(&mut |place| {
            if let Some(pane) = panes.next() {
                *place = pane;
            }
        });
    }
}

fn other(axis: Axis) -> Axis {
    match axis {
        Axis::Row => Axis::Column,
        Axis::Column => Axis::Row,
    }
}

/// Panes with equal shares; one pane is just itself. `panes` must not be empty.
fn line(axis: Axis, panes: &[PaneId]) -> Node {
    match panes {
        [only] => Node::Pane(*only),
        _ => Node::Split { axis, children: panes.iter().map(|p| Child::pane(1, *p)).collect() },
    }
}

fn main(axis: Axis, panes: &[PaneId]) -> Node {
    match panes {
        [first, rest @ ..] if !rest.is_empty() => Node::Split {
            axis,
            children: vec![
                Child::pane(MAIN.0, *first),
                Child { weight: MAIN.1, node: line(other(axis), rest) },
            ],
        },
        _ => line(axis, panes),
    }
}

fn grid(panes: &[PaneId]) -> Node {
    let (mut rows, mut columns) = (1, 1);
    while rows * columns < panes.len() {
        rows += 1;
        if rows * columns < panes.len() {
            columns += 1;
        }
    }
    if columns == 1 {
        return line(Axis::Column, panes);
    }
    let lines: Vec<Child> =
        panes.chunks(columns).map(|row| Child { weight: 1, node: line(Axis::Row, row) }).collect();
    Node::Split { axis: Axis::Column, children: lines }
}
