using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace SimCse.Cli.CommandLine;

/// <summary>Checks that the parser lacks. Their messages say what was found and what was expected.</summary>
internal static class Validation
{
    /// <summary>Accepts only numbers from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Option<int> Between(this Option<int> option, int least, int most)
    {
        option.CustomParser = result => Parse(result, option.Name, least, most);
        return option;
    }

    /// <inheritdoc cref="Between(Option{int}, int, int)"/>
    public static Option<int?> AtLeast(this Option<int?> option, int least)
    {
        option.CustomParser = result => Parse(result, option.Name, least, int.MaxValue);
        return option;
    }

    /// <summary>Rejects an empty folder, which a shell makes of a variable that is not set.</summary>
    public static Option<T> NotEmpty<T>(this Option<T> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [.., { Value: "" }])
            {
                result.AddError($"{option.Name} is empty; expected a folder.");
            }
        });
        return option;
    }

    /// <summary>Rejects a mistyped option, which the parser would take for a value.</summary>
    public static Argument<T> NoOptions<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.Length > 1 && token.Value.StartsWith('-')) is { } token)
            {
                result.AddError($"Unrecognized option '{token.Value}'.");
            }
        });
        return argument;
    }

    private static int Parse(ArgumentResult result, string option, int least, int most)
    {
        var text = result.Tokens[^1].Value;
        if (!int.TryParse(text, CultureInfo.InvariantCulture, out var value) || value < least || value > most)
        {
            var expected = most == int.MaxValue ? $"{least} or more" : $"{least} to {most}";
            result.AddError($"{option} is {text}; expected {expected}.");
        }

        return value;
    }
}
