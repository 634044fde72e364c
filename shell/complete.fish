# Completions of awsenv for fish. The program answers with one line that says what follows, and then a line for each word:
# the word, a tab, and its description.
function __awsenv_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command awsenv complete fish (count $words) -- $words "$current" 2>/dev/null)
    switch "$answer[1]"
        case 'command *'
            # Behind `--` stands another command, which has completions of its own.
            set -l first (math (string replace 'command ' '' -- $answer[1]) + 1)
            set -l typed
            if test $first -le (count $words)
                set typed (string escape -- $words[$first..-1])
            end
            complete -C (string join ' ' -- $typed "$current")
        case files
            __fish_complete_path "$current"
        case '*'
            string join \n -- $answer[2..-1]
    end
end

complete -c awsenv -f -a '(__awsenv_complete)'
