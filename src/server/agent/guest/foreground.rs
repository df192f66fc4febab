//! What is in the foreground of a shell: a guest that was stopped and goes on, or an agent that no
//! shim has started.

use crate::server::agent::evidence::Evidence;
use crate::server::agent::guest::shims::typed_type;
use crate::server::agent::guest::start::is_shell;
use crate::server::agent::observer::follow_files;
use crate::server::shared::Shared;
use segno_agent::panetype::launch::meaning_rules;
use segno_agent::panetype::text::typed::Meaning;
use segno_base::ids::PaneId;
use segno_base::system::os::process::{arguments, is_stopped};
use segno_base::system::os::{foreground_group, process_directory};
use segno_base::text::plain_text;

/// Programs that run others, whose names are their first argument then.
const INTERPRETERS: &[&str] = &["node", "nodejs", "bun", "deno", "python", "python3", "sh", "bash"];

impl Evidence {
    /// Looks at the foreground of a shell pane; the kernel answers at once.
    pub(in crate::server) fn look_at_foreground(&mut self, shared: &mut Shared, pane: PaneId) {
        if !is_shell(shared, pane) {
            return;
        }
        let shell = shared.panes.get(pane).and_then(|runtime| runtime.process.pid());
        let terminal = shared.panes.terminal(pane);
        let Some(group) = terminal.and_then(|t| foreground_group(t.master())) else { return };
        let guests = shared.model.panes.get(&pane).map(|pane| &pane.guests);
        let guest = guests.and_then(|guests| guests.all().find(|guest| guest.pid == group));
        if let Some(guest) = guest {
            let (id, cwd) = (guest.id, process_directory(guest.pid));
            self.show_guest(shared, pane, id);
            return shared.with_model(|model, cx| {
                model.unfollowed(pane, None, cx);
                if let Some(cwd) = cwd {
                    model.guest_moved(pane, cwd, cx);
                }
            });
        }
        let other = (Some(group) != shell).then(|| arguments(group)).flatten();
        let program = other.as_ref().and_then(|args| program_name(args.first()?));
        let title = other.and_then(|args| agent_by_arguments(shared, &args));
        shared.with_model(|model, cx| {
            model.unfollowed(pane, title, cx);
            model.in_foreground(pane, program, cx);
        });
    }

    /// Another guest is in the foreground of its pane.
    pub(in crate::server) fn show_guest(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        guest: PaneId,
    ) {
        let aside = shared.model.panes.get(&pane).map(|pane| &pane.guests.aside);
        let aside = aside.and_then(|aside| aside.iter().find(|aside| aside.guest.id == guest));
        let Some(pid) = aside.map(|aside| aside.guest.pid) else { return };
        // What it wrote before it was stopped may come late.
        if !is_stopped(pid) {
            self.forget_evidence(shared, pane);
            shared.with_model(|model, cx| model.guest_shown(pane, guest, cx));
            follow_files(shared, pane);
        }
    }
}

/// What a program is called, by the first of its arguments.
fn program_name(argument: &str) -> Option<String> {
    let name = argument.split_whitespace().next()?.rsplit('/').next()?.trim_start_matches('-');
    (!name.is_empty()).then(|| plain_text::line(name))
}

/// The title of the type whose program a process runs, where it shows a conversation and would
/// be followed.
fn agent_by_arguments(shared: &Shared, args: &[String]) -> Option<String> {
    let name = |arg: &String| {
        let name = arg.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".js").unwrap_or(name).to_string()
    };
    let first = name(args.first()?);
    let skip = usize::from(INTERPRETERS.contains(&first.as_str()));
    let ty = typed_type(shared, &name(args.get(skip)?))?;
    if !shared.config.shells.follows(&ty.name) {
        return None;
    }
    let shows = meaning_rules(&ty).meaning(&args[skip + 1..]) != Meaning::Plain;
    shows.then(|| ty.title.clone())
}
