# What bash would offer: `bash bash_answers.bash SCRIPT LINE…` prints `= LINE` and one offer in a line.
# The lines are cut into words where readline cuts them: at spaces, `=` and `:`.
source "$1" || exit 1
shift
for line in "$@"; do
  printf '= %s\n' "$line"
  read -ra COMP_WORDS <<<"$(sed 's/[=:]/ & /g' <<<"$line")"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  completer=$(complete -p auth-proxy)
  completer=${completer#*-F }
  "${completer%% *}" auth-proxy "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
  for reply in "${COMPREPLY[@]}"; do printf '%s\n' "$reply"; done
done
