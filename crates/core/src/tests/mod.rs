//! The model as a whole: at random, and topic by topic.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::dialog::new_pane::TypeChoice;
use crate::layout::floating::Grip;
use crate::model::catalogue::{Catalogue, TypeTraits};
use crate::model::client::AttachMode;
use crate::model::pane::{ExitStatus, Life};
use crate::model::persist::Saved;
use crate::model::restore::Held;
use crate::model::workspace::Model;
use crate::panes::lifecycle::Place;
use crate::panes::past_conversations::ConversationQuery;
use crate::panes::popup::Popup;
use crate::update::command::Place as At;
use crate::update::context::Context;
use crate::update::effect::Effect;
use crate::update::event::{Event, Target};
use segno_agent::identity::{Record, Recorded, SessionId};
use segno_agent::panetype::{ClosePolicy, Field, Kind};
use segno_agent::past::PastConversation;
use segno_agent::start::{Beginning, Conversation, Start, StartRequest};
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::{Key, KeyEvent, KeyPhase, Modifiers, MouseAction, MouseButton, MouseEvent};
use segno_base::screen::geometry::{Direction, Point, Rect, Size};
use segno_config::Config;
use segno_config::keys::command::{COMMANDS, Command};

mod agents;
mod alone;
mod arrange;
mod guests;
mod history;
mod keys;
mod menu;
mod notify;
mod palette;
mod popup;
mod project;
mod random;
mod screens;
mod two_clients;
mod waiting;
mod world;

use world::{CLIENT, World, p, pane, session};
pub(super) use world::{Types, press};

/// A key that was for Segno stays with Segno, also when it is let go.
#[test]
fn a_pane_gets_a_release_only_after_the_press() {
    let mut world = World::attached();
    world.open(StartRequest { type_name: "shell".into(), ..StartRequest::default() });
    let mut received = |key: &str, phase| {
        let event = KeyEvent { phase, ..press(key) };
        world.with(|model, cx| {
            model.handle(Event::Key { client: CLIENT, event }, cx);
            cx.out.iter().filter(|e| matches!(e, Effect::Input { .. })).count()
        })
    };
    assert_eq!(received("ctrl+b", KeyPhase::Press), 0);
    assert_eq!(received("ctrl+b", KeyPhase::Release), 0);
    assert_eq!(received("z", KeyPhase::Press), 0);
    assert_eq!(received("z", KeyPhase::Release), 0);
    assert_eq!(received("z", KeyPhase::Press), 1);
    assert_eq!(received("z", KeyPhase::Release), 1);
}

/// Nobody chose: what a key opens has the toggles that its type has on, as by `segno new`.
#[test]
fn a_pane_that_a_key_opens_has_the_toggles_of_its_type() {
    let mut world = World::attached();
    world.command(Command::NewTab);
    let opened = world.focused();
    assert_eq!(world.model.panes[&opened].spec.toggles, Some(["loud".to_string()].into()));
    let none =
        StartRequest { toggles: Some(BTreeSet::new()), ..world.model.panes[&opened].spec.clone() };
    let chosen = world.open(none);
    assert_eq!(world.model.panes[&chosen].spec.toggles, Some(BTreeSet::new()));
}
