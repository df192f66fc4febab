//! An agent opens panes for its teammates as it does in tmux, and finds Segno's.

use crate::support::scripted;
use crate::support::segno::{Segno, program};

/// What an agent in tmux does to get teammates, command for command: two of them, then the first
/// is dismissed. It prints what it got.
const TEAM: &str = r#"
set -e
server=${TMUX%%,*}
t() { tmux -S "$server" "$@"; }
tmux -V
own=$(t display-message -p '#{pane_id}')
[ "$own" = "$TMUX_PANE" ]
echo "place $(t display-message -p -t "$own" '#{session_name}:#{window_id}.#{pane_id}')"
window=$(t display-message -t "$own" -p '#{window_id}')
[ "$(t list-panes -t "$window" -F '#{pane_id}' | wc -l)" = 1 ]
first=$(t split-window -d -t "$own" -h -l 70% -P -F '#{pane_id}' -- cat)
second=$(t split-window -d -t "$first" -v -P -F '#{pane_id}' -- cat)
for mate in "$first" "$second"; do
  t set-option -p -t "$mate" window-style 'bg=default,fg=blue'
  t set-option -p -t "$mate" pane-border-style fg=blue
  t set-option -p -t "$mate" pane-active-border-style fg=blue
  t select-pane -t "$mate" -T "mate-${mate#%}"
  t set-option -p -t "$mate" pane-border-format '#[fg=blue,bold] #{pane_title} #[default]'
done
t select-layout -t "$window" main-vertical
t resize-pane -t "$own" -x 30%
t set-option -w -t "$window" pane-border-status top
t set-option -p -t "$first" remain-on-exit failed
shell=$(t show-options -Av -t "$first" default-shell)
[ -x "$shell" ]
t respawn-pane -k -t "$first" -- "$shell" -c 'cd / && exec env MATE=one sh -c "echo I am \$MATE in \$PWD; exec cat"'
t send-keys -t "$second" 'typed for you' Enter
until t capture-pane -p -t "$first" | grep -q 'I am one in /'; do sleep 0.05; done
until t capture-pane -p -t "$second" | grep -q 'typed for you'; do sleep 0.05; done
t has-session -t segno
! t has-session -t claude-swarm
! t kill-session 2> "$SEGNO_HOME/refused"
! tmux -L claude-swarm-1 new-session -d 2>> "$SEGNO_HOME/refused"
! tmux -S /elsewhere list-panes 2>> "$SEGNO_HOME/refused"
t list-panes -t "$window" -F '#{pane_id} #{pane_title}'
while [ ! -e "$SEGNO_HOME/dismiss" ]; do sleep 0.05; done
t kill-pane -t "$first"
echo all done
exec sleep 1000
"#;

#[test]
fn teammates_get_panes_beside_their_agent() {
    let segno = Segno::new();
    segno.write("team.sh", TEAM);
    let script = segno.home().join("team.sh");
    let ty = format!(
        "schema = 1\nname = \"leader\"\nkind = \"tool\"\n[command]\nprogram = \"sh\"\n\
         args = [\"{}\"]\n[exit]\nclose = \"never\"\n\
         [[command.toggle]]\nname = \"teams\"\ntmux = true\nenv = {{ TEAMS = \"1\" }}\n",
        script.display()
    );
    segno.write("panes/leader.toml", &ty);
    let own = segno.ok(&["new", "--type", "leader", "--on", "teams"]);
    segno.ok(&["wait", &own, "--for", "output=mate-3", "--timeout", "30"]);
    let shown = segno.ok(&["read", &own]);
    assert!(shown.contains("tmux 3.2\nplace segno:@1.%1\n"), "{shown}");
    assert!(shown.contains("\n%1\n%2 mate-2\n"), "{shown}");
    assert!(shown.contains("%2 mate-2\n%3 mate-3"), "{shown}");
    let refused = std::fs::read_to_string(segno.home().join("refused")).unwrap();
    assert_eq!(refused.lines().count(), 3, "{refused}");
    assert!(refused.lines().all(|line| line.starts_with("segno: tmux: ")), "{refused}");
    let panes = segno.panes();
    let of = |id: &str| panes.iter().find(|pane| pane["id"] == id).unwrap();
    for mate in ["p2", "p3"] {
        assert_eq!((&of(mate)["parent"], &of(mate)["color"]), (&"p1".into(), &"blue".into()));
        assert_eq!(of(mate)["tab"]["id"], "t1");
    }
    segno.wait_status("p2", "where it went", |pane| pane["cwd"] == "/");
    let tree = segno.ok(&["ls", "--tree"]);
    assert!(tree.contains("\np1") && tree.contains("\n  p2") && tree.contains("\n  p3"), "{tree}");
    segno.write("dismiss", "");
    segno.ok(&["wait", &own, "--for", "output=all done", "--timeout", "30"]);
    assert!(segno.panes().iter().all(|pane| pane["id"] != "p2"));
    // Without the toggle there is nothing of it.
    segno.write("team.sh", "echo \"TMUX=$TMUX TEAMS=$TEAMS\"; case $PATH in *shims-tmux*) echo found;; esac; echo end; cat");
    let plain = segno.ok(&["new", "--type", "leader"]);
    segno.ok(&["wait", &plain, "--for", "output=end", "--timeout", "30"]);
    assert_eq!(segno.ok(&["read", &plain]).trim(), "TMUX= TEAMS=\nend");
}

#[test]
fn an_agent_is_closed_with_all_that_it_opened() {
    let segno = Segno::new();
    scripted::install(&segno);
    let top = segno.ok(&["new", "--type", "scripted"]);
    let inside = |pane: &str, args: &[&str]| {
        let mut command = segno.command(program());
        let output = command.env("SEGNO_PANE", pane).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    };
    let child = inside(&top, &["new", "--type", "command", "--", "cat"]);
    let grandchild = inside(&child, &["new", "--split", "right", "--type", "command", "--", "cat"]);
    let other = segno.ok(&["new", "--type", "command", "--", "cat"]);
    // Parents outlive the daemon.
    segno.ok(&["daemon", "restart"]);
    let tree = segno.ok(&["ls", "--tree"]);
    assert!(
        tree.contains(&format!("\n{top}")) && tree.contains(&format!("\n  {child} ")),
        "{tree}"
    );
    assert!(tree.contains(&format!("\n    {grandchild}")), "{tree}");
    segno.ok(&["pin", &grandchild]);
    let (code, why) = segno.fails(&["close", &top, "--children"]);
    assert!(code == 4 && why.contains(&grandchild) && why.contains("--force"), "{why}");
    assert_eq!(segno.panes().len(), 4);
    segno.ok(&["close", &top, "--children", "--force"]);
    let left: Vec<_> = segno.panes().iter().map(|pane| pane["id"].clone()).collect();
    assert_eq!(left, [other]);
}

#[test]
fn a_pane_is_restarted_with_other_arguments() {
    let segno = Segno::new();
    let pane = segno.ok(&["new", "--type", "command", "--", "echo one; cat"]);
    segno.ok(&["wait", &pane, "--for", "output=one", "--timeout", "30"]);
    segno.ok(&["restart", &pane, "--", "echo two; cat"]);
    segno.ok(&["wait", &pane, "--for", "output=^two", "--timeout", "30"]);
    segno.ok(&["restart", &pane]);
    segno.wait_state(&pane, "running");
    let explained = segno.ok(&["status", &pane, "--explain"]);
    assert!(explained.contains("echo two"), "{explained}");
}
