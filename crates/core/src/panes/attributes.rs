//! What a user sets on a pane beside its name: pinned, muted, a colour, a log.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::workspace::Model;
use crate::panes::lifecycle::Refusal;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::{ClientId, PaneId};
use segno_base::tint::Tint;

/// Kept with the pane in the workspace file; what a later version adds is ignored by this one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extras {
    /// Stands first in lists and is closed only by somebody who says so twice.
    pub pinned: bool,
    /// It posts no notifications.
    pub muted: bool,
    #[serde(deserialize_with = "known_tint")]
    pub color: Option<Tint>,
    /// Gets what is typed in any other pane that has this.
    pub broadcast: bool,
    /// Where what it prints is logged.
    pub log: Option<LogFile>,
}

/// A file that a pane is logged to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    #[serde(with = "segno_base::text::path_text")]
    pub path: PathBuf,
    /// The very bytes, instead of lines of text.
    #[serde(default)]
    pub raw: bool,
}

/// A colour of a later version is none, instead of an unreadable workspace.
fn known_tint<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Tint>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.and_then(|name| name.parse().ok()))
}

impl Model {
    /// Changes what is set on a pane.
    pub fn set_extras(
        &mut self,
        pane: PaneId,
        change: impl FnOnce(&mut Extras),
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let pane = self.panes.get_mut(&pane).ok_or(Refusal::NoPane(pane))?;
        change(&mut pane.extras);
        // What was called for before the pane was muted calls no longer.
        pane.unseen &= !pane.extras.muted;
        cx.out.extend([Effect::Save, Effect::Redraw]);
        Ok(())
    }

    /// Switches one of a pane's marks, and says so where it is not seen.
    pub(crate) fn toggle_extra(
        &mut self,
        client: ClientId,
        pane: PaneId,
        which: fn(&mut Extras) -> &mut bool,
        [on, off]: [&str; 2],
        cx: &mut Context,
    ) {
        let mut now = false;
        let switch = |extras: &mut Extras| {
            let mark = which(extras);
            *mark = !*mark;
            now = *mark;
        };
        if self.set_extras(pane, switch, cx).is_ok() {
            self.say(client, format!("{pane} is {}", if now { on } else { off }), cx);
        }
    }

    /// Gives a pane the colour after its own; none after the last.
    pub(crate) fn next_color(&mut self, client: ClientId, pane: PaneId, cx: &mut Context) {
        let mut name = "none".to_string();
        let step = |extras: &mut Extras| {
            let next = extras
                .color
                .map_or(0, |tint| Tint::ALL.iter().position(|t| *t == tint).map_or(0, |at| at + 1));
            extras.color = Tint::ALL.get(next).copied();
            name = extras.color.map_or(name.clone(), |tint| tint.to_string());
        };
        if self.set_extras(pane, step, cx).is_ok() {
            self.say(client, format!("the colour of {pane}: {name}"), cx);
        }
    }

    pub fn is_pinned(&self, pane: PaneId) -> bool {
        self.panes.get(&pane).is_some_and(|p| p.extras.pinned)
    }

    /// The other panes of a pane's tab that are not pinned.
    pub fn others(&self, pane: PaneId) -> Vec<PaneId> {
        let panes = self.tab_of(pane).map(|tab| tab.layout.panes()).unwrap_or_default();
        panes.into_iter().filter(|p| *p != pane && !self.is_pinned(*p)).collect()
    }

    pub(crate) fn close_others(&mut self, pane: PaneId, cx: &mut Context) {
        for other in self.others(pane) {
            // Cannot fail: it was just listed.
            let _ = self.close(other, cx);
        }
    }

    /// Pinned panes before the others, each in the order they were in.
    pub(crate) fn pinned_first(&self, mut panes: Vec<PaneId>) -> Vec<PaneId> {
        panes.sort_by_key(|pane| !self.is_pinned(*pane));
        panes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back_and_what_is_unknown_does_no_harm() {
        let extras =
            Extras { pinned: true, muted: true, color: Some(Tint::Violet), ..Extras::default() };
        let stored = serde_json::to_string(&extras).unwrap();
        assert_eq!(serde_json::from_str::<Extras>(&stored).unwrap(), extras);
        let later = r#"{"color": "ultraviolet", "loud": 3}"#;
        assert_eq!(serde_json::from_str::<Extras>(later).unwrap(), Extras::default());
    }

    #[test]
    fn colours_have_names() {
        for tint in Tint::ALL {
            assert_eq!(tint.name().parse(), Ok(tint));
        }
        let error = "gren".parse::<Tint>().unwrap_err().to_string();
        assert_eq!(error, "\"gren\" is no colour for a pane; use green");
        let error = "beige".parse::<Tint>().unwrap_err().to_string();
        assert!(error.contains("red, yellow"), "{error}");
    }
}
