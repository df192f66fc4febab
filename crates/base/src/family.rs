//! Panes as a tree: each behind the one from which it was opened.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::PaneId;

/// Panes with their parents, as a tree: each is followed by its children, with how deep it is. They
/// keep their order otherwise; one whose parent is not among them stands at the top.
pub fn tree(panes: &[(PaneId, Option<PaneId>)]) -> Vec<(PaneId, usize)> {
    let known: BTreeSet<PaneId> = panes.iter().map(|(id, _)| *id).collect();
    let mut children: BTreeMap<PaneId, Vec<PaneId>> = BTreeMap::new();
    let mut next = Vec::new();
    for (id, parent) in panes.iter().rev() {
        // A parent is older than its children, so there is no circle.
        match parent.filter(|parent| known.contains(parent) && parent < id) {
            Some(parent) => children.entry(parent).or_default().push(*id),
            None => next.push((*id, 0)),
        }
    }
    let mut tree = Vec::new();
    while let Some((id, depth)) = next.pop() {
        tree.push((id, depth));
        next.extend(children.remove(&id).into_iter().flatten().map(|child| (child, depth + 1)));
    }
    tree
}

/// The panes that were opened from this one, and from those; parents first.
pub fn below(panes: &[(PaneId, Option<PaneId>)], of: PaneId) -> Vec<PaneId> {
    let tree = tree(panes);
    let from = tree.iter().position(|(id, _)| *id == of);
    let Some((from, top)) = from.map(|from| (from, tree[from].1)) else { return Vec::new() };
    tree[from + 1..].iter().take_while(|(_, depth)| *depth > top).map(|(id, _)| *id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pane(n: u32) -> PaneId {
        PaneId::new(n).unwrap()
    }

    fn panes(all: &[(u32, u32)]) -> Vec<(PaneId, Option<PaneId>)> {
        all.iter().map(|(id, parent)| (pane(*id), PaneId::new(*parent))).collect()
    }

    #[test]
    fn children_follow_their_parent_in_their_order() {
        // 9 was opened from one that is closed, 8 names itself, 7 a later one.
        let all = panes(&[(4, 1), (1, 0), (9, 6), (3, 1), (5, 4), (8, 8), (7, 9)]);
        let shown: Vec<_> = tree(&all).iter().map(|(id, depth)| (id.number(), *depth)).collect();
        assert_eq!(shown, [(1, 0), (4, 1), (5, 2), (3, 1), (9, 0), (8, 0), (7, 0)]);
        let below = |of| below(&all, pane(of)).iter().map(|id| id.number()).collect::<Vec<_>>();
        assert_eq!((below(1), below(4), below(5)), (vec![4, 5, 3], vec![5], vec![]));
        assert_eq!((below(7), below(40)), (vec![], vec![]));
    }
}
