namespace SimCse.Cli.CommandLine;

/// <summary>The format of standard input, which has no file name to show it.</summary>
internal enum SourceKind
{
    Txt,
    Jsonl,
}
