package cli

// The script of bash, where the package bash-completion is not installed. cobra's script calls a
// function of that package for every TAB; others only for what we never answer.

import "strings"

// bashWithout stands in for it. Words are put together again that bash has cut at an = or a :,
// as far as no blank is between them; variables of the caller are set, as the package does it.
const bashWithout = `
__godwit_words()
{
    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@"
        return
    fi
    local i piece last blank line=$COMP_LINE head=${COMP_LINE:0:COMP_POINT}
    words=() cword=0
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        piece=${COMP_WORDS[i]} last=$((${#words[@]} - 1)) blank=
        while [[ $line == [[:space:]]* ]]; do
            line=${line#?} blank=1
        done
        line=${line#"$piece"}
        if ((last > 0)) && [[ -z $blank && ($piece == [=:]* || ${words[last]} == *[=:]) ]]; then
            words[last]+=$piece
        else
            words+=("$piece")
        fi
        if ((i == COMP_CWORD)); then
            cword=$((${#words[@]} - 1))
        fi
    done
    cur=${words[cword]} prev=
    while [[ -n $cur && $head != *"$cur" ]]; do # what is behind the cursor
        cur=${cur%?}
    done
    if ((cword > 0)); then
        prev=${words[cword - 1]}
    fi
}
`

// selfContained returns cobra's script with that call led to bashWithout.
func selfContained(script string) string {
	return strings.ReplaceAll(script, `_get_comp_words_by_ref "$@"`, `__godwit_words "$@"`) + bashWithout
}
