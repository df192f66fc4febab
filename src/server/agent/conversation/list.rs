//! Past conversations: those that Segno has seen and those that agents list or store by themselves,
//! with where each is open now.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::server::agent::evidence::Evidence;
use crate::server::aside::listing::lists;
use crate::server::control::calls::result;
use crate::server::message::{Answer, Message};
use crate::server::shared::Shared;
use segno_agent::identity::SessionId;
use segno_agent::panetype::PaneType;
use segno_agent::panetype::conversations::Listed;
use segno_agent::past::PastConversation;
use segno_base::ids::ClientId;
use segno_core::panes::past_conversations::ConversationQuery;
use segno_core::update::event::Event;
use segno_wire::control::conversation::{ConversationList, ConversationsOf, LeftOut};
use segno_wire::rpc::RpcError;

/// More are not shown.
const SHOWN_MAX: usize = 200;
/// Lists of agents that are remembered.
const LISTS_MAX: usize = 50;

/// What agents listed last, by type and directory.
pub(in crate::server) type Lists = HashMap<(String, PathBuf), Vec<Listed>>;

/// Whom a list is for.
#[derive(Debug)]
pub(in crate::server) enum Asker {
    Client(ClientId),
    Call(oneshot::Sender<Answer>),
}

impl Evidence {
    /// What is known now; seen last first.
    fn conversations(&self, shared: &Shared, wanted: &ConversationQuery) -> Vec<PastConversation> {
        let fits = |type_name: &str, cwd: &Path| {
            wanted.type_name.as_deref().is_none_or(|only| only == type_name)
                && wanted.directory.as_deref().is_none_or(|only| only == cwd)
        };
        let seen = self.history.iter().flat_map(|history| history.iter());
        let mut found: Vec<PastConversation> = seen
            .filter(|seen| fits(&seen.type_name, &seen.cwd))
            .cloned()
            .map(|seen| PastConversation {
                type_name: seen.type_name,
                session: seen.session,
                cwd: seen.cwd,
                summary: seen.summary,
                last_seen: seen.last_seen,
                open_in: None,
            })
            .collect();
        let lists = self.lists.iter().filter(|((name, cwd), _)| fits(name, cwd));
        for ((type_name, cwd), list) in lists {
            for listed in list {
                let known = found
                    .iter_mut()
                    .find(|c| c.session == listed.session && c.type_name == *type_name);
                match known {
                    Some(known) => {
                        // Its program knows what was said elsewhere, too.
                        let seen = std::mem::take(&mut known.summary);
                        known.summary = listed.summary.clone().or(seen);
                        known.last_seen = known.last_seen.max(listed.at);
                    }
                    None => found.push(PastConversation {
                        type_name: type_name.clone(),
                        session: listed.session.clone(),
                        cwd: cwd.clone(),
                        summary: listed.summary.clone(),
                        last_seen: listed.at,
                        open_in: None,
                    }),
                }
            }
        }
        found.retain(|choice| {
            let ty = shared.registry.get(&choice.type_name);
            ty.is_some_and(|ty| ty.resumes_by_id() && ty.session_id_ok(choice.session.as_str()))
        });
        found.sort_by_key(|choice| std::cmp::Reverse(choice.last_seen));
        found.truncate(SHOWN_MAX);
        for choice in &mut found {
            choice.open_in = shared.model.open_in(&choice.type_name, &choice.session);
        }
        found
    }

    /// The type and the directory of a conversation that is known.
    pub(in crate::server) fn conversation_known(
        &self,
        type_name: Option<&str>,
        session: &SessionId,
    ) -> Option<(String, PathBuf)> {
        let fits = |name: &str| type_name.is_none_or(|only| only == name);
        let seen = self
            .history
            .iter()
            .flat_map(|history| history.iter())
            .filter(|seen| fits(&seen.type_name));
        let seen = seen
            .filter(|seen| seen.session == *session)
            .max_by_key(|seen| seen.last_seen)
            .map(|seen| (seen.type_name.clone(), seen.cwd.clone()));
        seen.or_else(|| {
            let mut lists = self.lists.iter().filter(|((name, _), _)| fits(name));
            let (found, _) = lists.find(|(_, list)| list.iter().any(|l| l.session == *session))?;
            Some(found.clone())
        })
    }

