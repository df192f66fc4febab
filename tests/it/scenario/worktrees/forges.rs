//! Programs that know pull requests, played by scripts: they take the options that the real ones take
//! (gh 2.23 and 2.46, glab 1.53), answer and fail as those were seen to, and refuse everything else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::segno::Segno;

pub struct Forge {
    program: &'static str,
    /// What its remotes have in their addresses.
    pub remote: &'static str,
    script: &'static str,
}

/// All of them.
pub const FORGES: [Forge; 2] = [
    Forge { program: "gh", remote: "github", script: GH },
    Forge { program: "glab", remote: "gitlab", script: GLAB },
];

/// `made` in its directory has the one that there is; `answer`, where it is there, what is known.
const GH: &str = r#"#!/bin/sh
echo "$*" >> "$KNOWN/asked"
fail() { echo "$1" >&2; exit 1; }
test "$GH_PROMPT_DISABLED" = 1 || fail "it would ask"
case "$1 $2" in
"pr view")
    test "$4 $#" = "--json 5" || fail "unknown flag: $*"
    test "$5" = number,state,url || fail "Unknown JSON field: \"$5\""
    test -e "$KNOWN/made" || fail "no pull requests found for branch \"$3\""
    echo '{"number":7,"state":"OPEN","url":"https://forge.example/7"}' ;;
"pr create")
    test "$3 $5 $7 $9 $#" = "--head --base --title --body 10" || fail "unknown flag: $*"
    test ! -e "$KNOWN/made" || fail "a pull request for branch \"$4\" already exists"
    echo "$4|$6|$8|${10}" > "$KNOWN/made"
    echo "Warning: 1 uncommitted change" >&2
    echo https://forge.example/7 ;;
*) fail "unknown command \"$2\" for \"gh $1\"" ;;
esac
"#;

const GLAB: &str = r#"#!/bin/sh
echo "$*" >> "$KNOWN/asked"
fail() { echo "$1" >&2; exit 1; }
test "$GLAB_NO_PROMPT" = 1 || fail "it would ask"
case "$1 $2" in
"mr view")
    test "$4 $5 $#" = "--output json 5" || fail "Unknown flag: $*"
    test -e "$KNOWN/made" || fail "no open merge request available for \"$3\""
    echo '{"id":1,"iid":7,"state":"opened","title":"T","web_url":"https://forge.example/7"}' ;;
"mr create")
    options="$3 $5 $7 $9 ${11} $#"
    test "$options" = "--source-branch --target-branch --title --description --yes 11" ||
        fail "Unknown flag: $*"
    echo "$4|$6|$8|${10}" > "$KNOWN/made"
    echo "Creating merge request for $4 into $6 in a/b" >&2
    echo https://forge.example/7 ;;
*) fail "Unknown command: $*" ;;
esac
"#;

impl Forge {
    /// Installs it; the directory of what it knows and was asked.
    pub fn install(&self, segno: &mut Segno) -> PathBuf {
        let (bin, known) = (segno.directory("bin"), segno.directory("known"));
        let script = self.script.replace("$KNOWN", known.to_str().unwrap());
        fs::write(bin.join(self.program), script).unwrap();
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(bin.join(self.program), executable).unwrap();
        segno.path_first(&bin);
        known
    }
}
