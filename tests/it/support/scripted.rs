//! An agent of a few lines of shell: it takes input as real ones do, and its tracker reports each
//! turn.

use super::segno::Segno;

/// `{S}` is how long it takes to come up, in seconds. It answers `say TEXT` with the text, and only
/// then draws it; `ask`, `fail` and `end` do what they say; `wait S TEXT` takes so long,
/// `until FILE TEXT` until that file is in Segno's home; anything else is ignored.
const SCRIPT: &str = r#"
report() { printf '{"v":1,"at":%s,"n":1,"from":"screen","event":%s}\n' "$(date +%s%3N)" "$1" >> "$EVENTS"; }
state() { report "\"state\",\"session\":\"t-1\",\"state\":\"$1\"$2"; }
sleep {S}
printf '\033[?2004h> '
report '"current","session":"t-1","reason":"start"'
while IFS= read -r line; do
  line=$(printf %s "$line" | sed 's/\x1b\[20[01]~//g')
  case $line in
    'say '*) state working; report "\"prompt\",\"session\":\"t-1\",\"text\":\"x\""; state idle; sleep 0.1; echo "<${line#say }>";;
    'wait '*) set -- $line; state working; sleep "$2"; state idle; sleep 0.1; echo "<$3>";;
    'until '*) set -- $line; state working; while [ ! -e "$SEGNO_HOME/$2" ]; do sleep 0.05; done; state idle; sleep 0.1; echo "<$3>";;
    ask) state working; state blocked ',"kind":"question","detail":"which one"';;
    fail) state working; state error ',"detail":"no more tokens"';;
    end) exit 7;;
  esac
  printf '> '
done
"#;

/// Answers at once, and notes what it receives.
const QUICK: &str = r#"
report() { printf '{"v":1,"at":%s,"n":1,"from":"screen","event":%s}\n' "$(date +%s%3N)" "$1" >> "$EVENTS"; }
state() { report "\"state\",\"session\":\"t-1\",\"state\":\"$1\""; }
printf '\033[?2004h> '
report '"current","session":"t-1","reason":"start"'
while IFS= read -r line; do
  line=$(printf %s "$line" | sed 's/\x1b\[20[01]~//g')
  printf '%s\n' "$line" >> "$SEGNO_HOME/received-$SEGNO_PANE"
  state working; report "\"prompt\",\"session\":\"t-1\",\"text\":\"x\""; STORE
  state idle
  printf '> '
done
"#;

/// Makes the pane type `quick` known, which notes in `received-PANE` what it receives.
pub fn install_quick(segno: &Segno) {
    segno.write("quick.sh", &QUICK.replace("STORE", ""));
    write_type(segno, "quick", "");
}

/// Makes the pane type `storing` known: it stores what was said, with a tool that it has used.
pub fn install_storing(segno: &Segno) {
    let store = r#"
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  put() { printf '{"id":"%s","role":"%s","text":"%s","tool":"%s","time":"%s"}\n' "$(date +%s%N)$1" "$1" "$2" "$3" "$now" >> "$SEGNO_HOME/stored/t-1.jsonl"; }
  put user "$line"; put assistant "I $line"; put tool "" look; put assistant "and that is all""#;
    segno.write("stored/empty", "");
    segno.write("storing.sh", &QUICK.replace("STORE", store));
    let transcript = format!(
        "[[transcript]]\nfiles = [\"{}/stored/{{session}}.jsonl\"]\ntime = \"/time\"\n\
         [[transcript.message]]\nwhere = {{ \"/role\" = \"^(user|assistant)$\" }}\nid = \"/id\"\n\
         role = \"/role\"\ntext = \"/text\"\n\
         [[transcript.tool]]\nwhere = {{ \"/role\" = \"^tool$\" }}\nid = \"/id\"\nname = \"/tool\"\n",
        segno.home().display()
    );
    write_type(segno, "storing", &transcript);
}

fn write_type(segno: &Segno, name: &str, more: &str) {
    let script = segno.home().join(format!("{name}.sh"));
    let ty = format!(
        "schema = 1\nname = \"{name}\"\ntitle = \"Scripted\"\nkind = \"agent\"\n\
         [command]\nprogram = \"sh\"\nargs = [\"{}\"]\n[exit]\nclose = \"never\"\n\
         [tracker]\nsession_id = '^t-[0-9]+$'\n[tracker.env]\nEVENTS = \"{{events_file}}\"\n{more}",
        script.display()
    );
    segno.write(&format!("panes/{name}.toml"), &ty);
}

