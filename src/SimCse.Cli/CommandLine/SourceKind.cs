namespace SimCse.Cli.CommandLine;

/// <summary>What standard input holds, which has no name to tell.</summary>
internal enum SourceKind
{
    Txt,
    Jsonl,
}
