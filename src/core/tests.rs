//! The model as a whole: at random, and topic by topic.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::catalogue::{Catalogue, TypeTraits};
use super::command::Place as At;
use super::dialog::new_pane::TypeChoice;
use super::effect::Effect;
use super::event::{Context, Event, Target};
use super::model::{Conversation, ExitStatus, Life, Model, PaneSpec};
use super::panes::{Place, Start};
use super::past::{PastConversation, Wanted};
use super::popup::Popup;
use super::restore::Held;
use super::saved::Saved;
use crate::agent::identity::{Record, Recorded, SessionId};
use crate::base::geometry::{Direction, Point, Rect, Size};
use crate::base::ids::{ClientId, PaneId, TabId};
use crate::base::key::{Key, KeyEvent, KeyPhase, Modifiers, MouseAction, MouseButton, MouseEvent};
use crate::config::Config;
use crate::config::command::{COMMANDS, Command};
use crate::layout::floating::Grip;
use crate::panetype::{ClosePolicy, Field, Kind};

mod arrange;
mod focus;
mod guests;
mod menu;
mod notify;
mod palette;
mod popup;
mod project;
mod random;
mod waiting;
mod world;

use world::{CLIENT, World, p, pane, session};
pub(super) use world::{Types, press};

/// A key that was for Segno stays with Segno, also when it is let go.
#[test]
fn a_pane_hears_of_a_release_only_after_the_press() {
    let mut world = World::attached();
    world.open(PaneSpec { type_name: "shell".into(), ..PaneSpec::default() });
    let mut heard = |key: &str, phase| {
        let event = KeyEvent { phase, ..press(key) };
        world.with(|model, cx, out| {
            *out = model.handle(Event::Key { client: CLIENT, event }, cx);
            out.iter().filter(|e| matches!(e, Effect::Input { .. })).count()
        })
    };
    assert_eq!(heard("ctrl+b", KeyPhase::Press), 0);
    assert_eq!(heard("ctrl+b", KeyPhase::Release), 0);
    assert_eq!(heard("z", KeyPhase::Press), 0);
    assert_eq!(heard("z", KeyPhase::Release), 0);
    assert_eq!(heard("z", KeyPhase::Press), 1);
    assert_eq!(heard("z", KeyPhase::Release), 1);
}