/// Makes the pane types `scripted` and `sluggish`, which takes a second to come up, known.
pub fn install(segno: &Segno) {
    for (name, seconds) in [("scripted", "0"), ("sluggish", "1")] {
        let script = segno.home().join(format!("{name}.sh"));
        segno.write(&format!("{name}.sh"), &SCRIPT.replace("{S}", seconds));
        let ty = format!(
            "schema = 1\nname = \"{name}\"\ntitle = \"Scripted\"\nkind = \"agent\"\n\
             [command]\nprogram = \"sh\"\nargs = [\"{}\"]\n[exit]\nclose = \"never\"\n\
             [tracker]\nsession_id = '^t-[0-9]+$'\n[tracker.env]\nEVENTS = \"{{events_file}}\"\n",
            script.display()
        );
        segno.write(&format!("panes/{name}.toml"), &ty);
    }
}

/// Makes the pane type `team` known: it answers any text, of several lines too, and approves of
/// what it is to review at the second time.
pub fn install_team(segno: &Segno) {
    let script = r#"
session=t-${SEGNO_PANE#p}
tell() { printf '{"v":1,"at":%s,"n":1,"from":"screen","event":%s}\n' "$(date +%s%3N)" "$1" >> "$EVENTS"; }
state() { tell "\"state\",\"session\":\"$session\",\"state\":\"$1\""; }
put() { printf '{"id":"%s","role":"%s","text":"%s","time":"%s"}\n' "$(date +%s%N)$1" "$1" "$2" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >> "$SEGNO_HOME/stored/$session.jsonl"; }
printf '\033[?2004h> '
tell "\"current\",\"session\":\"$session\",\"reason\":\"start\""
text= reviews=0
while IFS= read -r line; do
  text="$text$line\\n"
  case $line in *'[201~') ;; *) continue ;; esac
  asked=$(printf '%s' "$text" | sed 's/\x1b\[20[01]~//g; s/\\n$//')
  text=
  printf '%s\n' "$asked" >> "$SEGNO_HOME/heard-$SEGNO_PANE"
  state working
  tell "\"prompt\",\"session\":\"$session\",\"text\":\"x\""
  put user "$asked"
  case $asked in
    Review*) reviews=$((reviews + 1)); [ $reviews -gt 1 ] && put assistant "APPROVED, well done" || put assistant "tests are missing" ;;
    *) put assistant "done with $SEGNO_PANE" ;;
  esac
  state idle
  printf '> '
done
"#;
    segno.write("stored/empty", "");
    segno.write("team.sh", script);
    let transcript = format!(
        "[[transcript]]\nfiles = [\"{}/stored/{{session}}.jsonl\"]\ntime = \"/time\"\n\
         [[transcript.message]]\nwhere = {{ \"/role\" = \"^(user|assistant)$\" }}\nid = \"/id\"\n\
         role = \"/role\"\ntext = \"/text\"\n",
        segno.home().display()
    );
    write_type(segno, "team", &transcript);
}

/// Answers `say TEXT`, works for two seconds at `work`, and notes how it was started.
const SLEEPER: &str = r#"
printf '%s\n' "$*" >> "$SEGNO_HOME/started"
tell() { printf '{"v":1,"at":%s,"n":1,"from":"screen","event":%s}\n' "$(date +%s%3N)" "$1" >> "$EVENTS"; }
state() { tell "\"state\",\"session\":\"t-1\",\"state\":\"$1\""; }
printf %s t-1 > "$SESSION.new" && mv "$SESSION.new" "$SESSION"
printf '\033[?2004h> '
tell '"current","session":"t-1","reason":"start"'
state idle
while IFS= read -r line; do
  line=$(printf %s "$line" | sed 's/\x1b\[20[01]~//g')
  state working; tell "\"prompt\",\"session\":\"t-1\",\"text\":\"x\""
  [ "$line" = work ] && sleep 2
  echo "<${line#say }>"
  state idle
done
"#;

/// Makes the pane type `sleeper` known, which resumes its conversation by its id.
pub fn install_sleeper(segno: &Segno) {
    segno.write("sleeper.sh", SLEEPER);
    let ty = format!(
        "schema = 1\nname = \"sleeper\"\ntitle = \"Sleeper\"\nkind = \"agent\"\n\
         [command]\nprogram = \"sh\"\nargs = [\"{}\"]\n\
         [tracker]\nsession_id = '^t-[0-9]+$'\n[tracker.env]\nEVENTS = \"{{events_file}}\"\n\
         SESSION = \"{{session_file}}\"\n\
         [resume]\nwith_id = [\"--session\", \"{{session}}\"]\n",
        segno.home().join("sleeper.sh").display()
    );
    segno.write("panes/sleeper.toml", &ty);
}
