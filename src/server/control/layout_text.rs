//! `segno layout export|apply`: the workspace's shape as TOML that people keep and share.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::server::client::tour::TOUR_TYPE;
use crate::server::control::calls::{refused, result};
use crate::server::control::pane_calls::made_before;
use crate::server::message::Answer;
use crate::server::shared::Shared;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Direction;
use segno_core::layout::{Layout, Removed};
use segno_core::model::workspace::Model;
use segno_core::panes::lifecycle::{Place, Refusal};
use segno_core::tabs::order::given;
use segno_custom::project::shape::{Child, Node, PaneShape, Shape, TabShape};
use segno_wire::control::layout::{ApplyLayout, LayoutApplied, LayoutText};
use segno_wire::rpc::RpcError;

const LAYOUT_APPLY: &str = "layout.apply";

pub(in crate::server) fn export(shared: &Shared) -> Answer {
    let tabs = shared.model.tabs.iter().filter_map(|tab| {
        // The tour is for whoever reads it now.
        let tours = tab.layout.panes().into_iter().filter(|pane| {
            shared.model.panes.get(pane).is_some_and(|pane| pane.spec.type_name == TOUR_TYPE)
        });
        let mut layout = tab.layout.clone();
        for tour in tours {
            if layout.remove(tour) == Removed::Last {
                return None;
            }
        }
        let tree = serde_json::to_value(&layout).ok()?;
        let popup = tab.popup.and_then(|popup| pane_shape(shared, popup.pane));
        Some(TabShape { name: tab.name.clone(), root: shape(shared, &tree)?, popup })
    });
    let shape = Shape {
        schema: 1,
        tabs: tabs.collect(),
        worktree: None,
        prompts: BTreeMap::new(),
        sync: None,
    };
    let toml = toml::to_string_pretty(&shape).map_err(|e| RpcError::failed(e.to_string()))?;
    result(&LayoutText { toml })
}

/// A node of a layout as it is stored, with the panes filled in.
fn shape(shared: &Shared, tree: &Value) -> Option<Node> {
    if let Some(children) = tree.get("children").and_then(Value::as_array) {
        let child = |value: &Value| {
            let weight = value.get("weight")?.as_u64()?.try_into().ok()?;
            Some(Child { weight, node: shape(shared, value)? })
        };
        return Some(Node::Split {
            split: serde_json::from_value(tree.get("axis")?.clone()).ok()?,
            children: children.iter().map(child).collect::<Option<_>>()?,
        });
    }
    pane_shape(shared, tree.get("pane")?.as_str()?.parse().ok()?).map(Node::Pane)
}

fn pane_shape(shared: &Shared, id: PaneId) -> Option<PaneShape> {
    let spec = shared.model.panes.get(&id)?.spec.clone();
    Some(PaneShape {
        type_name: spec.type_name,
        name: spec.name,
        cwd: Some(spec.cwd).filter(|cwd| cwd.to_str().is_some()),
        toggles: spec.toggles.unwrap_or_default(),
        fields: spec.fields,
        args: spec.args,
        labels: spec.labels,
        model: spec.model,
    })
}

/// Opens the tabs and panes of a layout beside what there is.
pub(in crate::server) fn apply(shared: &mut Shared, apply: &ApplyLayout) -> Answer {
    let key = apply.key.as_deref();
    if let Some(panes) = made_before(&shared.model, LAYOUT_APPLY, key)? {
        return result(&LayoutApplied { panes });
    }
    let invalid =
        |why: String| RpcError::invalid_params(format!("the layout is not usable: {why}"));
    let shape = Shape::parse(&apply.toml).map_err(invalid)?;
    let panes = apply_shape(shared, shape, None, key)?;
    result(&LayoutApplied { panes })
}

