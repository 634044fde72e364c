#compdef awsenv
# Completions of awsenv for zsh: to be evaluated after `compinit`, or a file `_awsenv` in a folder of $fpath. The program
# answers with one line that says what follows, and then a line for each word: the word, a tab, and what the list shows.
_awsenv() {
  local -a answer names shown expl
  answer=("${(@f)$(command awsenv complete zsh $((CURRENT - 1)) -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  case $answer[1] in
    (command\ *)
      # Behind `--` stands another command, which has completions of its own.
      shift ${answer[1]#command } words
      (( CURRENT -= ${answer[1]#command } ))
      _normal
      ;;
    (files)
      _files
      ;;
    (values|described)
      names=("${(@)answer[2,-1]%%$'\t'*}")
      shown=("${(@)answer[2,-1]#*$'\t'}")
      if [[ $answer[1] == described ]]; then
        _wanted values expl value compadd -l -d shown -a names
      else
        _wanted values expl value compadd -a names
      fi
      ;;
    (*)
      return 1
      ;;
  esac
}

if [[ $funcstack[1] == _awsenv ]]; then
  _awsenv "$@"
elif (( $+functions[compdef] )); then
  compdef _awsenv awsenv
fi
