# awsenv's hook for zsh: before each prompt and after each change of directory, the environment follows the directory.
#
# An unchanged prompt starts no process: the hook tests that no nearer .awsenv appeared, and `_awsenv_same`, which the
# program writes whenever it runs, compares everything else that it depended on, with builtins alone. When one of them
# fails the program runs once, and its text is evaluated if it is complete. If that text asks for it, the program runs a
# second time for what takes long: a login, or the network.
#
# Promises: no trap is set, no user option or variable is touched, nothing is printed while this is sourced, and
# shells that are not interactive, and subshells, are left alone. Everything is named `_awsenv_*`, but for the
# function `awsenv`, which lets `awsenv reload` and `awsenv use` act on this shell.
#
# All code stands in one string that is read without aliases and runs with zsh's own options, whatever the
# user's are. It therefore contains no single quote. With `auto_name_dirs`, which the emulation alone leaves as it is,
# the prompt would call a directory `~_awsenv_pwd`.
if [[ -o interactive ]]; then
# Variables of these names that came with the environment are another shell's, or anybody's.
\builtin typeset -f _awsenv_hook >/dev/null || \builtin unset -m "_awsenv_*"
# Sourced a second time before the first prompt: the line stands in the start-up files twice, which `doctor` reports.
\builtin typeset -g +x _awsenv_twice=${_awsenv_bin:+${${_awsenv_pwd:-1}:#/*}}
\builtin typeset -g +x _awsenv_bin=@awsenv@
\builtin typeset -g +x _awsenv_script=@script@
\builtin emulate zsh -o no_aliases -o no_auto_name_dirs -c '
\builtin typeset -g +x _awsenv_bin _awsenv_script _awsenv_twice
# A shell that sources this again still holds the previous values of what is loaded, and keeps what it remembers.
\builtin typeset -g +x _awsenv_id=${_awsenv_id-} _awsenv_told=${_awsenv_told-} _awsenv_confirmed=${_awsenv_confirmed-} _awsenv_chosen=${_awsenv_chosen-}
\builtin typeset -g +x _awsenv_echoes=${_awsenv_echoes-} _awsenv_seen=${_awsenv_seen-} _awsenv_facts= _awsenv_tests=
\builtin typeset -g +x _awsenv_pwd= _awsenv_nearest= _awsenv_ceiling=/ _awsenv_text= _awsenv_more=
\builtin typeset -g +x _awsenv_new=1 _awsenv_code=0 _awsenv_running= _awsenv_failed= _awsenv_features=functions _awsenv_deadline= _awsenv_until=0
\builtin typeset -g +x _awsenv_env= _awsenv_others= _awsenv_locals= _awsenv_shell=$$ _awsenv_covered=${_awsenv_covered-}
\builtin typeset -ga _awsenv_times
if \builtin zmodload -F zsh/stat b:zstat 2>/dev/null && \builtin zmodload -F zsh/datetime p:EPOCHSECONDS 2>/dev/null; then
  \builtin local -a _awsenv_probe
  # Nanoseconds in the format came with zsh 5.6.
  if \builtin zstat -A _awsenv_probe -F %N +mtime -- / 2>/dev/null && [[ $_awsenv_probe[1] == [0-9]## || $_awsenv_probe[1] == <-> ]]; then
    _awsenv_features+=,zstat,epoch
    if \builtin zmodload -F zsh/system b:sysread 2>/dev/null; then
      _awsenv_features+=,sysread
    fi
  fi
  \builtin unset _awsenv_probe
fi

# The commands that tell whether everything is as it was when the program ran. Until it has run for the first time: outside
# any folder with a .awsenv nothing is loaded.
\builtin typeset -g +x _awsenv_same="[[ -z \${AWSENV_STATE-}\${AWSENV_PROFILE-} ]]"

# Writes the hook for the present directory, with $1 as the tests that no nearer .awsenv appeared. It is one function,
# since each call of another takes about 10 us, as much as all the tests of files.
_awsenv_compose() {
  _awsenv_tests="[[ \$PWD == \"\$_awsenv_pwd\" ${1-} ]]"
  \builtin eval "_awsenv_hook() {
    [[ ! -o xtrace && -z \$_awsenv_running\${AWSENV_LOG-} ]] && $_awsenv_tests && { $_awsenv_same } && \builtin return 0
    _awsenv_changed
    \builtin return 0
  }"
}
_awsenv_compose

# Does the tests of `_awsenv_hook`, for when it leaves them out: under `set -x`, AWSENV_LOG, or after Ctrl-C.
_awsenv_unchanged() {
  # `functions -T` traces one function.
  [[ ! -o xtrace ]] || { \builtin setopt local_options; \builtin unsetopt xtrace }
  \builtin eval "$_awsenv_tests && { $_awsenv_same }"
}

_awsenv_changed() {
  # Not in a subshell, and not in a worker of zpty, which is a shell that nobody types in.
  [[ $ZSH_SUBSHELL -eq 0 && $$ == "$_awsenv_shell" && -o interactive ]] || \builtin return 0
  if [[ -o xtrace || -n ${AWSENV_LOG-} ]]; then
    \builtin setopt local_options
    \builtin unsetopt xtrace
    [[ ${AWSENV_LOG-} != debug || -n $_awsenv_running ]] || { _awsenv_explain; \builtin return 0 }
  fi
  if [[ -n $_awsenv_running ]]; then
    # Ctrl-C while the program looked at this folder: the account of the folder before must not stay.
    _awsenv_withdraw "could not look at this folder: interrupted" "run \`awsenv reload\` to look again"
    _awsenv_pause
  fi
  _awsenv_unchanged || _awsenv_update
}

# With AWSENV_LOG=debug: says that nothing changed, and how long the look took. If the program runs, it explains itself.
_awsenv_explain() {
  \builtin zmodload -F zsh/datetime p:EPOCHREALTIME 2>/dev/null
  \builtin local begin=${EPOCHREALTIME-} cost=
  \builtin local -i microseconds
  if ! _awsenv_unchanged; then
    _awsenv_update
    \builtin return 0
  fi
  if [[ -n $begin ]]; then
    (( microseconds = (EPOCHREALTIME - begin) * 1000000 ))
    cost=", seen in $microseconds microseconds"
  fi
  \builtin print -ru2 -- "awsenv: debug: nothing changed$cost"
}

# Before a command: keys that expired while the shell waited are renewed or removed, and so is what an interrupted run left.
# A hook that was installed after the first prompt looks here for the first time.
_awsenv_preexec() {
  [[ -n $_awsenv_running || -z $_awsenv_pwd || ( -n $_awsenv_deadline && ${EPOCHSECONDS:-0} -ge $_awsenv_deadline ) ]] && _awsenv_hook
  \builtin return 0
}

# Something changed: runs the program, unless it was the directory alone and the walk up from the new one shows that the
# same files count as before.
_awsenv_update() {
  if [[ $PWD != "$_awsenv_pwd" ]] && _awsenv_walk "$PWD" && _awsenv_unchanged; then
    \builtin return 0
  fi
  if _awsenv_find_locals; then
    # After a change of directory in a function: a local variable would stand beside the keys of this folder, and the global
    # one cannot be reached. The next prompt loads the keys; until then there are none.
    _awsenv_walk "$PWD" || { _awsenv_take_out; _awsenv_pwd= }
    \builtin return 0
  fi
  _awsenv_run || \builtin return 1
  [[ -z $_awsenv_more ]] || _awsenv_run --fetch=$_awsenv_more
}

# Lists in `_awsenv_locals` the watched variables that are local to a running function. Fails if there are none.
_awsenv_find_locals() {
  \builtin local name
  _awsenv_locals=
  for name in @names@; do
    [[ ${(Pt)name-} != *-local* ]] || _awsenv_locals+=" $name"
  done
  [[ -n $_awsenv_locals ]]
}

@functions@

# Looks for a .awsenv from directory $1 up to the ceiling and writes the hook from the paths where there is none.
# Fails if it meets another file than the one that counts.
_awsenv_walk() {
  \builtin local at=$1 file tests
  # Most often the shell left the folder of the file that counts.
  [[ ${1%/}/ == "${_awsenv_nearest%.awsenv}"* ]] || \builtin return 1
  # Without a ceiling folders do not count here. PWD can be assigned to, and then need not be a path.
  while [[ $1 == /* && -n $_awsenv_ceiling ]]; do
    file=${at%/}/.awsenv
    [[ $file != "$_awsenv_nearest" ]] || \builtin break
    [[ ! -e $file && ! -L $file ]] || \builtin return 1
    tests+=" && ! -e ${(qq)file}"
    if [[ -z ${at%/} || $at == "$_awsenv_ceiling" ]]; then
      [[ -z $_awsenv_nearest ]] || \builtin return 1
      \builtin break
    fi
    at=${at%/*}
  done
  _awsenv_compose "$tests"
  _awsenv_pwd=$PWD
}

# Runs the program for this prompt and evaluates its text. An exported answer or choice was not given in this shell.
_awsenv_run() {
  # A DEBUG trap of the user would see what is evaluated: it is off until this function ends.
  \builtin setopt local_options local_traps
  \builtin unsetopt xtrace
  \builtin trap - DEBUG
  \builtin local text name fixed before=$PWD error=0 input=
  # Powerlevel10k shows a prompt before the start-up files have run, and until it removes that, all output goes to a file:
  # nothing can be shown or asked. If the instant prompt cannot be ended here, the program runs before the next command, or
  # at the next prompt.
  if (( ${+__p9k_instant_prompt_active} )); then
    _awsenv_pwd=
    \builtin typeset -f p10k >/dev/null || \builtin return 1
    p10k clear-instant-prompt
    (( ! ${+__p9k_instant_prompt_active} )) || \builtin return 1
  fi
  _awsenv_pwd= _awsenv_more= _awsenv_code=1
  if [[ ! -x $_awsenv_bin ]]; then
    _awsenv_withdraw "could not find $_awsenv_bin" "install awsenv again, or open a new shell"
    \builtin return 1
  fi
  if [[ -o restricted ]]; then
    # A restricted shell may not start a program by its path.
    _awsenv_withdraw "could not run $_awsenv_bin: this shell is restricted"
    _awsenv_pause
    \builtin return 1
  fi
  # Not for the second run: before it, the account of the folder before was removed.
  [[ ${1-} == --fetch=* ]] || _awsenv_running=1
  # The readonly ones of the variables that the program may change.
  fixed=
  if [[ @attributes@ == *readonly* ]]; then
    for name in @managed@; do
      [[ ${(Pt)name} != *readonly* ]] || fixed+=,$name
    done
  fi
  # The program gets standard error as its standard input too, unless it is closed. Standard error goes to /dev/null, since
  # the message of zsh about a program that cannot be started is printed in another form below.
  [[ ! -e /dev/fd/2 ]] || error=2
  [[ -t 0 || $error != 2 ]] || input=-
  text=$("$_awsenv_bin" export zsh --hook=1 --errors=$error$input --features=$_awsenv_features --pid=$$ --pwd="$PWD" --id=$_awsenv_id --new=$_awsenv_new \
    --told=$_awsenv_told --confirmed=${${${(t)_awsenv_confirmed}:#*export*}:+$_awsenv_confirmed} --echoes=$_awsenv_echoes \
    ${${${(t)_awsenv_chosen}:#*export*}:+${_awsenv_chosen:+--chosen=$_awsenv_chosen}} ${_awsenv_seen:+"--seen=$_awsenv_seen"} \
    ${fixed:+--readonly=$fixed} "$@" <&$error 2>/dev/null) || text=
  if [[ $text != *": awsenv end" ]]; then
    if (/bin/sh -c :) 2>/dev/null; then
      _awsenv_withdraw "could not run $_awsenv_bin" "run \`awsenv status\` to see what is wrong"
    else
      _awsenv_withdraw "could not run $_awsenv_bin: no program starts here, the environment is too large; unset what is large in it"
    fi
    _awsenv_pause
    \builtin return 1
  fi
  _awsenv_failed= _awsenv_code=0
  \builtin eval "$text"
  # Not earlier: a text that was evaluated in part can leave two accounts mixed.
  _awsenv_running=
  # The text wrote the hook, with the paths where no nearer .awsenv may appear.
  [[ $PWD != "$before" ]] || _awsenv_pwd=$PWD
  \builtin return 0
}

# Removes the account, since this folder cannot be checked for the reason $1, with the fix $2: no account is better than
# perhaps the wrong one. The bookkeeping stays, with a note, for the next run that works.
_awsenv_withdraw() {
  _awsenv_locals=
  _awsenv_take_out
  _awsenv_running=
  [[ -z $_awsenv_failed ]] || \builtin return 0
  _awsenv_failed=1
  \builtin print -ru2 -- "awsenv: error: $1"
  [[ -z ${2-} ]] || \builtin print -ru2 -- "awsenv: hint: $2"
}

# Removes the account, except for variables that are local to a function: the global ones cannot be reached.
_awsenv_take_out() {
  \builtin local name
  case ${AWSENV_STATE-} in
    "" | *"\"pinned\":true"* | *"\"overridden\":true"* | "{\"withdrawn\":"*) \builtin return 0 ;;
  esac
  for name in AWSENV_PROFILE AWSENV_ACCOUNT AWSENV_ROLE AWSENV_GUARDED AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION; do
    [[ "$_awsenv_locals " == *" $name "* || ${(Pt)name} == *readonly* ]] || \builtin unset $name
  done
  \builtin export AWSENV_STATE="{\"withdrawn\":true,${AWSENV_STATE#?}"
}

# After a failure the program does not run again for 10 seconds, unless the directory changes.
_awsenv_pause() {
  _awsenv_pwd=$PWD _awsenv_nearest="?" _awsenv_deadline= _awsenv_until=$(( ${EPOCHSECONDS:-$SECONDS} + 10 ))
  _awsenv_same="(( \${EPOCHSECONDS:-\$SECONDS} < _awsenv_until ))"
  _awsenv_compose
}

# Collects facts for `awsenv doctor`, which cannot look into this shell.
_awsenv_examine() {
  \builtin local place=here name
  \builtin typeset -ga precmd_functions chpwd_functions preexec_functions
  if (( ! ${precmd_functions[(I)_awsenv_hook]} )); then
    place=displaced
    \builtin zmodload zsh/parameter 2>/dev/null
    # Some tools keep there what they found.
    for name in precmd $precmd_functions; do
      [[ ${functions[$name]-} != *_awsenv_hook* ]] || place=wrapped
    done
  elif (( ! ${chpwd_functions[(I)_awsenv_hook]} || ! ${preexec_functions[(I)_awsenv_preexec]} )); then
    place=partly
  fi
  _awsenv_facts="shell=zsh
place=$place
twice=$_awsenv_twice
script=$_awsenv_script
program=$_awsenv_bin"
}

# `reload` and `use` change the calling shell, `status` and `doctor` get facts about it; all else is left to the program.
awsenv() {
  if [[ ( $# -eq 1 && $1 == reload ) || ( ${1-} == use && ${2-} != -h && ${2-} != --help ) ]]; then
    [[ ! -o xtrace ]] || { \builtin setopt local_options; \builtin unsetopt xtrace }
    _awsenv_failed=
    if _awsenv_find_locals; then
      \builtin print -ru2 -- "awsenv: error: could not $1:$_awsenv_locals is set for one function only"
      \builtin print -ru2 -- "awsenv: hint: run \`awsenv $1\` outside of it"
      \builtin return 1
    fi
    if [[ $1 == use ]]; then
      \builtin shift
      _awsenv_run --choose "$@" || \builtin return 1
      [[ -z $_awsenv_more ]] || _awsenv_run --fetch=$_awsenv_more || \builtin return 1
      \builtin return $_awsenv_code
    fi
    _awsenv_run --reload || \builtin return 1
    [[ -z $_awsenv_more ]] || _awsenv_run --fetch=$_awsenv_more --reload || \builtin return 1
    \builtin return $_awsenv_code
  fi
  if [[ ${1-} == status ]]; then
    AWSENV_CHOSEN=$_awsenv_chosen "$_awsenv_bin" "$@"
    \builtin return
  fi
  if [[ ${1-} == doctor ]]; then
    _awsenv_examine
    AWSENV_FACTS=$_awsenv_facts "$_awsenv_bin" "$@"
    \builtin return
  fi
  "$_awsenv_bin" "$@"
}

\builtin typeset -ga precmd_functions chpwd_functions preexec_functions
# Puts the hook after the last of the other tools that set variables by folder: before them, it would load an account
# beside the AWS_PROFILE that they set next.
_awsenv_install() {
  \builtin local list at
  \builtin local -a entries
  for list in precmd_functions chpwd_functions; do
    entries=(${(P)list})
    (( ! ${entries[(I)_awsenv_hook]} )) || \builtin continue
    at=${entries[(I)_(direnv_hook|mise_hook*)]}
    \builtin set -A $list $entries[1,at] _awsenv_hook $entries[at+1,-1]
  done
}
_awsenv_install
\builtin unfunction _awsenv_install
(( ${preexec_functions[(I)_awsenv_preexec]} )) || preexec_functions+=(_awsenv_preexec)
'
fi
