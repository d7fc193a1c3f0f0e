using System.CommandLine;

namespace SimCse.Cli.CommandLine;

/// <summary>
/// An option for a secret. Every user of a machine can see command lines, so the secret can also stand in a file (<c>--NAME-file</c>) or in
/// the environment.
/// </summary>
internal sealed class SecretOption
{
    private readonly Option<string?> _value;
    private readonly Option<string?> _file;
    private readonly string[] _variables;

    /// <param name="name">The name of the option.</param>
    /// <param name="helpName">A word for the secret.</param>
    /// <param name="description">What the secret is.</param>
    /// <param name="variables">The environment variables of which the first that is set counts when no option is given.</param>
    public SecretOption(string name, string helpName, string description, params string[] variables)
    {
        _value = new(name) { Description = $"{description} Other users can see command lines: {name}-file is safer.", HelpName = helpName };
        _file = new($"{name}-file")
        {
            Description = $"File that holds what {name} would. Default: {string.Join(", then ", variables)} from the environment.",
            HelpName = "FILE",
        };
        _variables = variables;
    }

    public void AddTo(Command command)
    {
        command.Add(_value);
        command.Add(_file);
    }

    /// <returns>The secret and the place where it was found, for messages; null if there is none.</returns>
    /// <exception cref="CliException">Both options are given, or the file does not hold one line.</exception>
    public (string Value, string From)? Read(CliContext context)
    {
        var (value, file) = (context.Get(_value), context.Get(_file));
        if (value is { Length: > 0 } && file is not null)
        {
            throw new CliException($"{_value.Name} and {_file.Name} are both given; expected one of them.");
        }

        return file is not null ? (ReadFile(file), $"in the file '{file}'")
            : value is { Length: > 0 } ? (value, $"of {_value.Name}")
            : Array.Find(_variables, name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }) is { } variable
                ? (Environment.GetEnvironmentVariable(variable)!, $"in the environment variable {variable}")
            : null;
    }

    private string ReadFile(string file)
    {
        if (!File.Exists(file))
        {
            throw new CliException($"{_file.Name} names '{file}', which is not there; expected a file with one line.");
        }

        return File.ReadAllText(file).Trim() is { Length: > 0 } text && !text.Contains('\n', StringComparison.Ordinal)
            ? text
            : throw new CliException($"{_file.Name} names '{file}', which does not hold one line.");
    }
}
