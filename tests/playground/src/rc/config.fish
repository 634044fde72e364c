# The prompt of the playground.
set -g fish_greeting
set -g fish_prompt_pwd_dir_length 0
function fish_prompt
    printf '%s $ ' (prompt_pwd)
end

# This line is all that awsenv needs.
awsenv hook fish | source
