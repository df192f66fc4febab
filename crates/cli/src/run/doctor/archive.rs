//! What `doctor` says of the archive: if it can be read, what it keeps, which agents delete.

use super::check::{bad, good};
use crate::environment::Environment;
use crate::external;
use crate::show::doctor::Check;
use segno_archive::read::{Kept, kept};
use segno_archive::{Archive, Error};

/// Nothing where no conversation was archived yet.
pub fn checks(env: &Environment) -> Vec<Check> {
    let found = Archive::read(&env.home.archive_dir()).and_then(|archive| match archive {
        Some(archive) => kept(&archive),
        None => Ok(Vec::new()),
    });
    match found {
        Ok(kept) if kept.is_empty() => Vec::new(),
        Ok(kept) => said(env, &kept),
        Err(error) => {
            let todo = match error {
                Error::Damaged(_) => "`segno history update` sets it aside and builds it again",
                Error::Newer { .. } => "update this Segno",
                _ => "`segno history check` says more",
            };
            vec![bad("archive", error.to_string(), Some(todo.into()))]
        }
    }
}

fn said(env: &Environment, kept: &[Kept]) -> Vec<Check> {
    let all: u64 = kept.iter().map(|of| of.conversations).sum();
    let gone: u64 = kept.iter().map(|of| of.gone).sum();
    let mut text = match all {
        1 => "1 conversation is kept".to_string(),
        all => format!("{all} conversations are kept"),
    };
    if gone > 0 {
        text += &format!(", {gone} of which their agents have deleted");
    }
    let mut checks = vec![good("archive", text)];
    let types = external::registry(&env.home);
    for of in kept {
        let ty = types.iter().find(|ty| ty.name == of.agent);
        if let Some(deletes) = ty.and_then(|ty| ty.deletes.as_ref()) {
            checks.push(good("archive", format!("{} deletes {deletes}; here they stay", of.agent)));
        }
    }
    checks
}
