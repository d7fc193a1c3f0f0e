namespace SimCse.Cli.Progress;

/// <summary>What has one bar, or one line, of progress.</summary>
internal interface IProgressLine
{
    string Name { get; }

    bool HasBegun { get; }

    bool IsFinished { get; }

    /// <summary>The part that is done, from 0 to 1.</summary>
    double Fraction { get; }

    /// <summary>The progress in words.</summary>
    /// <param name="briefly">Whether there is little room for them.</param>
    string Describe(bool briefly = false);
}
