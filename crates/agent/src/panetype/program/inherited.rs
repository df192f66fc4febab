//! What panes inherit: the environment of the client that attached, not of whatever happened to
//! start the daemon. Pure; `store::environment_file` keeps it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::panetype::launch::matches;
use segno_base::text::os_text;

pub type Env = BTreeMap<OsString, OsString>;

/// The variable that says where an SSH agent listens.
const AGENT: &str = "SSH_AUTH_SOCK";

/// The environments that are kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// What panes begin with. Of the client that attached last; before the first one, of the
    /// starter.
    #[serde(with = "os_text::variables")]
    base: Env,
    client: Option<Client>,
}

/// A client that attached.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Client {
    #[serde(with = "os_text::variables")]
    env: Env,
    umask: Option<u32>,
}

impl Kept {
    /// A client attaches.
    pub fn attached(&mut self, env: Env, umask: u32) {
        if !is_poorer(&env, &self.base) {
            self.base = env.clone();
        }
        self.client = Some(Client { env, umask: Some(umask) });
    }

    /// A daemon is started in this environment, by a client or anything else. A client has noted
    /// its own before.
    pub fn started(&mut self, env: &Env) {
        let counts = self.client.is_none() || is_poorer(&self.base, env);
        if counts && !is_poorer(env, &self.base) {
            self.base = env.clone();
        }
    }

    /// What a daemon's panes begin with.
    pub fn base(&self) -> &Env {
        &self.base
    }

    /// The mask for new files of the client that attached last.
    pub fn umask(&self) -> Option<u32> {
        self.client.as_ref()?.umask
    }

    /// Where the SSH agent of the client that attached last listens.
    pub fn agent(&self) -> Option<&Path> {
        let socket = self.client.as_ref()?.env.get(OsStr::new(AGENT)).map(Path::new)?;
        socket.is_absolute().then_some(socket)
    }

    /// What a new pane begins with: the environment of its daemon, in which these variables are as
    /// the client that attached last has them, or has not. `link` leads to that client's SSH agent,
    /// and will to the next one's.
    pub fn for_panes(&self, daemon: &Env, update: &[String], link: Option<&Path>) -> Env {
        let mut env = if is_poorer(daemon, &self.base) { &self.base } else { daemon }.clone();
        let Some(client) = &self.client else { return env };
        let updated = |name: &OsString| update.iter().any(|pattern| matches(pattern, name));
        env.retain(|name, _| !updated(name));
        let theirs = client.env.iter().filter(|(name, _)| updated(name));
        env.extend(theirs.map(|(name, value)| (name.clone(), value.clone())));
        if let Some((link, socket)) = link.zip(env.get_mut(OsStr::new(AGENT)))
            && updated(&AGENT.into())
        {
            *socket = link.into();
        }
        env
    }
}

/// Whether an environment lacks what every user's has: it is of cron, of a service, of `env -i`.
/// One from a pane is not the user's own either.
fn is_poorer(env: &Env, than: &Env) -> bool {
    let has = |env: &Env, name: &str| env.get(OsStr::new(name)).is_some_and(|v| !v.is_empty());
    let lacks = |name: &&str| has(than, name) && !has(env, name);
    let is_of_pane =
        |env: &Env| env.get(OsStr::new("TERM_PROGRAM")).is_some_and(|name| name == "segno");
    ["PATH", "HOME", "TERM"].iter().any(lacks)
        || is_of_pane(env) && !than.is_empty() && !is_of_pane(than)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(text: &str) -> Env {
        let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.into(), value.into())).collect()
    }

    const USER: &str = "PATH=/bin HOME=/u TERM=t";

    fn user(more: &str) -> Env {
        env(&format!("{USER} {more}"))
    }

    #[test]
    fn a_poorer_starter_does_not_replace_what_is_kept() {
        let mut kept = Kept::default();
        kept.started(&env("HOME=/u"));
        assert_eq!(kept.base(), &env("HOME=/u"), "better than nothing");
        kept.started(&user("A=1"));
        kept.started(&env("PATH=/bin HOME=/u"));
        kept.started(&user("A=pane TERM_PROGRAM=segno"));
        assert_eq!(kept.base(), &user("A=1"));
        kept.started(&user("A=2"));
        assert_eq!(kept.base(), &user("A=2"), "no client has attached");
        kept.attached(user("A=3"), 0o77);
        kept.started(&user("A=4"));
        assert_eq!((kept.base(), kept.umask()), (&user("A=3"), Some(0o77)));
    }

    #[test]
    fn listed_variables_follow_the_client_that_attached_last() {
        let mut kept = Kept::default();
        let update = ["SSH_*".to_string(), "DISPLAY".to_string()];
        let daemon = user("DISPLAY=:0 SSH_TTY=t A=1");
        assert_eq!(kept.for_panes(&daemon, &update, None), daemon);
        kept.attached(user("SSH_AUTH_SOCK=/a A=2"), 0);
        let link = kept.agent().map(|_| Path::new("/h/link"));
        assert_eq!(kept.for_panes(&daemon, &update, link), user("A=1 SSH_AUTH_SOCK=/h/link"));
        assert_eq!(kept.for_panes(&daemon, &[], link), daemon);
        assert_eq!(kept.for_panes(&env("X=1"), &[], None), user("SSH_AUTH_SOCK=/a A=2"));
    }

    #[test]
    fn what_is_kept_is_read_again() {
        use std::os::unix::ffi::OsStringExt;
        let mut kept = Kept::default();
        let odd = OsString::from_vec(vec![b'a', 0xff, b'\n']);
        kept.attached(Env::from([("PATH".into(), odd)]), 0o22);
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
        assert_eq!(serde_json::from_str::<Kept>("{}").unwrap(), Kept::default());
    }
}
