# The functions that the program's texts call: a shell reads a function once, and a text each time.

# Keeps the values of these unexported variables, which the text exports next.
_awsenv_cover() {
  \builtin local _awsenv_name
  for _awsenv_name; do
    if [[ -n ${!_awsenv_name+x} ]]; then
      \builtin printf -v "_awsenv_own_$_awsenv_name" %s "${!_awsenv_name}"
      _awsenv_covered=1
    fi
  done
  \builtin export -n _awsenv_covered
}

# Gives these variables, which were removed, the values back that they had without being exported.
_awsenv_uncover() {
  \builtin local _awsenv_name _awsenv_own
  for _awsenv_name; do
    _awsenv_own=_awsenv_own_$_awsenv_name
    if [[ -n ${!_awsenv_own+x} ]]; then
      \builtin printf -v "$_awsenv_name" %s "${!_awsenv_own}"
      # shellcheck disable=SC2163 # The variable of that name.
      \builtin export -n "$_awsenv_name"
      \builtin unset -v "$_awsenv_own"
    fi
  done
}

# Drops all values that were kept.
_awsenv_forget_covered() {
  \builtin unset -v "${!_awsenv_own_@}"
  _awsenv_covered=''
}
