# Takes awsenv's hook out of this bash: the environment, PROMPT_COMMAND, functions and variables are as they were
# before, but for what others did to PROMPT_COMMAND meanwhile.
if [[ -n ${_awsenv_bin-} ]]; then
  _awsenv_plainly _awsenv_run --leave || :

  # Takes the hook out of $1: it stands first, as it was put there, or where others have put it.
  _awsenv_without() {
    _awsenv_text=${1#_awsenv_hook[$';\n']}
    _awsenv_text=${_awsenv_text//;_awsenv_hook/}
    _awsenv_text=${_awsenv_text//_awsenv_hook/:}
  }

  # shellcheck disable=SC2128,SC2178 # PROMPT_COMMAND is a string or an array.
  _awsenv_uninstall() {
    \builtin local _awsenv_text _awsenv_entry _awsenv_left
    _awsenv_left=()
    if [[ ${_awsenv_form-} != *-* ]]; then
      # Put before a string, where it stands as its first line if nobody moved it.
      _awsenv_without "${PROMPT_COMMAND-}"$'\n'
      PROMPT_COMMAND=${_awsenv_text%$'\n'}
    else
      for _awsenv_entry in ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"}; do
        [[ $_awsenv_entry == *_awsenv_hook* ]] || _awsenv_left+=("$_awsenv_entry")
        if [[ $_awsenv_entry == *_awsenv_hook* && $_awsenv_entry != _awsenv_hook ]]; then
          _awsenv_without "$_awsenv_entry"
          _awsenv_left+=("$_awsenv_text")
        fi
      done
      PROMPT_COMMAND=(${_awsenv_left[@]+"${_awsenv_left[@]}"})
      # A string again if it was one.
      if [[ $_awsenv_form != *-*a* && ${#_awsenv_left[@]} -le 1 ]]; then
        \builtin unset -v PROMPT_COMMAND
        PROMPT_COMMAND=${_awsenv_left[0]-}
      fi
      if [[ $_awsenv_form == *-*x* ]]; then
        \builtin export PROMPT_COMMAND
      fi
    fi
    if [[ $_awsenv_form != set* && $_awsenv_form != *-*a* && -z ${PROMPT_COMMAND[*]-} ]]; then
      \builtin unset -v PROMPT_COMMAND
    fi
  }
  _awsenv_uninstall

  # VS Code's integration calls it.
  if [[ ${__vsc_original_prompt_command-} == *_awsenv_hook* ]]; then
    _awsenv_without "${__vsc_original_prompt_command#_awsenv_hook;}"
    __vsc_original_prompt_command=${_awsenv_text#:}
  fi

  # What `--cd` put before $1, unless somebody has put something before that.
  _awsenv_unfollow() {
    _awsenv_text=$(\builtin declare -f "$1") || \builtin return 0
    [[ $_awsenv_text == *_awsenv_move* ]] || \builtin return 0
    \builtin unset -f "$1"
    _awsenv_text=$(\builtin declare -f "_awsenv_cd_was_$1") || \builtin return 0
    \builtin eval "function $1 ${_awsenv_text#"_awsenv_cd_was_$1" }"
    \builtin unset -f "_awsenv_cd_was_$1"
  }
  while [[ -n ${_awsenv_cd-} ]]; do
    _awsenv_cd=${_awsenv_cd# }
    _awsenv_unfollow "${_awsenv_cd%% *}"
    _awsenv_cd=${_awsenv_cd#"${_awsenv_cd%% *}"}
  done
  \builtin unset -f awsenv _awsenv_fresh _awsenv_here _awsenv_hook _awsenv_plainly _awsenv_prompt _awsenv_unchanged \
    _awsenv_update _awsenv_walk _awsenv_run _awsenv_withdraw _awsenv_pause _awsenv_act _awsenv_carefully _awsenv_explain _awsenv_examine _awsenv_without \
    _awsenv_uninstall _awsenv_unfollow _awsenv_move _awsenv_take_out _awsenv_find_locals _awsenv_withdraw_unrun \
    _awsenv_find_readonly _awsenv_cover _awsenv_uncover _awsenv_forget_covered
  \builtin unset -v "${!_awsenv_@}"
fi
