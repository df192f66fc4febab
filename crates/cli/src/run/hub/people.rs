//! Who is there: people, teams and machines.

use serde_json::{Value, json};

use super::{Desk, failed, now};
use crate::args::{Devices, Invite, Teams, Users};
use crate::error::CliError;
use crate::print;
use crate::run::paint;
use crate::show::table::{Table, Tone};
use segno_hub::store::{May, Person, Role};

pub fn users(desk: &Desk<'_>, command: &Users) -> Result<(), CliError> {
    const WHAT: &str = "cannot change the users";
    match command {
        Users::List(listing) => {
            let people = desk.store.people().map_err(|e| failed("cannot list the users", &e))?;
            if listing.json {
                let of = |of: &Person| json!({ "name": of.name, "role": of.role.name() });
                let users: Vec<Value> = people.iter().map(of).collect();
                return print::line(&json!({ "version": 1, "users": users }).to_string());
            }
            let mut table = Table::new(&["USER", "ROLE"]);
            for of in people {
                table.row(vec![(Tone::Strong, of.name), (Tone::Plain, of.role.name().into())]);
            }
            print::line(&table.render(paint(desk.env)))
        }
        Users::Add { name, admin, email, json } => {
            let role = if *admin { Role::Admin } else { Role::Member };
            let added = desk.store.add_person(name, role, now());
            let person = added.map_err(|e| failed(WHAT, &e))?;
            known_by(desk, name, email.as_deref())?;
            invited(desk, &person, *json)
        }
        Users::Remove { name } => {
            desk.store.remove_person(name).map_err(|e| failed(WHAT, &e))?;
            print::line(&format!("{name} is removed, with everything that they had sent"))
        }
    }
}

pub fn invite(desk: &Desk<'_>, args: &Invite) -> Result<(), CliError> {
    let person = desk.person("cannot invite", &args.name)?;
    known_by(desk, &args.name, args.email.as_deref())?;
    invited(desk, &person, args.json)
}

/// Notes the address by which a provider knows somebody.
fn known_by(desk: &Desk<'_>, name: &str, email: Option<&str>) -> Result<(), CliError> {
    let Some(email) = email else { return Ok(()) };
    desk.store.set_email(name, email).map_err(|e| failed("cannot note the address", &e))
}

fn invited(desk: &Desk<'_>, person: &Person, as_json: bool) -> Result<(), CliError> {
    let code = desk.store.invite(person, now()).map_err(|e| failed("cannot invite", &e))?;
    let link = format!("{}/#code={code}", desk.url);
    if as_json {
        let body = json!({ "version": 1, "user": person.name, "code": code, "url": link });
        return print::line(&body.to_string());
    }
    print::text(&format!(
        "{link}\n\nCode    {code} (once, within a day)\nUser    {}\n",
        person.name
    ))
}

pub fn teams(desk: &Desk<'_>, command: &Teams) -> Result<(), CliError> {
    let store = &desk.store;
    let done = match command {
        Teams::List(listing) => {
            let teams = store.teams(None).map_err(|e| failed("cannot list the teams", &e))?;
            if listing.json {
                return print::line(&json!({ "version": 1, "teams": teams }).to_string());
            }
            let mut table = Table::new(&["TEAM", "MEMBERS"]);
            for team in teams {
                table.row(vec![(Tone::Strong, team.name), (Tone::Plain, team.members.join(", "))]);
            }
            return print::line(&table.render(paint(desk.env)));
        }
        Teams::Add { team } => {
            store.add_team(team, now()).map(|()| format!("team {team} is there"))
        }
        Teams::Remove { team } => {
            store.remove_team(team).map(|()| format!("team {team} is removed"))
        }
        Teams::Join { team, user } => {
            store.set_member(team, user, true).map(|()| format!("{user} is in {team}"))
        }
        Teams::Leave { team, user } => {
            store.set_member(team, user, false).map(|()| format!("{user} is not in {team}"))
        }
    };
    print::line(&done.map_err(|e| failed("cannot change the teams", &e))?)
}

pub fn devices(desk: &Desk<'_>, command: &Devices) -> Result<(), CliError> {
    const WHAT: &str = "cannot change the devices";
    match command {
        Devices::List(listing) => {
            let devices = desk.store.devices(None).map_err(|e| failed(WHAT, &e))?;
            if listing.json {
                return print::line(&json!({ "version": 1, "devices": devices }).to_string());
            }
            let mut table = Table::new(&["DEVICE", "USER", "MAY", "NAME"]);
            for of in devices {
                table.row(vec![
                    (Tone::Strong, of.id.to_string()),
                    (Tone::Plain, of.user),
                    (Tone::Plain, of.may),
                    (Tone::Plain, of.name),
                ]);
            }
            print::line(&table.render(paint(desk.env)))
        }
        Devices::Add { user, name, read, json } => {
            let person = desk.person(WHAT, user)?;
            let may = if *read { May::Read } else { May::Write };
            let made = desk.store.add_device(&person, name, may, now());
            let token = made.map_err(|e| failed(WHAT, &e))?;
            if *json {
                let body = json!({ "version": 1, "token": token, "url": desk.url });
                return print::line(&body.to_string());
            }
            print::line(&token)
        }
        Devices::Revoke { id } => {
            desk.store.revoke_device(None, *id).map_err(|e| failed(WHAT, &e))?;
            print::line("1 device revoked")
        }
    }
}
