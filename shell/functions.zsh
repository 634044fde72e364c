# What the texts of the program call: a function is read once, a text each time.

# Keeps the values of these variables, which the text is about to export.
_awsenv_cover() {
  \builtin local name
  for name in "$@"; do
    (( ${(P)+name} )) || \builtin continue
    \builtin typeset -g +x "_awsenv_own_$name=${(P)name}"
    \builtin typeset -g +x _awsenv_covered=1
  done
}

# Gives these variables, which were taken out, the values back that they had without being exported.
_awsenv_uncover() {
  \builtin local name own
  for name in "$@"; do
    own=_awsenv_own_$name
    (( ${(P)+own} )) && [[ ${(Pt)name-} != *readonly* ]] || \builtin continue
    \builtin typeset -g +x "$name=${(P)own}"
    \builtin unset $own
  done
}

# Drops all values that were kept.
_awsenv_forget_covered() {
  \builtin unset -m "_awsenv_own_*"
  _awsenv_covered=
}

# Takes the readonly ones of these variables out of the list of what is about to change, since to change one would end
# the evaluation of the whole text. $1 is `checked` if the account depends on them, `told` if the user is to know.
_awsenv_spare() {
  [[ ! -o xtrace ]] || { \builtin setopt local_options; \builtin unsetopt xtrace }
  \builtin local name
  for name in "$@[2,-1]"; do
    [[ ${(Pt)name-} == *readonly* ]] || \builtin continue
    _awsenv_list=("${(@)_awsenv_list:#$name(|=*)}")
    [[ -z $1 ]] || \builtin print -ru2 -- "awsenv: warning: $name is readonly in this shell and stays as it is"
    [[ $1 != checked ]] || _awsenv_stuck=1
  done
}
