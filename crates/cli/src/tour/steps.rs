//! What the tour shows, one step after the other, and how it knows that a step was done. Pure.

use std::collections::BTreeSet;

use segno_base::ids::PaneId;
use segno_config::keys::command::Command;
use segno_wire::control::client::ClientInfo;
use segno_wire::control::panes::keys::KeyList;
use segno_wire::control::panes::pane_info::PaneInfo;

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Split,
    Move,
    Agent,
    Detach,
    Copy,
}

/// What of the workspace shows that somebody did something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    panes: BTreeSet<PaneId>,
    /// Those in the tour's own tab.
    beside: usize,
    clients: BTreeSet<String>,
    /// Where the clients are.
    focus: BTreeSet<Option<PaneId>>,
    copying: bool,
}

impl Facts {
    pub fn new(here: &str, panes: &[PaneInfo], clients: &[ClientInfo]) -> Facts {
        let tab = panes.iter().find(|p| p.id.to_string() == here).map(|p| p.tab.id);
        Facts {
            panes: panes.iter().map(|p| p.id).collect(),
            beside: panes.iter().filter(|p| Some(p.tab.id) == tab).count(),
            clients: clients.iter().map(|c| c.id.clone()).collect(),
            focus: clients.iter().map(|c| c.pane).collect(),
            copying: clients.iter().any(|c| c.copying),
        }
    }
}

impl Step {
    pub const ALL: [Step; 5] = [Step::Split, Step::Move, Step::Agent, Step::Detach, Step::Copy];

    pub fn title(self) -> &'static str {
        match self {
            Step::Split => "Split the screen",
            Step::Move => "Move between panes",
            Step::Agent => "Open an agent",
            Step::Detach => "Detach, and come back",
            Step::Copy => "Read, search and copy",
        }
    }

    /// Whether what happened since the step began is what it asked for.
    pub fn is_done(self, before: &Facts, now: &Facts) -> bool {
        match self {
            Step::Split => now.beside > before.beside,
            Step::Move => {
                !now.focus.is_empty() && now.clients == before.clients && now.focus != before.focus
            }
            Step::Agent => now.panes.iter().any(|pane| !before.panes.contains(pane)),
            // Not where another terminal has just come beside this one.
            Step::Detach => {
                let gone = before.clients.difference(&now.clients).next().is_some();
                gone && now.clients.difference(&before.clients).next().is_some()
            }
            Step::Copy => now.copying,
        }
    }

    /// What to do, with the keys as they are bound now.
    pub fn text(self, keys: &KeyList) -> Vec<String> {
        let key = |command: Command| keys_of(keys, command);
        match self {
            Step::Split => vec![
                format!(
                    "Press {}: a second pane opens beside this one. With two keys in a row, let \
                     the first go before you press the second.",
                    key(Command::SplitRight)
                ),
                format!("{} opens one below.", key(Command::SplitDown)),
            ],
            Step::Move => vec![format!(
                "What you type goes to the pane with the coloured line. {} goes to the next one; \
                 so does a click.",
                key(Command::NextPane)
            )],
            Step::Agent => vec![
                format!(
                    "{} asks what to start, where, and in which conversation. Choose an agent, \
                     or a shell, and press enter.",
                    key(Command::NewPane)
                ),
                "The tabs on top show what each agent does: ● works, ▲ waits for you, ✓ is done."
                    .to_string(),
                format!("{} goes to the one that has waited longest.", key(Command::NextWaiting)),
            ],
            Step::Detach => vec![
                format!(
                    "{} detaches this terminal. Everything keeps running; you could close the \
                     window, or log out.",
                    key(Command::Detach)
                ),
                "Then type segno in your shell to come back, also after a reboot, with every \
                 agent in its conversation."
                    .to_string(),
            ],
            Step::Copy => vec![format!(
                "{} scrolls back: arrows or vi's keys move, / and ? search, v or space \
                     selects, y copies, q leaves.",
                key(Command::CopyMode)
            )],
        }
    }
}

/// What is said when all is done.
pub fn ending(keys: &KeyList) -> Vec<String> {
    vec![
        "That's the essentials.".to_string(),
        format!("{} lists every key; type to filter.", keys_of(keys, Command::Help)),
        format!(
            "{} opens the command palette: commands, panes, conversations, text.",
            keys_of(keys, Command::Palette)
        ),
        format!("`segno tour`, or {}, starts this tour again.", keys_of(keys, Command::Tour)),
    ]
}

/// The first key of a command, or how to do without.
fn keys_of(keys: &KeyList, command: Command) -> String {
    let bound = keys.keys.iter().find(|entry| entry.command == command.name());
    match bound.and_then(|entry| entry.keys.first()) {
        Some(key) => key.clone(),
        None => format!("(no key is bound to {command})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_wire::control::panes::keys::KeyInfo;

    fn pane(number: u32) -> PaneId {
        PaneId::new(number).unwrap()
    }

    fn facts() -> Facts {
        Facts {
            panes: BTreeSet::from([pane(1)]),
            beside: 1,
            clients: BTreeSet::from(["c1".to_string()]),
            focus: BTreeSet::from([Some(pane(1))]),
            copying: false,
        }
    }

    #[test]
    fn a_step_is_done_by_doing_it() {
        let before = facts();
        for step in Step::ALL {
            assert!(!step.is_done(&before, &before), "{step:?}");
        }
        let split = Facts { beside: 2, panes: BTreeSet::from([pane(1), pane(2)]), ..facts() };
        assert!(Step::Split.is_done(&before, &split) && Step::Agent.is_done(&before, &split));
        let moved = Facts { focus: BTreeSet::from([Some(pane(2))]), ..facts() };
        assert!(Step::Move.is_done(&before, &moved));
        // Away is not back yet.
        let away = Facts { clients: BTreeSet::new(), focus: BTreeSet::new(), ..facts() };
        assert!(!Step::Detach.is_done(&before, &away) && !Step::Move.is_done(&before, &away));
        let back = Facts { clients: BTreeSet::from(["c2".to_string()]), ..facts() };
        assert!(Step::Detach.is_done(&before, &back) && !Step::Move.is_done(&before, &back));
        let beside = BTreeSet::from(["c1".to_string(), "c2".to_string()]);
        assert!(!Step::Detach.is_done(&before, &Facts { clients: beside, ..facts() }));
        assert!(Step::Copy.is_done(&before, &Facts { copying: true, ..facts() }));
    }

    #[test]
    fn the_keys_are_those_that_are_bound() {
        let keys = vec!["ctrl+a |".to_string()];
        let bound = KeyInfo { command: "split-right".into(), keys, ..KeyInfo::default() };
        let keys = KeyList { keys: vec![bound], ..KeyList::default() };
        let text = Step::Split.text(&keys).join("\n");
        assert!(text.contains("Press ctrl+a |:") && text.contains("no key is bound to split-down"));
    }
}
