using System.Globalization;
using System.Text.Json;

namespace SimCse.Models.Evaluation;

/// <summary>
/// Reads sentence pairs: JSTS's JSON lines (<c>{"sentence1": …, "sentence2": …, "label": …}</c>) or tab-separated values. Their header
/// names the columns; without one the order is sentence, sentence, score. If there is no <c>label</c>, <c>score</c> is read.
/// </summary>
public static class StsFile
{
    private static readonly string[] ScoreNames = ["label", "score"];

    /// <exception cref="InvalidDataException">A line does not hold a pair. The message names the line.</exception>
    public static IReadOnlyList<StsPair> Read(string path)
    {
        var pairs = new List<StsPair>();
        Columns? columns = null;
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var where = $"{path}, line {number}";
            if (line.TrimStart().StartsWith('{'))
            {
                pairs.Add(ReadJson(line, where));
            }
            else if (columns is null && Columns.FromHeader(line) is { } header)
            {
                columns = header;
            }
            else
            {
                pairs.Add((columns ??= Columns.Default).Read(line, where));
            }
        }

        return pairs.Count > 0
            ? pairs
            : throw new InvalidDataException(
                $"{path} holds no pairs; expected JSON lines with sentence1, sentence2 and label, or tab-separated values.");
    }

    private static StsPair ReadJson(string line, string where)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var score = ScoreNames.Select(name => json.RootElement.TryGetProperty(name, out var value) ? value : default)
                .FirstOrDefault(value => value.ValueKind != JsonValueKind.Undefined);
            return new StsPair(Text("sentence1"), Text("sentence2"), score.ValueKind switch
            {
                JsonValueKind.Number => score.GetDouble(),
                JsonValueKind.String => Score(score.GetString()!, where),
                _ => throw new InvalidDataException($"{where} has no label; expected a number."),
            });

            string Text(string name) => json.RootElement.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
                ? text.GetString()!
                : throw new InvalidDataException($"{where} has no {name}; expected text.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{where} is no JSON: {e.Message}", e);
        }
    }

    private static double Score(string text, string where) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var score) && double.IsFinite(score)
        ? score
        : throw new InvalidDataException($"{where} has the score '{text}'; expected a number.");

    /// <summary>The indices of the fields of a line.</summary>
    private sealed record Columns(int Sentence1, int Sentence2, int Score)
    {
        public static readonly Columns Default = new(0, 1, 2);

        public static Columns? FromHeader(string line)
        {
            var names = line.Split('\t');
            var score = ScoreNames.Select(name => Array.IndexOf(names, name)).FirstOrDefault(index => index >= 0, -1);
            var (first, second) = (Array.IndexOf(names, "sentence1"), Array.IndexOf(names, "sentence2"));
            return first >= 0 && second >= 0 && score >= 0 ? new Columns(first, second, score) : null;
        }

        public StsPair Read(string line, string where)
        {
            var fields = line.Split('\t');
            var last = Math.Max(Math.Max(Sentence1, Sentence2), Score);
            return fields.Length > last
                ? new StsPair(fields[Sentence1], fields[Sentence2], StsFile.Score(fields[Score], where))
                : throw new InvalidDataException($"{where} has {fields.Length} tab-separated fields; expected {last + 1} at least.");
        }
    }
}
