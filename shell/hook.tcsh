# awsenv's hook for tcsh: before each prompt and after each change of directory, the environment follows the directory.
#
# tcsh has no functions, and evaluates one line, so everything here is an alias of one line. `awsenv hook` leaves these
# comments out, and every line ends in a semicolon, since the line in the rc file makes one line of all. The command of an
# `if` is expanded even if it does not run: so it is an `eval` of an alias, which is expanded when it runs. No command may
# fail: tcsh removes an alias `precmd` that failed.
#
# The program runs at every prompt and at every change of directory; its text is evaluated if it is complete. If that text
# asks for it, the program runs a second time for what takes long: a login, or the network.
#
# Promises: `$status` is kept, the aliases `precmd` and `cwdcmd` of before still run, nothing is printed while this is
# evaluated, and a shell that is not interactive is left alone. Everything is named `_awsenv_*`, but for the alias
# `awsenv`, which lets `awsenv reload` and `awsenv use` act on this shell.

# Variables of these names that came with the environment are not this shell's, which never exports them.
if ($?prompt) unsetenv _awsenv_* ;

# A shell that evaluates this again still holds the previous values of what is loaded, and keeps what it remembers.
if ($?prompt && ! $?_awsenv_id) set _awsenv_id = '' ;
if ($?prompt && ! $?_awsenv_told) set _awsenv_told = '' ;
if ($?prompt && ! $?_awsenv_confirmed) set _awsenv_confirmed = '' ;
if ($?prompt && ! $?_awsenv_chosen) set _awsenv_chosen = '' ;
if ($?prompt) set _awsenv_words = ( ) ;
if ($?prompt) set _awsenv_bin = @awsenv@ _awsenv_args = '' _awsenv_text = '' _awsenv_more = '' _awsenv_new = 1 _awsenv_code = 0 _awsenv_failed = '' _awsenv_broke = '' _awsenv_rests = '' ;
if ($?prompt) set _awsenv_withdrawn = '{"withdrawn":true,' _awsenv_pinned = '"pinned":true' _awsenv_overridden = '"overridden":true' ;

# No text that is evaluated ends in this by itself.
if ($?prompt) set _awsenv_end = ': awsenv end' ;

# The directory is not among the arguments, where tcsh would read its name as code: the program reads it from PWD. The
# message of tcsh about a program that cannot be started goes to the text, since it is printed in another form below.
if ($?prompt) alias _awsenv_program '$_awsenv_bin:q' ;
if ($?prompt) alias _awsenv_ask 'set _awsenv_text = "`_awsenv_program export tcsh --hook=1 --errors=tty --features=exits --pid=$$ --id=$_awsenv_id --new=$_awsenv_new --told=$_awsenv_told --confirmed=$_awsenv_confirmed --chosen=$_awsenv_chosen $_awsenv_args $_awsenv_words:q >&! /dev/stdout`"' ;

# Runs the program for this prompt and evaluates its text. An empty file counts as missing: tcsh would run it as a
# script, which reads what is typed.
if ($?prompt) alias _awsenv_run 'set _awsenv_text = "" _awsenv_more = "" _awsenv_code = 1 ; if (-xs "$_awsenv_bin:q") eval _awsenv_ask ; if ("$_awsenv_text:q" !~ *"$_awsenv_end:q") set _awsenv_text = _awsenv_broken ; if ("$_awsenv_text:q" != _awsenv_broken) set _awsenv_failed = "" _awsenv_code = 0 ; eval "$_awsenv_text:q" ; set _awsenv_text = ""' ;

# The second run starts after the account of the folder before was removed.
if ($?prompt) alias _awsenv_update 'set _awsenv_args = "" _awsenv_broke = "" ; _awsenv_run ; if ("$_awsenv_more" != "" && "$_awsenv_rests" == "") eval _awsenv_fetch ; set _awsenv_rests = ""' ;
if ($?prompt) alias _awsenv_fetch 'set _awsenv_args = "$_awsenv_args --fetch=$_awsenv_more" ; _awsenv_run' ;

