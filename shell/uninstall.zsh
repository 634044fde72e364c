# Takes the hook of awsenv out of this zsh: the environment, the lists of functions, functions and variables are as they were
# before, but for what others added to the lists meanwhile. It contains no single quote: see the hook.
\builtin emulate zsh -o no_aliases -c '
if [[ -n ${_awsenv_bin-} ]]; then
  _awsenv_uninstall() {
    [[ ! -o xtrace ]] || { \builtin setopt local_options; \builtin unsetopt xtrace }
    _awsenv_run --leave
    \builtin local list
    for list in precmd_functions chpwd_functions preexec_functions; do
      \builtin set -A $list "${(@)${(P@)list}:#_awsenv_(hook|preexec)}"
      # An empty one does what none does.
      (( ${(P)#list} )) || \builtin unset $list
    done
    \builtin unfunction awsenv
    \builtin unfunction -m "_awsenv_*"
    \builtin unset -m "_awsenv_*"
  }
  _awsenv_uninstall
fi
'
