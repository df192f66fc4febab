//! Who is attached, and sending them away.

use std::collections::BTreeMap;

use crate::server::client::Clients;
use crate::server::control::calls::result;
use crate::server::message::Answer;
use crate::server::shared::Shared;
use segno_base::ids::ClientId;
use segno_core::update::effect::{DetachReason, Effect};
use segno_wire::attach::AttachParams;
use segno_wire::control::client::{ClientInfo, ClientList, DetachClient, Detached, TerminalInfo};
use segno_wire::control::panes::pane_info::TabInfo;
use segno_wire::rpc::{RpcError, code};

/// What a client said of itself when it came.
#[derive(Debug, Clone, Default)]
pub(in crate::server) struct Arrival {
    since: u64,
    params: AttachParams,
}

impl Arrival {
    pub fn new(params: AttachParams, now: u64) -> Arrival {
        Arrival { since: now, params }
    }

    /// What it said of its environment.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.params.env
    }
}

impl Clients {
    pub(in crate::server) fn list(&self, shared: &Shared) -> Answer {
        let info = |client: &segno_core::model::client::Client| {
            let attached = self.attached.get(&client.id)?;
            let index = shared.model.tabs.iter().position(|tab| Some(tab.id) == client.tab);
            let tab = index.and_then(|index| Some((index, shared.model.tabs.get(index)?)));
            Some(ClientInfo {
                id: name(client.id),
                cols: client.size.cols,
                rows: client.size.rows,
                since: attached.arrival.since,
                tab: tab.map(|(index, tab)| TabInfo {
                    id: tab.id,
                    name: shared.model.tab_label(tab).to_string(),
                    index: index + 1,
                }),
                pane: shared.model.focused(client.id),
                copying: shared.model.is_copying(client.id),
                read_only: client.read_only,
                ignore_size: client.ignore_size,
                remote: attached.arrival.params.env.contains_key("SSH_CONNECTION"),
                terminal: TerminalInfo::new(
                    &attached.arrival.params,
                    attached.renderer.capabilities(),
                ),
            })
        };
        result(&ClientList { clients: shared.model.clients.values().filter_map(info).collect() })
    }
}

pub(in crate::server) fn detach(shared: &mut Shared, detach: &DetachClient) -> Answer {
    let all: Vec<ClientId> = shared.model.clients.keys().copied().collect();
    let names = || all.iter().map(|id| name(*id)).collect::<Vec<_>>().join(", ");
    let chosen = match (&detach.client, &all[..]) {
        (_, []) => {
            return Err(RpcError::not_found("no client is attached; `segno` attaches a terminal"));
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
        shared.effect(Effect::Detach { client: *client, reason: DetachReason::Asked });
    }
    result(&Detached { clients: chosen.into_iter().map(name).collect() })
}

fn name(client: ClientId) -> String {
    format!("c{}", client.0)
}
