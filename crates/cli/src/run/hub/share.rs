//! Links to conversations, and sharing with a team.

use std::io::Read;

use serde_json::json;

use super::{Desk, failed, now};
use crate::args::{Linked, NewLink, Share};
use crate::error::CliError;
use crate::print;
use crate::run::paint;
use crate::show::table::{Table, Tone};
use segno_archive::export::{self, Format};
use segno_archive::query::time::Now;
use segno_hub::store::{Asked, Part};

const WHAT: &str = "cannot share";
/// The longest passphrase, in bytes.
const PASSPHRASE_MAX: u64 = 1000;

pub fn share(desk: &Desk<'_>, command: &Share) -> Result<(), CliError> {
    match command {
        Share::Preview(linked) => preview(desk, linked),
        Share::Link(new) => link(desk, new),
        Share::List { user, json } => list(desk, user, *json),
        Share::Revoke { user, id } => {
            let person = desk.person(WHAT, user)?;
            desk.store.revoke_link(person.id, *id).map_err(|e| failed(WHAT, &e))?;
            print::line("1 link revoked")
        }
        Share::Team { user, conversation, team, stop } => {
            let person = desk.person(WHAT, user)?;
            let shared = desk.store.share_with(person.id, conversation, team, !stop);
            shared.map_err(|e| failed(WHAT, &e))?;
            print::line(&match stop {
                true => format!("{team} does not see it any more"),
                false => format!("{team} sees it"),
            })
        }
    }
}

fn part(linked: &Linked) -> Part {
    Part { first: linked.first.clone(), last: linked.last.clone() }
}

fn preview(desk: &Desk<'_>, linked: &Linked) -> Result<(), CliError> {
    let person = desk.person(WHAT, &linked.user)?;
    let seen = desk.store.preview(person.id, &linked.conversation, &part(linked), linked.reveal);
    let shown = seen.map_err(|e| failed(WHAT, &e))?;
    print::text(&export::export(&[shown], Format::Markdown, &Now::system()))
}

fn link(desk: &Desk<'_>, new: &NewLink) -> Result<(), CliError> {
    let linked = &new.linked;
    let person = desk.person(WHAT, &linked.user)?;
    let mut passphrase = None;
    if new.passphrase_stdin {
        let mut typed = String::new();
        let read = std::io::stdin().take(PASSPHRASE_MAX).read_to_string(&mut typed);
        read.map_err(|e| CliError::new(WHAT, e))?;
        passphrase = Some(typed.trim_end_matches(['\r', '\n']).to_owned());
    }
    let lasts = i64::try_from(new.lasts).unwrap_or(i64::MAX);
    let asked = Asked { part: part(linked), lasts, reveal: linked.reveal, passphrase };
    let made = desk.store.link(person.id, &linked.conversation, &asked, now());
    let (id, name) = made.map_err(|e| failed(WHAT, &e))?;
    let url = format!("{}/s/{name}", desk.url);
    if new.json {
        return print::line(&json!({ "version": 1, "id": id, "url": url }).to_string());
    }
    print::line(&url)
}

fn list(desk: &Desk<'_>, user: &str, as_json: bool) -> Result<(), CliError> {
    let person = desk.person(WHAT, user)?;
    let links = desk.store.links(person.id, now()).map_err(|e| failed(WHAT, &e))?;
    if as_json {
        return print::line(&json!({ "version": 1, "links": links }).to_string());
    }
    let mut table = Table::new(&["LINK", "VIEWS", "FOR", "CONVERSATION"]);
    for link in links {
        let hours = ((link.expires - now()).max(0) + 3_599_999) / 3_600_000;
        let left = if hours < 48 { format!("{hours}h") } else { format!("{}d", hours / 24) };
        table.row(vec![
            (Tone::Strong, link.id.to_string()),
            (Tone::Plain, link.views.to_string()),
            (Tone::Plain, left),
            (Tone::Plain, link.conversation),
        ]);
    }
    print::line(&table.render(paint(desk.env)))
}
