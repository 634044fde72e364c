# Completions of awsenv for elvish. The program answers with one line that says what follows, and then a line for each
# word: the word, a tab, and what the list shows. The module `edit:` is there in interactive shells alone, hence the text.
if ?(eval 'nop $edit:completion:arg-completer') { eval '
use str
set edit:completion:arg-completer[awsenv] = {|@words|
  var answer = []
  try {
    set answer = [(e:awsenv complete elvish (- (count $words) 1) -- $@words 2>/dev/null | from-lines)]
  } catch { }
  if (> (count $answer) 0) {
    var kind @lines = $@answer
    if (==s $kind files) {
      edit:complete-filename $words[-1]
    } elif (str:has-prefix $kind "command ") {
      # Behind `--` stands another command, which has completions of its own.
      edit:complete-sudo sudo (all $words[(str:trim-prefix $kind "command ")..])
    } else {
      for line $lines {
        var name shown = (str:split "\t" $line)
        edit:complex-candidate $name &display=$shown &code-suffix=" "
      }
    }
  }
}
' }
