//! A client that shows one pane alone: its keys, its size, and that the others notice nothing.

use super::world::*;
use crate::core::update::effect::{DetachReason, Effect, PaneInput};
use crate::core::update::event::Event;
use segno_base::ids::ClientId;
use segno_base::screen::geometry::Size;

const PHONE: ClientId = ClientId(7);
const SMALL: Size = Size::new(40, 20);

fn attach(world: &mut World, pane: u32, read_only: bool) -> Vec<Effect> {
    let only = Some(p(pane));
    world.handle(Event::ClientAttached { client: PHONE, size: SMALL, read_only, only })
}
