# What fish would offer: `fish --no-config fish_answers.fish SCRIPT LINE…` prints `= LINE` and one offer in
# a line, each followed by a tab and its description.
source $argv[1]; or exit 1
for line in $argv[2..-1]
    echo "= $line"
    complete -C $line
end
