using System.Globalization;

namespace SimCse.Functions;

/// <summary>The port that the Functions host chose for its custom handler.</summary>
internal static class HandlerPort
{
    public const string Setting = "FUNCTIONS_CUSTOMHANDLER_PORT";

    /// <summary>The same number under the name that older hosts give it.</summary>
    private const string OlderSetting = "FUNCTIONS_HTTPWORKER_PORT";

    /// <exception cref="InvalidOperationException">There is no port; the message says who sets it.</exception>
    public static int Read(Func<string, string?> setting)
    {
        var value = setting(Setting) ?? setting(OlderSetting);
        if (string.IsNullOrEmpty(value))
        {
            throw new InvalidOperationException(
                $"{Setting} is not set. This program is started by a Functions host, which sets it: run `func start` in this folder, or `simcse up`.");
        }

        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue
            ? port
            : throw new InvalidOperationException($"{Setting} is '{value}'; expected a port from 1 to {ushort.MaxValue}.");
    }
}
