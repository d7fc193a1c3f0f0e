using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Sources;

/// <summary>
/// The elements of a JSON array as lines: the bytes of each, with spaces instead of line ends. The array is read as a stream; an element
/// of any length passes through. Not thread-safe; owns the stream.
/// </summary>
/// <param name="json">The array, in UTF-8.</param>
internal sealed class JsonArrayStream(Stream json) : JsonLinesStream
{
    /// <summary>The longest string, number or run of white space, because the framework's reader wants it as a whole.</summary>
    private const int MaxTokenBytes = 1 << 26;

    private const int MaxDepth = 10_000;
    private const int BufferBytes = 1 << 16;

    private readonly PipeReader _pipe = PipeReader.Create(json, new StreamPipeReaderOptions(bufferSize: BufferBytes));
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = MaxDepth });
    private long _elements;
    private bool _isInElement;
    private int _wanted = 1;

    /// <exception cref="PermanentJobException">The source is no JSON, no array, or cut off.</exception>
    protected override async ValueTask<bool> WriteAsync(CancellationToken cancellationToken)
    {
        var read = await _pipe.ReadAtLeastAsync(_wanted, cancellationToken);
        var consumed = Read(read.Buffer, read.IsCompleted);
        var left = read.Buffer.Length - consumed;
        if (left > MaxTokenBytes)
        {
            throw new PermanentJobException(
                $"Element {_elements + 1} of the array holds a string, a number or white space of more than {MaxTokenBytes >> 20} MiB.");
        }

        // What is left is a part of a token. If it is looked at again only when it is twice as long, a long one is not read many times.
        _wanted = (int)Math.Max(1, left * 2);
        _pipe.AdvanceTo(read.Buffer.GetPosition(consumed), read.Buffer.End);
        return !read.IsCompleted;
    }

    public override async ValueTask DisposeAsync()
    {
        await _pipe.CompleteAsync();
        await base.DisposeAsync();
    }

    /// <summary>Reads as many tokens as there are.</summary>
    /// <returns>The number of bytes that are read.</returns>
    private long Read(ReadOnlySequence<byte> buffer, bool isFinal)
    {
        var reader = new Utf8JsonReader(buffer, isFinal, _state);
        var copied = 0L;
        try
        {
            while (reader.Read())
            {
                var isBracket = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
                if (reader.CurrentDepth == 0)
                {
                    CheckRoot(reader.TokenType);
                }
                else if (reader.CurrentDepth == 1 && !_isInElement)
                {
                    (_isInElement, copied) = (true, reader.TokenStartIndex);
                }

                if (reader.CurrentDepth == 1 && !isBracket)
                {
                    Copy(buffer.Slice(copied, reader.BytesConsumed - copied));
                    Lines.Write("\n"u8);
                    _isInElement = false;
                    _elements++;
                }
            }
        }
        catch (JsonException e)
        {
            throw new PermanentJobException(
                $"The source is not a whole JSON array ({JsonReason.Describe(e)}); {_elements} elements before are whole.", e);
        }

        if (_isInElement)
        {
            Copy(buffer.Slice(copied, reader.BytesConsumed - copied));
        }

        _state = reader.CurrentState;
        return reader.BytesConsumed;
    }

    private static void CheckRoot(JsonTokenType token)
    {
        if (token is not (JsonTokenType.StartArray or JsonTokenType.EndArray))
        {
            throw new PermanentJobException(
                $"The source is a JSON {(token == JsonTokenType.StartObject ? "object" : "value")}; expected an array of objects. If " +
                "each line is an object, name it .jsonl; if the array is within the object, save it alone.");
        }
    }

    /// <summary>A line end in JSON is white space, or it is escaped.</summary>
    private void Copy(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            var copy = Lines.GetSpan(segment.Length)[..segment.Length];
            segment.Span.CopyTo(copy);
            copy.Replace((byte)'\n', (byte)' ');
            copy.Replace((byte)'\r', (byte)' ');
            Lines.Advance(segment.Length);
        }
    }
}
