//! What the command line takes, and what it refuses.

use clap::CommandFactory;

use super::*;

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_contract_parses() {
    for line in [
        "segno",
        "segno attach --read-only",
        "segno new --type shell --tab --cwd /tmp --name n --on a --on b --set f=v --label k=v",
        "segno new --split right --of p1 --prompt hi --model m --session ses_1 -- --flag x",
        "segno new --worktree fix-login --from origin/main --prompt hi",
        "segno new --worktree #123",
        "segno worktree add fix-login --from v1.0 --cwd /tmp --json",
        "segno worktree add --from #123",
        "segno worktree list --all --size --json",
        "segno worktree finish",
        "segno worktree finish p1 --squash --into main -m done --close --trash --json",
        "segno worktree finish fix-login --rebase --keep",
        "segno worktree prune -n --all",
        "segno worktree restore",
        "segno worktree restore fix-login --json",
        "segno diff p1 --base main --stat",
        "segno diff --json",
        "segno sync login demo --name n --url http://x --key-stdin --set a=b --json",
        "segno sync logout n",
        "segno sync status --json",
        "segno sync config n contents prompts",
        "segno sync settings --json",
        "segno sync pause --here",
        "segno sync resume n",
        "segno sync run n --dry-run --since 7d --json",
        "segno sync run --all",
        "segno sync verify n",
        "segno sync log n --limit 5",
        "segno sync retry n",
        "segno curate ses_1 --dry-run --json",
        "segno service install --at-boot",
        "segno service uninstall",
        "segno service status --json",
        "segno update",
        "segno update --check --url https://a.test",
        "segno update --from a.tar.gz --unsigned",
        "segno update --from a.tar.gz --key k",
        "segno update --rollback",
        "segno web",
        "segno web --listen 0.0.0.0:8790 --public-url https://desk.example --tls",
        "segno web --cert c.pem --key k.pem",
        "segno web tokens --json",
        "segno web tokens list --json",
        "segno web tokens new --may watch --pane p3 --for 12h --name tv --json",
        "segno web tokens new --may answer --project .",
        "segno web tokens revoke tv",
        "segno web tokens revoke --all",
        "segno clients --json",
        "segno detach",
        "segno detach c2",
        "segno detach --all",
        "segno ls --json",
        "segno status",
        "segno status p1 --json --explain",
        "segno send p1 -x --enter",
        "segno keys p1 ctrl+c enter up f5 alt+x -",
        "segno read p1 --lines 5 --format ansi",
        "segno read p1 --all --format json",
        "segno wait p1 --for idle --timeout 1.5",
        "segno wait p1 --for output=^a.*b$",
        "segno sessions p1 --json",
        "segno sessions --dir . --type shell --json",
        "segno usage",
        "segno usage --by project --since 7d --json",
        "segno usage --since 2026-11-01",
        "segno notifications --json",
        "segno notifications --clear",
        "segno restart p1 --session ses_1",
        "segno restart p1 --fresh",
        "segno restart p1 --continue",
        "segno close p1",
        "segno focus @focused",
        "segno focus @waiting",
        "segno rename p1 x",
        "segno close p1 --force",
        "segno pin p1",
        "segno mute p1 --off",
        "segno color p1 none",
        "segno broadcast p1 p2",
        "segno broadcast --off",
        "segno broadcast p1 --off",
        "segno note",
        "segno note p1 -",
        "segno note p1 --edit",
        "segno note p1 --set x",
        "segno log p1 f --raw",
        "segno log p1 --stop",
        "segno save p1 f --format ansi --force",
        "segno zoom p1",
        "segno popup",
        "segno popup --type shell --of p1",
        "segno popup -n git --cwd /tmp -- lazygit --path x",
        "segno move p1 --popup",
        "segno move p1",
        "segno move p1 --tab",
        "segno move p1 --split down --of p2",
        "segno layout use main-vertical --of p1",
        "segno layout export",
        "segno layout apply -",
        "segno projects --json",
        "segno project open",
        "segno project open /src",
        "segno project trust .",
        "segno project forget",
        "segno types",
        "segno types ls --json",
        "segno types show shell",
        "segno types check a.toml",
        "segno types new parrot --program /opt/parrot",
        "segno types reload",
        "segno tour",
        "segno config check",
        "segno config default",
        "segno config path",
        "segno daemon start",
        "segno daemon stop",
        "segno daemon restart",
        "segno daemon status --json",
        "segno daemon run --ready-fd 3",
        "segno keeper",
        "segno kill --all",
        "segno kill-server",
        "segno doctor",
        "segno completions bash",
        "segno man",
        "segno man new",
        "segno man layout use",
        "segno hook",
        "segno hook stop {}",
    ] {
        let parsed = Cli::try_parse_from(line.split(' '));
        assert!(parsed.is_ok(), "{line}: {}", parsed.err().unwrap());
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "segno kill",
        "segno detach c1 --all",
        "segno new --tab --split right",
        "segno new --of p1",
        "segno move p1 --of p2",
        "segno popup --type shell -- top",
        "segno layout use sideways",
        "segno new --set x",
        "segno new --session --help-me",
        "segno keys p1",
        "segno keys p1 ctrl+foo",
        "segno wait p1",
        "segno wait p1 --for lunch",
        "segno wait p1 --for output=(",
        "segno wait p1 --for idle --timeout -1",
        "segno wait p1 --for idle --timeout inf",
        "segno color p1 beige",
        "segno note p1 x",
        "segno note p1 - --edit",
        "segno log p1",
        "segno log p1 f --stop",
        "segno broadcast",
        "segno restart p1 --fresh --continue",
        "segno read p1 --lines 3 --all",
        "segno service",
        "segno update --rollback --from f",
        "segno update --unsigned",
        "segno update --from f --unsigned --key k",
    ] {
        assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
    }
}

/// Consent goes with any of the choices, of which there is one.
#[test]
fn consent_goes_with_one_choice() {
    for choices in [
        ["history forget x", "history forget --directory d", "history forget --before 7d"]
            .as_slice(),
        ["skill install x", "skill install --project"].as_slice(),
    ] {
        for line in choices {
            let line = format!("segno {line} --yes");
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }
    for line in [
        "history forget --yes",
        "history forget x --before 7d",
        "history forget --directory d --before 7d",
        "skill install --yes",
        "skill install x --project",
    ] {
        let line = format!("segno {line}");
        assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
    }
}
