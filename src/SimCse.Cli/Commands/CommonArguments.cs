using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;

namespace SimCse.Cli.Commands;

/// <summary>Arguments that several commands have.</summary>
internal static class CommonArguments
{
    public static Argument<string> File() => new Argument<string>("FILE")
    {
        Description = "Texts: .txt (one a line) or .jsonl ({\"id\", \"text\"} a line), also with .gz; UTF-8, UTF-16, Shift_JIS or " +
            "EUC-JP. - is standard input.",
        DefaultValueFactory = _ => TextInput.StandardInput,
    }.NoOptions();

    public static Argument<string> Job() => new Argument<string>("ID")
    {
        Description = "The job's id as 'simcse jobs' shows it, or its beginning, or that of a submission.",
    }.NoOptions();
}
