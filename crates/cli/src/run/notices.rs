//! `notifications`.

use super::{Reach, call, now, paint};
use crate::args::Notifications;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{print, show};
use segno_wire::control::Call;
use segno_wire::control::notices::NoticeList;

/// `notifications`
pub fn notifications(env: &Environment, args: &Notifications) -> Result<(), CliError> {
    if args.clear {
        let what = "cannot clear the notifications";
        return crate::run::panes::pane::done(env, what, &Call::NotificationsClear);
    }
    let what = "cannot list the notifications";
    let list: NoticeList = call(env, Reach::Look, what, &Call::NotificationsList)?;
    match args.json {
        true => print::line(&show::notices::list_json(&list)),
        false => print::line(&show::notices::list(&list, now(), paint(env))),
    }
}
