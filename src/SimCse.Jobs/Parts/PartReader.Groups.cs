namespace SimCse.Jobs.Parts;

/// <content>Row groups by their index, for who needs only some of a part.</content>
public sealed partial class PartReader
{
    /// <summary>The number of rows of each row group.</summary>
    internal IReadOnlyList<long> GroupRows => [.. _reader.RowGroups.Select(group => group.RowCount)];

    /// <summary>The rows of one row group.</summary>
    /// <exception cref="InvalidDataException">The part is damaged, or lacks a column.</exception>
    internal Task<PartRows> ReadGroupAsync(int group, CancellationToken cancellationToken) =>
        UnlessDamagedAsync(group, ReadAsync(_reader.RowGroups[group], cancellationToken));

    /// <summary>The texts of one row group, without its vectors; none when the part has no column <c>text</c>.</summary>
    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    internal async Task<string[]> ReadTextsAsync(int group, CancellationToken cancellationToken)
    {
        var rows = _reader.RowGroups[group].RowCount;
        if (rows is < 0 or > MaxRows || PartSchema.Field(_reader.Schema, PartSchema.Text) is not { } text)
        {
            return [];
        }

        var texts = new string[rows];
        return await UnlessDamagedAsync(group, ReadAsync());

        async Task<string[]> ReadAsync()
        {
            await _reader.RowGroups[group].ReadAsync(text, texts, cancellationToken: cancellationToken);
            return texts;
        }
    }

    private async Task<T> UnlessDamagedAsync<T>(int group, Task<T> reading)
    {
        try
        {
            return await reading;
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw new InvalidDataException(
                $"{_file} is damaged in row group {group + 1}. A job's part can be fetched again with 'simcse jobs download'.", e);
        }
    }
}
