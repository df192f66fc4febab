//! Panes that run Segno's own program for somebody who asked for it with a key: a worktree is made
//! and a pane opened in it; what was done is reviewed.

use crate::server::shared::{Shared, Stateless};
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId};
use segno_base::screen::geometry::Direction;
use segno_core::dialog::new_pane::NewInWorktree;
use segno_core::panes::lifecycle::Place;

/// The pane types that run these. Their arguments are Segno's own.
const WORKTREE_TYPE: &str = "new-worktree";
const REVIEW_TYPE: &str = "review";

/// Opens a pane in which a worktree is made, and which is replaced by the one that was asked for.
pub(in crate::server) fn new_in_worktree(
    shared: &mut Shared,
    client: ClientId,
    wanted: NewInWorktree,
) {
    let NewInWorktree { worktree, start, session, beside } = wanted;
    let cwd = start.cwd.clone();
    let mut args: Vec<String> = vec![format!("--worktree={worktree}")];
    args.push(format!("--type={}", start.type_name));
    args.extend(start.toggles.unwrap_or_default().into_iter().map(|on| format!("--on={on}")));
    args.extend(start.fields.into_iter().map(|(field, value)| format!("--set={field}={value}")));
    args.extend(session.map(|session| format!("--session={session}")));
    if let Some((of, side)) = beside {
        let side = if side == Direction::Down { "down" } else { "right" };
        args.extend([format!("--split={side}"), format!("--of={of}")]);
    }
    args.push("--focus".into());
    run(shared, client, WORKTREE_TYPE, cwd, args);
}

/// Opens the review of what was done where a pane is, if that is in a repository.
pub(in crate::server) fn review(shared: &mut Shared, client: ClientId, pane: PaneId) {
    let Some(cwd) = shared.model.panes.get(&pane).map(|pane| pane.spec.cwd.clone()) else { return };
    shared.aside(
        move || {
            let kind = segno_worktree::kinds::of(&cwd, &|_| true).map(|(kind, _)| kind);
            (kind.is_some_and(|kind| !kind.copy), cwd)
        },
        move |_: &mut Stateless, shared: &mut Shared, (in_repository, cwd)| match in_repository {
            true => run(shared, client, REVIEW_TYPE, cwd, vec![pane.to_string()]),
            false => {
                let directory = cwd.display();
                shared.say(client, format!("{directory} is in no repository: nothing to review"));
            }
        },
    );
}

fn run(
    shared: &mut Shared,
    client: ClientId,
    type_name: &str,
    cwd: std::path::PathBuf,
    args: Vec<String>,
) {
    let program = shared.options.exe.to_string_lossy().into_owned();
    let spec = StartRequest {
        type_name: type_name.to_string(),
        cwd,
        args: std::iter::once(program).chain(args).collect(),
        ..StartRequest::default()
    };
    shared.with_model(|model, cx| {
        let opened = model
            .open(spec, Place::Tab, Start::Fresh, None, cx)
            .and_then(|pane| model.focus(Some(client), pane, cx));
        if let Err(refusal) = opened {
            model.say(client, refusal.to_string(), cx);
        }
    });
}
