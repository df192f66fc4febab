//! What happens to the daemon and its panes when the system starts and ends.

pub(super) mod leaving;
