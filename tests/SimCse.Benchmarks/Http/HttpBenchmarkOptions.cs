using System.Globalization;

namespace SimCse.Benchmarks.Http;

/// <summary>The options of <c>http FILE</c>: <c>--model BUNDLE --rounds N --seconds N --job-texts N</c>.</summary>
/// <param name="Model">The folder of a bundle; <see langword="null"/> makes the demo model.</param>
/// <param name="Rounds">The number of rounds; each measures every variant.</param>
/// <param name="Seconds">The duration of each load without a job.</param>
/// <param name="JobTexts">
/// The number of texts of the job; <see langword="null"/> takes what the encoder alone encodes in <see cref="JobSeconds"/>.
/// </param>
internal sealed record HttpBenchmarkOptions(string? Model = null, int Rounds = 3, int Seconds = 3, int? JobTexts = null)
{
    public const int JobSeconds = 8; // a job has a beginning and an end, in which it encodes nothing

    /// <exception cref="FormatException">An option is unknown, or its value is not a number.</exception>
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
