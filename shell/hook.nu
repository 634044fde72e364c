# awsenv's hook for nushell: before each prompt, the environment follows the directory.
#
# nushell cannot evaluate a text while it runs, so the lines that the program prints are read here as data: a command, and
# JSON or names. If they ask for it, the program runs a second time for what takes long: a login, or the network. This
# script is a hook itself, which nushell evaluates at the first prompt; it puts two closures in its place.
#
# An unchanged prompt starts no process: `holds` compares what the program depended on with builtins alone.
#
# Promises: nothing is printed while this is evaluated, and LAST_EXIT_CODE is kept. What is remembered is the record
# `$env._awsenv`, which nushell gives to no program, since it is no text. The one other name that stays in the shell is the
# command `awsenv`, which lets `awsenv reload` and `awsenv use` act on it.
do --env {
    const program = @awsenv@
    const script = "@script@"
    const mark = "# awsenv's hook for nushell"

    # Returns the values of the watched variables: to look at the whole `$env` takes thirty times as long.
    def variables []: nothing -> list {
        [@variables@]
    }

    # Returns whether nothing changed, for a shell whose directory has not.
    def is-fresh []: nothing -> bool {
        let state = $env._awsenv
        $state.guard != null and $state.variables == (variables) and (holds $state.guard $state.nearer)
    }

    def holds [guard: record, nearer: list<string>]: nothing -> bool {
        # In a directory that was deleted, `ls` does not work.
        cd /
        let now = date now | into int
        if $now < $guard.earliest or ($guard.deadline != null and $now >= $guard.deadline) { return false }
        for path in ($nearer ++ $guard.dangling) {
            if ($path | path exists) { return false }
        }
        for path in $nearer {
            if ($path | path exists --no-symlink) { return false }
        }
        for path in $guard.dangling {
            if not ($path | path exists --no-symlink) { return false }
        }
        for path in $guard.absent {
            if ($path | path exists) { return false }
        }
        for path in $guard.existing {
            if not ($path | path exists) { return false }
        }
        for link in $guard.targets {
            if (try { $link.0 | path expand --strict }) != $link.1 { return false }
        }
        for file in $guard.contents {
            # Only a regular file, since a pipe might never end, and one byte more than the known content.
            let real = try { $file.0 | path expand --strict }
            if $real == null or ($real | path type) != "file" { return false }
            let length = ($file.1 | str length) / 2 + 1 | into int
            if (try { open --raw $real | into binary | first $length | encode hex --lower }) != $file.1 { return false }
        }
        if ($guard.marked | is-empty) { return true }
        (try { ls --all --directory ...$guard.marked | get modified | each { into int } }) == $guard.modified
    }

    # Returns where no .awsenv may appear, from the directory up to the ceiling; null if the walk meets another file than
    # the one that counts.
    def walk []: nothing -> any {
        let state = $env._awsenv
        mut at = $env.PWD
        mut nearer = []
        # Without a ceiling folders do not count here.
        while $state.ceiling != "" {
            let file = $at | path join ".awsenv"
            if $file == $state.nearest { break }
            if ($file | path exists --no-symlink) { return null }
            $nearer ++= [$file]
            if $at == "/" or $at == $state.ceiling {
                if $state.nearest != "" { return null }
                break
            }
            $at = $at | path dirname
        }
        $nearer
    }

    # Returns whether nushell will evaluate this script again after this hook.
    def is-read-again []: nothing -> bool {
        let last = $env.config.hooks.pre_prompt | last
        ($last | describe) == "string" and ($last | str starts-with $mark)
    }

    def --env look-before-prompt [] {
        if (is-read-again) { return }
        $env._awsenv.first = false
        look
    }

    # Runs the program if something changed, unless it was the directory alone and the walk up from the new one shows that
    # the same files count as before.
    def --env look [] {
        $env._awsenv.more = ""
        if $env._awsenv.pwd == $env.PWD {
            if (is-fresh) {
                if $env.AWSENV_LOG? == "debug" { print --stderr "awsenv: debug: nothing changed" }
                return
            }
        } else if $env._awsenv.guard != null {
            let nearer = walk
            if $nearer != null {
                $env._awsenv.nearer = $nearer
                if (is-fresh) {
                    $env._awsenv.pwd = $env.PWD
                    return
                }
            }
        }
        ask-and-apply
    }

    # The second run starts after the account of the folder before was removed. It has a closure of its own: what one closure
    # of a hook did stays, even if the next one is interrupted.
    def --env fetch [] {
        let more = $env._awsenv.more
        if $more != "" { ask-and-apply $"--fetch=($more)" }
    }

    # Before a command: keys that expired while the shell waited are renewed or removed. After a look that was interrupted,
    # the account of the folder before must not stay.
    def --env look-before-command [] {
        let state = $env._awsenv
        let deadline = $state.guard?.deadline?
        if $state.pwd != $env.PWD or ($deadline != null and (date now | into int) >= $deadline) {
            look
            fetch
        }
    }

    # Returns what the program prints for this prompt; an empty text if it fails.
    def ask [args: list<string>]: nothing -> string {
        let state = $env._awsenv
        let pwd = $env.PWD
        # In a directory that was deleted, nushell starts no program.
        if not ($pwd | path exists) { cd / }
        wait-for-terminal
        let text = try {
            (^$program export nu --hook=1 $"--pid=($nu.pid)" $"--pwd=($pwd)" $"--id=($state.id)" $"--new=($state.new)"
                $"--told=($state.told)" $"--confirmed=($state.confirmed)" $"--echoes=($state.echoes)"
                $"--chosen=($state.chosen)" $"--seen=($state.seen)" ...$args)
        }
        if ($text | describe) == "string" { $text } else { "" }
    }

    # Waits until nushell is in the terminal's foreground again. It takes the terminal back from a program whose output it has
    # read only a moment later, and a program that was started in between would lose the terminal. Only on Linux: elsewhere
    # nothing tells which process group is in the foreground.
    def wait-for-terminal [] {
        for _ in 1..200 {
            let stat = try { open --raw /proc/self/stat | split row ") " | last | split row " " }
            # The process group of this shell, and that of the terminal; -1 without one.
            if $stat == null or $stat.5 in [$stat.2 "-1"] { return }
            sleep 1ms
        }
    }

    # Runs the program for this prompt and does what its text says.
    def --env ask-and-apply [...args: string] {
        let before = $env.PWD
        let status = $env.LAST_EXIT_CODE
        $env._awsenv.more = ""
        $env._awsenv.code = "1"
        $env._awsenv.pwd = ""
        let text = ask $args
        $env.LAST_EXIT_CODE = $status
        if not ($text | str ends-with "# awsenv end") {
            # An interrupted second run has printed its own message.
            let is_told = $args | any {|arg| $arg starts-with "--fetch=" }
            if not ($program | path exists) {
                withdraw $is_told $"could not find ($program)" "install awsenv again, or open a new shell"
                return
            }
            if (try { ^/bin/sh -c ":"; true } catch { false }) {
                withdraw $is_told $"could not run ($program)" "run `awsenv status` to see what is wrong"
            } else {
                let reason = "no program starts here, the environment is too large; hide what is large in it"
                withdraw $is_told $"could not run ($program): ($reason)" ""
            }
            if not $is_told { forget-facts }
            # Not tried again for 10 seconds, unless the directory or a file that counts changes.
            let pause = (date now | into int) + 10_000_000_000
            $env._awsenv.guard = ($env._awsenv.guard | default (no-facts) | merge {deadline: $pause})
            $env._awsenv.variables = (variables)
            $env._awsenv.pwd = $before
            $env.LAST_EXIT_CODE = $status
            return
        }
        $env._awsenv.failed = false
        $env._awsenv.code = "0"
        for line in ($text | lines) { apply $line }
        $env._awsenv.variables = (variables)
        if $env.PWD == $before {
            $env._awsenv.pwd = $env.PWD
            $env._awsenv.nearer = (walk | default [])
        }
    }

    def --env apply [line: string] {
        let words = $line | split row --number 2 " "
        match $words.0 {
            "load-env" => { load-env ($words.1 | from json) }
            "hide-env" => { hide-env ...($words.1 | split row " " | skip 1) --ignore-errors }
            "_awsenv_assign" => { $env._awsenv = ($env._awsenv | merge ($words.1 | from json)) }
            "_awsenv_hold" => { $env._awsenv.held = ($env._awsenv.held | upsert $words.1 ($env | get $words.1)) }
            "_awsenv_forget" => { $env._awsenv.held = ($env._awsenv.held | reject --optional $words.1) }
            "_awsenv_restore" => {
                let value = $env._awsenv.held | get --optional $words.1
                if $value == null { hide-env $words.1 --ignore-errors } else { load-env {$words.1: $value} }
                $env._awsenv.held = ($env._awsenv.held | reject --optional $words.1)
            }
            "_awsenv_tell_once" => {
                let told = $words.1 | from json
                if $told.name not-in $env._awsenv.once { print --stderr $told.line }
                $env._awsenv.once = ($env._awsenv.once ++ [$told.name])
            }
            _ => {}
        }
    }

    # Removes the account, since this folder cannot be checked: no account is better than perhaps the wrong one. The
    # bookkeeping stays, with a note, for the next run that works.
    def --env withdraw [is_told: bool, reason: string, cure: string] {
        let was = $env.AWSENV_STATE? | default ""
        if $was != "" and $was !~ '^\{"withdrawn":|"(pinned|overridden)":true' {
            (hide-env AWSENV_PROFILE AWSENV_ACCOUNT AWSENV_ROLE AWSENV_GUARDED AWS_PROFILE AWS_ACCESS_KEY_ID
                AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION --ignore-errors)
            $env.AWSENV_STATE = ($was | str replace "{" '{"withdrawn":true,')
        }
        if $is_told or $env._awsenv.failed { return }
        $env._awsenv.failed = true
        print --stderr $"awsenv: error: ($reason)"
        if $cure != "" { print --stderr $"awsenv: hint: ($cure)" }
    }

    # Forgets all facts, so that neither a file nor a directory is compared.
    def --env forget-facts [] {
        $env._awsenv.guard = (no-facts)
        $env._awsenv.nearest = "?"
        $env._awsenv.nearer = []
    }

    def no-facts []: nothing -> record {
        {
            earliest: 0, deadline: null, absent: [], existing: [], dangling: [], targets: [], contents: [], marked: []
            modified: []
        }
    }

    # Returns the record that a shell begins with. Its guard holds until the program has run for the first time: outside any
    # folder with a .awsenv nothing is loaded.
    def nothing-yet []: nothing -> record {
        {
            id: "", told: "", confirmed: "", chosen: "", echoes: "", seen: "", more: "", new: "1", code: "0", held: {}
            once: [], failed: false, first: true, twice: "", pwd: "", dir: "", nearest: "", nearer: [], ceiling: "/"
            variables: (variables)
            guard: (if $env.AWSENV_STATE? == null and $env.AWSENV_PROFILE? == null { no-facts })
        }
    }

    # Does what `awsenv reload` and `awsenv use` ask for, and fails as the program did.
    def --env act [first: list<string>, second: list<string>] {
        $env._awsenv.failed = false
        ask-and-apply ...$first
        let more = $env._awsenv.more
        if $more != "" { ask-and-apply $"--fetch=($more)" ...$second }
        wait-for-terminal
        if $env._awsenv.code != "0" { ^/bin/sh -c $"exit ($env._awsenv.code)" }
    }

    def facts []: nothing -> string {
        let is_here = $env.config.hooks.pre_prompt | any {|hook| $hook in $env._awsenv.hooks }
        let place = if $is_here { "here" } else { "displaced" }
        $"shell=nu\nplace=($place)\ntwice=($env._awsenv.twice)\nscript=($script)\nprogram=($program)"
    }

    # `reload` and `use` change the calling shell, `status` and `doctor` get facts about it; all else is left to the program.
    # It is one expression, so that the program gets the input.
    def --env command [args: list<string>] {
        if $args == ["reload"] {
            act ["--reload"] ["--reload"]
        } else if $args.0? == "use" and $args.1? not-in ["-h" "--help"] {
            act ["--choose" ...($args | skip 1)] []
        } else if $args.0? == "status" {
            with-env {AWSENV_CHOSEN: $env._awsenv.chosen} { ^$program ...$args }
        } else if $args.0? == "doctor" {
            with-env {AWSENV_FACTS: (facts)} { ^$program ...$args }
        } else {
            ^$program ...$args
        }
    }

    def is-ours [hook: any]: nothing -> bool {
        match ($hook | describe) {
            "string" => ($hook | str starts-with $mark)
            "closure" => ($hook in ($env._awsenv.hooks? | default []))
            _ => false
        }
    }

    def --env remove-hooks [] {
        $env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | where {|hook| not (is-ours $hook) })
        $env.config.hooks.pre_execution = ($env.config.hooks.pre_execution | where {|hook| not (is-ours $hook) })
    }

    def --env install [] {
        # Variables of these names that came with the environment are texts, and another shell's or anybody's. A shell that
        # evaluates this again still holds the previous values of what is loaded, and keeps what it remembers.
        if not (($env._awsenv? | describe) starts-with "record") {
            hide-env ...($env | columns | where {|name| $name starts-with "_awsenv" }) --ignore-errors
            $env._awsenv = (nothing-yet)
        } else {
            # A second time before the first prompt: the line stands in the start-up file twice, which `doctor` reports.
            $env._awsenv.twice = (if $env._awsenv.first { "1" } else { "" })
        }
        remove-hooks
        let before_prompt = [{|| look-before-prompt } {|| fetch }]
        let before_command = {|| look-before-command }
        $env._awsenv.new = "1"
        $env._awsenv.first = true
        $env._awsenv.hooks = [...$before_prompt $before_command]
        $env._awsenv.command = {|args| command $args }
        $env._awsenv.leave = {|| ask-and-apply "--leave"; remove-hooks }
        $env.config.hooks.pre_prompt ++= $before_prompt
        $env.config.hooks.pre_execution ++= [$before_command]
        look
        fetch
    }

    install
}

@complete external
def --env --wrapped awsenv [...args: string] {
    do --env $env._awsenv.command $args
}
