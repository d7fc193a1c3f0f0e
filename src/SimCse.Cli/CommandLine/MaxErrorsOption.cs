using System.CommandLine;
using SimCse.Jobs.State;

namespace SimCse.Cli.CommandLine;

/// <summary>The option <c>--max-errors</c>, which says how many bad lines are a failure.</summary>
internal static class MaxErrorsOption
{
    /// <param name="what">What fails above the limit.</param>
    public static Option<ErrorLimit?> Create(string what) => new("--max-errors")
    {
        Description =
            $"Fail {what} when more than N lines, or P% of them, cannot be encoded. Default: only when not one can. 100% accepts all.",
        HelpName = "N|P%",
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (ErrorLimit.TryParse(text, out var limit))
            {
                return limit;
            }

            result.AddError($"--max-errors is '{text}'; expected {ErrorLimit.Expected}.");
            return null;
        },
    };
}
