//! opencode with a fake model, in its newest and its oldest supported version.

mod conversation;
mod endings;
mod several;
mod shells;
mod states;
mod surroundings;
mod usage;
