using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using SimCse.Inference;

namespace SimCse.Models;

/// <summary>
/// Compares a new bundle with what the model gave in the library that it was made with: JSON lines of <c>text</c>, <c>input_ids</c> or
/// <c>tokens</c>, <c>embedding</c> and <c>prompt_name</c>, of which only the first is needed.
/// </summary>
internal static class SelfCheck
{
    /// <summary>The name of the file that is used without being asked for, if the model's folder holds it.</summary>
    public const string FileName = "expected.jsonl";

    /// <summary>What float32 may differ by: the order of sums, on any processor, stays far below it.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>
    /// The share of rows that may have other ids where nobody asked for the check: another edition of a dictionary, such as Debian's IPADIC
    /// with the era of 2019, cuts single words differently.
    /// </summary>
    private const double OtherEdition = 0.01;

    private const int ShownIds = 12;
    private const string Form = "JSON lines of text with any of input_ids, tokens, truncated, embedding and prompt_name";

    /// <summary>The file to compare with; <see langword="null"/> where there is none.</summary>
    public static string? FileOf(string modelFolder, ImportOptions options) => options.ExpectFile
        ?? (File.Exists(Path.Combine(modelFolder, FileName)) ? Path.Combine(modelFolder, FileName) : null);

    /// <exception cref="InvalidDataException">Ids or vectors differ, or the file is not what is expected.</exception>
    public static BundleSelfCheck Run(Bundle bundle, string file, ImportOptions options)
    {
        var all = Read(file);
        var rows = all.Where(row => row.PromptName is null || bundle.Prompts.Named.Count > 0).ToList();
        using var encoder = SentenceEncoder.Load(bundle, new SentenceEncoderOptions { Device = InferenceDevice.Cpu });
        var otherIds = rows.Where(row => row.HasOtherIds(encoder)).ToHashSet();
        var mayDiffer = options.AllowDifference
            || (options.ExpectFile is null && otherIds.Count <= rows.Count * OtherEdition);
        if (otherIds.Count > 0 && !mayDiffer)
        {
            throw new InvalidDataException(
                $"{otherIds.Count} of {rows.Count} rows of {file} have other ids here. " +
                $"{otherIds.MinBy(row => row.Line)!.Describe(encoder)} The tokenizer is not that of the model, or its dictionary is " +
                "another one. Import with --allow-difference to have the bundle anyway.");
        }

        var (difference, cosine, worst) = (0d, 1d, default(ExpectedRow));
        foreach (var group in rows.Where(row => row.Embedding is not null && !otherIds.Contains(row)).GroupBy(row => row.PromptName))
        {
            var compared = group.ToList();
            var encode = group.Key is null ? new EncodeOptions { Prompt = "" } : new EncodeOptions { PromptName = group.Key };
            var vectors = encoder.EncodeAsync([.. compared.Select(row => row.Text)], encode).GetAwaiter().GetResult();
            for (var i = 0; i < compared.Count; i++)
            {
                var (expected, actual) = (compared[i].Embedding!, vectors[i].ToArray());
                if (expected.Length != actual.Length)
                {
                    throw new InvalidDataException(
                        $"{compared[i].Where} gives a vector of {expected.Length} components; the bundle's have {actual.Length}.");
                }

                var distance = expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max();
                cosine = Math.Min(cosine, Cosine(expected, actual));
                (difference, worst) = distance > difference ? (distance, compared[i]) : (difference, worst);
            }
        }

        return bundle.Model.Precision != Precision.Float32 || difference <= Tolerance || options.AllowDifference
            ? new BundleSelfCheck(Path.GetFileName(file), rows.Count, all.Count - rows.Count, otherIds.Count, difference, cosine)
            : throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The vectors differ from those of {file} by up to {difference:0.0e+0}, with a cosine of {cosine:0.000000} at worst; " +
                $"expected at most {Tolerance:0.0e+0}. The largest difference is that of {worst!.Where}. Import with --allow-difference " +
                $"to have the bundle anyway."));
    }

    /// <summary>1 for two vectors of zeros, which are equal.</summary>
    private static double Cosine(float[] a, float[] b)
    {
        double[] first = [.. a.Select(value => (double)value)], second = [.. b.Select(value => (double)value)];
        var norms = TensorPrimitives.Norm<double>(first) * TensorPrimitives.Norm<double>(second);
        return norms == 0 ? a.SequenceEqual(b) ? 1 : 0 : TensorPrimitives.Dot<double>(first, second) / norms;
    }

    private static List<ExpectedRow> Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"--expect names '{file}', which is not there; expected {Form}.", file);
        }

        var rows = File.ReadLines(file).Select((line, i) => (Line: line, Number: i + 1)).Where(line => line.Line.Trim().Length > 0)
            .Select(line => ExpectedRow.Parse(file, line.Number, line.Line)).ToList();
        return rows.Count > 0 ? rows : throw new InvalidDataException($"{file} holds no rows; expected {Form}.");
    }

    private sealed record ExpectedRow(
        string File, int Line, string Text, string? PromptName, int[]? Ids, string[]? Tokens, bool? Truncated, float[]? Embedding)
    {
        public string Where
        {
            get
            {
                var start = Text.Length > 40 ? $"{Text[..40]}…" : Text;
                return $"{File}, line {Line} ('{start}'{(PromptName is null ? "" : $", prompt {PromptName}")})";
            }
        }

        public static ExpectedRow Parse(string file, int number, string line)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                var row = json.RootElement;
                return new ExpectedRow(
                    file, number, row.GetProperty("text").GetString() ?? throw new JsonException("text is null"),
                    row.TryGetProperty("prompt_name", out var prompt) ? prompt.GetString() : null,
                    List(row, "input_ids", id => id.GetInt32()), List(row, "tokens", token => token.GetString()!),
                    row.TryGetProperty("truncated", out var truncated) ? truncated.GetBoolean() : null,
                    List(row, "embedding", value => value.GetSingle()));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                throw new InvalidDataException($"{file}, line {number} is not what is expected, {Form}: {e.Message}", e);
            }
        }

        /// <summary>Ids are compared, or pieces before truncation where the row gives no ids.</summary>
        public bool HasOtherIds(SentenceEncoder encoder)
        {
            var tokenized = encoder.Tokenizer.Tokenize(Prompt(encoder) + Text);
            return (Ids is not null && !tokenized.InputIds.SequenceEqual(Ids))
                || (Ids is null && Tokens is not null && !tokenized.Tokens.SequenceEqual(Tokens))
                || (Truncated is { } truncated && truncated != tokenized.Truncated);
        }

        public string Describe(SentenceEncoder encoder)
        {
            var tokenized = encoder.Tokenizer.Tokenize(Prompt(encoder) + Text);
            return Ids is null
                ? $"{Where}: the pieces are {Shown(tokenized.Tokens, Tokens ?? [])}; expected {Shown(Tokens ?? [], tokenized.Tokens)}."
                : $"{Where}: the ids are {Shown(tokenized.InputIds, Ids)}; expected {Shown(Ids, tokenized.InputIds)}.";
        }

        private string Prompt(SentenceEncoder encoder)
        {
            try
            {
                return PromptName is null ? "" : encoder.Bundle.Prompts.Resolve(prompt: null, PromptName);
            }
            catch (ArgumentException e)
            {
                throw new InvalidDataException($"{Where} asks for a prompt that the model does not have: {e.Message}", e);
            }
        }

        /// <summary>A few elements, from shortly before the first one that differs.</summary>
        private static string Shown<T>(IReadOnlyList<T> values, IReadOnlyList<T> others)
        {
            var same = values.Zip(others).TakeWhile(pair => Equals(pair.First, pair.Second)).Count();
            var start = Math.Max(0, same - 2);
            var end = Math.Min(values.Count, start + ShownIds);
            return $"[{(start > 0 ? "… " : "")}{string.Join(" ", values.Take(end).Skip(start))}{(end < values.Count ? " …" : "")}]";
        }

        private static T[]? List<T>(JsonElement row, string name, Func<JsonElement, T> read) =>
            row.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(read)] : null;
    }
}
