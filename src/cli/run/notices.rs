//! `notifications`.

use super::{Reach, call, now, paint};
use crate::cli::args::Notifications;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::{print, show};
use segno_wire::control::Call;
use segno_wire::control::notices::NoticeList;

/// `notifications`
pub fn notifications(env: &Environment, args: &Notifications) -> Result<(), CliError> {
    if args.clear {
        let what = "cannot clear the notifications";
        return crate::cli::run::panes::pane::done(env, what, &Call::NotificationsClear);
    }
    let what = "cannot list the notifications";
    let list: NoticeList = call(env, Reach::Look, what, &Call::NotificationsList)?;
    match args.json {
        true => print::line(&show::notices::list_json(&list)),
        false => print::line(&show::notices::list(&list, now(), paint(env))),
    }
}
