# awsenv's hook for fish: before each prompt and after each change of directory, the environment follows the directory.
#
# An unchanged prompt starts no process: no path in `_awsenv_absent`, where a .awsenv would be nearer, and none in
# `_awsenv_none` may exist, and `_awsenv_fresh`, which the program writes whenever it runs, compares everything else that
# it depended on, with builtins alone. When one of them fails the program runs once, and its text is evaluated if it is
# complete. If that text asks for it, the program runs a second time for what takes long: a login, or the network.
#
# Promises: no user variable is touched, nothing is printed while this is sourced, and a shell that is not
# interactive is left alone. Everything is named `_awsenv_*`, but for the function `awsenv`, which lets
# `awsenv reload` and `awsenv use` act on this shell.
if builtin status is-interactive
    # Variables of these names that came with the environment are another shell's, or anybody's.
    if not builtin functions -q _awsenv_hook
        for _awsenv_name in (builtin set --global --names | builtin string match '_awsenv_*')
            builtin set --erase --global $_awsenv_name
        end
        builtin set --erase _awsenv_name
    end
    # Sourced a second time before the first prompt: the line stands in the start-up files twice, which `doctor` reports.
    builtin set -gu _awsenv_twice ''
    builtin test -n "$_awsenv_bin" -a -z "$_awsenv_pwd"
    and builtin set -g _awsenv_twice 1
    builtin set -gu _awsenv_bin @awsenv@
    builtin set -gu _awsenv_script @script@
    builtin set -gu _awsenv_pwd ''
    builtin set -gu _awsenv_nearest ''
    builtin set -gu _awsenv_ceiling /
    # A shell that sources this again still holds the previous values of what is loaded, and keeps what it remembers.
    builtin set -gu _awsenv_id "$_awsenv_id"
    builtin set -gu _awsenv_told "$_awsenv_told"
    builtin set -gu _awsenv_confirmed "$_awsenv_confirmed"
    builtin set -gu _awsenv_chosen "$_awsenv_chosen"
    builtin set -gu _awsenv_echoes "$_awsenv_echoes"
    builtin set -gu _awsenv_seen "$_awsenv_seen"
    builtin set -gu _awsenv_covered $_awsenv_covered
    builtin set -gu _awsenv_env ''
    builtin set -gu _awsenv_more ''
    builtin set -gu _awsenv_new 1
    builtin set -gu _awsenv_code 0
    builtin set -gu _awsenv_running ''
    builtin set -gu _awsenv_failed ''
    builtin set -gu _awsenv_until 0
    builtin set -gu _awsenv_deadline ''
    builtin set -gu _awsenv_absent
    builtin set -gu _awsenv_none
    builtin set -gu _awsenv_names @names@
    # `functions`: this hook has those that the texts call.
    builtin set -gu _awsenv_features functions
    if builtin -q path; and builtin test -r /proc/uptime
        builtin set -gu _awsenv_features functions,path,uptime
    end

    # Until the program has run for the first time: outside any folder with a .awsenv nothing is loaded.
    function _awsenv_fresh
        builtin test -z "$AWSENV_STATE$AWSENV_PROFILE"
    end

    function _awsenv_hook --on-event fish_prompt --on-variable PWD
        # With AWSENV_LOG or `_awsenv_running` set it is never equal. One comparison, since each takes 2 us and more.
        builtin test "$_awsenv_running$PWD$AWSENV_LOG" = "$_awsenv_pwd"
        and not builtin path is -q -- $_awsenv_absent $_awsenv_none
        and _awsenv_fresh
        and return
        if builtin test -n "$_awsenv_running"
            # Ctrl-C while the program looked at this folder: the account of the folder before must not stay.
            _awsenv_withdraw 'could not look at this folder: interrupted' 'run `awsenv reload` to look again'
            _awsenv_pause
            builtin test "$PWD" = "$_awsenv_pwd"
            and return
        end
        builtin test -n "$AWSENV_LOG"
        and _awsenv_explain
        and return
        _awsenv_update
    end

    # The handlers of an event run in the order in which they were defined, so the hook is defined again at the first prompt,
    # after the other tools that set variables by folder: before them, it would load an account beside the AWS_PROFILE that
    # they set next.
    function _awsenv_join --on-event fish_prompt
        builtin functions --erase _awsenv_join
        builtin functions _awsenv_hook | builtin source
    end

    # With AWSENV_LOG: returns whether nothing changed, and with AWSENV_LOG=debug says so, without the time that the look
    # took, for which fish has no clock. If the program runs, it explains itself.
    function _awsenv_explain
        builtin test "$PWD" = "$_awsenv_pwd"
        and not builtin path is -q -- $_awsenv_absent $_awsenv_none
        and _awsenv_fresh
        or return
        builtin test "$AWSENV_LOG" = debug
        and builtin echo 'awsenv: debug: nothing changed' >&2
        return 0
    end

    # Before a command: keys that expired while the shell waited are renewed or removed, and so is what an interrupted run
    # left. A hook that was installed after the first prompt looks here for the first time.
    function _awsenv_preexec --on-event fish_preexec
        builtin test -n "$_awsenv_running" -o -z "$_awsenv_pwd"
        and _awsenv_hook
        builtin test -n "$_awsenv_deadline"
        or return
        builtin read -l up idle </proc/uptime
        and builtin test "$up" -ge "$_awsenv_deadline"
        and _awsenv_hook
    end

    # Something changed: runs the program, unless it was the directory alone and the walk up from the new one shows that the
    # same files count as before.
    function _awsenv_update
        if builtin test "$PWD" != "$_awsenv_pwd"; and builtin test "$_awsenv_features" != functions; and _awsenv_walk "$PWD"; and not builtin path is -q -- $_awsenv_none; and _awsenv_fresh
            return
        end
        if builtin set -ql $_awsenv_names; or builtin test $status -lt @count@
            # A variable that is set for one command or function only would stand beside the keys of this folder. The next
            # prompt loads them; until then there are none.
            if not _awsenv_walk "$PWD"
                _awsenv_take_out
                builtin set -g _awsenv_pwd ''
            end
            return
        end
        _awsenv_run
        or return
        if builtin test -n "$_awsenv_more"
            _awsenv_run --fetch=$_awsenv_more
        end
    end

    @functions@

    # Looks for a .awsenv from a directory up to the ceiling and lists in `_awsenv_absent` the paths where there is
    # none. Fails if it meets another file than the one that counts.
    function _awsenv_walk --argument-names at
        builtin set -l absent
        # Most often the shell left the folder of the file that counts.
        builtin string match -qr '(?s)^(?<folder>.*/)\.awsenv$' -- "$_awsenv_nearest"
        and not builtin string replace -q -- "$folder" '' "$at/"
        and return 1
        # Without a ceiling folders do not count here.
        while builtin test -n "$at" -a -n "$_awsenv_ceiling"
            builtin set -l file $at/.awsenv
            builtin test "$at" = /
            and builtin set file /.awsenv
            builtin test "$file" = "$_awsenv_nearest"
            and break
            builtin test -e "$file" -o -L "$file"
            and return 1
            builtin set -a absent $file
            if builtin test "$at" = / -o "$at" = "$_awsenv_ceiling"
                builtin test -z "$_awsenv_nearest"
                or return 1
                break
            end
            # The folder above. `path dirname` would need a substitution, which takes ten times as long as all else here.
            builtin string match -qr '(?s)^(?<at>.*)/[^/]*$' -- "$at"
            or return 1
            builtin test -n "$at"
            or builtin set at /
        end
        builtin set -gu _awsenv_absent $absent
        builtin set -gu _awsenv_pwd "$PWD"
    end

    # Runs the program for this prompt and evaluates its text.
    function _awsenv_run
        builtin set -l before "$PWD"
        builtin set -g _awsenv_pwd ''
        builtin set -g _awsenv_more ''
        builtin set -g _awsenv_code 1
        # `/` is always there, so nothing is found unchanged until the program has listed the paths.
        builtin set -gu _awsenv_absent /
        if not builtin test -f "$_awsenv_bin" -a -x "$_awsenv_bin"
            _awsenv_withdraw "could not find $_awsenv_bin" 'install awsenv again, or open a new shell'
            return 1
        end
        if builtin test -n "$_awsenv_failed"; and _awsenv_is_crowded
            # The person was told already.
            _awsenv_take_out
            _awsenv_pause
            return 1
        end
        # Not for the second run: before it, the account of the folder before was removed.
        builtin string match -q -- '--fetch=*' "$argv[1]"
        or builtin set -g _awsenv_running 1
        # An exported answer or choice was not given in this shell.
        builtin set -l confirmed "$_awsenv_confirmed"
        builtin set -l chosen "$_awsenv_chosen"
        builtin set -qx _awsenv_confirmed
        and builtin set confirmed ''
        builtin set -qx _awsenv_chosen
        and builtin set chosen ''
        # A substitution takes a quarter longer than a pipe.
        $_awsenv_bin export fish --hook=1 --features=$_awsenv_features --pid=$fish_pid --pwd="$PWD" \
            --id=$_awsenv_id --new=$_awsenv_new --told=$_awsenv_told --confirmed=$confirmed --echoes=$_awsenv_echoes \
            --chosen=$chosen --seen=$_awsenv_seen $argv | builtin read -lz text
        if not builtin string match -q -- '*: awsenv end'\n "$text"
            if not _awsenv_is_crowded
                _awsenv_withdraw "could not run $_awsenv_bin" 'run `awsenv status` to see what is wrong'
            else
                _awsenv_withdraw "could not run $_awsenv_bin: no program starts here, the environment is too large; erase what is large in it" ''
            end
            _awsenv_pause
            return 1
        end
        builtin set -g _awsenv_failed ''
        builtin set -g _awsenv_code 0
        builtin eval $text
        # Not earlier: a text that was evaluated in part can leave two accounts mixed.
        builtin set -g _awsenv_running ''
        builtin test "$PWD" = "$before"
        and builtin set -gu _awsenv_pwd "$PWD"
        return 0
    end

    # Returns whether the environment is too large for any program to start (Linux): a variable of 128 KiB, or a quarter of
    # the stack's limit in all. It is computed, since fish prints an error of its own if a program cannot be started.
    function _awsenv_is_crowded
        builtin set -l all 0
        for name in (builtin set --names --export)
            builtin set -l size (builtin string length -- "$name=$$name")
            builtin test $size -ge 130000
            and return 0
            builtin set all (builtin math $all + $size + 9)
        end
        builtin set -l most (builtin ulimit -s)
        builtin string match -qr '^[0-9]+$' -- "$most"
        and builtin test $all -ge (builtin math $most '*' 256 - 16384)
    end

    # Removes the account, since this folder cannot be checked: no account is better than perhaps the wrong one. The
    # bookkeeping stays, with a note, for the next run that works.
    function _awsenv_withdraw --argument-names reason cure
        _awsenv_take_out
        builtin set -g _awsenv_running ''
        builtin test -z "$_awsenv_failed"
        or return
        builtin set -g _awsenv_failed 1
        builtin echo "awsenv: error: $reason" >&2
        builtin test -n "$cure"
        and builtin echo "awsenv: hint: $cure" >&2
    end

    function _awsenv_take_out
        if builtin test -n "$AWSENV_STATE"; and not builtin string match -qr -- '^{"withdrawn":|"(pinned|overridden)":true' "$AWSENV_STATE"
            builtin set -eg AWSENV_PROFILE
            builtin set -eg AWSENV_ACCOUNT
            builtin set -eg AWSENV_ROLE
            builtin set -eg AWSENV_GUARDED
            builtin set -eg AWS_PROFILE
            builtin set -eg AWS_ACCESS_KEY_ID
            builtin set -eg AWS_SECRET_ACCESS_KEY
            builtin set -eg AWS_SESSION_TOKEN
            builtin set -eg AWS_CREDENTIAL_EXPIRATION
            builtin set -gx AWSENV_STATE (builtin string replace '{' '{"withdrawn":true,' -- "$AWSENV_STATE")
        end
    end

    # After a failure the program does not run again for 10 seconds, unless the directory changes.
    function _awsenv_pause
        builtin test "$_awsenv_features" != functions
        or return
        builtin read -l up idle </proc/uptime
        builtin set -gu _awsenv_until (builtin math "$up + 10")
        builtin set -g _awsenv_pwd "$PWD"
        builtin set -g _awsenv_nearest '?'
        builtin set -g _awsenv_deadline ''
        builtin set -g _awsenv_absent
        builtin set -g _awsenv_none
        function _awsenv_fresh
            builtin read -l up idle </proc/uptime
            and builtin test "$up" -lt "$_awsenv_until"
        end
    end

    # Does `awsenv reload`, or `awsenv use` with its arguments, in this shell. It is the handler of an event, which
    # `fish_trace` does not trace: the text that is evaluated would be shown.
    function _awsenv_act --on-event _awsenv_act
        builtin set -g _awsenv_failed ''
        builtin set -g _awsenv_code 1
        if builtin set -ql $_awsenv_names; or builtin test $status -lt @count@
            builtin echo "awsenv: error: could not $argv[1]: a variable of AWS is set for one command or function only" >&2
            builtin echo "awsenv: hint: run `awsenv $argv[1]` without it" >&2
            return
        end
        if builtin test "$argv[1]" = use
            _awsenv_run --choose $argv[2..-1]
            and builtin test -n "$_awsenv_more"
            and _awsenv_run --fetch=$_awsenv_more
            return
        end
        _awsenv_run --reload
        or return
        builtin test -n "$_awsenv_more"
        and _awsenv_run --fetch=$_awsenv_more --reload
    end

    # `reload` and `use` change the calling shell, `status` and `doctor` get facts about it; all else is left to the program.
    function awsenv
        if builtin test "$argv" = reload; or begin
                builtin test "$argv[1]" = use; and not builtin contains -- "$argv[2]" -h --help
            end
            builtin emit _awsenv_act $argv
            return $_awsenv_code
        end
        if builtin test "$argv[1]" = status
            builtin set -lx AWSENV_CHOSEN "$_awsenv_chosen"
            $_awsenv_bin $argv
            return
        end
        if builtin test "$argv[1]" = doctor
            builtin set -l place displaced
            builtin functions --handlers | builtin string match -q '*_awsenv_hook*'
            and builtin set place here
            builtin set -lx AWSENV_FACTS "shell=fish
place=$place
twice=$_awsenv_twice
script=$_awsenv_script
program=$_awsenv_bin"
            $_awsenv_bin $argv
            return
        end
        $_awsenv_bin $argv
    end
end
