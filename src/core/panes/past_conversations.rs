//! Past conversations: which of them a dialog wants, and each as it is chosen from.

use std::path::PathBuf;

use segno_agent::identity::SessionId;
use segno_base::ids::PaneId;

/// Which past conversations are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationQuery {
    /// `None`: of every type.
    pub type_name: Option<String>,
    /// `None`: wherever they were.
    pub directory: Option<PathBuf>,
}

/// A conversation that can be returned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastConversation {
    pub type_name: String,
    pub session: SessionId,
    pub cwd: PathBuf,
    pub title: Option<String>,
    /// The first and the last thing that the user was seen to say in it.
    pub first_prompt: Option<String>,
    pub last_prompt: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub last_seen: u64,
    /// Open in another pane, so it cannot be chosen.
    pub open_in: Option<PaneId>,
}

impl PastConversation {
    /// What to call it: its title, else how it began, else its id.
    pub fn label(&self) -> &str {
        let filled = |text: &'_ Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        match (filled(&self.title), filled(&self.first_prompt)) {
            (true, _) => self.title.as_deref().unwrap_or_default(),
            (false, true) => self.first_prompt.as_deref().unwrap_or_default(),
            (false, false) => self.session.as_str(),
        }
    }

    /// Why it cannot be chosen, if it cannot.
    pub fn refusal(&self) -> Option<String> {
        self.open_in.map(|pane| format!("this conversation is open in {pane}"))
    }

    /// Everything that a search looks at.
    pub fn words(&self) -> String {
        let prompts = [&self.first_prompt, &self.last_prompt].into_iter().flatten();
        let prompts: Vec<&str> = prompts.map(String::as_str).collect();
        format!("{} {} {}", self.label(), self.type_name, prompts.join(" "))
    }
}
