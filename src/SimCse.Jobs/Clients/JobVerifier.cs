using System.Globalization;
using System.Text.Json;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Jobs.Upkeep;

namespace SimCse.Jobs.Clients;

/// <summary>The files of a job, in storage or in a folder. Paths are those within the job's folder, with slashes.</summary>
internal interface IJobFiles
{
    /// <summary>The paths of all files that there are.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Opens a file as a stream that can seek; <see langword="null"/> when there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">About how large it is, as far as anybody knows.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<Stream?> TryOpenAsync(string path, long bytes, CancellationToken cancellationToken);
}

/// <summary>
/// Reads all that a complete job has made, one part after the other, and compares it with <c>_SUCCESS</c> and with what a part promises.
/// One job at a time.
/// </summary>
internal sealed class JobVerifier(IJobFiles files, JobSuccess success, long? plannedTexts)
{
    private readonly List<string> _problems = [];
    private PartMetadata? _first;
    private (long Line, int Chunk) _last = (0, -1);
    private long _rows, _lines, _errors;

    public async Task<JobVerification> RunAsync(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        for (var i = 0; i < success.Parts.Count; i++)
        {
            await VerifyAsync(i, cancellationToken);
            progress?.Report(success.Parts[i].Bytes);
        }

        CheckSums();
        await FindStrangersAsync(cancellationToken);
        return new JobVerification(
            success.Job, success.Source, success.Texts, success.Parts.Count, _rows, _errors, success.Parts.Sum(part => part.Bytes),
            _problems);
    }

    private async Task VerifyAsync(int index, CancellationToken cancellationToken)
    {
        var (part, file) = (success.Parts[index], success.PartFile(index));
        if (part.Name != StorageNames.Output(success.Source, success.Job) + file)
        {
            Add(file, $"_SUCCESS calls it '{part.Name}', which is no part of the job");
        }

        await using var content = await files.TryOpenAsync(file, part.Bytes, cancellationToken);
        if (content is null)
        {
            Add(file, "it is missing");
            return;
        }

        if (content.Length != part.Bytes)
        {
            Add(file, $"it has {Number(content.Length)} bytes; _SUCCESS records {Number(part.Bytes)}");
        }
        else if (!await MergedPart.IsRightAsync(content, part, cancellationToken))
        {
            Add(file, $"its SHA-256 is not {part.Sha256}, which _SUCCESS records: it was changed");
        }

        content.Position = 0;
        var errors = await ReadErrorsAsync(index, cancellationToken);
        try
        {
            await using var reader = await PartReader.OpenAsync(content, file, cancellationToken);
            CheckMetadata(file, reader.Metadata);
            await ReadRowsAsync(file, part, reader, errors, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            Add(file, $"it cannot be read: {e.Message}");
        }
    }

    private async Task ReadRowsAsync(
        string file, JobPart part, PartReader reader, HashSet<long> errors, CancellationToken cancellationToken)
    {
        var (rows, disordered, notFinite, both) = (0L, 0L, 0L, 0L);
        await foreach (var group in reader.ReadAsync(cancellationToken))
        {
            for (var row = 0; row < group.Count; row++)
            {
                var place = (group.Lines[row], group.Chunks is { } chunks ? chunks[row].Number : 0);
                _lines += place.Item1 != _last.Line ? 1 : 0;
                disordered += place.CompareTo(_last) <= 0 ? 1 : 0;
                both += errors.Contains(place.Item1) ? 1 : 0;
                _last = place;
                foreach (var component in group.Encoded[row].Span)
                {
                    if (!float.IsFinite(component))
                    {
                        notFinite++;
                        break;
                    }
                }
            }

            rows += group.Count;
        }

        _rows += rows;
        AddIf(rows != part.Rows, file, $"it has {Number(rows)} rows; _SUCCESS records {Number(part.Rows)}");
        AddIf(disordered > 0, file, $"{Number(disordered)} of its rows do not stand in the order of lines, or stand twice");
        AddIf(both > 0, file, $"{Number(both)} of its lines are error rows as well");
        AddIf(notFinite > 0, file, $"{Number(notFinite)} of its vectors hold NaN or infinity");
    }

    private async Task<HashSet<long>> ReadErrorsAsync(int index, CancellationToken cancellationToken)
    {
        var (lines, part, file) = (new HashSet<long>(), success.Parts[index], success.ErrorFile(index));
        if (part.Errors == 0)
        {
            return lines;
        }

        await using var content = await files.TryOpenAsync(file, bytes: 0, cancellationToken);
        if (content is null)
        {
            Add(file, $"it is missing; {Number(part.Errors)} lines of the source have no row");
            return lines;
        }

        var (count, last, isBroken) = (0L, 0L, false);
        using var reader = new StreamReader(content);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            count++;
            var row = TryParse(line);
            isBroken |= row is null || row.Line <= last || !lines.Add(row.Line);
            last = row?.Line ?? last;
        }

        _errors += count;
        AddIf(count != part.Errors, file, $"it has {Number(count)} lines; _SUCCESS records {Number(part.Errors)}");
        AddIf(isBroken, file, "a line of it is no error row, or does not stand in the order of the source");
        return lines;
    }

