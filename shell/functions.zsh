# The functions that the texts of the program call: a shell reads a function once, and a text each time.

# Keeps the values of these unexported variables, which the text exports next.
_awsenv_cover() {
  \builtin local name
  for name in "$@"; do
    (( ${(P)+name} )) || \builtin continue
    \builtin typeset -g +x "_awsenv_own_$name=${(P)name}"
    \builtin typeset -g +x _awsenv_covered=1
  done
}

# Gives these variables, which were removed, the values back that they had without being exported.
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
