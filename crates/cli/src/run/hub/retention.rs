//! For how long the hub keeps conversations.

use serde_json::json;

use super::{Desk, failed, now};
use crate::args::{Days, Retention};
use crate::error::CliError;
use crate::print;
use crate::run::paint;
use crate::show::table::{Table, Tone};
use segno_hub::store::Whose;

pub fn retention(desk: &Desk<'_>, args: &Retention) -> Result<(), CliError> {
    let Some(days) = args.days else { return list(desk, args.json) };
    let (whose, of) = match (&args.team, &args.user) {
        (Some(team), _) => (Whose::Team(team), format!("conversations of {team}'s members")),
        (None, Some(user)) => (Whose::Person(user), format!("conversations of {user}")),
        (None, None) => (Whose::Hub, "conversations".to_owned()),
    };
    let kept = desk.store.keep(whose, days.number(), now());
    kept.map_err(|e| failed("cannot set for how long conversations are kept", &e))?;
    print::line(&match days {
        Days::Forever => format!("{of} are kept for ever, unless another setting is shorter"),
        Days::Number(1) => format!("{of} are kept for 1 day; hubs remove older ones soon"),
        Days::Number(days) => format!("{of} are kept for {days} days; hubs remove older ones soon"),
    })
}

fn list(desk: &Desk<'_>, as_json: bool) -> Result<(), CliError> {
    let kept = desk.store.kept().map_err(|e| failed("cannot list the settings", &e))?;
    if as_json {
        return print::line(&json!({ "version": 1, "retention": kept }).to_string());
    }
    if kept.is_empty() {
        return print::line("Everything is kept for ever");
    }
    let mut table = Table::new(&["WHOSE", "NAME", "DAYS"]);
    for of in kept {
        table.row(vec![
            (Tone::Strong, of.whose),
            (Tone::Plain, of.name.unwrap_or_default()),
            (Tone::Plain, of.days.to_string()),
        ]);
    }
    print::line(&table.render(paint(desk.env)))
}
