# Takes awsenv's hook out of this fish: the environment, functions with their events, and variables are as they were
# before.
if builtin set -q _awsenv_bin
    # The handler of an event, which `fish_trace` does not trace: the text that is evaluated would be shown.
    function _awsenv_leave --on-event _awsenv_leave
        _awsenv_run --leave
    end
    builtin emit _awsenv_leave
    for _awsenv_name in (builtin functions --all --names | builtin string match '_awsenv_*')
        builtin functions --erase $_awsenv_name
    end
    builtin functions --erase awsenv
    for _awsenv_name in (builtin set --global --names | builtin string match '_awsenv_*')
        builtin set --erase --global $_awsenv_name
    end
    builtin set --erase _awsenv_name
end
