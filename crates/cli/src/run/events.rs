//! `events`: what happens, once or on and on.

use crate::args::Events;
use crate::environment::Environment;
use crate::error::CliError;
use crate::run::panes::wait::answered;
use crate::{print, show};
use segno_wire::control::Call;
use segno_wire::control::events::{EventList, EventsAsked, Subscription};

/// How long the daemon may keep a follower waiting in one go.
const TURN_MS: u64 = 60_000;

/// Prints what has happened, and with `--follow` what happens.
pub fn events(env: &Environment, args: &Events) -> Result<(), CliError> {
    const WHAT: &str = "cannot list events";
    let mut since = match (args.since, args.follow) {
        (None, false) => Some(0),
        (since, _) => since,
    };
    if args.follow {
        print::end_with_reader();
    }
    loop {
        let asked = || EventsAsked {
            of: Subscription { since, pane: args.pane.clone(), types: args.types.clone() },
            // The first time to learn from where on.
            wait: args.follow && since.is_some(),
            timeout_ms: Some(TURN_MS),
        };
        let list: EventList = answered(env, WHAT, || Call::EventsRead(asked()))?;
        // Before the first answer nothing was missed.
        let gap = list.gap && since.is_some_and(|since| since > 0);
        let gap = gap.then(|| match args.json {
            true => "{\"event\":\"gap\"}".to_string(),
            false => "… some events are missing here".to_string(),
        });
        let lines = list.events.iter().map(|event| match args.json {
            true => serde_json::to_string(event).unwrap_or_default(),
            false => show::events::line(event),
        });
        for line in gap.into_iter().chain(lines) {
            if !print::next_line(&line)? {
                return Ok(());
            }
        }
        let more = since.is_some_and(|since| list.next > since) && !list.events.is_empty();
        if !args.follow && !more {
            return Ok(());
        }
        since = Some(list.next);
    }
}
