//! Past conversations: those that Segno has seen, with where each is open now.

use std::path::{Path, PathBuf};

use crate::base::ids::ClientId;
use crate::core::dialog::resume::ConversationChoice;
use crate::store::history::Seen;
use crate::wire::control::pane::{ConversationInfo, ConversationList, ConversationsOf};
use crate::wire::rpc::RpcError;

use super::Server;
use super::calls::result;
use super::message::{Answer, Message};

/// More are not listed.
const LISTED_MAX: usize = 100;

impl Server {
    /// The past conversations of a directory, of one type or of every type that can return to
    /// one; seen last first.
    fn conversations(&mut self, type_name: Option<&str>, cwd: &Path) -> Vec<ConversationChoice> {
        let home = self.options.home.clone();
        let wanted = |seen: &&Seen| {
            seen.cwd == cwd && type_name.is_none_or(|type_name| seen.type_name == type_name)
        };
        let seen: Vec<Seen> = self.tracker.history(&home).iter().filter(wanted).cloned().collect();
        let can_return = |seen: &Seen| {
            let ty = self.registry.get(&seen.type_name);
            ty.is_some_and(|ty| ty.resumes_by_id() && ty.session_id_ok(seen.session.as_str()))
        };
        let choice = |seen: Seen| ConversationChoice {
            open_in: self.model.open_in(&seen.type_name, &seen.session),
            type_name: seen.type_name,
            session: seen.session,
            cwd: seen.cwd,
            title: seen.title,
            first_prompt: seen.first_prompt,
            last_prompt: seen.last_prompt,
            last_seen: seen.last_seen,
        };
        seen.into_iter().filter(can_return).take(LISTED_MAX).map(choice).collect()
    }

    pub(super) fn find_conversations(
        &mut self,
        client: ClientId,
        type_name: Option<String>,
        cwd: &Path,
    ) {
        let expanded = match (cwd.strip_prefix("~"), &self.options.user_home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => cwd.to_path_buf(),
        };
        // A completed directory ends in a slash, a recorded one does not.
        let cwd: PathBuf = expanded.components().collect();
        let conversations = self.conversations(type_name.as_deref(), &cwd);
        // Through the queue, because the model is being changed right now.
        let found = Message::ConversationsFound { client, type_name, conversations };
        let _ = self.queue.send(found);
    }

    /// Answers a call for them.
    pub(super) fn list_conversations(&mut self, of: &ConversationsOf) -> Answer {
        if let Some(name) = &of.type_name
            && self.registry.get(name).is_none()
        {
            return Err(RpcError::not_found(format!(
                "there is no pane type {name:?}; see `segno types`"
            )));
        }
        let cwd: PathBuf = of.directory.components().collect();
        let info = |choice: ConversationChoice| ConversationInfo {
            type_name: choice.type_name,
            session: choice.session,
            cwd: choice.cwd,
            title: choice.title,
            first_prompt: choice.first_prompt,
            last_prompt: choice.last_prompt,
            last_seen: choice.last_seen,
            open_in: choice.open_in,
        };
        let found = self.conversations(of.type_name.as_deref(), &cwd);
        result(&ConversationList { conversations: found.into_iter().map(info).collect() })
    }
}
