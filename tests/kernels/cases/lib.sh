# For the cases: each is a program of bash, run in a virtual machine, in the project's tree. It ends with 0 where all was
# right, with 77 and the reason on the last line where it cannot be tried here.
set -u
filetap=${FT_BUILD:?}/filetap
programs=$FT_BUILD/tests
work=$(mktemp -d)
wrong=0

wrong() {
    echo "WRONG: $*"
    wrong=$((wrong + 1))
}

finish() {
    [ "$wrong" = 0 ]
    exit
}

# trace OPTION... -- PROGRAM...: the trace as JSON lines in $work/trace, what is said beside it in $work/said.
trace() {
    : >"$work/trace"
    timeout 120 "$filetap" run -v --format jsonl -o "$work/trace" "$@" >"$work/out" 2>"$work/said"
    status=$?
}

# expect PATH RESULT [COUNT]: so many events (1 where it is not said) with this path and result.
expect() {
    local found
    found=$(python3 -c '
import json, sys
print(sum(1 for line in open(sys.argv[1], errors="surrogateescape") for e in [json.loads(line)]
          if e.get("path") == sys.argv[2] and e.get("result") == sys.argv[3]))' "$work/trace" "$1" "$2")
    [ "$found" = "${3:-1}" ] || { wrong "$found times $1 $2, not ${3:-1}" && show; }
}

expect_said() {
    grep -q -- "$1" "$work/said" || { wrong "it does not say '$1'" && cat "$work/said"; }
}

# Nothing is lost, and nothing that the source could tell is left out.
expect_whole() {
    expect_said ' 0 lost'
    ! grep -E 'leaves out|left out' "$work/said" || wrong "something is left out"
}

# What was seen, shortly.
show() {
    sed -E 's/.*"path": ?"([^"]*)".*"result": ?"([^"]*)".*/\1 \2/' "$work/trace" | grep -v /lib/ | tail -n 30
}
