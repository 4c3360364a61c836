# Completion of audit-register for bash 3.2 and later. For this shell, or as a line of ~/.bashrc:
#   source <(audit-register completion bash)

_audit_register() {
  local line=$COMP_LINE index word rest value quote
  local words=()
  # bash takes words apart at = and :, the program does not.
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    rest=${line#"${line%%[![:space:]]*}"}
    if ((index > 1)) && [[ $rest == "$line" && ($word == [=:]* || ${COMP_WORDS[index - 1]} == *[=:]) ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    line=${rest#"$word"}
  done
  local typed=${words[${#words[@]} - 1]}
  local last=${typed##*[=:]}
  local before=${typed%"$last"}
  COMPREPLY=()
  # What was typed is handed on as it is, never run.
  while IFS=$'\t' read -r value _; do
    if [[ $value == :paths ]]; then
      # From bash 4 on readline quotes the names; before it nobody else does.
      compopt -o filenames 2>/dev/null && quote=%s || quote=%q
      while IFS= read -r value; do
        rest=${value#\~/}
        # Quoted, the home directory would be a name as any other.
        value=${value%"$rest"}
        printf -v rest "$quote" "$rest"
        COMPREPLY+=("$value$rest")
      done < <(compgen -f -- "$last")
    else
      COMPREPLY+=("${value#"$before"}")
    fi
  done < <(audit-register complete -- "${words[@]:1}" 2>/dev/null)
}

complete -F _audit_register audit-register
