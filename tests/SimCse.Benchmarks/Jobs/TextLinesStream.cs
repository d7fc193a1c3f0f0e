using System.IO.Pipelines;
using System.Text;

namespace SimCse.Benchmarks.Jobs;

/// <summary>Texts as the bytes of a <c>.txt</c> source, made while they are read: a source of any size needs no memory.</summary>
internal static class TextLinesStream
{
    private const int FlushBytes = 1 << 16;

    /// <param name="texts">Without line ends.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns>To be read to its end; an error of <paramref name="texts"/> comes out of the read.</returns>
    public static Stream Open(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var pipe = new Pipe();
        _ = Task.Run(() => WriteAsync(texts, pipe.Writer, cancellationToken), cancellationToken);
        return pipe.Reader.AsStream();
    }

    private static async Task WriteAsync(IEnumerable<string> texts, PipeWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var text in texts)
            {
                Encoding.UTF8.GetBytes(text, writer);
                "\n"u8.CopyTo(writer.GetSpan(1));
                writer.Advance(1);
                if (writer.UnflushedBytes >= FlushBytes)
                {
                    await writer.FlushAsync(cancellationToken);
                }
            }

            await writer.CompleteAsync();
        }
        catch (Exception e)
        {
            await writer.CompleteAsync(e);
        }
    }
}
