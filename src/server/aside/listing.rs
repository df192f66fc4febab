//! Asking agents which conversations they have: by their programs, and by the files that they keep.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::agent::conversation::database;
use crate::server::agent::conversation::files;
use crate::server::agent::conversation::list::Lists;
use crate::server::desktop::notify::{self, Unlisted};
use segno_agent::event::one_line;
use segno_agent::identity::SessionId;
use segno_agent::panetype::PaneType;
use segno_agent::panetype::conversations::{LISTED_MAX, Listed, Scope as Here, TEXT_MAX};
use segno_agent::panetype::launch::{environment_outside, program_path};
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::past::Summary;
use segno_transcript::read::{Environment, Past, Wanted, past};
use segno_wire::control::conversation::LeftOut;

/// How long files and databases are looked into.
const PATIENCE: Duration = Duration::from_secs(10);

/// What those agents have in a directory that are installed, and which of them did not say.
pub(in super::super) fn lists(
    listers: &[Arc<PaneType>],
    directory: &Path,
    env: &BTreeMap<OsString, OsString>,
    unset: &[String],
) -> (Lists, Vec<LeftOut>) {
    let mut names = vec![directory.to_path_buf()];
    names.extend(directory.canonicalize().ok());
    let ask = |ty: &PaneType, program: &Path| {
        let allowed = |id: &str| ty.session_id_ok(id);
        let here = Here { names: &names, allowed: &allowed };
        let listing = &ty.conversations;
        let printed = listing.printed.as_ref().map(|how| {
            let env = environment_outside(ty, env, unset);
            let json = notify::output(program, &how.args, &env, directory)?;
            Ok(how.read(&json, here))
        });
        let stored = listing.stored.as_ref().map(|how| files::read(how, env, here));
        let kept = listing.database.as_ref().map(|how| database::read(how, env, here));
        let described = (!ty.transcripts.is_empty()).then(|| described(ty, env, here));
        let lists = [printed.transpose()?, stored, kept, described];
        Ok(lists.into_iter().flatten().flatten().collect())
    };
    let ask = &ask;
    // All at once: each may take its time. Where there is no thread for one, after the others.
    std::thread::scope(|scope| {
        let asked: Vec<_> = listers
            .iter()
            .filter_map(|ty| Some((ty, program_path(ty, env, &SystemProbe)?)))
            .map(|(ty, program)| {
                let theirs = program.clone();
                let thread = std::thread::Builder::new();
                (ty, program, thread.spawn_scoped(scope, move || ask(ty, &theirs)))
            })
            .collect();
        let (mut lists, mut left_out) = (Lists::new(), Vec::new());
        for (ty, program, thread) in asked {
            let list: Result<Vec<Listed>, Unlisted> = match thread {
                Ok(thread) => thread.join().unwrap_or(Err(Unlisted::Failed)),
                Err(_) => ask(ty, &program),
            };
            match list {
                Ok(list) => drop(lists.insert((ty.name.clone(), directory.to_path_buf()), list)),
                Err(why) => left_out.push(LeftOut { type_name: ty.name.clone(), why: why.why() }),
            }
        }
        (lists, left_out)
    })
}

/// Those that `[[transcript]]` describes.
fn described(ty: &PaneType, env: &BTreeMap<OsString, OsString>, here: Here<'_>) -> Vec<Listed> {
    let environment = Environment { variables: env.clone(), directories: Vec::new() };
    let (names, allowed) = (here.names, here.allowed);
    let wanted = Wanted { names, most: LISTED_MAX, allowed, until: Instant::now() + PATIENCE };
    past(&ty.described(), &environment, wanted).into_iter().filter_map(listed).collect()
}

fn listed(past: Past) -> Option<Listed> {
    let Past { title, first_prompt, last_prompt, .. } = past;
    let known = Summary { title, first_prompt, last_prompt };
    Some(Listed {
        session: SessionId::try_from(past.id).ok()?,
        summary: known.map(|text| Some(one_line(&text, TEXT_MAX)).filter(|line| !line.is_empty())),
        at: u64::try_from(past.updated).unwrap_or(0),
    })
}