/// Opens the tabs and panes of a shape, for a project or none, and shows the first of a
/// project's tabs or the last of others.
pub(in crate::server) fn apply_shape(
    shared: &mut Shared,
    shape: Shape,
    project: Option<&Path>,
    key: Option<&str>,
) -> Result<Vec<PaneId>, RpcError> {
    let invalid =
        |why: String| RpcError::invalid_params(format!("the layout is not usable: {why}"));
    // Refused before anything is opened.
    for tab in &shape.tabs {
        check_shape(shared, &tab.root).map_err(invalid)?;
        tab.popup.iter().try_for_each(|pane| check_pane(shared, pane)).map_err(invalid)?;
    }
    let mut panes = Vec::new();
    for tab in shape.tabs {
        let mut opened = Vec::new();
        let tree = open_shape(shared, tab.root, key, &mut opened).map_err(invalid)?;
        let layout: Layout = serde_json::from_value(tree).map_err(|e| invalid(e.to_string()))?;
        let Some(first) = opened.first().copied() else { continue };
        shared
            .with_model(|model, cx| {
                let tab_id = model.tab_of(first).map(|t| t.id);
                model.arrange_tab(first, layout, cx);
                if let (Some(id), Some(name)) = (tab_id, &tab.name) {
                    // The tab was just found.
                    let _ = model.rename_tab(id, name, cx);
                }
                if let Some(root) = project {
                    model.set_project(first, root.to_path_buf(), cx);
                    if !panes.is_empty() {
                        return Ok(());
                    }
                }
                model.focus(None, first, cx)
            })
            .map_err(|r| refused(&r))?;
        if let Some(popup) = tab.popup {
            let popup =
                open_pane(shared, popup, Place::Popup { of: first }, key).map_err(invalid)?;
            opened.push(popup);
        }
        panes.extend(opened);
    }
    Ok(panes)
}

fn check_shape(shared: &Shared, node: &Node) -> Result<(), String> {
    match node {
        Node::Split { children, .. } if children.is_empty() => Err("a split is empty".into()),
        Node::Split { children, .. } => {
            children.iter().try_for_each(|child| check_shape(shared, &child.node))
        }
        Node::Pane(pane) => check_pane(shared, pane),
    }
}

fn check_pane(shared: &Shared, pane: &PaneShape) -> Result<(), String> {
    shared.registry.find(&pane.type_name).map(drop).map_err(|unknown| unknown.to_string())
}

/// The name, with a number behind it where a pane has it already: by a name one pane is meant, also
/// after a layout was applied twice.
fn unused(model: &Model, name: String) -> String {
    let taken = |name: &str| model.panes.values().any(|p| p.spec.name.as_deref() == Some(name));
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| !taken(name)).unwrap_or(name)
}

/// Opens the panes of a node, all in one tab, and answers the node as a layout stores it.
fn open_shape(
    shared: &mut Shared,
    node: Node,
    key: Option<&str>,
    opened: &mut Vec<PaneId>,
) -> Result<Value, String> {
    let pane = match node {
        Node::Split { split, children } => {
            let mut nodes = Vec::new();
            for child in children {
                let mut value = open_shape(shared, child.node, key, opened)?;
                value["weight"] = json!(child.weight);
                nodes.push(value);
            }
            return Ok(json!({ "axis": split, "children": nodes }));
        }
        Node::Pane(pane) => pane,
    };
    let place = match opened.first() {
        Some(first) => Place::Split { of: *first, side: Direction::Right },
        None => Place::Tab,
    };
    let id = open_pane(shared, pane, place, key)?;
    opened.push(id);
    Ok(json!({ "pane": id }))
}

fn open_pane(
    shared: &mut Shared,
    pane: PaneShape,
    place: Place,
    key: Option<&str>,
) -> Result<PaneId, String> {
    let spec = StartRequest {
        cwd: shared.directory_for(pane.cwd),
        type_name: pane.type_name,
        name: pane.name.as_deref().and_then(given).map(|name| unused(&shared.model, name)),
        toggles: Some(pane.toggles),
        fields: pane.fields,
        args: pane.args,
        labels: pane.labels,
        model: pane.model,
        umask: None,
    };
    shared
        .with_model(|model, cx| {
            let pane = model.open(spec, place, Start::Fresh, None, cx)?;
            model.note_key(LAYOUT_APPLY, key, pane, cx);
            Ok::<_, Refusal>(pane)
        })
        .map_err(|refusal| refusal.to_string())
}
