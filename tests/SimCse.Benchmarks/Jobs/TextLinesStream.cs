using System.IO.Pipelines;
using System.Text;

namespace SimCse.Benchmarks.Jobs;

/// <summary>Makes the bytes of a <c>.txt</c> source while they are read, so that a source of any size needs little memory.</summary>
internal static class TextLinesStream
{
    private const int FlushBytes = 1 << 16;

    /// <param name="texts">The texts, without line ends.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>A stream that must be read to its end; a read throws the error of <paramref name="texts"/>.</returns>
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
