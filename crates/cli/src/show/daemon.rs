//! `daemon status`.

use std::path::Path;

use super::table::{Paint, Tone};
use super::{ago, plain};
use segno_wire::control::daemon::DaemonStatus;

/// For people. `None`: no daemon runs.
pub fn status(status: Option<&DaemonStatus>, home: &Path, paint: Paint) -> String {
    let Some(status) = status else {
        return format!("stopped; everything is kept in {}\n", plain(&home.display().to_string()));
    };
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let keeper = match (status.keeper_pid, &status.keeper_version) {
        (Some(pid), Some(version)) => format!("pid {pid}, version {version}"),
        (Some(pid), None) => format!("pid {pid}"),
        (None, _) => "none".into(),
    };
    let lines = [
        (
            "daemon",
            format!(
                "pid {}, version {}, up {}",
                status.pid,
                status.version,
                ago(1, status.uptime_ms.saturating_add(1))
            ),
        ),
        ("keeper", keeper),
        ("home", status.home.display().to_string()),
        ("panes", plural(status.panes, "pane")),
        ("clients", plural(status.clients, "client")),
    ];
    let mut out = String::new();
    for (name, value) in lines {
        out.push_str(&paint.paint(Tone::Strong, &format!("{name:<8}")));
        out.push_str(&format!(" {}\n", plain(&value)));
    }
    for warning in &status.warnings {
        out.push_str(&paint.paint(Tone::Warn, &format!("warning: {}", plain(warning))));
        out.push('\n');
    }
    out
}

/// For programs; `running` says whether there is one.
pub fn status_json(status: Option<&DaemonStatus>, home: &Path) -> String {
    let value = match status {
        Some(status) => {
            let mut value = serde_json::to_value(status).unwrap_or_default();
            value["running"] = true.into();
            value
        }
        None => serde_json::json!({ "running": false, "home": home }),
    };
    super::json("daemon", &value)
}
