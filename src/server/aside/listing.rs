//! Asking agents which conversations they have: by their programs, and by the files that they keep.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::panetype::PaneType;
use crate::panetype::conversations::{Listed, Wanted as Here};
use crate::panetype::launch::{environment_outside, program_path};
use crate::panetype::probe::SystemProbe;

use super::super::conversations::Lists;
use super::super::{desktop, stored};

/// What those agents have in a directory that are installed.
pub(in super::super) fn lists(
    listers: &[Arc<PaneType>],
    directory: &Path,
    env: &BTreeMap<OsString, OsString>,
    unset: &[String],
) -> Lists {
    let mut names = vec![directory.to_path_buf()];
    names.extend(directory.canonicalize().ok());
    let ask = |ty: &PaneType, program: &Path| {
        let allowed = |id: &str| ty.session_id_ok(id);
        let here = Here { names: &names, allowed: &allowed };
        let listing = &ty.conversations;
        let printed = listing.printed.as_ref().and_then(|how| {
            let env = environment_outside(ty, env, unset);
            let json = desktop::output(program, &how.args, &env, directory)?;
            Some(how.read(&json, here))
        });
        let stored = listing.stored.as_ref().map(|how| stored::read(how, env, here));
        match (printed, stored) {
            (None, None) => None,
            (printed, stored) => Some(printed.into_iter().chain(stored).flatten().collect()),
        }
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
        let list = |(ty, program, thread): (&Arc<PaneType>, PathBuf, _)| {
            let list: Option<Vec<Listed>> = match thread {
                Ok(thread) => std::thread::ScopedJoinHandle::join(thread).ok()?,
                Err(_) => ask(ty, &program),
            };
            Some(((ty.name.clone(), directory.to_path_buf()), list?))
        };
        asked.into_iter().filter_map(list).collect::<Lists>()
    })
}
