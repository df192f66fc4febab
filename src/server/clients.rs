//! Who is attached, and sending them away.

use crate::base::ids::ClientId;
use crate::core::effect::{DetachReason, Effect};
use crate::render::{Capabilities, ColorDepth};
use crate::wire::attach::AttachParams;
use crate::wire::control::client::{ClientInfo, ClientList, DetachClient, Detached, TerminalInfo};
use crate::wire::control::pane::TabInfo;
use crate::wire::rpc::{RpcError, code};

use super::Server;
use super::calls::result;
use super::message::Answer;

/// What a client said of itself when it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrival {
    since: u64,
    term: String,
    program: Option<String>,
    utf8: Option<bool>,
    remote: bool,
}

impl Arrival {
    pub fn new(params: &AttachParams, now: u64) -> Arrival {
        let variable = |name: &str| params.env.get(name).filter(|value| !value.is_empty());
        let language = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
        let version = variable("TERM_PROGRAM_VERSION").map(|v| format!(" {v}"));
        let program = variable("TERM_PROGRAM")
            .map(|name| format!("{name}{}", version.unwrap_or_default()))
            .or_else(|| variable("VTE_VERSION").map(|v| format!("VTE {v}")));
        Arrival {
            since: now,
            term: shown(&params.term),
            program: program.as_deref().map(shown),
            utf8: language.map(|language| {
                let language = language.to_ascii_lowercase();
                language.contains("utf-8") || language.contains("utf8")
            }),
            remote: variable("SSH_CONNECTION").is_some(),
        }
    }

    fn terminal(&self, caps: &Capabilities) -> TerminalInfo {
        TerminalInfo {
            term: self.term.clone(),
            program: caps.version.clone().or_else(|| self.program.clone()),
            answers: caps.answers,
            colors: match caps.color {
                ColorDepth::Ansi => "16",
                ColorDepth::Palette => "256",
                ColorDepth::True => "true",
            }
            .to_string(),
            kitty_keyboard: caps.kitty_keyboard,
            synchronized_output: caps.synchronized_output,
            hyperlinks: caps.hyperlinks,
            underline_styles: caps.underline_styles,
            focus_events: caps.focus_events,
            grapheme_clusters: caps.grapheme_clusters,
            utf8: self.utf8,
        }
    }
}

/// A text of a client's environment: one line of bounded length.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

impl Server {
    pub(super) fn list_clients(&self) -> Answer {
        let info = |client: &crate::core::model::Client| {
            let attached = self.clients.get(&client.id)?;
            let index = self.model.tabs.iter().position(|tab| Some(tab.id) == client.tab);
            let tab = index.and_then(|index| Some((index, self.model.tabs.get(index)?)));
            Some(ClientInfo {
                id: name(client.id),
                cols: client.size.cols,
                rows: client.size.rows,
                since: attached.arrival.since,
                tab: tab.map(|(index, tab)| TabInfo {
                    id: tab.id,
                    name: self.model.tab_label(tab).to_string(),
                    index: index + 1,
                }),
                pane: self.model.focused(client.id),
                read_only: client.read_only,
                remote: attached.arrival.remote,
                terminal: attached.arrival.terminal(attached.renderer.capabilities()),
            })
        };
        result(&ClientList { clients: self.model.clients.values().filter_map(info).collect() })
    }

    pub(super) fn detach_clients(&mut self, detach: &DetachClient) -> Answer {
        let all: Vec<ClientId> = self.model.clients.keys().copied().collect();
        let names = || all.iter().map(|id| name(*id)).collect::<Vec<_>>().join(", ");
        let chosen = match (&detach.client, &all[..]) {
            (_, []) => {
                return Err(RpcError::not_found(
                    "no client is attached; `segno` attaches a terminal",
                ));
            }
            (_, all) if detach.all => all.to_vec(),
            (None, [one]) => vec![*one],
            (None, all) => {
                return Err(RpcError::new(
                    code::AMBIGUOUS,
                    format!("{} clients are attached; name one of {}", all.len(), names()),
                ));
            }
            (Some(wanted), all) => {
                let found = all.iter().find(|id| name(**id) == *wanted);
                let found = found.ok_or_else(|| {
                    RpcError::not_found(format!(
                        "there is no client {wanted:?}; attached are {}",
                        names()
                    ))
                })?;
                vec![*found]
            }
        };
        for client in &chosen {
            self.effect(Effect::Detach { client: *client, reason: DetachReason::Asked });
        }
        result(&Detached { clients: chosen.into_iter().map(name).collect() })
    }
}

fn name(client: ClientId) -> String {
    format!("c{}", client.0)
}
