using System.Runtime.CompilerServices;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.Input;

/// <summary>Groups the texts of a source as shards do: memory stays bounded, and the encoder finds enough texts of equal length.</summary>
internal static class TextBatches
{
    private const int MaxTexts = 4096;
    private const int MaxChars = 1 << 20;

    public static async IAsyncEnumerable<List<SourceRecord>> ReadAsync(
        SourceFile source, SkippedLines skipped, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<SourceRecord>();
        var chars = 0;
        await foreach (var record in source.ReadAsync(cancellationToken))
        {
            if (record.Text is null)
            {
                skipped.Add(record);
                continue;
            }

            batch.Add(record);
            chars += record.Text.Length;
            if (batch.Count >= MaxTexts || chars >= MaxChars)
            {
                yield return batch;
                (batch, chars) = ([], 0);
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
