# Completions of awsenv for bash 3.2 and later. The program gets the line as bash has it, since bash also splits words at
# `:` and `=`; it answers with one line that says what follows, and then one word a line, quoted for bash.
_awsenv() {
  local answer=()
  IFS=$'\n' read -r -d '' -a answer < <(command awsenv complete bash "$COMP_CWORD" "${COMP_LINE:0:COMP_POINT}" \
    "$COMP_WORDBREAKS" -- "${COMP_WORDS[@]}" 2>/dev/null)
  COMPREPLY=()
  case ${answer[0]-} in
    command\ *)
      # Behind `--` stands another command, which has completions of its own.
      local first=${answer[0]#command }
      if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$first"
      elif declare -F _command_offset >/dev/null; then
        _command_offset "$first"
      elif [[ $first -eq $COMP_CWORD ]]; then
        IFS=$'\n' read -r -d '' -a COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
      else
        compopt -o default 2>/dev/null
      fi
      ;;
    files)
      compopt -o default 2>/dev/null
      ;;
    *)
      COMPREPLY=("${answer[@]:1}")
      ;;
  esac
  return 0
}

complete -F _awsenv awsenv
