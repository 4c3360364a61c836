#compdef audit-register
# Completion of audit-register for zsh. As a line of ~/.zshrc, after compinit:
#   source <(audit-register completion zsh)

_audit_register() {
  local value means paths=0
  local -a described
  while IFS=$'\t' read -r value means; do
    if [[ $value == :paths ]]; then
      paths=1
    else
      described+=("${value//:/\\:}:$means")
    fi
  done < <(audit-register complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${#described} )) && _describe -t values 'audit-register' described
  if (( paths )); then
    compset -P '--*='
    _files
  fi
}

if [[ ${funcstack[1]} == _audit_register ]]; then
  _audit_register "$@"
else
  compdef _audit_register audit-register
fi
