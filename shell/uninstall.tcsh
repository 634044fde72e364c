# Takes awsenv's hook out of this tcsh: the environment, aliases and variables are as they were before, but for what others
# did to `precmd` and `cwdcmd` meanwhile.
if ($?_awsenv_bin) alias _awsenv_leave 'set _awsenv_args = --leave ; _awsenv_run' ;
if ($?_awsenv_bin) alias _awsenv_uninstall 'set _awsenv_do = _awsenv_leave ; _awsenv_plainly ; _awsenv_without_precmd ; _awsenv_without_cwdcmd ; unalias awsenv _awsenv_* ; unset _awsenv_*' ;

# Restores the alias that was there before if nobody changed it since; else the hook in it becomes `:`, which does nothing.
if ($?_awsenv_bin) alias _awsenv_without_precmd 'set _awsenv_text = "`alias precmd`" ; if ("$_awsenv_text:q" =~ *_awsenv_hook*) alias precmd "$_awsenv_text:s/_awsenv_hook/:/:q" ; if ("$_awsenv_text:q" == "_awsenv_hook ; $_awsenv_precmd:q") alias precmd "$_awsenv_precmd:q" ; if ("$_awsenv_text:q" == _awsenv_hook) unalias precmd' ;
if ($?_awsenv_bin) alias _awsenv_without_cwdcmd 'set _awsenv_text = "`alias cwdcmd`" ; if ("$_awsenv_text:q" =~ *_awsenv_cwd*) alias cwdcmd "$_awsenv_text:s/_awsenv_cwd/:/:q" ; if ("$_awsenv_text:q" == "_awsenv_cwd ; $_awsenv_cwdcmd:q") alias cwdcmd "$_awsenv_cwdcmd:q" ; if ("$_awsenv_text:q" == _awsenv_cwd) unalias cwdcmd' ;
if ($?_awsenv_bin) eval _awsenv_uninstall ;
