# awsenv's hook for bash: before each prompt, the environment follows the directory.
#
# An unchanged prompt starts no process: `_awsenv_here` tests that no nearer .awsenv appeared, and `_awsenv_fresh`, which
# the program writes whenever it runs, compares everything else that it depended on, with builtins alone. When one of them
# fails the program runs once, and its text is evaluated if it is complete. If that text asks for it, the program runs a
# second time for what takes long: a login, or the network.
#
# Promises: `$?` is kept, no trap is set, no user option or variable is touched, nothing is printed while this is
# sourced, and a shell that is not interactive is left alone. Everything is named `_awsenv_*`, but for the
# function `awsenv`, which lets `awsenv reload` and `awsenv use` act on this shell.
case ${BASH_VERSION:+$-} in
*i*)
  # Variables of these names that came with the environment are another shell's, or anybody's.
  \builtin declare -F _awsenv_hook >/dev/null || \builtin unset -v "${!_awsenv_@}"
  # `set -a` would export all of this.
  _awsenv_options=$-
  \builtin set +a
  \builtin export -n _awsenv_options
  # Sourced a second time before the first prompt: the line stands in the start-up files twice, which `doctor` reports.
  _awsenv_twice=''
  if [[ -n ${_awsenv_bin-} && -z ${_awsenv_pwd-} ]]; then
    _awsenv_twice=1
  fi
  _awsenv_bin=@awsenv@
  _awsenv_script=@script@
  # A shell that sources this again still holds the previous values of what is loaded, and keeps what it remembers.
  _awsenv_id=${_awsenv_id-} _awsenv_told=${_awsenv_told-}
  # Answers and choices stand in the second element of an array: only the first one can be exported, or set by `export`.
  _awsenv_confirmed=('' "${_awsenv_confirmed[1]-}") _awsenv_chosen=('' "${_awsenv_chosen[1]-}")
  _awsenv_echoes=${_awsenv_echoes-} _awsenv_seen=${_awsenv_seen-}
  _awsenv_pwd='' _awsenv_look=_awsenv_here _awsenv_nearest='' _awsenv_ceiling='/' _awsenv_env='' _awsenv_more=''
  _awsenv_new=1 _awsenv_code=0 _awsenv_running='' _awsenv_readonly='' _awsenv_failed='' _awsenv_features='functions'
  _awsenv_text='' _awsenv_now='' _awsenv_lines=() _awsenv_status=() _awsenv_others='' _awsenv_locals='' _awsenv_cd=''
  _awsenv_covered=${_awsenv_covered-}
  # `functions`: this hook has those that the texts call, and turns `set -u` off for the texts. bash 4.2 has a clock, 4.4
  # tells whether a variable is exported, 5.0 compares file times in nanoseconds.
  if ((BASH_VERSINFO[0] >= 5)); then
    _awsenv_features+=',ns,epoch'
  elif ((BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4)); then
    _awsenv_features+=',printf,attributes'
  elif ((BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 2)); then
    _awsenv_features+=',printf'
  fi

  # Until the program has run for the first time: outside any folder with a .awsenv nothing is loaded.
  _awsenv_fresh() {
    [[ -z ${AWSENV_STATE-}${AWSENV_PROFILE-} ]]
  }

  _awsenv_here() {
    \builtin return 1
  }

  # Each function call takes about 2 us, each further condition 0.5 us, so nothing more is done here at a prompt at which
  # nothing changed. `_awsenv_look` names the first function to call: `_awsenv_here`, or `_awsenv_fresh` if no path needs to
  # be tested. While the program runs, `_awsenv_pwd` is empty. `set -aekuvxT` need more care, and so does `nocasematch`,
  # under which the `z` matches `Z`, in Turkish too. The status stands in an array, which is never exported, since `local`
  # takes longer.
  # shellcheck disable=SC2128,SC2178 # Its first element is all there is.
  _awsenv_hook() {
    _awsenv_status=$?
    # The g is for AWSENV_LOG=debug: no option has this letter.
    [[ z$-${AWSENV_LOG-} != *[aegkuvxTZ]* && ${PWD-}$_awsenv_running == "$_awsenv_pwd" ]] &&
      "$_awsenv_look" && \builtin return "$_awsenv_status"
    if [[ $-${AWSENV_LOG-} == *[agkuvxT]* ]]; then
      _awsenv_plainly _awsenv_carefully || :
    else
      _awsenv_prompt || :
    fi
    # Under `set -e` a returned failure would end the shell.
    if [[ $- != *e* ]]; then
      \builtin return "$_awsenv_status"
    fi
  }

  # Runs a function without these options: `set -x` would show the values that are compared, `set -v` the text that is
  # evaluated, and with `set -T` a DEBUG trap would see it; `set -a` would export what is remembered; with `set -k`
  # `export NAME=value` lists all exported variables; with `set -u` `$NAME` fails.
  _awsenv_plainly() {
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
      \builtin local -
      \builtin set +akuvxT
      "$@"
      \builtin return
    fi
    \builtin local _awsenv_before _awsenv_result
    _awsenv_before=$- _awsenv_result=0
    \builtin set +akuvxT
    "$@" || _awsenv_result=$?
    [[ $_awsenv_before != *a* ]] || \builtin set -a
    [[ $_awsenv_before != *k* ]] || \builtin set -k
    [[ $_awsenv_before != *u* ]] || \builtin set -u
    [[ $_awsenv_before != *v* ]] || \builtin set -v
    [[ $_awsenv_before != *T* ]] || \builtin set -T
    [[ $_awsenv_before != *x* ]] || \builtin set -x
    \builtin return "$_awsenv_result"
  }

  _awsenv_carefully() {
    if [[ ${AWSENV_LOG-} == debug && -z $_awsenv_running ]]; then
      _awsenv_explain
    else
      _awsenv_prompt
    fi
  }

  # With AWSENV_LOG=debug: says that nothing changed, and how long the look took. If the program runs, it explains itself.
  _awsenv_explain() {
    \builtin local _awsenv_begin="${EPOCHREALTIME-}" _awsenv_end='' _awsenv_cost=''
    if ! _awsenv_unchanged; then
      _awsenv_update
      \builtin return
    fi
    _awsenv_end=${EPOCHREALTIME-}
    if [[ -n $_awsenv_begin ]]; then
      _awsenv_cost=", seen in $((10#${_awsenv_end//[!0-9]/} - 10#${_awsenv_begin//[!0-9]/})) microseconds"
    fi
    \builtin printf 'awsenv: debug: nothing changed%s\n' "$_awsenv_cost" >&2
  }

  _awsenv_prompt() {
    if [[ -n $_awsenv_running ]]; then
      # Ctrl-C while the program looked at this folder: the account of the folder before must not stay.
      _awsenv_withdraw "could not look at this folder: interrupted" "run \`awsenv reload\` to look again"
      _awsenv_pause
    fi
    _awsenv_unchanged || _awsenv_update
  }

  _awsenv_unchanged() {
    if \builtin shopt -q nocasematch; then
      \builtin shopt -u nocasematch
      [[ ${PWD-} == "$_awsenv_pwd" ]] && "$_awsenv_look"
      \builtin local _awsenv_result="$?"
      \builtin shopt -s nocasematch
      \builtin return "$_awsenv_result"
    fi
    [[ ${PWD-} == "$_awsenv_pwd" ]] && "$_awsenv_look"
  }

  # Something changed: runs the program, unless it was the directory alone and the walk up from the new one shows that the
  # same files count as before.
  _awsenv_update() {
    if [[ ${PWD-} != "$_awsenv_pwd" ]] && _awsenv_walk "${PWD-}" && _awsenv_unchanged; then
      \builtin return 0
    fi
    if [[ -n ${_awsenv_moved-} ]] && _awsenv_find_locals; then
      # With `--cd`, within a line: the program cannot tell a variable that is set for one command or function only, which
      # would stand beside the keys of this folder. The next prompt loads them; until then there are none.
      if ! _awsenv_walk "${PWD-}"; then
        _awsenv_take_out
        _awsenv_pwd=''
      fi
      \builtin return 0
    fi
    _awsenv_run || \builtin return 1
    if [[ -n $_awsenv_more ]]; then
      _awsenv_run "--fetch=$_awsenv_more"
    fi
  }

  # Lists in `_awsenv_locals` the watched variables that are local to a running function, or set for one command only. Fails
  # if there are none, or in a bash before 4.2, which cannot tell.
  _awsenv_find_locals() {
    \builtin local _awsenv_name _awsenv_list="@set@" _awsenv_marked=''
    _awsenv_locals=''
    [[ -n $_awsenv_list ]] || \builtin return 1
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
      # In a subshell, since the global variable must be changed to see whether it is another one.
      _awsenv_locals=$(
        \builtin set +eu
        IFS=' '
        for _awsenv_name in $_awsenv_list; do
          # shellcheck disable=SC2229 # The variable of that name.
          \builtin declare -g "$_awsenv_name=_" 2>/dev/null || \builtin continue
          [[ ${!_awsenv_name} == _ ]] || \builtin printf ' %s' "$_awsenv_name"
        done
      )
      [[ -n $_awsenv_locals ]]
      \builtin return
    fi
    # `-t` means nothing to a variable: given to the global one and taken again, it shows whether that is the one seen here.
    \builtin local IFS=' '
    # shellcheck disable=SC2086 # One word each.
    \builtin declare -gt $_awsenv_list
    for _awsenv_name in $_awsenv_list; do
      [[ ${!_awsenv_name@a} != *t* ]] || _awsenv_marked+=" $_awsenv_name "
    done
    # shellcheck disable=SC2086 # One word each.
    \builtin declare -g +t $_awsenv_list
    for _awsenv_name in $_awsenv_list; do
      [[ $_awsenv_marked == *" $_awsenv_name "* && ${!_awsenv_name@a} != *t* ]] || _awsenv_locals+=" $_awsenv_name"
    done
    [[ -n $_awsenv_locals ]]
  }

  @functions@

  # Looks for a .awsenv from directory $1 up to the ceiling and writes `_awsenv_here` from the paths where there is none.
  # Fails if it meets another file than the one that counts.
  _awsenv_walk() {
    \builtin local _awsenv_at="$1" _awsenv_file='' _awsenv_word='' _awsenv_tests=''
    # Most often the shell left the folder of the file that counts.
    [[ ${1%/}/ == "${_awsenv_nearest%.awsenv}"* ]] || \builtin return 1
    # Without a ceiling folders do not count here. `PWD` can be assigned to, and then need not be a path.
    while [[ $1 == /* && -n $_awsenv_ceiling ]]; do
      _awsenv_file=${_awsenv_at%/}/.awsenv
      if [[ $_awsenv_file == "$_awsenv_nearest" ]]; then
        \builtin break
      fi
      [[ ! -e $_awsenv_file && ! -L $_awsenv_file ]] || \builtin return 1
      \builtin printf -v _awsenv_word '%q' "$_awsenv_file"
      _awsenv_tests+=" && ! -e $_awsenv_word"
      if [[ -z ${_awsenv_at%/} || $_awsenv_at == "$_awsenv_ceiling" ]]; then
        [[ -z $_awsenv_nearest ]] || \builtin return 1
        \builtin break
      fi
      _awsenv_at=${_awsenv_at%/*}
    done
    _awsenv_look=_awsenv_fresh
    if [[ -n $_awsenv_tests ]]; then
      \builtin eval "_awsenv_here() { [[ ${_awsenv_tests# && } ]] && _awsenv_fresh; }"
      _awsenv_look=_awsenv_here
    fi
    _awsenv_pwd=${PWD-}
  }

  # Runs the program for this prompt and evaluates its text.
  _awsenv_run() {
    \builtin local _awsenv_text='' _awsenv_pwd_before="${PWD-}" _awsenv_error=0 _awsenv_input=''
    _awsenv_pwd='' _awsenv_more='' _awsenv_code=1
    if [[ ! -x $_awsenv_bin ]]; then
      _awsenv_withdraw "could not find $_awsenv_bin" 'install awsenv again, or open a new shell'
      \builtin return 1
    fi
    if \builtin shopt -q restricted_shell; then
      # A restricted shell may not start a program by its path.
      _awsenv_withdraw "could not run $_awsenv_bin: this shell is restricted" ''
      _awsenv_pause
      \builtin return 1
    fi
    # Not for the second run: before it, the account of the folder before was removed.
    [[ ${1-} == --fetch=* ]] || _awsenv_running=1
    _awsenv_find_readonly
    # The program gets standard error as its standard input too, unless it is closed. Standard error goes to /dev/null, since
    # bash's own message about a program that cannot be started is printed in another form below. Without `exec` the
    # redirections would take another process.
    [[ ! -e /dev/fd/2 ]] || _awsenv_error=2
    [[ -t 0 || $_awsenv_error != 2 ]] || _awsenv_input=-
    _awsenv_text=$(\builtin exec "$_awsenv_bin" export bash --hook=1 "--errors=$_awsenv_error$_awsenv_input" "--features=$_awsenv_features" "--pid=$$" "--pwd=${PWD-}" \
      "--id=$_awsenv_id" "--new=$_awsenv_new" "--told=$_awsenv_told" "--confirmed=${_awsenv_confirmed[1]-}" "--echoes=$_awsenv_echoes" \
      ${_awsenv_chosen[1]:+"--chosen=${_awsenv_chosen[1]}"} ${_awsenv_seen:+"--seen=$_awsenv_seen"} \
      ${_awsenv_readonly:+"--readonly=$_awsenv_readonly"} "$@" 0>&"$_awsenv_error" 2>/dev/null) || _awsenv_text=''
    if [[ $_awsenv_text != *": awsenv end" ]]; then
      _awsenv_withdraw_unrun
      _awsenv_pause
      \builtin return 1
    fi
    _awsenv_failed='' _awsenv_code=0
    \builtin eval "$_awsenv_text"
    # Not earlier: a text that was evaluated in part can leave two accounts mixed.
    _awsenv_running=''
    # The text names the paths where no nearer .awsenv may appear.
    if [[ ${PWD-} == "$_awsenv_pwd_before" ]]; then
      _awsenv_pwd=${PWD-}
    fi
  }

  # Lists in `_awsenv_readonly` the readonly ones of the variables that the program may change.
  _awsenv_find_readonly() {
    \builtin local _awsenv_name _awsenv_list='' _awsenv_form=''
    _awsenv_readonly=''
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && [[ @attributes@ != *r* ]]; then
      \builtin return 0
    fi
    _awsenv_list=$(\builtin readonly -p)
    # shellcheck disable=SC2043 # The program puts all of them here.
    for _awsenv_name in @managed@; do
      _awsenv_form=$'(^|\n)[a-z]+( -[a-zA-Z]+)? '"$_awsenv_name"$'(=|\n|$)'
      [[ ! $_awsenv_list =~ $_awsenv_form ]] || _awsenv_readonly+=,$_awsenv_name
    done
  }

  # Removes the account, since this folder cannot be checked for the reason $1, with the fix $2: no account is better than
  # perhaps the wrong one. The bookkeeping stays, with a note, for the next run that works.
  _awsenv_withdraw() {
    _awsenv_locals=''
    _awsenv_take_out
    _awsenv_running=''
    if [[ -z $_awsenv_failed ]]; then
      _awsenv_failed=1
      \builtin printf 'awsenv: error: %s\n' "$1" >&2
      [[ -z $2 ]] || \builtin printf 'awsenv: hint: %s\n' "$2" >&2
    fi
  }

  # Withdraws because the program printed no complete text: says whether any program can be started here.
  _awsenv_withdraw_unrun() {
    if (/bin/sh -c :) 2>/dev/null; then
      _awsenv_withdraw "could not run $_awsenv_bin" "run \`awsenv status\` to see what is wrong"
    else
      _awsenv_withdraw "could not run $_awsenv_bin: no program starts here, the environment is too large; unset what is large in it" ''
    fi
  }

  # Removes the account, except for variables that are local to a function: the global ones cannot be reached.
  _awsenv_take_out() {
    \builtin local _awsenv_name
    case ${AWSENV_STATE-} in
      '' | *'"pinned":true'* | *'"overridden":true'* | '{"withdrawn":'*) \builtin return 0 ;;
    esac
    for _awsenv_name in AWSENV_PROFILE AWSENV_ACCOUNT AWSENV_ROLE AWSENV_GUARDED AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN \
      AWS_CREDENTIAL_EXPIRATION; do
      [[ "$_awsenv_locals " == *" $_awsenv_name "* ]] || \builtin unset -v "$_awsenv_name" 2>/dev/null
    done
    \builtin export AWSENV_STATE="{\"withdrawn\":true,${AWSENV_STATE#?}"
  }

  # After a failure the program does not run again for 10 seconds, unless the directory changes.
  _awsenv_pause() {
    _awsenv_pwd=${PWD-} _awsenv_look=_awsenv_fresh _awsenv_nearest='?' _awsenv_until=$((${EPOCHSECONDS:-$SECONDS} + 10))
    # shellcheck disable=SC2317 # `_awsenv_look` names it.
    _awsenv_fresh() {
      ((${EPOCHSECONDS:-$SECONDS} < _awsenv_until))
    }
  }

  # Does `awsenv reload`, or `awsenv use` with its arguments, in this shell.
  _awsenv_act() {
    \builtin local _awsenv_word="$1"
    \builtin shift
    _awsenv_failed=''
    if _awsenv_find_locals; then
      \builtin printf 'awsenv: error: could not %s:%s is set for one command or function only\n' "$_awsenv_word" "$_awsenv_locals" >&2
      \builtin printf '%s\n' "awsenv: hint: run \`awsenv $_awsenv_word\` without it" >&2
      \builtin return 1
    fi
    if [[ $_awsenv_word == use ]]; then
      _awsenv_run --choose "$@" || \builtin return 1
    else
      _awsenv_run --reload || \builtin return 1
    fi
    if [[ -n $_awsenv_more && $_awsenv_word == use ]]; then
      _awsenv_run "--fetch=$_awsenv_more" || \builtin return 1
    elif [[ -n $_awsenv_more ]]; then
      _awsenv_run "--fetch=$_awsenv_more" --reload || \builtin return 1
    fi
    \builtin return "$_awsenv_code"
  }

  # Collects facts for `awsenv doctor`, which cannot look into this shell: whether the hook is among the prompt commands, or
  # in a function or variable that these name, where some tools keep the commands that they found.
  _awsenv_examine() {
    \builtin local IFS=$' \t\n' _awsenv_text="${PROMPT_COMMAND[*]-}" _awsenv_place=here _awsenv_round _awsenv_words
    \builtin local _awsenv_name _awsenv_value _awsenv_known=' '
    for _awsenv_round in 1 2 3 4; do
      if [[ $_awsenv_text == *_awsenv_hook* ]]; then
        \builtin break
      fi
      _awsenv_place=wrapped
      _awsenv_words=${_awsenv_text//[!a-zA-Z0-9_]/ } _awsenv_text=''
      for _awsenv_name in $_awsenv_words; do
        case "$_awsenv_known$_awsenv_name" in
          *" $_awsenv_name "* | *' '[0-9]* | *' _' | *' _awsenv_'* | *' BASH_'* | *' FUNCNAME') \builtin continue ;;
        esac
        _awsenv_known+="$_awsenv_name "
        _awsenv_value="${_awsenv_name}[*]"
        _awsenv_value=${!_awsenv_value-}
        _awsenv_text+=" ${_awsenv_value:0:4096} $(\builtin declare -f "$_awsenv_name")"
      done
    done
    if [[ $_awsenv_text != *_awsenv_hook* ]]; then
      _awsenv_place=displaced
    fi
    _awsenv_name=${BASH_ALIASES[cd]-}
    _awsenv_name=${_awsenv_name%%[[:space:]]*}
    _awsenv_value=''
    if [[ -n $_awsenv_cd && -n $_awsenv_name && $_awsenv_name != cd && "$_awsenv_cd " != *" $_awsenv_name "* ]]; then
      _awsenv_value=$_awsenv_name
    fi
    _awsenv_facts="shell=bash"$'\n'"place=$_awsenv_place"$'\n'"cd=$_awsenv_value"$'\n'"twice=$_awsenv_twice"$'\n'"script=$_awsenv_script"$'\n'"program=$_awsenv_bin"
  }

  # `reload` and `use` change the calling shell, `status` and `doctor` get facts about it; all else is left to the program.
  awsenv() {
    if [[ $# -eq 1 && $1 == reload ]]; then
      _awsenv_plainly _awsenv_act reload
    elif [[ ${1-} == use && ${2-} != -h && ${2-} != --help ]]; then
      _awsenv_plainly _awsenv_act "$@"
    elif [[ ${1-} == status ]]; then
      AWSENV_CHOSEN=${_awsenv_chosen[1]-} "$_awsenv_bin" "$@"
    elif [[ ${1-} == doctor ]]; then
      \builtin local _awsenv_facts=''
      _awsenv_plainly _awsenv_examine || :
      AWSENV_FACTS=$_awsenv_facts "$_awsenv_bin" "$@"
    else
      "$_awsenv_bin" "$@"
    fi
  }

  # Puts the hook after the last of the other tools that set variables by folder: before them, it would load an account
  # beside the AWS_PROFILE that they set next. Fails if there are none.
  # shellcheck disable=SC2128,SC2178 # PROMPT_COMMAND is a string or an array.
  _awsenv_join() {
    \builtin local _awsenv_index _awsenv_tool _awsenv_rest _awsenv_at='' _awsenv_last='' _awsenv_least=''
    for _awsenv_index in "${!PROMPT_COMMAND[@]}"; do
      for _awsenv_tool in _direnv_hook _mise_hook_prompt_command; do
        _awsenv_rest=${PROMPT_COMMAND[_awsenv_index]##*"$_awsenv_tool"}
        if [[ ${PROMPT_COMMAND[_awsenv_index]} != *"$_awsenv_tool"* ]]; then
          \builtin continue
        elif [[ $_awsenv_index != "$_awsenv_at" || ${#_awsenv_rest} -lt ${#_awsenv_least} ]]; then
          _awsenv_at=$_awsenv_index _awsenv_last=$_awsenv_tool _awsenv_least=$_awsenv_rest
        fi
      done
    done
    [[ -n $_awsenv_at ]] || \builtin return 1
    if [[ $_awsenv_form == *-* && ${PROMPT_COMMAND[_awsenv_at]} == "$_awsenv_last" ]]; then
      PROMPT_COMMAND=("${PROMPT_COMMAND[@]:0:_awsenv_at+1}" _awsenv_hook "${PROMPT_COMMAND[@]:_awsenv_at+1}")
    else
      PROMPT_COMMAND[_awsenv_at]="${PROMPT_COMMAND[_awsenv_at]%"$_awsenv_least"};_awsenv_hook$_awsenv_least"
    fi
  }

  # VS Code's integration takes the first prompt command that is not its own for the command that was typed, and calls the
  # prompt commands that it found: the hook goes among those, as if its line had come first. Fails without the integration.
  # shellcheck disable=SC2128,SC2178 # PROMPT_COMMAND is a string or an array.
  _awsenv_join_vscode() {
    \builtin local _awsenv_index
    \builtin declare -F __vsc_prompt_cmd_original >/dev/null || \builtin return 1
    for _awsenv_index in "${!PROMPT_COMMAND[@]}"; do
      case ${PROMPT_COMMAND[_awsenv_index]} in
        __vsc_prompt_cmd | __vsc_prompt_cmd_original)
          # A string, or the first one of an array.
          __vsc_original_prompt_command=_awsenv_hook${__vsc_original_prompt_command:+;$__vsc_original_prompt_command}
          PROMPT_COMMAND[_awsenv_index]=__vsc_prompt_cmd_original
          \builtin return 0
          ;;
      esac
    done
    \builtin return 1
  }

  # shellcheck disable=SC2030,SC2031,SC2128,SC2178 # PROMPT_COMMAND is a string or an array, and the subshell is a probe.
  _awsenv_install() {
    if [[ ${PROMPT_COMMAND[*]-}${__vsc_original_prompt_command[*]-} == *_awsenv_hook* ]]; then
      \builtin return 0
    fi
    if ! (PROMPT_COMMAND=${PROMPT_COMMAND-}) 2>/dev/null; then
      \builtin printf 'awsenv: error: could not install the hook: PROMPT_COMMAND is readonly\nawsenv: hint: put the line for awsenv before the one that makes it readonly\n' >&2
      \builtin return 0
    fi
    # The form that PROMPT_COMMAND had, for `hook --uninstall`.
    _awsenv_form=${PROMPT_COMMAND+set}
    ! _awsenv_join_vscode || \builtin return 0
    # bash-preexec takes its own text out of a string at the first prompt, but not out of an array. VS Code, which comes after
    # the start-up files, takes a string, or the first element alone.
    if [[ ${TERM_PROGRAM-} == vscode && ${#PROMPT_COMMAND[@]} -le 1 && ${PROMPT_COMMAND-} != *__bp_install* ]]; then
      _awsenv_join || PROMPT_COMMAND=_awsenv_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}
    elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && [[ ${PROMPT_COMMAND-} != *__bp_install* ]]; then
      \builtin local -
      \builtin set +u
      _awsenv_form=${PROMPT_COMMAND+set}-${PROMPT_COMMAND@a}
      # As an element of the array the hook leaves `$?` and PIPESTATUS to the others as they were.
      _awsenv_join || PROMPT_COMMAND=(_awsenv_hook ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"})
    else
      _awsenv_join || PROMPT_COMMAND=_awsenv_hook${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
    fi
  }
  _awsenv_install
  \builtin unset -f _awsenv_install _awsenv_join _awsenv_join_vscode
  if [[ $_awsenv_options == *a* ]]; then
    \builtin set -a
  fi
  ;;
esac
