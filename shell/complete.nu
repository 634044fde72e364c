# Completions of awsenv for nushell, in front of the completer that is there for external commands. The program answers
# with one line that says what follows, and then a line for each word: the word, a tab, and its description.
do --env {
    let others = $env.config.completions.external.completer
    $env.config.completions.external.completer = {|words: list<string>|
        if $words.0? != "awsenv" {
            return (if $others != null { do $others $words })
        }
        # Words are as they were typed, with their quotes.
        let plain = $words | each {|word| $word | str trim --left --char '"' | str trim --left --char "'" }
        let index = ($words | length) - 1
        let answer = try { ^awsenv complete nu $index -- ...$plain | lines } catch { [] }
        match ($answer.0? | default "" | split row " ") {
            # Behind `--` stands another command, which has completions of its own.
            ["command" $first] => { if $others != null { do $others ($words | skip ($first | into int)) } }
            # With `null`, nushell completes the names of files.
            ["files"] => null
            _ => {
                let typed = $plain | last
                let values = $answer | skip 1 | split column --number 2 "\t" value description
                $values | where {|line| $line.value starts-with $typed } | update value {|line|
                    if $line.value =~ '^[\w./:@%+=,-]+$' { $line.value } else { $line.value | to json }
                }
            }
        }
    }
}
