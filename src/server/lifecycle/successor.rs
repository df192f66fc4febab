//! The daemon that is to follow this one should it die: the keeper starts it.

use std::ffi::OsString;

use crate::server::shared::Shared;
use segno_keeper::protocol::Successor;

/// Names to the keeper what to start should this daemon die.
pub(in super::super) fn name_successor(shared: &Shared) {
    if !shared.options.revive {
        // Nor what a previous daemon may have named.
        return take_leave(shared);
    }
    let mut env = shared.options.env.clone();
    env.insert("SEGNO_HOME".into(), shared.options.home.path().into());
    let successor = Successor {
        program: shared.options.exe.clone().into_os_string(),
        args: ["daemon", "run"].map(OsString::from).to_vec(),
        env: env.into_iter().collect(),
    };
    if let Err(error) = shared.keeper.succeed_by(successor) {
        tracing::info!(%error, "the keeper does not start a daemon after this one's death");
    }
}

/// Reports to the keeper that this daemon ends in order.
pub(in super::super) fn take_leave(shared: &Shared) {
    // One of version 0.1 does not know the word, and starts nobody.
    let _ = shared.keeper.leave();
}
