using System.CommandLine;
using SimCse.Cli.CommandLine;

namespace SimCse.Cli.Commands;

/// <summary>
/// <c>simcse completion</c>: writes what makes a shell ask <c>simcse</c> itself, through the parser's directive <c>[suggest:POSITION]</c>,
/// for the commands and options that may follow.
/// </summary>
internal sealed class CompletionCommand : CliCommand
{
    private const string Bash = """
        _simcse() {
          local line="simcse${COMP_LINE:${#COMP_WORDS[0]}:COMP_POINT-${#COMP_WORDS[0]}}" IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null | grep -v '^/\|^-?$')" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _simcse simcse
        """;

    private const string Zsh = """
        _simcse() {
          local line="$LBUFFER"
          local -a found
          found=(${(f)"$(simcse "[suggest:${#line}]" "$line" 2>/dev/null | grep -v '^/\|^-?$')"})
          if (( ${#found} )); then compadd -a found; else _files; fi
        }
        compdef _simcse simcse
        """;

    private const string Fish = """
        function __simcse_complete
          set -l line (commandline -cp)
          simcse "[suggest:"(string length -- $line)"]" $line 2>/dev/null | string match -rv '^/|^-\?$'
        end
        complete -c simcse -a '(__simcse_complete)'
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName simcse -ScriptBlock {
          param($word, $ast, $position)
          simcse "[suggest:$position]" "$ast" 2>$null | Where-Object { $_ -like "$word*" -and $_ -notmatch '^/|^-\?$' } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
        ["pwsh"] = PowerShell,
    };

    private readonly Argument<string> _shell = new("SHELL") { Description = "The shell: bash, zsh, fish or pwsh." };

    public CompletionCommand()
        : base("completion", "Write a script that lets a shell complete commands and options at the Tab key.")
    {
        Add(_shell);
        _shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        Examples =
        [
            "simcse completion bash >> ~/.bashrc",
            "simcse completion zsh >> ~/.zshrc",
            "simcse completion fish > ~/.config/fish/completions/simcse.fish",
            "simcse completion pwsh >> $PROFILE",
        ];
    }

    public override Task<int> RunAsync(CliContext context)
    {
        context.Terminal.Line(Scripts[context.Get(_shell)!].Split('\n').Select(line => line.TrimEnd('\r')));
        return Task.FromResult(ExitCodes.Success);
    }
}
