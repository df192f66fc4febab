//! Commands on what a user sets on a pane: `pin`, `mute`, `color`,
//! `broadcast`; and `close`, which heeds it.

use super::pane::done;
use crate::cli::args::{Broadcast, Close, Color, Switch};
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::wire::control::Call;
use crate::wire::control::pane::{self as wire, SetPane};

/// `close`
pub fn close(env: &Environment, args: Close) -> Result<(), CliError> {
    let close = wire::Close { pane: args.pane, force: args.force };
    done(env, "cannot close", &Call::PaneClose(close))
}

/// `pin`
pub fn pin(env: &Environment, args: Switch) -> Result<(), CliError> {
    let set = SetPane { pane: args.pane, pinned: Some(!args.off), ..SetPane::default() };
    done(env, "cannot pin", &Call::PaneSet(set))
}

/// `mute`
pub fn mute(env: &Environment, args: Switch) -> Result<(), CliError> {
    let set = SetPane { pane: args.pane, muted: Some(!args.off), ..SetPane::default() };
    done(env, "cannot mute", &Call::PaneSet(set))
}

/// `color`
pub fn color(env: &Environment, args: Color) -> Result<(), CliError> {
    let set = SetPane { pane: args.pane, color: Some(args.color), ..SetPane::default() };
    done(env, "cannot colour", &Call::PaneSet(set))
}

/// `broadcast`
pub fn broadcast(env: &Environment, args: &Broadcast) -> Result<(), CliError> {
    const WHAT: &str = "cannot choose what is typed into";
    if args.off && args.panes.is_empty() {
        return done(env, WHAT, &Call::BroadcastEnd);
    }
    args.panes.iter().try_for_each(|pane| {
        let broadcast = Some(!args.off);
        let set = SetPane { pane: pane.clone(), broadcast, ..SetPane::default() };
        done(env, WHAT, &Call::PaneSet(set))
    })
}
