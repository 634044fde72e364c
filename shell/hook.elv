# awsenv's hook for elvish: before each prompt and after each change of directory, the environment follows the directory.
#
# The program runs each time; its text is evaluated if it is complete. If that text asks for it, the program runs a
# second time for what takes long: a login, or the network.
#
# Promises: nothing is printed while this is evaluated, and without an editor, in a script, nothing happens. What is
# remembered stands in variables that only these functions see. In the shell itself are `awsenv~`, which lets `awsenv reload`
# and `awsenv use` act on it, and `_awsenv_add~` and `_awsenv_remove~`.
#
# All code stands in one string, since it would not compile where there is no editor, as in a script. It therefore contains
# no single quote. Evaluated again, it only puts itself back into the lists. The names that it adds exist only after the end
# of the rc file, so a second evaluation in the same file finds the hook by its text.
if ?(eval '_awsenv_add') { } elif ?(eval '
  if (has-value [(each {|f| try { ==s $f[body] " nop _awsenv_hook; update-at-prompt " } catch _ { } } $edit:before-readline)] $true) { } else { fail "not there" }
') { } elif ?(eval 'nop $edit:before-readline') { eval '
use str
var path = @awsenv@
var program = (external $path)
var state = [&_awsenv_id="" &_awsenv_new=1 &_awsenv_told="" &_awsenv_confirmed="" &_awsenv_chosen="" &_awsenv_more="" &_awsenv_code=0]
var held = [&]
var failed = $false
var broken = $false
var rests = $false

fn assign {|name value|
  set state[$name] = $value
}

fn hold {|name|
  set held[$name] = (get-env $name)
}

fn forget {|name|
  set held = (dissoc $held $name)
}

# An interrupted evaluation can have taken the held value already.
fn restore {|name|
  if (has-key $held $name) { set-env $name $held[$name] } else { unset-env $name }
  forget $name
}

fn tell-once {|name line|
  if (not (has-key $state $name)) { echo $line >&2 }
  assign $name 1
}

# Removes the account, since this folder cannot be checked: no account is better than perhaps the wrong one. The
# bookkeeping stays, with a note, for the next run that works.
fn withdraw {
  if (not (has-env AWSENV_STATE)) { return }
  var was = (get-env AWSENV_STATE)
  if (or (str:has-prefix $was "{\"withdrawn\":") (str:contains $was "\"pinned\":true") (str:contains $was "\"overridden\":true")) { return }
  each $unset-env~ [AWSENV_PROFILE AWSENV_ACCOUNT AWSENV_ROLE AWSENV_GUARDED AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION]
  set-env AWSENV_STATE (str:replace &max=1 "{" "{\"withdrawn\":true," $was)
}

# Runs the program for this prompt and evaluates its text.
fn run {|@args|
  set state[_awsenv_more] = ""
  set state[_awsenv_code] = 1
  var text = ""
  try {
    set text = ($program export elvish --hook=1 --pid=$pid --pwd=$pwd --id=$state[_awsenv_id] --new=$state[_awsenv_new] --told=$state[_awsenv_told] --confirmed=$state[_awsenv_confirmed] --chosen=$state[_awsenv_chosen] $@args | slurp)
  } catch _ { }
  if (str:has-suffix $text "# awsenv end\n") {
    set failed = $false
    set state[_awsenv_code] = 0
    eval &ns=(ns [&_awsenv_assign~=$assign~ &_awsenv_hold~=$hold~ &_awsenv_forget~=$forget~ &_awsenv_restore~=$restore~ &_awsenv_tell_once~=$tell-once~]) $text
    return
  }
  withdraw
  set broken = $true
  # An interrupted second run has printed its own message.
  if (and (not $failed) (not (has-value [(each {|arg| str:has-prefix $arg --fetch= } $args)] $true))) {
    set failed = $true
    if (has-external $path) {
      try {
        (external /bin/sh) -c :
        echo "awsenv: error: could not run "$path"\nawsenv: hint: run `awsenv status` to see what is wrong" >&2
      } catch _ {
        echo "awsenv: error: could not run "$path": no program starts here, the environment is too large; unset what is large in it" >&2
      }
    } else {
      echo "awsenv: error: could not find "$path"\nawsenv: hint: install awsenv again, or open a new shell" >&2
    }
  }
}

# The second run starts after the account of the folder before was removed.
fn update {|@args|
  set broken = $false
  run $@args
  if (and (not-eq $state[_awsenv_more] "") (not $rests)) { run --fetch=$state[_awsenv_more] $@args }
}

# After a failure at a change of directory, the prompt that follows at once does not begin a second run.
fn update-at-prompt { update; set rests = $false }
fn update-on-the-way { update; set rests = $broken }

var at-prompt = {|@_| nop _awsenv_hook; update-at-prompt }
var on-the-way = {|@_| update-on-the-way }

edit:add-var awsenv~ {|@args|
  if (eq $args [reload]) {
    set rests = $false
    set failed = $false
    update --reload
    if (not-eq $state[_awsenv_code] 0) { fail "awsenv reload did not work" }
  } elif (and (not-eq $args []) (eq [use] $args[..1]) (not (has-value [--help -h] (all [(all $args[1..]) ""] | take 1)))) {
    set rests = $false
    set failed = $false
    set broken = $false
    run --choose (all $args[1..])
    if (not-eq $state[_awsenv_more] "") { run --fetch=$state[_awsenv_more] }
    if (not-eq $state[_awsenv_code] 0) { fail "awsenv use did not work" }
  } elif (and (not-eq $args []) (eq [status] $args[..1])) {
    (external /usr/bin/env) AWSENV_CHOSEN=$state[_awsenv_chosen] $path $@args
  } else {
    $program $@args
  }
}

fn add {
  set state[_awsenv_new] = 1
  if (not (has-value $edit:before-readline $at-prompt)) { set edit:before-readline = [$at-prompt $@edit:before-readline] }
  if (not (has-value $after-chdir $on-the-way)) { set after-chdir = [$on-the-way $@after-chdir] }
}

edit:add-var _awsenv_add~ $add~

edit:add-var _awsenv_remove~ {
  run --leave
  set edit:before-readline = [(each {|f| if (not-eq $f $at-prompt) { put $f } } $edit:before-readline)]
  set after-chdir = [(each {|f| if (not-eq $f $on-the-way) { put $f } } $after-chdir)]
  each $edit:del-var~ [awsenv~ _awsenv_add~ _awsenv_remove~]
}

add
' }
