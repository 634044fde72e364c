# awsenv's `--cd` for bash, after the hook: the environment follows the directory within a line too, so that
# `cd project && command` runs the command in the account of the project. bash has no event for a change of directory, so
# `cd`, `pushd` and `popd` become functions, which do as the builtins do, or as the functions of that name that were there.
# `builtin cd`, and functions of others that use it, are seen at the next prompt.
case $- in
*i*)
  # Runs $1 with the rest as arguments, keeps its status, and looks at the folder after it. A subshell is not looked at.
  _awsenv_move() {
    # The hook sees by this variable that it does not run at a prompt.
    \builtin local _awsenv_moved=0
    "$@" || _awsenv_moved=$?
    if ((BASH_SUBSHELL == 0)); then
      _awsenv_hook || :
    fi
    \builtin return "$_awsenv_moved"
  }

  # `function` keeps bash from expanding an alias of that name here.
  _awsenv_follow() {
    \builtin local _awsenv_text=''
    _awsenv_cd+=" $1"
    if \builtin declare -F "$1" >/dev/null; then
      _awsenv_text=$(\builtin declare -f "$1")
      if [[ $_awsenv_text == *_awsenv_move* ]]; then
        \builtin return 0
      fi
      \builtin eval "function _awsenv_cd_was_$1 ${_awsenv_text#"$1" }"
      \builtin eval "function $1 { _awsenv_move _awsenv_cd_was_$1 \"\$@\"; }"
    else
      \builtin eval "function $1 { _awsenv_move \\builtin $1 \"\$@\"; }"
    fi
  }

  # An alias beats the function. If it stands for a function of another name, as nvm's alias of `cd` does, that function
  # is the one to follow.
  _awsenv_follow_alias() {
    \builtin local _awsenv_text="${BASH_ALIASES[$1]-}"
    _awsenv_text=${_awsenv_text%%[[:space:]]*}
    if [[ -n $_awsenv_text && $_awsenv_text != "$1" ]] && \builtin declare -F "$_awsenv_text" >/dev/null; then
      _awsenv_follow "$_awsenv_text"
    fi
  }

  _awsenv_cd=''
  # Associative arrays came with 4.0.
  if ((BASH_VERSINFO[0] >= 4)); then
    _awsenv_follow_alias cd
    _awsenv_follow_alias pushd
    _awsenv_follow_alias popd
  fi
  _awsenv_follow cd
  _awsenv_follow pushd
  _awsenv_follow popd
  \builtin export -n _awsenv_cd
  \builtin unset -f _awsenv_follow _awsenv_follow_alias
  ;;
esac