# Removes the account, since this folder cannot be checked: no account is better than perhaps the wrong one. The bookkeeping
# stays, with a note, for the next run that works. An interrupted second run has printed its own message.
if ($?prompt) alias _awsenv_broken 'set _awsenv_broke = 1 ; if ($?AWSENV_STATE) eval _awsenv_consider ; if ("$_awsenv_failed" == "" && "$_awsenv_args" !~ *fetch*) eval _awsenv_complain' ;
if ($?prompt) alias _awsenv_consider 'if ("$AWSENV_STATE:q" !~ "$_awsenv_withdrawn:q"* && "$AWSENV_STATE:q" !~ *"$_awsenv_pinned:q"* && "$AWSENV_STATE:q" !~ *"$_awsenv_overridden:q"*) eval _awsenv_withdraw' ;
if ($?prompt) alias _awsenv_withdraw 'unsetenv AWSENV_PROFILE ; unsetenv AWSENV_ACCOUNT ; unsetenv AWSENV_ROLE ; unsetenv AWSENV_GUARDED ; unsetenv AWS_PROFILE ; unsetenv AWS_ACCESS_KEY_ID ; unsetenv AWS_SECRET_ACCESS_KEY ; unsetenv AWS_SESSION_TOKEN ; unsetenv AWS_CREDENTIAL_EXPIRATION ; set _awsenv_text = "$AWSENV_STATE:s/{//:q" ; setenv AWSENV_STATE "$_awsenv_withdrawn:q$_awsenv_text:q"' ;
if ($?prompt) set _awsenv_cure_run = 'run `awsenv status` to see what is wrong' _awsenv_cure_find = 'install awsenv again, or open a new shell' _awsenv_why_large = ': no program starts here, the environment is too large; unset what is large in it' ;
if ($?prompt) alias _awsenv_complain 'set _awsenv_failed = 1 _awsenv_verb = run _awsenv_cure = "$_awsenv_cure_run:q" _awsenv_why = "" ; ( /bin/sh -c : ) >& /dev/null ; if ($status) set _awsenv_why = "$_awsenv_why_large:q" _awsenv_cure = "" ; if (! -xs "$_awsenv_bin:q") set _awsenv_verb = find _awsenv_why = "" _awsenv_cure = "$_awsenv_cure_find:q" ; echo "awsenv: error: could not $_awsenv_verb $_awsenv_bin:q$_awsenv_why:q" > /dev/stderr ; if ("$_awsenv_cure" != "") echo "awsenv: hint: $_awsenv_cure:q" > /dev/stderr' ;

# `set echo` and `set verbose` would show what is evaluated.
if ($?prompt) alias _awsenv_plainly 'set _awsenv_echo = $?echo _awsenv_verbose = $?verbose ; unset echo verbose ; eval $_awsenv_do ; if ($_awsenv_verbose) set verbose ; if ($_awsenv_echo) set echo' ;
if ($?prompt) alias _awsenv_hook 'set _awsenv_status = $status ; set _awsenv_do = _awsenv_update ; _awsenv_plainly ; set status = $_awsenv_status' ;

# After a failure at a change of directory, the prompt that follows at once does not begin a second run.
if ($?prompt) alias _awsenv_cwd '_awsenv_hook ; set _awsenv_rests = "$_awsenv_broke" ; set status = $_awsenv_status' ;

