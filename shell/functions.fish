# The functions that the program's texts call: a shell reads a function once, and a text each time.

# Keeps the values of these unexported variables, which the text exports next.
function _awsenv_cover
    for name in $argv
        builtin set -qg $name
        and builtin set -gu _awsenv_own_$name $$name
        and builtin set -ga _awsenv_covered _awsenv_own_$name
    end
end

# Gives these variables, which were removed, the values back that they had without being exported.
function _awsenv_uncover
    for name in $argv
        builtin set -l own _awsenv_own_$name
        if builtin set -qg $own
            builtin set -gu $name $$own
            builtin set -eg $own
        end
    end
end

# Drops all values that were kept.
function _awsenv_forget_covered
    builtin set -eg $_awsenv_covered
    builtin set -gu _awsenv_covered
end

# Hides exported universal variables of these names, which would show through, behind unexported global ones.
function _awsenv_hide
    for name in $argv
        builtin set -qUx $name
        and builtin set -gu $name
    end
end