    private static ErrorRow? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, JobsJson.Default.ErrorRow);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void CheckMetadata(string file, PartMetadata found)
    {
        var expected = (
            success.Model, success.Options.Dimensions ?? success.Model.Dimension, success.Options.Normalize,
            success.Options.VectorType ?? VectorType.Float32, success.Prompt, success.Job, success.Source, success.SourceETag);
        var actual = (
            found.Model, found.Dimension, found.Normalized, found.VectorType,
            found.Prompt is { } prompt ? new JobPrompt(prompt, found.PromptName) : null, found.Origin?.Job, found.Origin?.Source,
            found.Origin?.SourceETag);
        AddIf(expected != actual, file, $"its footer says {actual}; _SUCCESS says {expected}");
        AddIf(
            success.Arithmetics is { } known && !ArithmeticLabel.Split(found.Arithmetic).All(known.ContainsKey), file,
            $"its footer says that it was computed in {found.Arithmetic}; _SUCCESS knows " +
            string.Join(", ", success.Arithmetics?.Keys ?? []));
        _first ??= found;
        AddIf(
            found.Range != _first.Range || found.ChunkOverlap != _first.ChunkOverlap, file,
            $"its footer has the range {found.Range} and the overlap {found.ChunkOverlap}; the first part's has {_first.Range} and " +
            $"{_first.ChunkOverlap}");
    }

    private void CheckSums()
    {
        AddIf(
            plannedTexts is { } planned && planned != success.Texts, "_SUCCESS",
            $"it counts {Number(success.Texts)} texts; the job was planned with {Number(plannedTexts ?? 0)}");
        AddIf(
            success.Texts != _lines + _errors, "_SUCCESS",
            $"it counts {Number(success.Texts)} texts; the parts hold {Number(_lines)} lines and the error files {Number(_errors)}");
        AddIf(
            success.Rows != _rows || success.Errors != _errors, "_SUCCESS",
            $"it counts {Number(success.Rows)} rows and {Number(success.Errors)} errors; there are {Number(_rows)} and {Number(_errors)}");
    }

    private async Task FindStrangersAsync(CancellationToken cancellationToken)
    {
        var known = Enumerable.Range(0, success.Parts.Count).Select(success.PartFile).ToHashSet(StringComparer.Ordinal);
        foreach (var file in (await files.ListAsync(cancellationToken)).Where(
            file => file.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) && !known.Contains(file)))
        {
            Add(
                file,
                "_SUCCESS does not list it, but who reads the folder reads its rows, too" +
                (success.Compacting is null ? "" : $"; 'simcse jobs compact {success.Job}' was cut off and has to be repeated"));
        }
    }

    private void AddIf(bool isWrong, string file, string problem)
    {
        if (isWrong)
        {
            Add(file, problem);
        }
    }

    private void Add(string file, string problem) => _problems.Add($"{file}: {problem}.");

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