# One alias for each command of the program: the alias `awsenv` must be one command, not an `if`, so that
# `x && awsenv y > z` does what it says. Its first word chooses the other alias.
if ($?prompt) alias awsenv '_awsenv_do-\!*' ;
if ($?prompt) alias _awsenv_do- '$_awsenv_bin:q' ;
if ($?prompt) alias _awsenv_do-reload 'set _awsenv_do = _awsenv_reload ; _awsenv_plainly ; set status = $_awsenv_code' ;
if ($?prompt) alias _awsenv_do-use 'set _awsenv_words = (--choose \!*) ; set _awsenv_do = _awsenv_use ; _awsenv_plainly ; set status = $_awsenv_code' ;
if ($?prompt) alias _awsenv_use 'set _awsenv_failed = "" _awsenv_args = "" _awsenv_broke = "" ; _awsenv_run ; set _awsenv_words = ( ) ; if ("$_awsenv_more" != "") eval _awsenv_fetch' ;
if ($?prompt) alias _awsenv_reload 'set _awsenv_failed = "" _awsenv_args = --reload ; _awsenv_run ; if ("$_awsenv_more" != "") eval _awsenv_fetch' ;
if ($?prompt) alias _awsenv_do---help '$_awsenv_bin:q --help' ;
if ($?prompt) alias _awsenv_do---version '$_awsenv_bin:q --version' ;
if ($?prompt) alias _awsenv_do--h '$_awsenv_bin:q -h' ;
if ($?prompt) alias _awsenv_do--V '$_awsenv_bin:q -V' ;
if ($?prompt) alias _awsenv_do-hook '$_awsenv_bin:q hook' ;
if ($?prompt) alias _awsenv_do-export '$_awsenv_bin:q export' ;
if ($?prompt) alias _awsenv_do-exec '$_awsenv_bin:q exec' ;
if ($?prompt) alias _awsenv_do-allow '$_awsenv_bin:q allow' ;
if ($?prompt) alias _awsenv_do-init '$_awsenv_bin:q init' ;
if ($?prompt) alias _awsenv_do-edit '$_awsenv_bin:q edit' ;
if ($?prompt) alias _awsenv_do-accounts '$_awsenv_bin:q accounts' ;
if ($?prompt) alias _awsenv_do-console '$_awsenv_bin:q console' ;
if ($?prompt) alias _awsenv_do-prompt '$_awsenv_bin:q prompt' ;
if ($?prompt) alias _awsenv_do-import '$_awsenv_bin:q import' ;
if ($?prompt) alias _awsenv_do-config '$_awsenv_bin:q config' ;
if ($?prompt) alias _awsenv_do-deny '$_awsenv_bin:q deny' ;
if ($?prompt) alias _awsenv_do-status '/usr/bin/env AWSENV_CHOSEN=$_awsenv_chosen $_awsenv_bin:q status' ;
if ($?prompt) alias _awsenv_do-profiles '$_awsenv_bin:q profiles' ;
if ($?prompt) alias _awsenv_do-login '$_awsenv_bin:q login' ;
if ($?prompt) alias _awsenv_do-logout '$_awsenv_bin:q logout' ;
if ($?prompt) alias _awsenv_do-whoami '$_awsenv_bin:q whoami' ;
if ($?prompt) alias _awsenv_do-credential-process '$_awsenv_bin:q credential-process' ;
if ($?prompt) alias _awsenv_do-configure '$_awsenv_bin:q configure' ;
if ($?prompt) alias _awsenv_do-doctor '$_awsenv_bin:q doctor' ;
if ($?prompt) alias _awsenv_do-relay '$_awsenv_bin:q relay' ;
if ($?prompt) alias _awsenv_do-docker-credential '$_awsenv_bin:q docker-credential' ;
if ($?prompt) alias _awsenv_do-keys '$_awsenv_bin:q keys' ;
if ($?prompt) alias _awsenv_do-setup '$_awsenv_bin:q setup' ;
if ($?prompt) alias _awsenv_do-completions '$_awsenv_bin:q completions' ;
if ($?prompt) alias _awsenv_do-help '$_awsenv_bin:q help' ;
if ($?prompt) alias _awsenv_do-man '$_awsenv_bin:q man' ;
if ($?prompt) alias _awsenv_do-renew '$_awsenv_bin:q renew' ;

# Keeps the aliases that were there before: they run after the hook, and `hook --uninstall` restores them.
if ($?prompt) alias _awsenv_install 'set _awsenv_precmd = "`alias precmd`" _awsenv_cwdcmd = "`alias cwdcmd`" ; alias precmd _awsenv_hook ; alias cwdcmd _awsenv_cwd ; if ("$_awsenv_precmd:q" != "") eval _awsenv_join_precmd ; if ("$_awsenv_cwdcmd:q" != "") eval _awsenv_join_cwdcmd' ;
if ($?prompt) alias _awsenv_join_precmd 'alias precmd "_awsenv_hook ; $_awsenv_precmd:q"' ;
if ($?prompt) alias _awsenv_join_cwdcmd 'alias cwdcmd "_awsenv_cwd ; $_awsenv_cwdcmd:q"' ;
if ($?prompt && "`alias precmd`" !~ *_awsenv_hook*) eval _awsenv_install ;
