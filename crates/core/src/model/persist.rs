//! The workspace as it is stored, and back. What is stored is never trusted: ids, layouts and
//! focus are checked, and what does not fit is put right with a warning, never a panic.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::attention::budget::Ledger as Spending;
use crate::attention::notices::{Notice, Notices};
use crate::guest::SavedGuests;
use crate::layout::{Layout, Preset};
use crate::model::catalogue::{Catalogue, TypeTraits};
use crate::model::keyed::Keyed;
use crate::model::pane::{Life, Pane, Run};
use crate::model::restore::NOT_RESTORED;
use crate::model::tab::Tab;
use crate::model::workspace::Model;
use crate::panes::attributes::Extras;
use crate::panes::popup::Popup;
use crate::panes::prompt_queue::Prompts;
use crate::tabs::order::given;
use segno_agent::start::StartRequest;
use segno_agent::tracking::Tracking;
use segno_base::ids::{PaneId, TabId};
use segno_base::screen::geometry::Size;

/// The version that [`Saved`] has.
pub const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    pub active: Option<TabId>,
    /// The numbers given last, so that ids are not reused.
    pub last_pane: u32,
    pub last_tab: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sidebar: Option<bool>,
    pub tabs: Vec<SavedTab>,
    pub panes: BTreeMap<PaneId, SavedPane>,
    /// Newest last.
    pub notices: Vec<Notice>,
    #[serde(skip_serializing_if = "Keyed::is_empty")]
    pub keyed: Keyed,
    #[serde(skip_serializing_if = "Spending::is_empty")]
    pub spending: Spending,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedTab {
    pub id: TabId,
    #[serde(default)]
    pub name: Option<String>,
    pub layout: Layout,
    pub focus: PaneId,
    #[serde(default, with = "segno_base::text::path_text::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popup: Option<Popup>,
    #[serde(default)]
    pub last_focus: Option<PaneId>,
    #[serde(default)]
    pub zoomed: bool,
    #[serde(default)]
    pub preset: Option<Preset>,
    pub size: Size,
    #[serde(default)]
    pub titled: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedPane {
    #[serde(flatten)]
    pub spec: StartRequest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<PaneId>,
    #[serde(flatten)]
    pub extras: Extras,
    #[serde(default)]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asleep: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    #[serde(default)]
    pub tracking: Option<Tracking>,
    #[serde(default, skip_serializing_if = "SavedGuests::is_empty")]
    pub guests: SavedGuests,
    #[serde(default, skip_serializing_if = "is_unused")]
    pub prompts: Prompts,
}

fn is_unused(prompts: &Prompts) -> bool {
    prompts.revision == 0
}

impl Model {
    /// What is to be stored.
    pub fn saved(&self) -> Saved {
        let pane = |p: &Pane| SavedPane {
            spec: p.spec.clone(),
            parent: p.parent,
            extras: p.extras.clone(),
            title: p.title.clone(),
            ended: p.ended,
            asleep: p.asleep,
            run: match p.life {
                Life::Running { pid, since, .. } => Some(Run { pid, since }),
                _ => p.run,
            },
            // That of a guest is with the guest: an older Segno knows of neither.
            tracking: p.tracking.clone().filter(|_| p.guests.active.is_none()),
            guests: p.saved_guests(),
            prompts: p.prompts.clone(),
        };
        let tab = |t: &Tab| SavedTab {
            id: t.id,
            name: t.name.clone(),
            layout: t.layout.clone(),
            focus: t.focus,
            project: t.project.clone(),
            popup: t.popup,
            last_focus: t.last_focus,
            zoomed: t.zoomed,
            preset: t.preset,
            size: t.size,
            titled: t.titled,
        };
        Saved {
            active: self.active,
            last_pane: self.last_pane,
            last_tab: self.last_tab,
            sidebar: self.sidebar,
            tabs: self.tabs.iter().map(tab).collect(),
            panes: self.panes.iter().map(|(id, p)| (*id, pane(p))).collect(),
            notices: self.notices.iter().rev().cloned().collect(),
            keyed: self.keyed.clone(),
            spending: self.spending.clone(),
        }
    }

    /// The model that was stored, with every pane waiting to be adopted or started.
    pub fn restored(saved: Saved, types: &dyn Catalogue) -> Model {
        let mut model = Model {
            last_pane: saved.last_pane,
            last_tab: saved.last_tab,
            sidebar: saved.sidebar,
            keyed: saved.keyed,
            spending: saved.spending,
            ..Model::default()
        };
        for (id, pane) in saved.panes {
            let traits = types
                .traits(&pane.spec.type_name)
                .unwrap_or_else(|| TypeTraits::missing(&pane.spec.type_name));
            model.last_pane = model.last_pane.max(id.number());
            let life = Life::Failed { why: NOT_RESTORED.into() };
            let mut restored = Pane::new(id, pane.spec, traits, life, Size::MIN);
            restored.tracking = pane.tracking.or(restored.tracking);
            model.last_pane = pane.guests.highest().max(model.last_pane);
            restored.restore_guests(pane.guests);
            restored.parent = pane.parent.filter(|parent| *parent < id);
            restored.extras = pane.extras;
            restored.title = pane.title;
            restored.spec.name = restored.spec.name.as_deref().and_then(given);
            restored.ended = pane.ended;
            restored.asleep = pane.asleep;
            restored.run = pane.run;
            restored.prompts = pane.prompts;
            model.panes.insert(id, restored);
        }
        let known = saved.notices.into_iter().filter(|n| model.panes.contains_key(&n.pane));
        model.notices = Notices::restored(known.collect());
        let mut placed = BTreeSet::new();
        for tab in saved.tabs {
            let known = |p: PaneId, placed: &BTreeSet<PaneId>| {
                model.panes.contains_key(&p) && !placed.contains(&p)
            };
            let Some(layout) = tab.layout.map(|p| known(p, &placed).then_some(p)) else {
                continue;
            };
            if model.tabs.iter().any(|t| t.id == tab.id) {
                continue;
            }
            let panes = layout.panes();
            placed.extend(panes.iter().copied());
            let popup =
                tab.popup.filter(|p| model.panes.contains_key(&p.pane) && placed.insert(p.pane));
            let focus = if panes.contains(&tab.focus) { tab.focus } else { panes[0] };
            model.last_tab = model.last_tab.max(tab.id.number());
            model.tabs.push(Tab {
                id: tab.id,
                name: tab.name.as_deref().and_then(given),
                last_focus: tab.last_focus.filter(|p| panes.contains(p) && *p != focus),
                zoomed: tab.zoomed && focus == tab.focus && panes.len() > 1,
                layout,
                focus,
                project: tab.project.filter(|root| root.is_absolute()),
                popup,
                preset: tab.preset,
                size: tab.size.clamped(),
                titled: tab.titled,
            });
        }
        // A pane that stands nowhere gets a tab, rather than being lost.
        let lost: Vec<_> = model.panes.keys().copied().filter(|p| !placed.contains(p)).collect();
        for pane in lost {
            if model.add_tab(pane).is_none() {
                model.panes.remove(&pane);
            }
        }
        let active = saved.active.filter(|t| model.tab(*t).is_some());
        model.active = active.or(model.tabs.first().map(|t| t.id));
        model.fitted();
        debug_assert_eq!(model.verify(), Ok(()));
        model
    }
}