    /// Finds them for a client's dialog: what is known at once, and again when agents have listed
    /// theirs. They are asked only for a directory that is not still being typed, which it is
    /// where one type is wanted.
    pub(in crate::server) fn find_conversations(
        &mut self,
        shared: &mut Shared,
        client: ClientId,
        mut wanted: ConversationQuery,
    ) {
        wanted.directory = wanted.directory.map(|directory| {
            let expanded = match (directory.strip_prefix("~"), &shared.options.user_home) {
                (Ok(rest), Some(home)) => home.join(rest),
                _ => directory,
            };
            // A completed directory ends in a slash, a recorded one does not.
            expanded.components().collect()
        });
        self.answer_conversations(shared, Asker::Client(client), &wanted, Vec::new());
        if wanted.type_name.is_none()
            && let Some(directory) = wanted.directory.clone()
        {
            let listers = listers(shared, &wanted);
            if !listers.is_empty() {
                ask_agents(shared, Asker::Client(client), wanted, directory, listers);
            }
        }
    }

    /// Answers a call for them, when agents have listed theirs.
    pub(in crate::server) fn list_conversations(
        &mut self,
        shared: &mut Shared,
        of: ConversationsOf,
        answer: oneshot::Sender<Answer>,
    ) {
        if let Some(name) = &of.type_name
            && let Err(unknown) = shared.registry.find(name)
        {
            let _ = answer.send(Err(RpcError::not_found(unknown.to_string())));
            return;
        }
        let directory: PathBuf = of.directory.components().collect();
        let wanted =
            ConversationQuery { type_name: of.type_name, directory: Some(directory.clone()) };
        match listers(shared, &wanted) {
            none if none.is_empty() => {
                self.answer_conversations(shared, Asker::Call(answer), &wanted, Vec::new())
            }
            listers => ask_agents(shared, Asker::Call(answer), wanted, directory, listers),
        }
    }

    /// Agents have listed theirs.
    pub(in crate::server) fn conversations_listed(
        &mut self,
        shared: &mut Shared,
        asker: Asker,
        wanted: &ConversationQuery,
        lists: Lists,
        left_out: Vec<LeftOut>,
    ) {
        if self.lists.len() > LISTS_MAX {
            self.lists.clear();
        }
        self.lists.extend(lists);
        self.answer_conversations(shared, asker, wanted, left_out);
    }

    fn answer_conversations(
        &mut self,
        shared: &mut Shared,
        asker: Asker,
        wanted: &ConversationQuery,
        left_out: Vec<LeftOut>,
    ) {
        let wanted = wanted.clone();
        self.after_history(shared, move |evidence: &mut Evidence, shared: &mut Shared| {
            evidence.answer_known(shared, asker, wanted, left_out)
        });
    }

    fn answer_known(
        &mut self,
        shared: &mut Shared,
        asker: Asker,
        wanted: ConversationQuery,
        left_out: Vec<LeftOut>,
    ) {
        let conversations = self.conversations(shared, &wanted);
        match asker {
            Asker::Client(client) => {
                // Through the queue, because the model may be being changed right now.
                let found = Event::ConversationsFound { client, wanted, conversations };
                let _ = shared.queue.send(Message::Event(found));
            }
            Asker::Call(answer) => {
                let _ = answer.send(result(&ConversationList { conversations, left_out }));
            }
        }
    }
}

/// The types whose programs list theirs, where they are there.
fn listers(shared: &Shared, wanted: &ConversationQuery) -> Vec<Arc<PaneType>> {
    let asked = |ty: &&Arc<PaneType>| {
        ty.lists_conversations() && wanted.type_name.as_ref().is_none_or(|only| *only == ty.name)
    };
    shared.registry.iter().filter(asked).cloned().collect()
}

fn ask_agents(
    shared: &Shared,
    asker: Asker,
    wanted: ConversationQuery,
    directory: PathBuf,
    listers: Vec<Arc<PaneType>>,
) {
    let env = shared.env.clone();
    let unset = shared.config.environment.unset.clone();
    shared.aside(
        move || (lists(&listers, &directory, &env, &unset), wanted),
        move |evidence: &mut Evidence, shared: &mut Shared, ((lists, left_out), wanted)| {
            evidence.conversations_listed(shared, asker, &wanted, lists, left_out);
        },
    );
}
