# What zsh would offer: `zsh -f zsh_answers.zsh SCRIPT LINE…` prints `= LINE` and one offer in a line.
# An interactive zsh in a pseudo terminal is given each line and a tab; in it, compadd tells what it adds.
zmodload zsh/zpty || exit 1
script=$1
shift
zpty inner zsh -f -i
enter() { zpty -w inner "$*" }
wait_for() {
  local line
  while zpty -r inner line; do
    [[ $line == *"$1"* ]] && return
    [[ $line == *'<OFFER>'* ]] && print -r -- ${${line##*<OFFER>}%%[$'\r\n']*}
  done
  exit 1
}

enter 'PROMPT=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D'
enter "source ${(q)script}"
enter 'compadd() {
  [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] && { builtin compadd "$@"; return }
  local -a offers
  builtin compadd -A offers "$@"
  (( $#offers )) && printf "<OFF""ER>%s\n" $offers
  builtin compadd "$@"
}'
# The list of these functions is emptied whenever it was used.
enter 'finish() { comppostfuncs=(finish); print -r -- "<E""ND>"; compstate[insert]=; compstate[list]= }'
enter 'comppostfuncs=(finish); bindkey "^I" complete-word; print "<REA""DY>"'
wait_for '<READY>'
for line in "$@"; do
  print -r -- "= $line"
  zpty -n -w inner "$line"$'\t'
  wait_for '<END>'
  zpty -n -w inner $'\x15'
done
zpty -d inner
