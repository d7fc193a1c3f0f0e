using System.Globalization;

namespace SimCse.Benchmarks.Http;

/// <summary>What <c>http FILE</c> measures: <c>--model BUNDLE --rounds N --seconds N --job-texts N</c>.</summary>
/// <param name="Model">A bundle's folder; <see langword="null"/> makes the demo model.</param>
/// <param name="Rounds">Each way has its turn in each.</param>
/// <param name="Seconds">Of each idle load.</param>
/// <param name="JobTexts">
/// Of the job; <see langword="null"/> takes as many as the encoder alone encodes in <see cref="JobSeconds"/>.
/// </param>
internal sealed record HttpBenchmarkOptions(string? Model = null, int Rounds = 3, int Seconds = 3, int? JobTexts = null)
{
    public const int JobSeconds = 4;

    /// <exception cref="FormatException">An option is not one of these, or its value is no number.</exception>
    public static HttpBenchmarkOptions Parse(string[] arguments)
    {
        var options = new HttpBenchmarkOptions();
        foreach (var pair in arguments.Chunk(2))
        {
            options = pair switch
            {
                ["--model", var folder] => options with { Model = folder },
                ["--rounds", var number] => options with { Rounds = Number(number) },
                ["--seconds", var number] => options with { Seconds = Number(number) },
                ["--job-texts", var number] => options with { JobTexts = Number(number) },
                _ => throw new FormatException(
                    $"'{string.Join(' ', pair)}' is no option; expected --model, --rounds, --seconds or --job-texts and a value."),
            };
        }

        return options;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
