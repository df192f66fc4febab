#!/bin/sh
# Three agents: two work at the same time, the third reviews what they did, until it approves.
#
#     examples/orchestrate.sh TYPE 'First task' 'Second task'
#
# Everything goes through the command line: `segno new` makes a pane, `segno prompt --wait` gives an
# agent a text and prints its answer, and the exit code says how the turn ended.
set -eu

type=${1:?a pane type, see: segno types}
first=${2:?the first task}
second=${3:?the second task}
rounds=${ROUNDS:-3}
seconds=${SECONDS_PER_TURN:-1800}
segno=${SEGNO_BIN:-segno}

answers=$(mktemp -d)
panes=
# Whatever happens, nothing of this goes on.
trap 'for pane in $panes; do "$segno" close "$pane" --force || true; done; rm -r "$answers"' EXIT
trap 'exit 130' INT TERM

builder=$("$segno" new --type "$type" --name builder)
panes="$panes $builder"
tester=$("$segno" new --type "$type" --name tester)
panes="$panes $tester"
reviewer=$("$segno" new --type "$type" --name reviewer)
panes="$panes $reviewer"

# Prompts an agent and keeps its answer in a file.
ask() {
    "$segno" prompt "$1" "$2" --wait --timeout "$seconds" >"$answers/$1"
}

round=1
while :; do
    # Both at the same time; each wait is for its own turn.
    ask "$builder" "$first" & one=$!
    ask "$tester" "$second" & two=$!
    wait "$one"
    wait "$two"
    ask "$reviewer" "Review the work of two colleagues. Begin your answer with APPROVED if both are done, else say what is missing.

The first was asked: $first
and answered: $(cat "$answers/$builder")

The second was asked: $second
and answered: $(cat "$answers/$tester")"
    review=$(cat "$answers/$reviewer")
    printf '%s\n' "$review"
    case $review in APPROVED*) exit 0 ;; esac
    [ "$round" -lt "$rounds" ] || exit 1
    round=$((round + 1))
    first="Go on; a reviewer says: $review"
    second=$first
done
