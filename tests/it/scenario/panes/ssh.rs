//! The real ssh and a server of the test's own on the loopback interface: what its user sees when
//! connections break and cannot be made. Left out where no server is installed.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::segno::{Segno, kill_and_wait};

struct Server {
    directory: PathBuf,
    port: u16,
    child: Child,
}

impl Server {
    /// `None` where the machine has none, or does not let it run.
    fn start(segno: &Segno, directory: &Path, port: u16, host_key: &str) -> Option<Self> {
        let program =
            ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|p| Path::new(p).exists())?;
        let file = |name: &str| directory.join(name).display().to_string();
        let mut options = vec![
            format!("ListenAddress=127.0.0.1:{port}"),
            format!("HostKey={}", file(host_key)),
            format!("AuthorizedKeysFile={}", file("user.pub")),
        ];
        options.extend(["PidFile=none", "StrictModes=no", "UsePAM=no"].map(str::to_owned));
        let mut command = segno.command(program);
        command.args(["-D", "-e", "-f", "/dev/null"]).stderr(Stdio::null());
        for option in &options {
            command.args(["-o", option]);
        }
        let mut child = command.spawn().ok()?;
        let listens = segno.wait_for("the server", || {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(true);
            }
            child.try_wait().ok()?.map(|_| false)
        });
        listens.then(|| Self { directory: directory.to_owned(), port, child })
    }

    /// The processes that have the connections.
    fn connections(&self) -> Vec<i32> {
        let pid = self.child.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        children.unwrap_or_default().split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
    }

    fn break_connections(&self) {
        self.connections().into_iter().for_each(kill_and_wait);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.break_connections();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory with keys: two of hosts, one of a user.
fn keys(segno: &Segno) -> Option<PathBuf> {
    let directory = segno.directory("keys");
    for name in ["host", "other", "user"] {
        let mut keygen: Command = segno.command("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(directory.join(name));
        keygen.status().ok().filter(std::process::ExitStatus::success)?;
    }
    Some(directory)
}

#[test]
fn what_breaks_is_explained_and_connected_anew() {
    let segno = Segno::new();
    let Some(directory) = keys(&segno) else { return eprintln!("ssh is not installed") };
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let start = |key: &str| Server::start(&segno, &directory, port, key);
    let Some(server) = start("host") else { return eprintln!("no server of ssh runs here") };
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten().expect("a user");
    let file = |name: &str| server.directory.join(name).display().to_string();
    let options = format!(
        "options=-F none -i '{}' -o IdentitiesOnly=yes -o 'UserKnownHostsFile={}' -o StrictHostKeyChecking=accept-new",
        file("user"),
        file("known")
    );
    let (port, user) = (format!("port={}", server.port), format!("user={}", user.name));
    let mut new = vec!["new", "--focus", "--type", "ssh", "--set", "host=127.0.0.1"];
    let line = "command=echo \"in by ${SSH_CONNECTION%% *}\"; exec cat";
    for field in [&user, &port, &options, line] {
        new.extend(["--set", field]);
    }
    segno.daemon_start();
    segno.ok(&["new", "--focus", "--tab"]);
    let pane = segno.ok(&new);
    let terminal = segno.terminal_of(110, 30, &["attach"]);
    let shown = |text: &str| segno.ok(&["read", &pane, "--all"]).matches(text).count();
    let wait_connected = |times: usize| {
        segno.wait_for("a connection", || (shown("in by 127.0.0.1") == times).then_some(()));
    };
    let wait_noted = |text: &str| {
        segno.wait_status(&pane, text, |status| {
            status["state"] == "exited" && status["notes"].to_string().contains(text)
        });
    };
    wait_connected(1);
    terminal.type_text("over there");
    terminal.keys("enter");
    segno.wait_for("the echo", || (shown("over there") == 2).then_some(()));
    let pid = segno.pane_pid(&pane);
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!(segno.pane_pid(&pane), pid);
    terminal.wait_text("over there");

    server.break_connections();
    wait_noted("The connection broke");
    terminal.keys("enter");
    wait_connected(2);
    drop(server);
    wait_noted("The connection broke");
    terminal.keys("enter");
    wait_noted("127.0.0.1 refuses connections on port");
    let server = start("other").expect("it ran before");
    terminal.keys("enter");
    wait_noted("The machine has another host key than before");
    drop(server);
    let _server = start("host").expect("it ran before");
    terminal.keys("enter");
    wait_connected(3);
    terminal.keys("ctrl+d");
    segno.wait_for("the pane to close", || {
        (!segno.panes().iter().any(|open| open["id"] == pane.as_str())).then_some(())
    });
}
