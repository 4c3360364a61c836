# Completion of audit-register for fish. Once:
#   audit-register completion fish > ~/.config/fish/completions/audit-register.fish

function __audit_register_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    for line in (audit-register complete -- $words[2..] "$typed" 2>/dev/null)
        if test "$line" = :paths
            set -l option (string match -r '^--[^=]*=' -- "$typed")
            for path in (__fish_complete_path (string replace -- "$option" '' "$typed"))
                echo "$option$path"
            end
        else
            echo $line
        end
    end
end

complete --command audit-register --no-files --arguments '(__audit_register_complete)'
